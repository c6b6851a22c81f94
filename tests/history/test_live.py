"""The hours of today, from the live totals, and their correction in the night."""

from datetime import timedelta

import pytest

from custom_components.smartpvms.history.live import LiveGrowth
from custom_components.smartpvms.history.quantities import Quantity
from scripts.benchmarking.history_truth import DAY, TRUTH
from tests.conftest import advance

from .conftest import HomeFactory

BEAT = timedelta(seconds=303)


async def test_today_grows_by_the_hour_and_the_night_corrects_it(
    home_factory: HomeFactory,
) -> None:
    home = await home_factory("new")
    memory = home.history.memory.of(home.plant.code)
    while memory.refined is None:
        assert await home.async_step()
    for _ in range(48):
        await advance(home.hass, home.cloud, home.freezer, BEAT)
    live = LiveGrowth(home.hass, home.entry, home.history)
    marks = memory.live
    assert marks is not None
    rows = await home.rows(Quantity.PV_YIELD)
    hours = [
        hour for hour in rows if hour.astimezone(home.plant.zone).date() == marks.day
    ]
    assert len(hours) == 3
    for hour in hours:
        trace = home.plant.history.trace(marks.day)
        truth = trace.energies(hour + timedelta(hours=1)) - trace.energies(hour)
        assert rows[hour][0] == pytest.approx(truth.pv_yield, abs=0.5)

    # an hour that is written twice counts once
    before = {quantity: await home.rows(quantity) for quantity in Quantity}
    await live.async_grow()
    await live.async_grow()
    for quantity in Quantity:
        now = await home.rows(quantity)
        assert list(now)[:-1] == list(before[quantity])[:-1]
        assert len(now) == len(before[quantity])

    home.pass_time(DAY)
    while memory.until is None or memory.until <= marks.day:
        assert await home.async_step()
    for quantity, truth_of in TRUTH.items():
        days = await home.days(quantity)
        told = truth_of(home.plant.history.day(marks.day))
        assert days[marks.day] == pytest.approx(told, abs=0.01), quantity
    # the hours before Home Assistant was there are asked for
    assert marks.day in memory.wanted
