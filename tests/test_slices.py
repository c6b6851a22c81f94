"""Long work on the event loop, in slices."""

import asyncio
from collections.abc import Iterator

from homeassistant.core import HomeAssistant
import pytest

from custom_components.smartpvms import slices
from custom_components.smartpvms.slices import async_in_slices


@pytest.fixture
def shortest(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let each step be a slice of its own."""
    monkeypatch.setattr(slices, "SLICE", 0)


def steps(done: list[str], name: str, count: int) -> Iterator[None]:
    for number in range(count):
        done.append(f"{name}{number}")
        yield


async def test_what_fits_into_a_slice_is_done_at_once(
    hass: HomeAssistant, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(slices, "SLICE", 60)
    done: list[str] = []
    task = hass.async_create_task(async_in_slices(hass, steps(done, "a", 3)))
    assert done == ["a0", "a1", "a2"]
    await task


@pytest.mark.usefixtures("shortest")
async def test_all_take_turns(hass: HomeAssistant) -> None:
    done: list[str] = []
    await asyncio.gather(
        async_in_slices(hass, steps(done, "a", 3)),
        async_in_slices(hass, steps(done, "b", 3)),
    )
    assert done == ["a0", "b0", "a1", "b1", "a2", "b2"]


@pytest.mark.usefixtures("shortest")
async def test_the_loop_has_a_turn_after_each_slice(hass: HomeAssistant) -> None:
    done: list[str] = []

    async def other() -> None:
        for number in range(3):
            done.append(f"other{number}")
            await asyncio.sleep(0)

    await asyncio.gather(async_in_slices(hass, steps(done, "a", 3)), other())
    assert done == ["a0", "other0", "a1", "other1", "a2", "other2"]


async def test_a_step_may_be_awaited(hass: HomeAssistant) -> None:
    done: list[str] = []

    async def step(name: str) -> None:
        await asyncio.sleep(0)
        done.append(name)

    await async_in_slices(hass, (step(name) for name in "ab"))
    assert done == ["a", "b"]


@pytest.mark.usefixtures("shortest")
async def test_what_is_cancelled_makes_room_for_others(hass: HomeAssistant) -> None:
    done: list[str] = []
    endless = hass.async_create_task(async_in_slices(hass, steps(done, "a", 10**9)))
    await asyncio.sleep(0)
    endless.cancel()
    with pytest.raises(asyncio.CancelledError):
        await endless
    count = len(done)
    await async_in_slices(hass, steps(done, "b", 2))
    assert done[count:] == ["b0", "b1"]
