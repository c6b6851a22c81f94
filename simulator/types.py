"""Types shared by the whole simulator."""

from collections.abc import Mapping, Sequence

type Json = Mapping[str, Json] | Sequence[Json] | str | float | bool | None
"""Anything that can be written as JSON; integers count as floats."""
