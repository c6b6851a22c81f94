"""Where the history meets the live sensors: all years, today live, nothing twice."""

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from homeassistant.components.recorder.models import StatisticMeanType
from homeassistant.components.recorder.statistics import async_import_statistics
from homeassistant.const import Platform, UnitOfEnergy
from homeassistant.helpers import entity_registry as er
import pytest

from custom_components.smartpvms.const import DOMAIN
from custom_components.smartpvms.history.hours import HOUR, midnight
from custom_components.smartpvms.history.quantities import LIVE_SENSORS, Quantity
from custom_components.smartpvms.history.recording import (
    async_clear,
    async_first_hour,
    async_worked_off,
)
from custom_components.smartpvms.history.seam import (
    comparable_days,
    day_of_seam,
    rest_before,
    sum_at,
)
from custom_components.smartpvms.history.shelf import id_before_live
from scripts.benchmarking.history_truth import DAY, TRUTH, Rows, async_rows, days_of

from .conftest import Home, HomeFactory

BERLIN = ZoneInfo("Europe/Berlin")
KOLKATA = ZoneInfo("Asia/Kolkata")
SHOWN = tuple(LIVE_SENSORS)
MINUTE = timedelta(minutes=1)

type Times = list[tuple[datetime, datetime]]
"""When Home Assistant was there, from and until."""


def counted(home: Home, quantity: Quantity, start: datetime, end: datetime) -> float:
    """Return what a plant counted from one moment to another."""
    history, truth = home.plant.history, TRUTH[quantity]
    return truth(history.until(end)) - truth(history.until(start))


def sensor_of(home: Home, quantity: Quantity) -> str:
    """Return the live sensor of a quantity."""
    entity_id = er.async_get(home.hass).async_get_entity_id(
        Platform.SENSOR, DOMAIN, f"{home.plant.code}_{LIVE_SENSORS[quantity]}"
    )
    assert entity_id is not None
    return entity_id


async def async_count_live(home: Home, times: Times) -> None:
    """Record what Home Assistant makes of the live sensors.

    The first statistics begin somewhere in an hour, and what passed while it was off is
    in the hour in which it is there again.
    """
    for quantity in SHOWN:
        sensor, begin = sensor_of(home, quantity), times[0][0]
        rows = []
        for start, end in times:
            hour = start.replace(minute=0, second=0, microsecond=0)
            while hour < end:
                total = counted(home, quantity, begin, min(hour + HOUR, end))
                rows.append({"start": hour, "state": 1000 + total, "sum": total})
                hour += HOUR
        async_import_statistics(
            home.hass,
            {
                "mean_type": StatisticMeanType.NONE,
                "has_sum": True,
                "name": None,
                "source": "recorder",
                "statistic_id": sensor,
                "unit_class": "energy",
                "unit_of_measurement": UnitOfEnergy.KILO_WATT_HOUR,
            },
            rows,  # type: ignore[arg-type]
        )
    await async_worked_off(home.hass)


async def async_want(home: Home) -> None:
    """Want the series that end at the live sensors, once all days are in."""
    await home.history.before_live.async_want(home.plant.code, SHOWN)
    while home.history.memory.of(home.plant.code).refined is None:
        assert await home.async_step()


async def async_pass_to(home: Home, day: date) -> None:
    """Go on to six in the morning of a day, and bring in what the cloud tells by then."""
    end = midnight(day, home.plant.zone) + 6 * HOUR
    home.pass_time(end - home.cloud.clock.now())
    memory = home.history.memory.of(home.plant.code)
    while memory.until is None or memory.until < day or memory.checked != day - DAY:
        assert await home.async_step()
    await home.history.async_look_at_seams()


async def before_live(home: Home, quantity: Quantity) -> Rows:
    """Return what is recorded of the series that ends at the live sensor."""
    return await async_rows(home.hass, id_before_live(home.plant.code, quantity))


