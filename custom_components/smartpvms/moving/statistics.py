"""Statistics of sensors that go on under an entity id of before."""

from collections.abc import Mapping

from homeassistant.components.recorder.statistics import (
    async_update_statistics_metadata,
    get_metadata,
)
from homeassistant.core import HomeAssistant
from homeassistant.helpers.recorder import get_instance

from ..history.recording import async_clear, has_recorder


async def async_join(hass: HomeAssistant, names: Mapping[str, str]) -> None:
    """Join what sensors have counted under their former ids to what is there of the new.

    Where both have an hour, it is that of the new id that stays.
    """
    if not has_recorder(hass):
        return
    recorder = get_instance(hass)
    ids = {*names, *names.values()}
    known = await recorder.async_add_executor_job(
        lambda: get_metadata(hass, statistic_ids=ids)
    )
    for former, entity_id in names.items():
        if former in known and entity_id not in known:
            async_update_statistics_metadata(hass, former, new_statistic_id=entity_id)
    await async_clear(hass, [former for former in names if former in known])
