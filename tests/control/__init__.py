"""Tests of the control engine against the simulated cloud, over real HTTP."""
