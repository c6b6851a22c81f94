"""The hours of past days, newest first."""

import pytest

from custom_components.smartpvms.history.hours import HOUR, hours_of
from custom_components.smartpvms.history.quantities import Quantity
from scripts.benchmarking.history_truth import DAY, TRUTH

from .conftest import HomeFactory


async def test_hours_are_right_by_the_simulator(home_factory: HomeFactory) -> None:
    home = await home_factory("new")
    memory = home.history.memory
    while memory.of(home.plant.code).refined is None:
        assert await home.async_step()
    before = {quantity: await home.days(quantity) for quantity in Quantity}
    today = home.plant.history.local_date(home.cloud.clock.now())
    for _ in range(16):
        assert await home.async_step()
    refined = memory.of(home.plant.code).refined
    assert refined is not None
    assert refined <= today - 11 * DAY
    for quantity, truth in TRUTH.items():
        rows = await home.rows(quantity)
        day = refined
        while day < today:
            trace = home.plant.history.trace(day)
            for hour in hours_of(day, home.plant.zone):
                told = truth(trace.energies(hour + HOUR)) - truth(trace.energies(hour))
                assert rows[hour][0] == pytest.approx(told, abs=0.02), (quantity, hour)
            day += DAY
        days = await home.days(quantity)
        assert days == pytest.approx(before[quantity], abs=0.001)
