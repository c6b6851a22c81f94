"""Tests of the energy flows of plants."""
