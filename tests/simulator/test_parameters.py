"""Wrong parameters get the documented failCode or exception."""

import json
from typing import Any

import pytest

from .conftest import NOON, Cloud, CloudFactory

NOW = int(NOON.timestamp() * 1000)
DAY = 86_400_000
PLANT = "NE=33554875"
INVERTER = "1000000033815001"
BATTERY = "1000000033815002"
METER = "1000000033815003"
DONGLE = "1000000033815000"
MANY = ",".join(f"NE={number}" for number in range(101))
MANY_IDS = ",".join(str(number) for number in range(101))
REPORTS = ["getKpiStationHour", "getKpiStationDay", "getKpiStationMonth"]
HISTORY = {
    "devDn": "NE=33815001",
    "devTypeId": 38,
    "startTime": NOW - 1,
    "endTime": NOW,
}
OLD_HISTORY = {
    "devIds": INVERTER,
    "devTypeId": 38,
    "startTime": NOW - 1,
    "endTime": NOW,
}
ALARMS = {"stationCodes": PLANT, "beginTime": 0, "endTime": NOW, "language": "en_US"}


@pytest.mark.parametrize(
    ("interface", "body", "code"),
    [
        ("stations", {}, 30004),
        ("stations", {"pageNo": -1}, 30021),
        ("stations", {"pageNo": 1, "gridConnectedStartTime": -1}, 20605),
        ("stations", {"pageNo": 1, "gridConnectedEndTime": -1}, 20605),
        ("stations", {"pageNo": 1, "gridConnectedStartTime": NOW}, 20606),
        (
            "stations",
            {"pageNo": 1, "gridConnectedStartTime": 5, "gridConnectedEndTime": 5},
            20604,
        ),
        ("getDevList", {}, 20010),
        ("getDevList", {"stationCodes": ""}, 20010),
        ("getDevList", {"stationCodes": MANY}, 20015),
        ("getDevList", {"stationCodes": "NE=1"}, 20007),
        ("getStationRealKpi", {}, 20010),
        ("getStationRealKpi", {"stationCodes": MANY}, 20015),
        ("getStationRealKpi", {"stationCodes": f"{PLANT},NE=1"}, 20007),
        ("getDevRealKpi", {"devTypeId": 38}, 20005),
        ("getDevRealKpi", {"devIds": INVERTER}, 20008),
        ("getDevRealKpi", {"devIds": INVERTER, "devTypeId": 39}, 20006),
        ("getDevRealKpi", {"devIds": f"{INVERTER},{METER}", "devTypeId": 38}, 20006),
        ("getDevRealKpi", {"devIds": DONGLE, "devTypeId": 62}, 20013),
        ("getDevRealKpi", {"devIds": "1", "devTypeId": 2}, 20013),
        ("getDevRealKpi", {"devIds": MANY_IDS, "devTypeId": 38}, 20017),
        ("getDevRealKpi", {"sns": MANY_IDS, "devTypeId": 38}, 20017),
        ("device/history", {**HISTORY, "devDn": ""}, 20005),
        ("device/history", {**HISTORY, "devTypeId": None}, 20008),
        ("device/history", {**HISTORY, "startTime": None}, 20012),
        ("device/history", {**HISTORY, "startTime": -5}, 20605),
        ("device/history", {**HISTORY, "startTime": NOW + 1}, 20604),
        ("device/history", {**HISTORY, "startTime": NOW - DAY - 1}, 40001),
        ("device/history", {**HISTORY, "devDn": "NE=33815001,NE=33815002"}, 40001),
        ("device/history", {**HISTORY, "devTypeId": 62}, 20013),
        ("device/history", {**HISTORY, "devTypeId": 39}, 20006),
        ("getDevHistoryKpi", {**OLD_HISTORY, "devIds": ""}, 20005),
        ("getDevHistoryKpi", {**OLD_HISTORY, "devIds": "1,2,3,4,5,6,7,8,9,0,1"}, 30031),
        ("getDevHistoryKpi", {**OLD_HISTORY, "startTime": None}, 30032),
        ("getDevHistoryKpi", {**OLD_HISTORY, "startTime": NOW - 3 * DAY - 1}, 30032),
        ("getDevHistoryKpi", {**OLD_HISTORY, "startTime": NOW + 1}, 20023),
        ("getDevHistoryKpi", {**OLD_HISTORY, "devTypeId": 62, "devIds": "1"}, 20013),
        ("getDevFiveMinutes", {"devIds": INVERTER, "devTypeId": 38}, 20012),
        ("getDevFiveMinutes", {"devTypeId": 38, "collectTime": NOW}, 20005),
        ("getStationList", {"pageNo": 1}, 30005),
        ("getStationList", {"pageNo": 1, "pageSize": 25}, 30006),
        ("getAlarmList", {**ALARMS, "stationCodes": ""}, 20055),
        ("getAlarmList", {**ALARMS, "stationCodes": MANY}, 20015),
        ("getAlarmList", {**ALARMS, "stationCodes": "", "sns": MANY_IDS}, 20017),
        ("getAlarmList", {**ALARMS, "beginTime": None}, 20012),
        ("getAlarmList", {**ALARMS, "beginTime": -1}, 20012),
        ("getAlarmList", {**ALARMS, "beginTime": NOW + 1}, 20023),
        ("getAlarmList", {**ALARMS, "language": ""}, 20024),
        ("getAlarmList", {**ALARMS, "language": "xx_XX"}, 20025),
        *((report, {"stationCodes": PLANT}, 20012) for report in REPORTS),
        *((report, {"collectTime": NOW}, 20010) for report in REPORTS),
        ("getKpiStationYear", {"stationCodes": PLANT, "collectTime": -1}, 20012),
        ("getKpiStationYear", {"stationCodes": MANY, "collectTime": NOW}, 20015),
        ("getDevKpiDay", {"devIds": METER, "devTypeId": 47, "collectTime": NOW}, 20013),
        ("getDevKpiDay", {"devIds": BATTERY, "devTypeId": 38, "collectTime": 1}, 20006),
        ("getDevKpiMonth", {"devIds": BATTERY, "devTypeId": 39}, 20012),
        ("getDevKpiYear", {"devTypeId": 39, "collectTime": NOW}, 20005),
        ("configuration/battery-mode", {"plantCode": "NE=1"}, 20622),
        ("configuration/active-power-control-mode", {"plantCode": "NE=1"}, 20622),
    ],
)
async def test_fail_codes(
    cloud: Cloud, interface: str, body: dict[str, Any], code: int
) -> None:
    answer = await cloud.call(interface, **body)
    assert answer["failCode"] == code
    assert answer["success"] is False
    assert answer.get("data") is None
    assert cloud.simulator.requests_to(interface)[-1].fail_code == code


