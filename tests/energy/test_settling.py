"""What totals made of day counters miss over midnight is settled by the cloud's report."""

from datetime import UTC, date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from freezegun.api import FrozenDateTimeFactory
from homeassistant.core import HomeAssistant
import pytest

from custom_components.smartpvms.northbound.flow_control import Ledger
from custom_components.smartpvms.settling import day_of
from tests.conftest import RunningSimulator, SimulatorFactory, advance
from tests.playback import api_account_entry, async_set_up, states_by_key

EVENING: Final = datetime(2026, 6, 20, 17, tzinfo=UTC)
BEAT: Final = timedelta(seconds=303)
REPORT: Final = "getKpiStationDay"


@pytest.fixture
async def running(simulator_factory: SimulatorFactory) -> RunningSimulator:
    """Start a home whose battery tells what it charges of a day only."""
    running = await simulator_factory(start=EVENING)
    running.simulator.quotas.enabled = False
    running.simulator.faults.enable("old_battery_keys")
    return running


async def async_set_up_home(hass: HomeAssistant, running: RunningSimulator) -> str:
    plant = running.simulator.plants[0]
    await async_set_up(
        hass,
        api_account_entry(
            running.url,
            [plant.code],
            username="apiuser",
            password="simulator-password",
            detail="totals",
            plant_settings={plant.code: {"time_zone": "Europe/Berlin"}},
        ),
    )
    return plant.code


async def async_sleep_over_midnight(
    hass: HomeAssistant, running: RunningSimulator, freezer: FrozenDateTimeFactory
) -> None:
    """Miss the evening from 19:05 on, and go on from 02:30."""
    await advance(hass, running.simulator, freezer, BEAT)
    running.simulator.faults.enable("busy")
    await advance(hass, running.simulator, freezer, timedelta(hours=7, minutes=20))
    running.simulator.faults.disable("busy")
    for _ in range(3):
        await advance(hass, running.simulator, freezer, BEAT)


async def test_a_missed_midnight_is_settled_once_its_report_is_there(
    hass: HomeAssistant, running: RunningSimulator, freezer: FrozenDateTimeFactory
) -> None:
    code = await async_set_up_home(hass, running)
    plant = running.simulator.plants[0]
    begun = plant.state(plant.published(39, EVENING)).total.discharged
    before = float(states_by_key(hass, code)["battery_discharged_energy"])
    await async_sleep_over_midnight(hass, running, freezer)

    def missing() -> float:
        now = plant.published(39, running.simulator.clock.now())
        grown = plant.state(now).total.discharged - begun
        shown = float(states_by_key(hass, code)["battery_discharged_energy"]) - before
        return grown - shown

    assert missing() > 1
    assert running.simulator.requests_to(REPORT) == []

    for _ in range(24):
        await advance(hass, running.simulator, freezer, BEAT)
    assert len(running.simulator.requests_to(REPORT)) == 1
    assert missing() == pytest.approx(0, abs=0.05)

    for _ in range(36):
        await advance(hass, running.simulator, freezer, BEAT)
    assert len(running.simulator.requests_to(REPORT)) == 1


async def test_the_report_is_asked_for_again_after_a_failure(
    hass: HomeAssistant, running: RunningSimulator, freezer: FrozenDateTimeFactory
) -> None:
    await async_set_up_home(hass, running)
    await async_sleep_over_midnight(hass, running, freezer)
    running.simulator.faults.enable("http_500", interface=REPORT)
    for _ in range(24):
        await advance(hass, running.simulator, freezer, BEAT)
    failed = len(running.simulator.requests_to(REPORT))
    assert failed >= 1

    running.simulator.faults.clear()
    for _ in range(14):
        await advance(hass, running.simulator, freezer, BEAT)
    assert len(running.simulator.requests_to(REPORT)) == failed + 1


async def test_without_calls_to_spare_nothing_is_settled(
    hass: HomeAssistant,
    running: RunningSimulator,
    freezer: FrozenDateTimeFactory,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    await async_set_up_home(hass, running)
    await async_sleep_over_midnight(hass, running, freezer)
    monkeypatch.setattr(Ledger, "remaining", lambda self, counted: 0)
    for _ in range(24):
        await advance(hass, running.simulator, freezer, BEAT)
    assert running.simulator.requests_to(REPORT) == []


@pytest.mark.parametrize(
    ("start", "zone"),
    [
        (datetime(2026, 6, 19, 22, tzinfo=UTC), "Europe/Berlin"),
        (datetime(2026, 6, 20, tzinfo=UTC), "Europe/Berlin"),
        (datetime(2026, 6, 20, tzinfo=UTC), "America/Bogota"),
        (datetime(2026, 6, 20, 5, tzinfo=UTC), "America/Bogota"),
    ],
)
def test_rows_begin_at_the_plants_midnight_or_at_that_of_utc(
    start: datetime, zone: str
) -> None:
    assert day_of(start, ZoneInfo(zone)) == date(2026, 6, 20)
