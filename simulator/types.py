"""Types shared by the whole simulator."""

from collections.abc import Mapping, Sequence

type Json = Mapping[str, Json] | Sequence[Json] | str | int | float | bool | None
"""Anything that can be written as JSON."""