@pytest.mark.parametrize(
    ("interface", "body", "named"),
    [
        ("stations", {"pageNo": 0}, "pageNo"),
        ("stations", {"pageNo": "first"}, "pageNo"),
        ("stations", {"pageNo": 1.5}, "pageNo"),
        ("getDevList", {"stationCodes": [PLANT]}, "stationCodes"),
        ("getDevRealKpi", {"devIds": INVERTER, "devTypeId": {"id": 38}}, "devTypeId"),
        ("device/history", {**HISTORY, "devDn": ["NE=1"]}, "devDn"),
        ("getAlarmList", {**ALARMS, "levels": "high"}, "levels"),
        (
            "getKpiStationDay",
            {"stationCodes": PLANT, "collectTime": "x"},
            "collectTime",
        ),
        ("configuration/battery-mode", {}, "plantCode"),
        ("configuration/battery-mode", {"plantCode": None}, "plantCode"),
        ("configuration/active-power-control-mode", {"plantCode": 5}, "plantCode"),
    ],
)
async def test_exceptions_of_the_gateway(
    cloud: Cloud, interface: str, body: dict[str, Any], named: str
) -> None:
    status, text, _ = await cloud.raw(interface, **body)
    assert status == 400
    answer = json.loads(text)
    assert answer["exceptionId"] == "framwork.remote.Paramerror"
    assert answer["reasonArgs"] == [named]
    assert "failCode" not in answer


