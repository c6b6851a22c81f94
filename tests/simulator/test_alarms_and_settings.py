"""Active alarms and the two queries of a plant's configuration."""

from dataclasses import replace
from typing import Any

import pytest

from simulator.alarms import KINDS

from .conftest import NOON, Cloud

NOW = int(NOON.timestamp() * 1000)
PLANT = "NE=33554875"


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


async def query(cloud: Cloud, name: str) -> dict[str, Any]:
    answer = await cloud.call(f"configuration/{name}", plantCode=PLANT)
    assert "params" not in answer
    data: dict[str, Any] = answer["data"]
    return data


async def test_working_modes(cloud: Cloud) -> None:
    settings = cloud.simulator.plants[0].settings
    assert await query(cloud, "battery-mode") == {
        "plantCode": PLANT,
        "operationMode": "maximumSelfConsumption",
        "touOperationModeParamDetail": None,
    }
    settings.operation_mode = "TOU"
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
    cloud.simulator.plants[0].settings.control_mode = mode
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