async def shown(home: Home, quantity: Quantity) -> dict[date, float]:
    """Return what the dashboard shows of each day: both sources together."""
    zone = home.plant.zone
    days = days_of(await before_live(home, quantity), zone)
    live = days_of(await async_rows(home.hass, sensor_of(home, quantity)), zone)
    return {
        day: days.get(day, 0.0) + live.get(day, 0.0)
        for day in days.keys() | live.keys()
    }


def days_from(first: date, end: date) -> Iterable[date]:
    """Return the days up to, but without, the last."""
    return (first + number * DAY for number in range((end - first).days))


async def async_check(home: Home, end: date, without: Iterable[date] = ()) -> None:
    """Check that each day to before `end` shows what was so."""
    for quantity in SHOWN:
        told = await shown(home, quantity)
        for day in days_from(home.plant.history.connected, end):
            if day in without:
                continue
            truth = TRUTH[quantity](home.plant.history.day(day))
            assert told.get(day, 0.0) == pytest.approx(truth, abs=0.01), (quantity, day)


async def async_check_end(home: Home, begin: datetime) -> None:
    """Check that nothing is counted after the hour in which the sensors begin."""
    for quantity in SHOWN:
        rows = await before_live(home, quantity)
        assert all(state == 0 for hour, (state, _) in rows.items() if hour > begin)
        assert home.history.memory.pending == {}


def today(home: Home) -> date:
    """Return the present day of the plant."""
    return home.plant.history.local_date(home.cloud.clock.now())


async def test_each_day_across_the_seam_is_right(home_factory: HomeFactory) -> None:
    home = await home_factory("new")
    await async_want(home)
    begin, first = home.cloud.clock.now() + 11 * MINUTE, today(home)
    # before a first hour nothing can be copied
    assert not home.history.before_live.is_there(home.plant.code, SHOWN)
    await async_count_live(home, [(begin, begin + 3 * HOUR)])
    await home.history.async_look_at_seams()
    assert home.history.before_live.is_there(home.plant.code, SHOWN)
    await async_check(home, first)

    await async_count_live(home, [(begin, begin + 3 * DAY)])
    await async_pass_to(home, first + 2 * DAY)
    await async_check(home, first + 2 * DAY)
    await async_check_end(home, begin)

    # with its hours the day of the seam has the same figure, and is right by the hour
    memory = home.history.memory.of(home.plant.code)
    while memory.refined is None or memory.refined > first - 2 * DAY or memory.wanted:
        assert await home.async_step()
    await home.history.async_look_at_seams()
    await async_check(home, first + 2 * DAY)
    await async_check_end(home, begin)
    rows = await before_live(home, Quantity.PV_YIELD)
    hour = midnight(first, home.plant.zone) + 8 * HOUR
    truth = counted(home, Quantity.PV_YIELD, hour, hour + HOUR)
    assert rows[hour][0] == pytest.approx(truth, abs=0.02)


async def test_the_series_itself_goes_on(home_factory: HomeFactory) -> None:
    home = await home_factory("new")
    await async_want(home)
    begin, first = home.cloud.clock.now(), today(home)
    await async_count_live(home, [(begin, begin + 3 * DAY)])
    await async_pass_to(home, first + 3 * DAY)
    for quantity in SHOWN:
        days = await home.days(quantity)
        for day in days_from(first, first + 3 * DAY):
            truth = TRUTH[quantity](home.plant.history.day(day))
            assert days.get(day, 0.0) == pytest.approx(truth, abs=0.01), (quantity, day)


async def test_it_can_be_wanted_days_after_set_up(home_factory: HomeFactory) -> None:
    home = await home_factory("new")
    begin, first = home.cloud.clock.now() + 29 * MINUTE, today(home)
    while home.history.memory.of(home.plant.code).refined is None:
        assert await home.async_step()
    await async_count_live(home, [(begin, begin + 6 * DAY)])
    await async_pass_to(home, first + 5 * DAY)
    await async_want(home)
    await home.history.async_look_at_seams()
    await async_check(home, first + 5 * DAY)
    await async_check_end(home, begin)


