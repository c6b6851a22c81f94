"""Plants that yield less for their size than the others: found on demand, and daily."""

from .finding import FEWEST_PLANTS, Outlier, find_outliers, medians
from .yields import (
    DAYS,
    PART,
    SPECIFIC_YIELD,
    DailyYields,
    YieldCoordinator,
)

__all__ = [
    "DAYS",
    "FEWEST_PLANTS",
    "PART",
    "SPECIFIC_YIELD",
    "DailyYields",
    "Outlier",
    "YieldCoordinator",
    "find_outliers",
    "medians",
]
