"""Tests of the control interfaces: commands, deliveries and tasks."""
