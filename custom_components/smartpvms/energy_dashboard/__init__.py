"""The Energy dashboard: what it shows of a plant, and how that gets into it."""

from .filling import (
    async_fill,
    async_other_sources,
    async_rename_statistics,
    async_shown_kinds,
    async_take_out,
    has_energy_dashboard,
)
from .model import COUNTERS, Existing, Filled, Kind, Shows, Wanted
from .sources import (
    is_complete,
    is_disabled,
    outdated_statistics,
    source_before_live,
    source_of_history,
    sources_of,
    statistics_of,
)

__all__ = [
    "COUNTERS",
    "Existing",
    "Filled",
    "Kind",
    "Shows",
    "Wanted",
    "async_fill",
    "async_other_sources",
    "async_rename_statistics",
    "async_shown_kinds",
    "async_take_out",
    "has_energy_dashboard",
    "is_complete",
    "is_disabled",
    "outdated_statistics",
    "source_before_live",
    "source_of_history",
    "sources_of",
    "statistics_of",
]
