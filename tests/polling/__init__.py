"""Tests of the clock that polls an entry."""
