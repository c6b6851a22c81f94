"""Tests of the client of the cloud, over real HTTP."""
