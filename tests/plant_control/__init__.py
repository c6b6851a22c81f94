"""Tests of control in Home Assistant, over real HTTP against the simulated cloud."""
