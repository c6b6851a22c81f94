"""Which interfaces of the cloud an entry may use, shown as a table."""

from .checking import (
    AccessCheck,
    Finding,
    Grant,
    async_check_access,
    finding_of,
    known_access,
    most_calls,
)
from .wording import as_response, as_table, refused_interfaces, stop_text

__all__ = [
    "AccessCheck",
    "Finding",
    "Grant",
    "as_response",
    "as_table",
    "async_check_access",
    "finding_of",
    "known_access",
    "most_calls",
    "refused_interfaces",
    "stop_text",
]
