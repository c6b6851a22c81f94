"""What survives a restart of Home Assistant, and what a restart costs."""
