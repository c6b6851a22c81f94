"""A real browser drives a real Home Assistant with a simulated plant, as a user would."""