async def test_a_restart_changes_nothing(home_factory: HomeFactory) -> None:
    home = await home_factory("new")
    await async_want(home)
    begin, first = home.cloud.clock.now() + 7 * MINUTE, today(home)
    off = begin + 2 * HOUR
    times = [(begin, off), (off + 4 * MINUTE, begin + 3 * DAY)]
    await async_count_live(home, times)
    await home.history.async_look_at_seams()
    assert await home.hass.config_entries.async_reload(home.entry.entry_id)
    await home.hass.async_block_till_done(wait_background_tasks=True)
    await async_pass_to(home, first + 2 * DAY)
    await async_check(home, first + 2 * DAY)
    before = {quantity: await before_live(home, quantity) for quantity in SHOWN}
    await home.history.async_look_at_seams()
    for quantity in SHOWN:
        assert await before_live(home, quantity) == before[quantity]


async def test_an_outage_at_the_seam(home_factory: HomeFactory) -> None:
    home = await home_factory("new")
    await async_want(home)
    begin, first = home.cloud.clock.now() + 5 * MINUTE, today(home)
    times = [(begin, begin + 9 * MINUTE), (begin + 5 * HOUR, begin + 4 * DAY)]
    await async_count_live(home, times)
    await async_pass_to(home, first + 2 * DAY)
    await async_check(home, first + 2 * DAY)
    await async_check_end(home, begin)


async def test_an_outage_over_the_midnight_after_the_seam(
    home_factory: HomeFactory,
) -> None:
    home = await home_factory("new")
    await async_want(home)
    begin, first = home.cloud.clock.now() + 5 * MINUTE, today(home)
    back = midnight(first + 2 * DAY, home.plant.zone) + 9 * HOUR
    times = [(begin, begin + 9 * MINUTE), (back, begin + 6 * DAY)]
    await async_count_live(home, times)
    await async_pass_to(home, first + 4 * DAY)
    # the sensor makes up for it when it is back: nothing is lost, nothing twice
    outage = list(days_from(first, first + 3 * DAY))
    await async_check(home, first + 4 * DAY, without=outage)
    for quantity in SHOWN:
        told = await shown(home, quantity)
        truth = sum(TRUTH[quantity](home.plant.history.day(day)) for day in outage)
        assert sum(told.get(day, 0.0) for day in outage) == pytest.approx(
            truth, abs=0.02
        )
    await async_check_end(home, begin)


async def test_statistics_that_are_deleted_and_start_anew(
    home_factory: HomeFactory,
) -> None:
    home = await home_factory("new")
    await async_want(home)
    begin, first = home.cloud.clock.now() + 5 * MINUTE, today(home)
    await async_count_live(home, [(begin, begin + 3 * DAY)])
    await async_pass_to(home, first + 2 * DAY)

    await async_clear(home.hass, [sensor_of(home, quantity) for quantity in SHOWN])
    await home.history.async_look_at_seams()
    anew = home.cloud.clock.now() + 17 * MINUTE
    await async_count_live(home, [(anew, anew + 2 * DAY)])
    await async_pass_to(home, first + 4 * DAY)
    await async_check(home, first + 4 * DAY)
    await async_check_end(home, anew)

    # and where they begin earlier again, what is told twice goes out
    await async_count_live(home, [(begin, anew + 2 * DAY)])
    await home.history.async_look_at_seams()
    await async_check(home, first + 4 * DAY)
    await async_check_end(home, begin)


async def test_sensors_that_are_gone_leave_it_as_it_is(
    home_factory: HomeFactory,
) -> None:
    home = await home_factory("new")
    await async_want(home)
    begin = home.cloud.clock.now()
    await async_count_live(home, [(begin, begin + HOUR)])
    await home.history.async_look_at_seams()
    before = await before_live(home, Quantity.IMPORT)
    er.async_get(home.hass).async_remove(sensor_of(home, Quantity.IMPORT))
    await home.hass.async_block_till_done()
    await home.history.async_look_at_seams()
    assert await before_live(home, Quantity.IMPORT) == before
    assert before


