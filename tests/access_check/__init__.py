"""Tests of the check of the access."""
