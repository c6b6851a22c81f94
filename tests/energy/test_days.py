"""Nothing false gets into long-term statistics, day after day.

Two days of a home and one of the other plants by default; `ENERGY_DAYS=14` makes it so
many for all. `ENERGY_ACCESS=oauth` comes in as
an owner, with the calls that an owner has. `--junitxml=FILE` writes down the figures of
each total.
"""

from collections.abc import Callable
from datetime import UTC, datetime
import json
import os
from typing import Final

from freezegun.api import FrozenDateTimeFactory
from homeassistant.core import HomeAssistant
import pytest

from custom_components.smartpvms.counters import PassThrough
from custom_components.smartpvms.plant_energy import PlantEnergies
from tests.conftest import SimulatorFactory

from .course import Course, quantities_of

DAYS: Final = int(os.environ.get("ENERGY_DAYS", "0"))
OAUTH: Final = os.environ.get("ENERGY_ACCESS") == "oauth"
PLANTS: Final = ["home", "emma", "pv", "string", "commercial", "ess", "all_in_one"]
# what shows that the test can fail
WITHOUT_BELIEF: Final = PLANTS if DAYS else ["home", "commercial"]
# after sunset: where nothing flows, snapshots of several devices fit together
START: Final = datetime(2026, 6, 20, 20, tzinfo=UTC)
RECORDED: Final = {"include": {"entity_globs": ["sensor.*_energy"]}}

pytestmark = [
    pytest.mark.timeout(120 * max(DAYS, 2)),
    pytest.mark.usefixtures("recorder_mock", "hass_storage"),
    pytest.mark.parametrize("recorder_config", [RECORDED]),
]


def days_of(plant: str) -> int:
    """Return how many days a plant is followed: outages come at another hour each day."""
    return DAYS or (2 if plant == "home" else 1)


@pytest.fixture
async def course(
    hass: HomeAssistant,
    simulator_factory: SimulatorFactory,
    freezer: FrozenDateTimeFactory,
    plant: str,
) -> Course:
    """Prepare the days of a plant."""
    running = await simulator_factory(plant=plant, start=START)
    return Course(hass, running, freezer)


@pytest.mark.parametrize(
    "plant",
    [
        pytest.param(plant, marks=[pytest.mark.one_version] if plant != "home" else [])
        for plant in PLANTS
    ],
)
async def test_statistics_are_the_physics(
    course: Course, plant: str, record_property: Callable[[str, object], None]
) -> None:
    if OAUTH:
        await course.async_come_in_by_oauth()
    await course.async_begin(quotas=OAUTH)
    await course.async_run(days_of(plant))
    differences = await course.async_differences()

    for each in differences:
        record_property(each.key, json.dumps(each.figures))
    assert {each.key for each in differences} == quantities_of(course.plant).keys()
    assert [each for each in differences if not each.right] == []


@pytest.mark.one_version
@pytest.mark.parametrize("plant", WITHOUT_BELIEF)
async def test_without_belief_they_are_not(
    course: Course,
    monkeypatch: pytest.MonkeyPatch,
    record_property: Callable[[str, object], None],
) -> None:
    monkeypatch.setattr(PlantEnergies, "restore", staticmethod(lambda _: PassThrough()))
    await course.async_begin()
    await course.async_run(DAYS or 1)
    differences = await course.async_differences()

    for each in differences:
        record_property(each.key, json.dumps(each.figures))
    solar = next(each for each in differences if each.key == "solar_energy")
    assert solar.negative
    assert not solar.right