async def test_the_first_hour_of_a_sensor_is_found(home_factory: HomeFactory) -> None:
    home = await home_factory("new")
    sensor, begin = sensor_of(home, Quantity.EXPORT), home.cloud.clock.now()
    assert await async_first_hour(home.hass, sensor, None) is None
    await async_count_live(home, [(begin, begin + 4 * HOUR)])
    first = begin.replace(minute=0, second=0, microsecond=0)
    for expected in (None, first, first + HOUR, first - DAY):
        assert await async_first_hour(home.hass, sensor, expected) == first


async def test_what_the_recorder_does_not_take_is_copied_later(
    home_factory: HomeFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = await home_factory("new")
    await async_want(home)
    begin, first = home.cloud.clock.now(), today(home)
    await async_count_live(home, [(begin, begin + HOUR)])

    async def async_lose(*_: object) -> None:
        return None

    with monkeypatch.context() as patched:
        patched.setattr(
            "custom_components.smartpvms.history.book.async_write", async_lose
        )
        await home.history.async_look_at_seams()
    assert not home.history.before_live.is_there(home.plant.code, SHOWN)
    await home.history.async_look_at_seams()
    assert home.history.before_live.is_there(home.plant.code, SHOWN)
    await async_check(home, first)


def test_between_two_full_hours_a_sum_is_divided_evenly() -> None:
    hour = datetime(2026, 6, 20, 18, tzinfo=UTC)
    sums = {hour - HOUR: 10, hour: 30}
    assert sum_at(sums, hour) == 10
    assert sum_at(sums, hour + HOUR) == 30
    assert sum_at(sums, hour + HOUR / 2) == 20
    assert sum_at(sums, hour + HOUR * 1.5) is None
    assert sum_at(sums, hour - HOUR) is None


@pytest.mark.parametrize("zone", [BERLIN, KOLKATA])
def test_days_are_compared_up_to_a_midnight_that_is_recorded(zone: ZoneInfo) -> None:
    day = date(2026, 6, 20)
    begin = datetime(2026, 6, 20, 12, tzinfo=UTC)
    end = midnight(day + 3 * DAY, zone)
    hours = {end.replace(minute=0) - HOUR: 5, end.replace(minute=0): 9}
    sums = {begin: 1, **hours}
    assert comparable_days(sums, begin, day + 2 * DAY, zone) == ()
    three = tuple(days_from(day, day + 3 * DAY))
    assert comparable_days(sums, begin, day + 3 * DAY, zone) == three


def test_the_rest_is_what_nobody_counted() -> None:
    day = date(2026, 6, 20)
    begin = datetime(2026, 6, 20, 12, tzinfo=UTC)
    end = midnight(day + DAY, BERLIN)
    assert rest_before({day: 9}, {begin: 1, end - HOUR: 4}, begin, BERLIN) == 5
    # a sensor that counts more than the cloud leaves nothing
    assert rest_before({day: 3}, {begin: 1, end - HOUR: 4}, begin, BERLIN) == 0
    # one that lost what it had to count does not make the first day larger
    days = {day: 9, day + DAY: 20}
    sums = {begin: 4, end + 23 * HOUR: 6}
    assert rest_before(days, sums, begin, BERLIN) == 5


def test_the_rest_is_divided_like_the_hours_before_the_sensor() -> None:
    begin = datetime(2026, 6, 20, 6, tzinfo=UTC)
    noon = datetime(2026, 6, 20, 10, tzinfo=UTC)
    recorded = {begin - 2 * HOUR: 10, begin - HOUR: 20, begin: 40, noon: 70}
    hours = day_of_seam(recorded, {begin: 10}, begin, 60, BERLIN)
    assert {hour: state for hour, state in hours.items() if state} == {
        begin - 2 * HOUR: 10,
        begin - HOUR: 20,
        begin: 30,
    }
    assert day_of_seam({noon: 70}, {begin: 10}, begin, 60, BERLIN) == {begin: 60}
    late = noon + 3 * HOUR
    assert day_of_seam({}, {late: 10}, late, 60, BERLIN) == {noon: 60}
