"""Tests of the day plan: windows of slots, and what windows mean."""
