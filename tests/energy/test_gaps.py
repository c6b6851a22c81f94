"""What is longer than a day: the day of 25 hours, and days without the cloud."""

from collections.abc import Callable
from datetime import UTC, datetime
import json
from typing import Final

from freezegun.api import FrozenDateTimeFactory
from homeassistant.core import HomeAssistant
import pytest

from tests.conftest import SimulatorFactory

from .course import Course, quantities_of
from .test_days import RECORDED

# in the night after it the clocks of Europe are set back
START: Final = datetime(2026, 10, 24, 20, tzinfo=UTC)
DAYS_WITHOUT_CLOUD: Final = 3

pytestmark = [
    pytest.mark.one_version,
    pytest.mark.timeout(240),
    pytest.mark.usefixtures("recorder_mock", "hass_storage"),
    pytest.mark.parametrize("recorder_config", [RECORDED]),
]


# one with lifetime counters, one whose totals are made of day counters
@pytest.mark.parametrize("plant", ["home", "ess"])
async def test_a_day_of_25_hours_and_three_days_of_outage_lose_and_invent_nothing(
    hass: HomeAssistant,
    simulator_factory: SimulatorFactory,
    freezer: FrozenDateTimeFactory,
    record_property: Callable[[str, object], None],
    plant: str,
) -> None:
    running = await simulator_factory(plant=plant, start=START)
    course = Course(hass, running, freezer)
    await course.async_begin()
    await course.async_run(1)
    await course.async_run_without_cloud(DAYS_WITHOUT_CLOUD)
    await course.async_run(0.5)
    differences = await course.async_differences()

    for each in differences:
        record_property(each.key, json.dumps(each.figures))
    assert {each.key for each in differences} == quantities_of(course.plant).keys()
    assert [each for each in differences if each.negative] == []
    assert [each for each in differences if not each.is_the_truth] == []