async def test_a_body_that_is_no_object(cloud: Cloud) -> None:
    status, text, _ = await cloud.raw("stations", body=[1])
    assert status == 400
    assert json.loads(text)["exceptionType"] == "ROA_EXFRAME_EXCEPTION"
    async with cloud.session.post(
        f"{cloud.url}/thirdData/stations", data="{oops", headers=cloud.headers
    ) as response:
        assert response.status == 400


async def test_failures_of_stations_have_no_params(cloud: Cloud) -> None:
    answer = await cloud.call("stations", pageNo=1, gridConnectedStartTime=-1)
    assert answer == {
        "success": False,
        "data": None,
        "failCode": 20605,
        "message": "The time cannot be a negative number.",
    }


async def test_failures_of_device_history_have_no_data(cloud: Cloud) -> None:
    answer = await cloud.call("device/history", **{**HISTORY, "startTime": NOW + 1})
    assert answer == {
        "success": False,
        "failCode": 20604,
        "message": "The start time is greater than the end time.",
    }


async def test_failures_echo_the_request(cloud: Cloud) -> None:
    answer = await cloud.call("getStationRealKpi", stationCodes="NE=1")
    assert answer["params"] == {"stationCodes": "NE=1", "currentTime": NOW}


async def test_the_grid_connection_filter(cloud_factory: CloudFactory) -> None:
    cloud = await cloud_factory(plant="home,pv,string")

    async def names(**times: int) -> list[str]:
        answer = await cloud.call("stations", pageNo=1, **times)
        return [row["plantName"].split()[1] for row in answer["data"]["list"]]

    year_2024 = 1704067200000
    assert await names() == ["Berlin", "Hamburg", "Leipzig"]
    assert await names(gridConnectedStartTime=year_2024) == ["Hamburg"]
    assert await names(gridConnectedEndTime=year_2024) == ["Berlin", "Leipzig"]
    one = 1672531200000
    window = {"gridConnectedStartTime": one, "gridConnectedEndTime": year_2024}
    assert await names(**window) == ["Berlin"]


async def test_pages(cloud_factory: CloudFactory) -> None:
    cloud = await cloud_factory(plant="home,pv")
    first = await cloud.call("stations", pageNo=1, pageSize=1)
    assert (first["data"]["pageCount"], first["data"]["pageSize"]) == (1, 100)
    second = await cloud.call("stations", pageNo="2")
    assert second["data"]["list"] == []
    old = await cloud.call("getStationList", pageNo=1, pageSize=10)
    assert old["data"]["total"] == 2
    assert len(old["data"]["list"]) == 2
    assert old["data"]["list"][0]["combineType"] == "3"


async def test_devices_by_serial_number_and_unknown_ones(cloud: Cloud) -> None:
    serial = cloud.device(38).serial
    answer = await cloud.call("getDevRealKpi", sns=serial, devTypeId="38")
    assert answer["data"][0]["sn"] == serial
    assert answer["params"]["devTypeId"] == "38"
    assert (await cloud.call("getDevRealKpi", devIds=5, devTypeId=38))["data"] == []
    unknown = await cloud.call("device/history", **{**HISTORY, "devDn": "NE=5"})
    assert unknown["data"] == []


async def test_times_in_seconds_find_nothing(cloud: Cloud) -> None:
    seconds = NOW // 1000
    for interface in [*REPORTS, "getKpiStationYear"]:
        answer = await cloud.call(interface, stationCodes=PLANT, collectTime=seconds)
        assert (answer["success"], answer["data"]) == (True, [])
    window = {"startTime": seconds - 3600, "endTime": seconds}
    assert (await cloud.call("device/history", **{**HISTORY, **window}))["data"] == []


async def test_times_beyond_all_bounds(cloud: Cloud) -> None:
    answer = await cloud.call(
        "getKpiStationDay", stationCodes=PLANT, collectTime=10**18
    )
    assert answer["data"] == []
