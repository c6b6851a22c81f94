"""Whatever happens: nothing is sent twice, nothing lost, and all is given back."""

import os
from random import Random

import pytest

from simulator import Simulator

from .house import START, serve_house
from .sequences import LEGAL_MAXIMUM, Life

# all 1,000 take minutes; a check of each change makes do with some of them
SEQUENCES = int(os.environ.get("SMARTPVMS_CONTROL_SEQUENCES", "150"))
CHUNK = 10


@pytest.mark.parametrize("first", range(0, SEQUENCES, CHUNK))
async def test_promises_hold_in_every_life(first: int) -> None:
    broken: dict[int, list[str]] = {}
    for seed in range(first, first + CHUNK):
        rng = Random(seed)
        simulator = Simulator(plant="fleet:1", start=START, seed=seed, speed=0)
        async with serve_house(simulator, has_readings=False) as house:
            legal = LEGAL_MAXIMUM if rng.random() < 0.5 else None
            life = Life(house, rng, legal)
            await life.live()
            await life.end()
            if problems := life.broken_promises():
                broken[seed] = [*problems, *life.story]

    assert broken == {}
