"""Tests of the commands: what makes them pass and fail."""
