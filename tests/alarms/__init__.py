"""Tests of alarms: bookkeeping, polling, entities."""
