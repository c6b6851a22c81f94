"""What the history of an entry remembers on disk."""

from datetime import datetime
from typing import Final

from homeassistant.core import HomeAssistant
from homeassistant.helpers.storage import Store
from homeassistant.util.json import JsonObjectType

from ..const import DOMAIN
from ..northbound.parsing import members, moment_iso
from ..stored import async_load_stored
from .progress import Progress

STORAGE_VERSION: Final = 1


class HistoryMemory:
    """Progress by plant code, and since when sums may be wrong by statistic id."""

    def __init__(self, hass: HomeAssistant, entry_id: str) -> None:
        """Begin with nothing; `async_load` has to come before use."""
        self._store = _store(hass, entry_id)
        self.plants: dict[str, Progress] = {}
        self.pending: dict[str, datetime] = {}

    async def async_load(self) -> None:
        """Take up what was remembered."""
        values = await async_load_stored(self._store)
        self.plants = {
            code: Progress.from_dict(progress)
            for code, progress in members(values.get("plants")).items()
        }
        self.pending = {
            statistic_id: moment
            for statistic_id, text in members(values.get("pending")).items()
            if (moment := moment_iso(text)) is not None
        }

    async def async_save(self) -> None:
        """Write all down now."""
        await self._store.async_save(
            {
                "plants": {
                    code: progress.as_dict() for code, progress in self.plants.items()
                },
                "pending": {
                    statistic_id: moment.isoformat()
                    for statistic_id, moment in self.pending.items()
                },
            }
        )

    def of(self, plant_code: str) -> Progress:
        """Return how far a plant is."""
        return self.plants.setdefault(plant_code, Progress())


def _store(hass: HomeAssistant, entry_id: str) -> Store[JsonObjectType]:
    return Store(
        hass, STORAGE_VERSION, f"{DOMAIN}.history.{entry_id}", atomic_writes=True
    )


async def async_forget_memory(hass: HomeAssistant, entry_id: str) -> None:
    """Delete what is remembered of an entry that is removed."""
    await _store(hass, entry_id).async_remove()
