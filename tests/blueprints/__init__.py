"""The blueprints, each run in a Home Assistant against the simulated cloud."""
