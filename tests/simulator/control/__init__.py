"""Tests of the control side of the simulator."""
