"""Active alarms and the two queries of a plant's configuration."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from simulator import Simulator
from simulator.alarms import KINDS, Alarm

from .conftest import NOON, Cloud

NOW = int(NOON.timestamp() * 1000)
PLANT = "NE=33554875"
HOUR = timedelta(hours=1)


async def alarms(cloud: Cloud, **changes: object) -> list[Any]:
    body = {
        "stationCodes": PLANT,
        "beginTime": NOW - 1000,
        "endTime": NOW + 1000,
        "language": "en_US",
        **changes,
    }
    answer = await cloud.call("getAlarmList", **body)
    assert answer["params"].keys() == {
        "stationCodes",
        "sns",
        "beginTime",
        "endTime",
        "language",
        "levels",
        "devTypes",
        "currentTime",
    }
    rows: list[Any] = answer["data"]
    return rows


async def test_no_alarm(cloud: Cloud) -> None:
    assert await alarms(cloud) == []


async def test_filters(cloud: Cloud) -> None:
    active = cloud.simulator.alarms
    active.raise_alarm("grid_loss", cloud.device(38), NOON)
    active.raise_alarm("battery_temperature", cloud.device(39), NOON)
    assert [row["alarmId"] for row in await alarms(cloud)] == [2032, 3012]
    assert [row["lev"] for row in await alarms(cloud, levels="3,4")] == [3]
    assert [row["devTypeId"] for row in await alarms(cloud, devTypes="38")] == [38]
    assert len(await alarms(cloud, levels="", devTypes="")) == 2
    assert await alarms(cloud, beginTime=str(NOW + 1)) == []
    serial = cloud.device(38).serial
    assert len(await alarms(cloud, stationCodes="", sns=serial)) == 1
    assert len(await alarms(cloud, sns=serial)) == 2
    active.clear()
    assert await alarms(cloud) == []


async def test_language(cloud: Cloud) -> None:
    cloud.simulator.alarms.raise_alarm("grid_loss", cloud.device(38), NOON)
    names = {
        language: (await alarms(cloud, language=language))[0]["alarmName"]
        for language in ("en_US", "de_DE", "fr_FR")
    }
    assert names == {"en_US": "Grid Loss", "de_DE": "Netzausfall", "fr_FR": "Grid Loss"}


def test_kinds_of_alarms(cloud: Cloud) -> None:
    assert all(1 <= kind.level <= 4 for kind in KINDS.values())
    with pytest.raises(KeyError):
        cloud.simulator.alarms.raise_alarm("fire", cloud.device(38), NOON)


async def test_an_alarm_of_chosen_severity_comes_and_goes(cloud: Cloud) -> None:
    book = cloud.simulator.plants[0].alarms
    inverter, battery = cloud.device(38), cloud.device(39)
    later = NOON + timedelta(hours=2)
    book.raise_alarm("grid_loss", severity=4)
    book.raise_alarm("grid_loss", battery.dn, at=NOON - timedelta(days=2))
    book.raise_alarm("optimizer_fault", inverter, at=later, until=later + HOUR)
    wide = {"beginTime": NOW - 3 * 86_400_000, "endTime": NOW + 86_400_000}
    rows = await alarms(cloud, **wide)
    assert [(row["lev"], row["devTypeId"]) for row in rows] == [(4, 38), (2, 39)]
    assert [row["lev"] for row in await alarms(cloud, levels="4", **wide)] == [4]
    assert await alarms(cloud, levels="1", **wide) == []
    cloud.step(hours=2)
    assert [row["alarmId"] for row in await alarms(cloud, **wide)] == [2032, 2032, 2081]
    cloud.step(hours=1)
    assert len(await alarms(cloud, **wide)) == 2
    ended = book.clear_alarm("grid_loss", battery, at=later + 2 * HOUR)
    assert [alarm.device for alarm in ended] == [battery]
    assert len(await alarms(cloud, **wide)) == 2
    cloud.step(hours=2)
    assert [row["lev"] for row in await alarms(cloud, **wide)] == [4]
    assert book.clear_alarm("insulation_low") == []
    assert len(book.clear_alarm()) == 1
    assert await alarms(cloud, **wide) == []


def test_what_cannot_be_raised(cloud: Cloud) -> None:
    book = cloud.simulator.plants[0].alarms
    with pytest.raises(ValueError, match="severity"):
        book.raise_alarm("grid_loss", severity=5)
    with pytest.raises(KeyError):
        book.raise_alarm("grid_loss", "NE=1")
    assert book.active() == []


def test_active_alarms_are_part_of_the_truth(cloud: Cloud) -> None:
    book = cloud.simulator.plants[0].alarms
    book.raise_alarm("insulation_low")
    book.raise_alarm("network_lost")
    book.raise_alarm("network_lost", severity=4)
    now: Any = cloud.simulator.truth()[PLANT]["now"]
    assert {key: now[key] for key in now if key.endswith("_alarms")} == {
        "active_alarms": 3,
        "critical_alarms": 1,
        "major_alarms": 1,
        "minor_alarms": 0,
        "warning_alarms": 1,
    }


def test_spontaneous_alarms_come_and_go() -> None:
    simulator = Simulator(plant="home,commercial,pv", start=NOON)
    assert simulator.alarms.active == []
    simulator.alarms.spontaneous(True)
    assert simulator.add_plant("pv").alarms.spontaneous
    seen: dict[tuple[str, int, datetime], Alarm] = {}
    active_per_day = []
    for _ in range(40):
        simulator.clock.step(timedelta(days=1))
        active = simulator.alarms.active
        active_per_day.append(len(active))
        for alarm in active:
            seen[alarm.device.dn, alarm.kind.number, alarm.raised] = alarm
            assert alarm.kind.types is None or alarm.device.type_id in alarm.kind.types
    now = simulator.clock.now()
    assert len(seen) > 10
    assert {alarm.severity for alarm in seen.values()} == {1, 2, 3, 4}
    assert sum(not alarm.active(now) for alarm in seen.values()) > 5
    assert min(active_per_day) < max(active_per_day)
    longest = max(
        alarm.cleared - alarm.raised for alarm in seen.values() if alarm.cleared
    )
    assert timedelta(days=2) < longest <= timedelta(days=10)


def test_the_same_seed_brings_the_same_alarms() -> None:
    def drawn(seed: int) -> list[tuple[int, datetime]]:
        simulator = Simulator(plant="home", start=NOON, seed=seed)
        simulator.alarms.spontaneous(True)
        book = simulator.plants[0].alarms
        found = book.drawn(NOON - timedelta(days=60), NOON)
        return [(alarm.kind.number, alarm.raised) for alarm in found]

    assert drawn(1) == drawn(1)
    assert drawn(1) != drawn(2)
    assert len(drawn(1)) > 5


def test_a_removed_device_has_no_alarms() -> None:
    simulator = Simulator(plant="pv", start=NOON)
    simulator.alarms.spontaneous(True)
    book = simulator.plants[0].alarms
    assert book.drawn(NOON - timedelta(days=60), NOON)
    simulator.remove_device(simulator.plants[0].devices[0].dn)
    assert book.drawn(NOON - timedelta(days=60), NOON) == []


async def query(cloud: Cloud, name: str) -> dict[str, Any]:
    answer = await cloud.call(f"configuration/{name}", plantCode=PLANT)
    assert "params" not in answer
    data: dict[str, Any] = answer["data"]
    return data


async def test_working_modes(cloud: Cloud) -> None:
    steering = cloud.simulator.plants[0].steering
    assert await query(cloud, "battery-mode") == {
        "plantCode": PLANT,
        "operationMode": "maximumSelfConsumption",
        "touOperationModeParamDetail": None,
    }
    steering.change(NOON, operation_mode="TOU")
    detail = (await query(cloud, "battery-mode"))["touOperationModeParamDetail"]
    assert detail["allowedAcChargePower"] == 5.0
    assert detail["chargingAndDischargingTimeWindow"][0] == {
        "startTime": "00:00",
        "endTime": "05:00",
        "chargeOrDischarge": "charge",
        "repeat": [7, 1, 2, 3, 4, 5, 6],
    }


@pytest.mark.parametrize(
    ("mode", "key", "value"),
    [
        ("noLimit", None, None),
        ("other", None, None),
        ("zeroExportLimitation", "zeroExportLimitationParam", {}),
        (
            "limitedPowerGridKW",
            "limitedPowerGridValueParam",
            {"maxGridFeedInPowerValue": 5.0},
        ),
        (
            "limitedPowerGridPercent",
            "limitedPowerGridPercentParam",
            {"maxGridFeedInPowerPercent": 5.0},
        ),
    ],
)
async def test_active_power_modes(
    cloud: Cloud, mode: Any, key: str | None, value: dict[str, float] | None
) -> None:
    cloud.simulator.plants[0].steering.change(NOON, control_mode=mode)
    data = await query(cloud, "active-power-control-mode")
    assert data.pop("controlMode") == mode
    assert data.pop("plantCode") == PLANT
    if key is not None and value is not None:
        assert data.pop(key) == {"limitationMode": "totalPower", **value}
    assert set(data.values()) == {None}


async def test_a_plant_without_an_inverter(cloud: Cloud) -> None:
    plant = cloud.simulator.plants[0]
    plant.definition = replace(plant.definition, inverters=())
    answer = await cloud.call(
        "configuration/active-power-control-mode", plantCode=PLANT
    )
    assert answer["failCode"] == 20631
    assert answer["message"] == "The plant has no inverter device."


async def test_a_plant_without_a_battery(cloud_factory: Any) -> None:
    cloud = await cloud_factory(plant="pv")
    answer = await cloud.call("configuration/battery-mode", plantCode="NE=33561020")
    assert answer == {
        "success": False,
        "data": None,
        "failCode": 20631,
        "message": "The plant has no battery device.",
    }
