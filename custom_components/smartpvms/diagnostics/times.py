"""Times as they stand in diagnostics: ISO 8601 in UTC."""

from homeassistant.util import dt as dt_util


def iso(seconds: float | None) -> str | None:
    """Return seconds since the epoch as a text, None for none."""
    if seconds is None:
        return None
    return dt_util.utc_from_timestamp(round(seconds)).isoformat()
