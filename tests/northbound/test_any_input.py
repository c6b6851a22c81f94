"""Recorded answers with anything in any place: values, or one clear error."""

from collections.abc import Iterator
import copy
from datetime import UTC, datetime, timedelta
from math import isfinite
import random
from typing import Any, Final

import pytest

from custom_components.smartpvms.northbound.client import NorthboundClient
from custom_components.smartpvms.northbound.errors import (
    FlowControlError,
    NorthboundError,
)
from custom_components.smartpvms.northbound.models import ReportPeriod

from .cloud import PAYLOADS, Answer, Cloud, StoppedClock, recorded

MUTATIONS: Final = 60
ODD_VALUES: Final[list[Any]] = [
    *(None, True, False, 0, -1, 1e308, 10**30, 0.5, float("nan"), float("inf")),
    *("", " ", "null", "N/A", "NaN", "1,5", "1e999", "\x00", "\ud800", "x" * 5000),
    *([], {}, [[]], [{}], {"": {}}, [None, 1, "a"], {"unit1": [{"sn": []}]}),
]
NOW: Final = datetime(2026, 4, 18, 10, tzinfo=UTC)


def places(value: Any) -> Iterator[tuple[Any, Any]]:
    """Return every container within a value with each of its keys."""
    keys = value.keys() if isinstance(value, dict) else range(len(value))
    for key in list(keys):
        yield value, key
        if isinstance(value[key], dict | list):
            yield from places(value[key])


def mutated(content: Any, chance: random.Random) -> Any:
    """Put up to three odd values into a copy."""
    content = copy.deepcopy(content)
    for _ in range(chance.randint(1, 3)):
        container, key = chance.choice(list(places(content)))
        container[key] = copy.deepcopy(chance.choice(ODD_VALUES))
    return content


async def read(client: NorthboundClient, file_name: str) -> object:
    """Read an answer as what it was recorded as."""
    interface = file_name.split("_", maxsplit=1)[0]
    plants = ["NE=49141481", "NE=51038540", "NE=205314378"]
    match interface:
        case "stations":
            return await client.get_plants()
        case "getStationList":
            return await client.get_plants_old()
        case "getDevList":
            return await client.get_devices(plants)
        case "getStationRealKpi":
            return await client.get_plant_readings(plants)
        case "getDevRealKpi":
            ids = [row["devId"] for row in recorded(file_name).body["data"]]
            readings = await client.get_device_readings(1, ids)
            assert all(
                isfinite(v) for r in readings.values() for v in r.values.values()
            )
            return readings
        case "getAlarmList":
            begin = NOW - timedelta(days=7)
            return await client.get_alarms(
                plant_codes=plants, begin=begin, end=NOW, language="en_US"
            )
        case "getKpiStationDay":
            return await client.get_plant_report(ReportPeriod.DAY, plants, NOW)
        case "getKpiStationHour":
            return await client.get_plant_report(ReportPeriod.HOUR, plants, NOW)
    return await client.get_devices(plants)


FILES: Final = sorted(
    file.stem
    for file in PAYLOADS.glob("*.json")
    if isinstance(recorded(file.stem).body, dict)
)


@pytest.mark.parametrize("file_name", FILES)
async def test_odd_values_anywhere(
    client: NorthboundClient, cloud: Cloud, clock: StoppedClock, file_name: str
) -> None:
    chance = random.Random(file_name)
    original = recorded(file_name)
    interface = file_name.split("_", maxsplit=1)[0]
    outcomes = []

    for _ in range(MUTATIONS):
        answer = Answer(body=mutated(original.body, chance), status=original.status)
        cloud.answer(interface, answer)
        cloud.answer("getDevList", answer)
        try:
            await read(client, file_name)
            outcomes.append("values")
        except FlowControlError as error:
            outcomes.append(error.failure.key)
            clock.now = error.retry_at.timestamp()
        except NorthboundError as error:
            outcomes.append(error.failure.key)

    assert len(outcomes) == MUTATIONS
    assert len(cloud.requests) >= MUTATIONS
