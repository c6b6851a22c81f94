"""Tests of the history in long-term statistics."""
