"""Tests of the Energy dashboard and of what it needs to know of meters."""
