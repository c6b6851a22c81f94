"""Tests of plants whose codes change."""
