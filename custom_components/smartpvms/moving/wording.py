"""The dry run in words: what moves as a table, what does not by reason."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Final

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.translation import async_get_exception_message

from ..const import DOMAIN
from .model import Left, Move, Reason

MOST_ROWS: Final = 200
"""Rows that a browser still shows without effort."""


@callback
def moves_as_table(hass: HomeAssistant, moves: Sequence[Move]) -> str:
    """Return the moves as a table of Markdown."""
    registry = er.async_get(hass)
    columns = ("theirs", "ours", "unit", "shows")
    rows = [
        _row(*(_text(f"moving_column_{name}") for name in columns)),
        _row(*("---" for _ in columns)),
        *(
            _row(
                f"`{move.theirs.entity_id}`",
                f"`{move.ours.entity_id}`",
                _unit(move),
                _name(registry, move),
            )
            for move in moves[:MOST_ROWS]
        ),
    ]
    return "\n".join(rows) + _rest(moves)


@callback
def left_as_list(left: Sequence[Left]) -> str:
    """Return what is not taken over, by reason, as a list of Markdown."""
    by_reason: dict[Reason, list[str]] = defaultdict(list)
    for one in left[:MOST_ROWS]:
        by_reason[one.reason].append(f"`{one.theirs.entity_id}`")
    lines = [
        f"- {_text(f'moving_left_{reason}')}: {', '.join(by_reason[reason])}"
        for reason in Reason
        if reason in by_reason
    ]
    return ("\n".join(lines) or _text("moving_nothing_left")) + _rest(left)


@callback
def entries_in_words(others: Sequence[ConfigEntry], staying: frozenset[str]) -> str:
    """Return what becomes of the entries of theirs, as a list of Markdown."""
    return "\n".join(
        f"- {entry.title} (`{entry.domain}`): "
        + _text(
            "moving_entry_stays"
            if entry.entry_id in staying
            else "moving_entry_removed"
        )
        for entry in others
    )


def _unit(move: Move) -> str:
    shown = move.unit or move.ours.unit or "-"
    if move.unit is None:
        return shown
    return _text("moving_unit_kept", shown=shown, own=move.ours.unit or "-")


def _name(registry: er.EntityRegistry, move: Move) -> str:
    row = registry.async_get(move.ours.entity_id)
    name = "" if row is None else row.name or row.original_name or ""
    return name.replace("|", "/")


def _rest(every: Sequence[Move] | Sequence[Left]) -> str:
    more = len(every) - MOST_ROWS
    return f"\n\n{_text('moving_more', count=str(more))}" if more > 0 else ""


def _row(*cells: str) -> str:
    return f"| {' | '.join(cells)} |"


def _text(key: str, **placeholders: str) -> str:
    return async_get_exception_message(DOMAIN, key, placeholders)
