"""Answers have the keys that real answers had when they were recorded."""

import json
from pathlib import Path
from typing import Any

import pytest

from .conftest import Cloud, CloudFactory

PAYLOADS = Path(__file__).parents[1] / "fixtures" / "payloads"


def recorded(name: str) -> dict[str, Any]:
    payload: dict[str, Any] = json.loads(
        (PAYLOADS / f"{name}.json").read_text(encoding="utf-8")
    )
    return payload


async def test_stations(cloud: Cloud) -> None:
    answer = await cloud.call("stations", pageNo=1)
    real = recorded("stations_single_emptystr_coords")
    assert answer.keys() == real.keys()
    assert answer["data"].keys() == real["data"].keys()
    assert answer["data"]["list"][0].keys() == real["data"]["list"][0].keys()
    assert answer["message"] == real["message"]
    assert answer["data"]["list"][0]["gridConnectionDate"] == (
        "2023-05-11T10:12:30+02:00"
    )


async def test_device_list(cloud: Cloud) -> None:
    code = cloud.simulator.plants[0].code
    answer = await cloud.call("getDevList", stationCodes=code)
    real = recorded("getDevList_withModelAndDevDn")
    assert answer.keys() == real.keys()
    assert answer["params"].keys() == real["params"].keys()
    assert answer["data"][0].keys() == real["data"][0].keys()
    types = {row["devTypeId"]: row for row in answer["data"]}
    assert types.keys() == {38, 39, 47, 62}
    assert types[39]["esnCode"] is None
    assert types[39]["invType"] is None
    assert types[38]["invType"] == types[38]["model"]
    assert str(types[38]["id"]).endswith(types[38]["devDn"].removeprefix("NE="))


async def test_devices_of_a_company(cloud_factory: CloudFactory) -> None:
    cloud = await cloud_factory(plant="commercial")
    code = cloud.simulator.plants[0].code
    rows = (await cloud.call("getDevList", stationCodes=code))["data"]
    types = [row["devTypeId"] for row in rows]
    assert types == [1, 1, 1, 17, 10, 2, 8, 46, 46, 46, 46]
    assert [row["optimizerNumber"] for row in rows[:4]] == [0, 0, 4, None]
    assert len({row["id"] for row in rows}) == len(rows)
    without_readings = await cloud.code(
        "getDevRealKpi", devIds=rows[5]["id"], devTypeId=2
    )
    assert without_readings == 20013


async def test_plant_real_time(cloud: Cloud) -> None:
    code = cloud.simulator.plants[0].code
    answer = await cloud.call("getStationRealKpi", stationCodes=code)
    real = recorded("getStationRealKpi_2022_noDailyOnGrid")
    assert answer.keys() == real.keys()
    assert answer["data"][0].keys() == real["data"][0].keys()
    assert (
        answer["data"][0]["dataItemMap"].keys() > real["data"][0]["dataItemMap"].keys()
    )


@pytest.mark.parametrize(
    ("name", "plants", "type_id"),
    [
        ("getDevRealKpi_1_SUN2000-10KTL_closeTimeNA", "string", 1),
        ("getDevRealKpi_39_LUNA_soh0_soc100", "home", 39),
        ("getDevRealKpi_47_meter_singlephase", "home", 47),
        ("getDevRealKpi_47_threephase_export_measured", "home", 47),
        ("getDevRealKpi_39_lifetimeTotals_measured", "home", 39),
        ("getDevRealKpi_1_hybrid_measured", "string", 1),
    ],
)
async def test_device_real_time(
    cloud_factory: CloudFactory, name: str, plants: str, type_id: int
) -> None:
    cloud = await cloud_factory(plant=plants)
    real = recorded(name)
    answer = await cloud.call(
        "getDevRealKpi", devIds=str(cloud.device(type_id).id), devTypeId=type_id
    )
    assert answer.keys() >= real.keys()
    assert answer["data"][0].keys() >= real["data"][0].keys()
    items, real_items = answer["data"][0]["dataItemMap"], real["data"][0]["dataItemMap"]
    assert items.keys() >= real_items.keys()
    for key, value in real_items.items():
        numeric = isinstance(value, int | float)
        assert isinstance(items[key], int | float) == numeric, key


async def test_dongle_by_api_account(cloud: Cloud) -> None:
    answer = await cloud.call(
        "getDevRealKpi",
        headers=await cloud.login(),
        devIds=str(cloud.device(62).id),
        devTypeId=62,
    )
    real = recorded("getDevRealKpi_62_dongle_emptyMap")
    assert answer.keys() == real.keys()
    assert answer["data"][0]["dataItemMap"] == real["data"][0]["dataItemMap"] == {}


