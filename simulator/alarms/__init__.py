"""Alarms of the simulated devices."""

from .book import Alarm, Alarms, PlantAlarms
from .kinds import KINDS, LANGUAGES, AlarmKind, AlarmText

__all__ = [
    "KINDS",
    "LANGUAGES",
    "Alarm",
    "AlarmKind",
    "AlarmText",
    "Alarms",
    "PlantAlarms",
]
