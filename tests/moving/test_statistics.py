"""Statistics of an entity that has changed hands: they go on, in a true recorder."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
import logging
from typing import Any, Final, Literal

from freezegun.api import FrozenDateTimeFactory
from homeassistant.components.recorder.db_schema import Statistics
from homeassistant.components.recorder.models import (
    StatisticMeanType,
    StatisticMetaData,
)
from homeassistant.components.recorder.statistics import (
    async_import_statistics,
    statistics_during_period,
)
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.recorder import get_instance, session_scope
import pytest
from pytest_homeassistant_custom_component.components.recorder.common import (
    async_wait_recording_done,
    do_adhoc_statistics,
)

from custom_components.smartpvms.const import DOMAIN
from custom_components.smartpvms.moving.statistics import async_join
from tests.conftest import RunningSimulator
from tests.plant_control.house import House, async_build_house

from .dialog import take_over
from .others import async_add_entry, fusion_solar, offer

YEARS_AGO: Final = datetime(2024, 6, 1, 10, tzinfo=UTC)
BEGIN: Final = datetime(2026, 6, 20, 10, tzinfo=UTC)
TOTAL: Final = "sensor.old_home_berlin_total_lifetime_energy"
POWER: Final = "sensor.old_inverter_1_active_power"

type Rows = Mapping[datetime, Mapping[str, float]]


async def put(
    hass: HomeAssistant, entity_id: str, unit: str, rows: Rows, *, waits: bool = True
) -> None:
    """Have the recorder know hours of an entity: sums where they have a state."""
    has_sum = "state" in next(iter(rows.values()))
    metadata = StatisticMetaData(
        has_sum=has_sum,
        mean_type=StatisticMeanType.NONE if has_sum else StatisticMeanType.ARITHMETIC,
        name=None,
        source="recorder",
        statistic_id=entity_id,
        unit_class="energy" if has_sum else "power",
        unit_of_measurement=unit,
    )
    statistics: Any = [{"start": hour, **row} for hour, row in rows.items()]
    async_import_statistics(hass, metadata, statistics)
    if waits:
        await async_wait_recording_done(hass)


async def figures(
    hass: HomeAssistant,
    entity_id: str,
    figure: Literal["sum", "state", "mean"],
    period: Literal["hour", "5minute"] = "hour",
) -> dict[datetime, float]:
    """Return a figure of each hour, or of each five minutes, in the unit it is kept in."""
    found = await get_instance(hass).async_add_executor_job(
        lambda: statistics_during_period(
            hass, YEARS_AGO, None, {entity_id}, period, {"power": "kW"}, {figure}
        )
    )
    return {
        datetime.fromtimestamp(row["start"], UTC): row[figure] or 0.0
        for row in found.get(entity_id, [])
    }


def hours(
    first: int, *figures: tuple[float, float]
) -> dict[datetime, dict[str, float]]:
    """Return rows of state and sum from an hour on."""
    return {
        BEGIN + timedelta(hours=first + number): {"state": state, "sum": total}
        for number, (state, total) in enumerate(figures)
    }


def means(first: int, *figures: float) -> dict[datetime, dict[str, float]]:
    """Return rows of means from an hour on."""
    return {
        BEGIN + timedelta(hours=first + number): {
            "mean": each,
            "min": each,
            "max": each,
        }
        for number, each in enumerate(figures)
    }


@pytest.fixture
async def house(
    recorder_mock: object,
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    simulator: RunningSimulator,
) -> House:
    house = await async_build_house(hass, freezer, simulator, history=False)
    other = fusion_solar(house.plant)
    (total,) = (
        shown for shown in other.owners[0].shown if shown.key == "total_lifetime_energy"
    )
    total.value = total_yield(hass, house) - 3
    offer(hass, other)
    await async_add_entry(hass, other)
    return house


def total_yield(hass: HomeAssistant, house: House) -> float:
    """Return what our sensor of the lifetime yield shows."""
    state = hass.states.get(our_id(hass, f"{house.code}_total_power"))
    assert state is not None
    return float(state.state)


def our_id(hass: HomeAssistant, key: str) -> str:
    found = er.async_get(hass).async_get_entity_id("sensor", DOMAIN, key)
    assert found is not None
    return found


async def test_sums_of_years_go_on(
    hass: HomeAssistant, house: House, caplog: pytest.LogCaptureFixture
) -> None:
    ours = our_id(hass, f"{house.code}_total_power")
    total = total_yield(hass, house)
    before = {YEARS_AGO: {"state": 100.0, "sum": 40.0}}
    await put(hass, TOTAL, "kWh", before | hours(0, (total - 3, 5000.0)))
    await put(hass, ours, "kWh", hours(-1, (total - 9, 1.0), (total - 3, 7.0)))

    flow = await take_over(house)
    assert flow["reason"] == "moved"
    await house.pass_time(6)
    do_adhoc_statistics(hass, start=datetime(2026, 6, 21, 8, 30, tzinfo=UTC))
    await async_wait_recording_done(hass)

    assert await figures(hass, ours, "sum") == {}
    sums = await figures(hass, TOTAL, "sum")
    assert sums == {YEARS_AGO: 40.0, BEGIN: 5000.0}
    counted = await figures(hass, TOTAL, "sum", "5minute")
    now = hass.states.get(TOTAL)
    assert now is not None
    last = counted[max(counted)]
    assert last == pytest.approx(5000.0 + float(now.state) - (total - 3))
    assert 5003.0 <= last < 5004.0
    assert [
        each.getMessage()
        for each in caplog.records
        if each.levelno >= logging.WARNING and "recorder" in each.name
    ] == []


async def test_power_is_recorded_in_the_unit_of_before(
    hass: HomeAssistant, house: House
) -> None:
    await put(hass, POWER, "kW", means(0, 2.5))

    await take_over(house)
    await house.pass_time(6)
    do_adhoc_statistics(hass, start=datetime(2026, 6, 21, 8, 30, tzinfo=UTC))
    await async_wait_recording_done(hass)

    assert await figures(hass, POWER, "mean") == {BEGIN: 2.5}
    (mean,) = (await figures(hass, POWER, "mean", "5minute")).values()
    state = hass.states.get(POWER)
    assert state is not None
    assert state.attributes["unit_of_measurement"] == "kW"
    assert 0.1 < mean < 9


@pytest.mark.parametrize(
    ("theirs", "ours", "joined"),
    [
        # both count: the old series wins in the hours of both, and its sum goes on
        (
            hours(0, (10, 500), (11, 501)),
            hours(0, (10, 3), (11, 4), (13, 6)),
            [500, 501, 503],
        ),
        # theirs had ended before ours began: what passed between is counted as growth
        (hours(0, (10, 500)), hours(4, (16, 2), (17, 3)), [500, 506, 507]),
        # a counter of the day, which has started anew between
        (hours(0, (10, 500)), hours(20, (5, 2), (6, 3)), [500, 505, 506]),
        # ours has nothing more
        (hours(5, (10, 500)), hours(0, (8, 1), (9, 2)), [500]),
    ],
)
@pytest.mark.usefixtures("recorder_mock")
async def test_sums_of_ours_follow_those_of_theirs(
    hass: HomeAssistant, theirs: Rows, ours: Rows, joined: list[float]
) -> None:
    await put(hass, "sensor.theirs", "kWh", theirs)
    await put(hass, "sensor.ours", "kWh", ours)

    for _ in range(2):
        await async_join(hass, {"sensor.ours": "sensor.theirs"})
        await async_wait_recording_done(hass)

        assert await figures(hass, "sensor.ours", "sum") == {}
        sums = await figures(hass, "sensor.theirs", "sum")
        assert list(sums.values()) == joined
        # from there the recorder counts on
        marks = await figures(hass, "sensor.theirs", "sum", "5minute")
        assert list(marks.values()) == joined[-1:]


@pytest.mark.usefixtures("recorder_mock")
async def test_means_of_ours_follow_in_the_unit_of_theirs(hass: HomeAssistant) -> None:
    await put(hass, "sensor.theirs", "kW", means(0, 2.5))
    await put(hass, "sensor.ours", "W", means(0, 9999, 1200, 800))

    await async_join(hass, {"sensor.ours": "sensor.theirs"})
    await async_wait_recording_done(hass)

    found = await figures(hass, "sensor.theirs", "mean")
    assert list(found.values()) == [2.5, 1.2, 0.8]


@pytest.mark.usefixtures("recorder_mock")
async def test_series_of_another_kind_are_not_mixed(hass: HomeAssistant) -> None:
    await put(hass, "sensor.theirs", "kWh", hours(0, (10, 500)))
    await put(hass, "sensor.ours", "W", means(0, 1200, 800))

    await async_join(hass, {"sensor.ours": "sensor.theirs"})
    await async_wait_recording_done(hass)

    assert list((await figures(hass, "sensor.theirs", "sum")).values()) == [500]
    assert await figures(hass, "sensor.ours", "mean") == {}


@pytest.mark.usefixtures("recorder_mock")
async def test_ours_stay_where_theirs_have_no_hour_yet(hass: HomeAssistant) -> None:
    await put(hass, "sensor.theirs", "kWh", hours(0, (10, 0)))
    with session_scope(hass=hass) as session:
        session.query(Statistics).delete()
    await put(hass, "sensor.ours", "kWh", hours(0, (10, 3), (11, 4)))

    await async_join(hass, {"sensor.ours": "sensor.theirs"})
    await async_wait_recording_done(hass)

    sums = await figures(hass, "sensor.theirs", "sum")
    assert list(sums.values()) == [3, 4]
    assert await figures(hass, "sensor.ours", "sum") == {}


@pytest.mark.usefixtures("recorder_mock")
async def test_ours_go_on_where_theirs_had_none(hass: HomeAssistant) -> None:
    await put(hass, "sensor.ours", "W", means(0, 1200, 800))

    await async_join(
        hass, {"sensor.ours": "sensor.theirs", "sensor.nobody": "sensor.no_one"}
    )
    await async_wait_recording_done(hass)

    found = await figures(hass, "sensor.theirs", "mean")
    assert list(found.values()) == [1.2, 0.8]


async def test_without_a_recorder_there_is_nothing_to_join(hass: HomeAssistant) -> None:
    await async_join(hass, {"sensor.ours": "sensor.theirs"})

    assert "recorder" not in hass.config.components
