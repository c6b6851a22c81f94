"""New ids for series of long-term statistics, with all their rows."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import override

from homeassistant.components.recorder.core import Recorder
from homeassistant.components.recorder.tasks import RecorderTask
from homeassistant.core import HomeAssistant
from homeassistant.helpers.recorder import get_instance, session_scope

from ..const import DOMAIN


@dataclass(slots=True, kw_only=True)
class _RenameTask(RecorderTask):
    """Renames series by old id, in the recorder's thread.

    The recorder's own way of renaming is for the statistics of entities only. A series
    whose new id is taken keeps the old one.
    """

    names: Mapping[str, str]

    @override
    def run(self, instance: Recorder) -> None:
        series = instance.statistics_meta_manager
        for old, new in self.names.items():
            with session_scope(session=instance.get_session()) as session:
                if series.get(session, old) and not series.get(session, new):
                    series.update_statistic_id(session, DOMAIN, old, new)


async def async_rename_series(hass: HomeAssistant, names: Mapping[str, str]) -> None:
    """Rename series, by old id; done when this returns."""
    recorder = get_instance(hass)
    recorder.queue_task(_RenameTask(names=names))
    await recorder.async_block_till_done()