async def test_hour_report(cloud: Cloud) -> None:
    plant = cloud.simulator.plants[0]
    answer = await cloud.call(
        "getKpiStationHour", stationCodes=plant.code, collectTime=1782036000000
    )
    real = recorded("getKpiStationHour_LATAM_noBattery")
    assert answer.keys() == real.keys()
    assert answer["params"].keys() == real["params"].keys()
    assert answer["data"][0].keys() == real["data"][0].keys()
    items = answer["data"][0]["dataItemMap"]
    assert items.keys() == real["data"][0]["dataItemMap"].keys()


async def test_day_report(cloud: Cloud) -> None:
    plant = cloud.simulator.plants[0]
    answer = await cloud.call(
        "getKpiStationDay", stationCodes=plant.code, collectTime=1782036000000
    )
    real = recorded("getKpiStationDay_battery_PL_Nov2025")
    assert answer["data"][0].keys() == real["data"][0].keys()
    items = answer["data"][0]["dataItemMap"]
    assert items.keys() >= real["data"][0]["dataItemMap"].keys()
    assert len(items) == 19


@pytest.mark.parametrize("row", [0, 1])
def test_the_recorded_day_obeys_the_identities_of_the_model(row: int) -> None:
    items = recorded("getKpiStationDay_battery_PL_Nov2025")["data"][row]["dataItemMap"]
    assert items["PVYield"] == pytest.approx(
        items["inverterYield"] + items["chargeCap"] - items["dischargeCap"], abs=0.011
    )
    assert items["PVYield"] == items["inverter_power"]


async def test_old_station_list(cloud: Cloud) -> None:
    answer = await cloud.call("getStationList")
    real = recorded("getStationList_legacy_single")
    assert answer.keys() == real.keys()
    assert answer["data"][0].keys() == real["data"][0].keys()
    assert answer["data"][0]["capacity"] == 0.00984


async def test_alarms(cloud: Cloud) -> None:
    cloud.simulator.faults.enable("alarm", kind="network_lost")
    answer = await cloud.call(
        "getAlarmList",
        stationCodes=cloud.simulator.plants[0].code,
        beginTime=1782036000000 - 10**7,
        endTime=1782036000000 + 10**7,
        language="en_US",
    )
    real = recorded("getAlarmList_networkError")
    assert answer.keys() == real.keys()
    assert answer["params"].keys() >= real["params"].keys()
    assert answer["data"][0].keys() == real["data"][0].keys()
    assert answer["data"][0]["alarmId"] == real["data"][0]["alarmId"]


async def test_login(cloud: Cloud) -> None:
    status, text, headers = await cloud.raw(
        "login", headers={}, userName="apiuser", systemCode="simulator-password"
    )
    real = recorded("login_success_withDocMessage")
    assert status == 200
    assert json.loads(text) == real
    assert f"XSRF-TOKEN={headers['xsrf-token']};" in headers["set-cookie"]


def test_token(cloud: Cloud) -> None:
    answer = cloud.grant()
    real = recorded("oauth_token_success_shape")
    assert answer.keys() == real.keys()
    assert answer["scope"] == real["scope"]
    assert answer["token_type"] == real["token_type"]
    assert answer["expires_in"] == real["expires_in"]


@pytest.mark.parametrize(
    ("fault", "parameters", "name"),
    [
        ("session_lost", {}, "error_305_immediately"),
        ("interface_refused", {}, "error_401_invalidAccess"),
        ("too_frequent", {}, "error_407_dataString"),
        ("owner_access_off", {}, "error_20056_dataNull"),
    ],
)
async def test_errors(
    cloud: Cloud, fault: str, parameters: dict[str, Any], name: str
) -> None:
    cloud.simulator.faults.enable(fault, **parameters)
    assert await cloud.call("stations", pageNo=1) == recorded(name)


@pytest.mark.parametrize(
    ("fault", "name"),
    [
        ("html_page", "http_200_html_wrongHost"),
        ("quota_control_403", "http_403_quotaControl_api"),
    ],
)
async def test_answers_of_the_gateway(cloud: Cloud, fault: str, name: str) -> None:
    cloud.simulator.faults.enable(fault)
    status, text, headers = await cloud.raw("stations", pageNo=1)
    real = recorded(name)
    assert status == real["status"]
    if isinstance(real["body"], str):
        assert text == real["body"]
        assert headers["content-type"].startswith(real["headers"]["content-type"])
    else:
        assert json.loads(text) == real["body"]


async def test_parameter_exception(cloud: Cloud) -> None:
    cloud.simulator.faults.enable("page_size_50")
    status, text, _ = await cloud.raw("getStationList", pageNo=1, pageSize=10)
    real = recorded("http_400_paramError_pageSize")
    answer = json.loads(text)
    assert status == real["status"]
    assert {key: answer[key] for key in real["body"]} == real["body"]
