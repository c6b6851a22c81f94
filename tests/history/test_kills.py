"""Interrupted at any moment, the history comes out the same; run twice, nothing changes."""

import asyncio
from datetime import date
from random import Random

from homeassistant.core import HomeAssistant
import pytest

from custom_components.smartpvms.history import recording
from custom_components.smartpvms.history.history import History
from custom_components.smartpvms.history.quantities import Quantity
from custom_components.smartpvms.history.recording import Row, Series
from scripts.benchmarking.history_truth import DAY

from .conftest import Home, HomeFactory

KILLS = 50
# rows of a job, which the recorder takes as a whole: at least those of a day
JOB = 25


async def async_all(home: Home) -> dict[Quantity, object]:
    """Return everything that is recorded."""
    return {quantity: await home.rows(quantity) for quantity in Quantity}


async def async_restart(home: Home) -> None:
    """Take up what is on disk, as after a kill."""
    history = History(home.hass, home.entry)
    await history.async_load()
    home.entry.runtime_data.history = history


async def async_until_hours(home: Home, first: date) -> None:
    """Bring in all days, and the hours of those from `first` on."""
    while True:
        refined = home.history.memory.of(home.plant.code).refined
        if refined is not None and refined <= first:
            return
        assert await home.async_step()


async def test_fifty_kills_leave_no_trace(
    home_factory: HomeFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = await home_factory("new")
    first = date(2026, 6, 14)
    await async_until_hours(home, first)
    expected = await async_all(home)
    assert expected[Quantity.PV_YIELD]

    await home.history.async_delete([home.plant.code])
    home.history.memory.plants.clear()
    await home.history.memory.async_save()
    random = Random(8)
    monkeypatch.setattr(recording, "MOST_ROWS", JOB)
    write, kills = recording.async_write, 0

    async def async_write_or_die(
        hass: HomeAssistant, series: Series, rows: dict[object, Row]
    ) -> None:
        nonlocal kills
        if kills < KILLS and random.random() < 0.5:
            kills += 1
            ordered = sorted(rows.items())
            jobs = random.randint(0, -(-len(rows) // JOB))
            await write(hass, series, dict(ordered[: jobs * JOB]))
            raise asyncio.CancelledError
        await write(hass, series, rows)

    monkeypatch.setattr(
        "custom_components.smartpvms.history.book.async_write", async_write_or_die
    )
    monkeypatch.setattr("custom_components.smartpvms.history.book.MOST_ROWS", JOB)
    while True:
        memory, died = home.history.memory.of(home.plant.code), kills
        if memory.refined is not None and memory.refined <= first:
            break
        assert await home.async_step()
        if kills > died:
            await async_restart(home)
    assert kills == KILLS
    assert await async_all(home) == expected


async def test_a_second_run_changes_nothing(home_factory: HomeFactory) -> None:
    home = await home_factory("new")
    await async_until_hours(home, date(2026, 6, 15))
    before = await async_all(home)
    await home.history.async_request(
        [home.plant.code], date(2026, 6, 1), date(2026, 6, 20)
    )
    memory = home.history.memory.of(home.plant.code)
    memory.until = date(2026, 6, 10)
    while memory.again:
        assert await home.async_step()
    assert memory.until == date(2026, 6, 21)
    for _ in range(4):
        assert await home.async_step()
    assert await async_all(home) == before


async def test_a_correction_reaches_all_later_rows(
    home_factory: HomeFactory,
) -> None:
    home = await home_factory("new")
    await async_until_hours(home, date(2026, 6, 19))
    series = home.history.shelf.series(home.plant.code, Quantity.EXPORT)
    before = await home.rows(Quantity.EXPORT)
    first = min(before)
    changed = round(before[first][0] * 1000) + 500
    await home.history.book.async_put(series, {first: changed})
    after = await home.rows(Quantity.EXPORT)
    assert after[first][0] == changed / 1000
    for hour, (_, total) in after.items():
        assert round(total - before[hour][1], 3) == 0.5
    assert home.history.memory.pending == {}


async def test_a_correction_that_is_cut_off_goes_on_after_a_restart(
    home_factory: HomeFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = await home_factory("new")
    await async_until_hours(home, date(2026, 6, 14))
    before = await home.rows(Quantity.EXPORT)
    first = min(before)
    changed = round(before[first][0] * 1000) + 500
    monkeypatch.setattr("custom_components.smartpvms.history.book.MOST_ROWS", JOB)
    write = recording.async_write

    async def async_write_and_die(
        hass: HomeAssistant, series: Series, rows: dict[object, Row]
    ) -> None:
        ordered = sorted(rows.items())
        assert len(ordered) > 4 * JOB
        await write(hass, series, dict(ordered[: 2 * JOB]))
        raise asyncio.CancelledError

    with monkeypatch.context() as patched:
        patched.setattr(
            "custom_components.smartpvms.history.book.async_write", async_write_and_die
        )
        series = home.history.shelf.series(home.plant.code, Quantity.EXPORT)
        with pytest.raises(asyncio.CancelledError):
            await home.history.book.async_put(series, {first: changed})
    cut = await home.rows(Quantity.EXPORT)
    last = max(before)
    assert cut[first][0] == changed / 1000
    assert cut[last] == before[last]

    await async_restart(home)
    assert home.history.memory.pending == {series.statistic_id: first}
    await home.history.book.async_complete(series)
    after = await home.rows(Quantity.EXPORT)
    for hour, (_, total) in after.items():
        assert round(total - before[hour][1], 3) == 0.5
    assert home.history.memory.pending == {}


async def test_years_of_hours_are_rewritten_span_by_span(
    home_factory: HomeFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = await home_factory("new")
    await async_until_hours(home, date(2026, 6, 17))
    monkeypatch.setattr("custom_components.smartpvms.history.book._SPAN", 5 * DAY)
    before = await home.rows(Quantity.EXPORT)
    first = min(before)
    series = home.history.shelf.series(home.plant.code, Quantity.EXPORT)
    changed = round(before[first][0] * 1000) + 500
    await home.history.book.async_put(series, {first: changed})
    after = await home.rows(Quantity.EXPORT)
    assert after.keys() == before.keys()
    for hour, (_, total) in after.items():
        assert round(total - before[hour][1], 3) == 0.5
    assert home.history.memory.pending == {}


async def test_what_the_recorder_did_not_take_is_tried_again(
    home_factory: HomeFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = await home_factory("new")
    memory = home.history.memory.of(home.plant.code)
    while memory.first is None or memory.until is None or memory.until.month < 6:
        assert await home.async_step()

    async def async_lose(*_: object) -> None:
        return None

    with monkeypatch.context() as patched:
        patched.setattr(
            "custom_components.smartpvms.history.book.async_write", async_lose
        )
        assert await home.async_step()
    assert memory.refined is None
    assert home.history.next_call() is None
    home.freezer.tick(900)
    assert await home.async_step()
    assert await home.rows(Quantity.PV_YIELD)
