"""The days of all years, as the cloud reports them and as the recorder keeps them."""

import pytest

from scripts.benchmarking.history_truth import DAY, TRUTH

from .conftest import HomeFactory


# nearly two thousand days, each compared with what the plant did
@pytest.mark.timeout(400)
async def test_all_days_are_right_by_the_simulator(home_factory: HomeFactory) -> None:
    home = await home_factory("old")
    calls = 0
    while home.history.memory.of(home.plant.code).refined is None:
        assert await home.async_step()
        calls += 1
    assert calls <= 80
    assert home.plant.history.connected.year == 2021
    today = home.plant.history.local_date(home.cloud.clock.now())
    for quantity, truth in TRUTH.items():
        days = await home.days(quantity)
        day = home.plant.history.connected
        assert min(days) >= day
        while day < today:
            told = truth(home.plant.history.day(day))
            assert days.get(day, 0.0) == pytest.approx(told, abs=0.01), (quantity, day)
            day += DAY
        assert max(days) == today - DAY
