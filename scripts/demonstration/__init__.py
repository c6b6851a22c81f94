"""The demo: a simulated plant in a real Home Assistant, and its comparison."""
