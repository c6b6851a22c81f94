"""Notices that the cloud lists a plant under another code, and asks before anything moves."""

from collections.abc import Collection, Mapping
import logging
from typing import Final

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import issue_registry as ir
from homeassistant.helpers.json import json_dumps
from homeassistant.util.json import json_loads_object

from ..const import CONF_PLANTS, DOMAIN
from ..northbound.client import NorthboundClient
from ..northbound.errors import NorthboundError
from ..northbound.models import Plant
from .matching import moved_plants, plants_by_serial

_LOGGER = logging.getLogger(__name__)

_PREFIX: Final = "plants_moved_"


class CodeWatch:
    """Compares each plant list with the plants that are served."""

    def __init__(
        self, hass: HomeAssistant, entry: ConfigEntry, client: NorthboundClient
    ) -> None:
        """Begin with no plant missed."""
        self._moves: Mapping[str, str] = {}
        self._hass = hass
        self._entry = entry
        self._client = client
        self._looked: tuple[frozenset[str], frozenset[str]] | None = None

    @property
    def moves(self) -> Mapping[str, str]:
        """The new code of each plant that has one, by old code, until somebody confirms."""
        return self._moves

    async def async_look(
        self, listed: Mapping[str, Plant], served_elsewhere: Collection[str]
    ) -> None:
        """Look for plants that are missed among those that are new in a list.

        Their devices are listed once, which takes a call for a hundred new plants.
        """
        chosen = frozenset(self._entry.options[CONF_PLANTS])
        vanished = chosen - listed.keys()
        new = frozenset(listed.keys() - chosen - set(served_elsewhere))
        if not vanished or not new:
            self._looked = None
            self._show({}, listed)
            return
        known = plants_by_serial(self._hass, self._entry)
        if (vanished, new) == self._looked or vanished.isdisjoint(known.values()):
            return
        try:
            devices = await self._client.get_devices(sorted(new))
        except NorthboundError as err:
            _LOGGER.debug("Nobody can tell which plants are new: %s", err.failure.key)
            return
        self._looked = vanished, new
        self._show(moved_plants(known, vanished, devices), listed)

    @callback
    def _show(self, moves: Mapping[str, str], listed: Mapping[str, Plant]) -> None:
        """Keep the repair as long as there is something to move."""
        self._moves = moves
        issue_id = f"{_PREFIX}{self._entry.entry_id}"
        if not moves:
            ir.async_delete_issue(self._hass, DOMAIN, issue_id)
            return
        ir.async_create_issue(
            self._hass,
            DOMAIN,
            issue_id,
            data={"entry_id": self._entry.entry_id, "moves": json_dumps(dict(moves))},
            is_fixable=True,
            severity=ir.IssueSeverity.ERROR,
            translation_key="plants_moved",
            translation_placeholders={
                "title": self._entry.title,
                "plants": "\n".join(
                    f"- {listed[new].name}: {old} → {new}"
                    for old, new in sorted(moves.items())
                ),
            },
        )


def is_about_codes(issue_id: str) -> bool:
    """Return whether a repair is about plants with new codes."""
    return issue_id.startswith(_PREFIX)


def moves_of(data: Mapping[str, str | int | float | None]) -> dict[str, str]:
    """Return the moves that a repair is about."""
    moves = json_loads_object(str(data["moves"]))
    return {old: str(new) for old, new in moves.items()}


@callback
def async_forget_moves(hass: HomeAssistant, entry_id: str) -> None:
    """Withdraw the repair of an entry that is removed, or that has moved."""
    ir.async_delete_issue(hass, DOMAIN, f"{_PREFIX}{entry_id}")
