"""Tests of the integration, of the simulator and of the repository."""
