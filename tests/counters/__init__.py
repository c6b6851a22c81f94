"""Tests of what is believed of counters."""
