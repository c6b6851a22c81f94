"""Tests of repairs for credentials."""
