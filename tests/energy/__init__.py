"""The energy of simulated plants in Home Assistant."""
