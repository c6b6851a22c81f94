"""What long-term statistics make of the revenue of a day."""

from datetime import UTC, datetime, timedelta
from typing import Final

from freezegun.api import FrozenDateTimeFactory
from homeassistant.components.recorder import get_instance
from homeassistant.components.recorder.statistics import statistics_during_period
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er
import pytest
from pytest_homeassistant_custom_component.components.recorder.common import (
    async_wait_recording_done,
    do_adhoc_statistics,
)

from custom_components.smartpvms.const import DOMAIN
from tests.playback import (
    PLANT,
    PlaybackCloud,
    api_account_entry,
    async_next_poll,
    async_set_up,
)

# evening in Berlin: four hours and a half before midnight
START: Final = datetime(2026, 6, 20, 17, 30, tzinfo=UTC)


@pytest.mark.usefixtures("recorder_mock")
@pytest.mark.parametrize("stale_is_written", [False, True])
async def test_yesterdays_revenue_after_midnight_is_not_counted_twice(
    hass: HomeAssistant,
    cloud: PlaybackCloud,
    freezer: FrozenDateTimeFactory,
    stale_is_written: bool,
) -> None:
    freezer.move_to(START)
    cloud.tell_plant(day_income=5.0, month_power=100.0)
    berlin = {PLANT: {"time_zone": "Europe/Berlin"}}
    await async_set_up(
        hass, api_account_entry(cloud.url, [PLANT], plant_settings=berlin)
    )
    entity_id = er.async_get(hass).async_get_entity_id(
        "sensor", DOMAIN, f"{PLANT}_day_income"
    )
    assert entity_id is not None

    # the cloud keeps the total until the inverter wakes, and corrects the day before
    for moment, income in (
        (START + timedelta(hours=4), 5.5),
        (START + timedelta(hours=5), 5.5),
        (START + timedelta(hours=11), 0.25),
        (START + timedelta(hours=12), -0.75),
    ):
        freezer.move_to(moment)
        if stale_is_written:
            cloud.tell_plant(day_income=income, month_power=moment.hour)
        else:
            cloud.tell_plant(day_income=income, month_power=100.0)
        await async_next_poll(hass, freezer)
    await async_wait_recording_done(hass)
    period = START
    while period <= START + timedelta(hours=12, minutes=10):
        do_adhoc_statistics(hass, start=period)
        period += timedelta(minutes=5)
    await async_wait_recording_done(hass)

    rows = await get_instance(hass).async_add_executor_job(
        statistics_during_period,
        hass,
        START,
        None,
        {entity_id},
        "5minute",
        None,
        {"sum"},
    )
    # from 5 to 5.5 on the first day, and to -0.75 on the second
    assert rows[entity_id][-1]["sum"] == pytest.approx(0.5 - 0.75)
