"""How switches are turned, and what some of them do exactly."""

from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import aiohttp
import pytest

from simulator import Simulator

from .conftest import NOON, OAUTH, Cloud, CloudFactory

NOW = int(NOON.timestamp() * 1000)


def test_unknown_switches(cloud: Cloud) -> None:
    with pytest.raises(KeyError):
        cloud.simulator.faults.enable("nonsense")
    with pytest.raises(KeyError):
        cloud.simulator.faults.disable("nonsense")


async def test_a_switch_for_some_interfaces(cloud: Cloud) -> None:
    faults = cloud.simulator.faults
    faults.enable("busy", interface="getDevList")
    assert await cloud.code("stations", pageNo=1) == 0
    assert await cloud.code("getDevList", stationCodes="NE=33554875") == 20200
    faults.enable("busy", interface=["stations", "login"])
    assert await cloud.code("stations", pageNo=1) == 20200
    assert await cloud.code("getDevList", stationCodes="NE=33554875") == 0
    assert (await cloud.call("login", headers={}))["failCode"] == 20200
    faults.clear()
    assert await cloud.code("stations", pageNo=1) == 0


async def test_a_switch_for_some_times(cloud: Cloud) -> None:
    cloud.simulator.faults.enable("session_lost", times=2)
    codes = [await cloud.code("stations", pageNo=1) for _ in range(3)]
    assert codes == [305, 305, 0]
    assert cloud.simulator.faults.enabled == {}


async def test_business_switches_spare_the_token(cloud: Cloud) -> None:
    cloud.simulator.faults.enable("html_page")
    async with cloud.session.post(f"{cloud.url}{OAUTH}/token") as response:
        assert (await response.json())["error"] == "1114"
    cloud.simulator.faults.enable("html_page", interface="token")
    async with cloud.session.post(f"{cloud.url}{OAUTH}/token") as response:
        assert response.content_type == "text/html"
    assert cloud.simulator.requests_to("token")[-1].status == 200


async def test_revoking_can_fail(cloud: Cloud) -> None:
    cloud.simulator.faults.enable("revoke_fails")
    async with cloud.session.post(f"{cloud.url}{OAUTH}/revoke-token") as response:
        assert response.status == 500
        assert await response.json() == {
            "error_description": "server_error",
            "error": "1107",
        }


async def test_canned_answers_are_in_the_log(cloud: Cloud) -> None:
    cloud.simulator.faults.enable("busy")
    await cloud.call("stations", pageNo=3)
    record = cloud.simulator.requests[-1]
    assert (record.interface, record.fail_code) == ("stations", 20200)
    assert record.body == {"pageNo": 3}
    cloud.simulator.faults.enable("connection_cut", half=True)
    with pytest.raises(aiohttp.ClientError):
        await cloud.raw("stations", pageNo=4)
    assert cloud.simulator.requests[-1].status == 0


async def test_unknown_paths_are_in_the_log(cloud: Cloud) -> None:
    status, _, _ = await cloud.raw("getNothing")
    assert status == 404
    async with cloud.session.get(f"{cloud.url}/thirdData/stations") as response:
        assert response.status == 405
    log = [(record.interface, record.status) for record in cloud.simulator.requests]
    assert log == [("getNothing", 404), ("stations", 405)]


async def test_a_short_hang_is_only_slow(cloud: Cloud) -> None:
    cloud.simulator.faults.enable("hang", seconds=0.01)
    assert await cloud.code("stations", pageNo=1) == 0
    assert [record.status for record in cloud.simulator.requests] == [0, 200]


async def test_yesterday_until_the_inverter_wakes(cloud: Cloud) -> None:
    faults = cloud.simulator.faults
    faults.enable("yesterday_until_wake")
    cloud.simulator.set_clock(datetime(2026, 6, 21, 21, 59, tzinfo=UTC))
    evening, plant = await cloud.items(38), await cloud.items()
    cloud.step(hours=2)
    night = await cloud.items(38)
    assert night["day_cap"] == pytest.approx(evening["day_cap"], abs=0.1)
    assert (await cloud.items())["day_power"] == pytest.approx(
        plant["day_power"], abs=0.1
    )
    assert (await cloud.items(39))["charge_cap"] == 0
    cloud.step(hours=8)
    morning = await cloud.items(38)
    assert morning["day_cap"] < evening["day_cap"] / 2


async def test_the_dip_takes_yesterday_away_and_gives_it_back(cloud: Cloud) -> None:
    plant = cloud.simulator.plants[0]
    cloud.simulator.faults.enable("lifetime_dip")
    yields = {}
    for minute in (0, 30, 60):
        instant = datetime(2026, 6, 21, 23, 0, tzinfo=UTC) + timedelta(minutes=minute)
        cloud.simulator.set_clock(instant)
        yields[minute] = await cloud.items(), await cloud.items(38)
    yesterday = plant.history.day(datetime(2026, 6, 21, tzinfo=UTC).date())
    lost = yields[0][0]["total_power"] - yields[30][0]["total_power"]
    assert lost == pytest.approx(yesterday.pv_yield, abs=0.5)
    assert yields[30][1]["total_cap"] < yields[0][1]["total_cap"] - 5
    assert yields[60][0]["total_power"] == pytest.approx(
        yields[0][0]["total_power"], abs=0.5
    )
    assert yields[30][0]["day_power"] == 0


async def test_day_counters_reset_late(cloud: Cloud) -> None:
    cloud.simulator.faults.enable("day_counters_late", hour=2)
    cloud.simulator.set_clock(datetime(2026, 6, 21, 23, 30, tzinfo=UTC))
    assert (await cloud.items())["day_power"] > 10
    assert (await cloud.items(39))["charge_cap"] > 1
    cloud.step(hours=1)
    assert (await cloud.items())["day_power"] == 0


async def test_a_frozen_device_leaves_the_others_alone(cloud: Cloud) -> None:
    dn = cloud.device(38).dn
    cloud.simulator.faults.enable("frozen", device=dn)
    frozen, plant = await cloud.items(38), await cloud.items()
    meter = await cloud.items(47)
    cloud.step(minutes=30)
    assert await cloud.items(38) == frozen
    assert await cloud.items(47) != meter
    assert await cloud.items() != plant
    cloud.simulator.faults.enable("unreachable", type_id=47)
    assert (await cloud.items(47))["run_state"] == 0


async def test_a_sleeping_inverter_without_values(cloud_factory: CloudFactory) -> None:
    cloud = await cloud_factory(
        plant="pv", start=datetime(2026, 6, 21, 23, 0, tzinfo=UTC)
    )
    cloud.simulator.faults.enable("inverter_sleeps")
    items = await cloud.items(38)
    assert items["run_state"] == 0
    assert {value for key, value in items.items() if key != "run_state"} == {None}


async def test_plants_in_a_scope(cloud_factory: CloudFactory) -> None:
    cloud = await cloud_factory(plant="home,pv")
    home, garage = (plant.code for plant in cloud.simulator.plants)
    cloud.simulator.faults.enable("owner_access_off", plants=[garage])
    assert await cloud.code("getStationRealKpi", stationCodes=home) == 0
    assert await cloud.code("getStationRealKpi", stationCodes=garage) == 20056
    inverter = cloud.device(38, plant=1)
    code = await cloud.code("getDevRealKpi", devIds=str(inverter.id), devTypeId=38)
    assert code == 20056
    assert await cloud.code("stations", pageNo=1) == 0
    cloud.simulator.faults.enable("no_right_20015")
    assert await cloud.code("stations", pageNo=1) == 0
    assert await cloud.code("getStationRealKpi", stationCodes=home) == 20015
    cloud.simulator.faults.clear()
    cloud.simulator.faults.enable("data_null", plant=garage)
    cloud.simulator.faults.enable("null_values", plant=garage)
    answer: Any = await cloud.call("getStationRealKpi", stationCodes=f"{home},{garage}")
    assert answer["data"] is None


async def test_rows_of_one_plant(cloud_factory: CloudFactory) -> None:
    cloud = await cloud_factory(plant="home,pv")
    home, garage = (plant.code for plant in cloud.simulator.plants)
    cloud.simulator.faults.enable("null_values", plant=garage)
    answer: Any = await cloud.call("getStationRealKpi", stationCodes=f"{home},{garage}")
    powers = {row["stationCode"]: row["dataItemMap"] for row in answer["data"]}
    assert powers[home]["day_power"] > 1
    assert powers[garage]["day_power"] is None
    cloud.simulator.faults.clear()
    cloud.simulator.faults.enable("earlier_years")
    years: Any = await cloud.call(
        "getKpiStationYear", stationCodes=home, collectTime=NOW
    )
    assert [row["dataItemMap"]["PVYield"] for row in years["data"]].count(None) == 2


async def test_dongle_switches_leave_other_types_alone(cloud: Cloud) -> None:
    faults = cloud.simulator.faults
    right = await cloud.items(38)
    for name in ("dongle_empty_map", "dongle_refused"):
        faults.enable(name)
    for name in ("string_type_only", "configuration_refused", "page_size_50"):
        faults.enable(name)
        assert await cloud.code("stations", pageNo=1) == 0
    faults.disable("string_type_only")
    assert await cloud.items(38) == right
    assert await cloud.code("getStationList", pageNo=1, pageSize=50) == 0


async def test_which_end_of_a_long_window_of_alarms_is_kept(cloud: Cloud) -> None:
    days = 86_400_000
    window = {"stationCodes": "NE=33554875", "language": "en_US"}
    alarms = cloud.simulator.plants[0].alarms
    alarms.raise_alarm("grid_loss", at=NOON)
    alarms.raise_alarm("insulation_low", at=NOON - timedelta(days=9))

    async def numbers(begin: int, end: int) -> list[int]:
        answer = await cloud.call(
            "getAlarmList", beginTime=str(NOW + begin), endTime=NOW + end, **window
        )
        return [row["alarmId"] for row in answer["data"]]

    assert await numbers(-7 * days, 0) == [2032]
    assert await numbers(-10 * days, 0) == [2062]
    assert await numbers(-30 * days, 0) == []
    cloud.simulator.faults.enable("newest_alarms_kept")
    assert await numbers(-10 * days, 0) == [2032]
    assert await numbers(-30 * days, 0) == [2032]
    assert await numbers(-30 * days, 8 * days) == []


@pytest.mark.parametrize("instant", [NOON, NOON + timedelta(hours=11)])
@pytest.mark.parametrize(
    ("name", "type_id", "keys"),
    [
        ("inverter_power_times_1000", 38, {"active_power"}),
        ("meter_sign", 47, {"active_power", "active_cap", "reverse_active_cap"}),
        ("battery_sign", 39, {"charge_cap", "total_charged_energy"}),
        ("yield_off_by_one_percent", 38, {"day_cap", "total_cap"}),
        ("soc_shifted", 39, {"battery_soc"}),
    ],
)
async def test_distortions_leave_the_truth_alone(
    cloud: Cloud, name: str, type_id: int, keys: set[str], instant: datetime
) -> None:
    cloud.simulator.set_clock(instant)
    right, truth = await cloud.items(type_id), cloud.simulator.truth()
    cloud.simulator.faults.enable(name)
    wrong = await cloud.items(type_id)
    assert keys <= {key for key in right if right[key] != wrong[key]}
    assert cloud.simulator.truth() == truth


@pytest.mark.parametrize("account", [False, True])
async def test_no_pair_of_switches_breaks_the_simulator(
    cloud: Cloud,
    account: bool,
) -> None:
    cloud.simulator.quotas.enabled = False
    ids = {kind: str(cloud.device(kind).id) for kind in (38, 39, 47)}
    plant = {"stationCodes": "NE=33554875", "collectTime": NOW}
    window = {"startTime": NOW - 900_000, "endTime": NOW}
    calls: list[tuple[str, dict[str, Any]]] = [
        ("stations", {"pageNo": 1}),
        ("getDevList", plant),
        ("getStationRealKpi", plant),
        *(
            ("getDevRealKpi", {"devIds": one, "devTypeId": kind})
            for kind, one in ids.items()
        ),
        ("getKpiStationHour", plant),
        ("getKpiStationYear", plant),
        ("getDevKpiYear", {"devIds": ids[39], "devTypeId": 39, "collectTime": NOW}),
        ("device/history", {"devDn": "NE=33815001", "devTypeId": 38, **window}),
        ("getDevHistoryKpi", {"devIds": ids[38], "devTypeId": 38, **window}),
    ]
    faults = cloud.simulator.faults
    harmless = [
        name
        for name in faults.catalogue
        if name
        not in {
            *("hang", "slow_body", "huge_body", "connection_cut"),
            *("http_500", "http_500_exception"),
        }
    ]
    cloud.simulator.set_clock(datetime(2026, 6, 21, 23, 25, tzinfo=UTC))
    session = await cloud.login()
    random = Random(5)
    for first in harmless:
        faults.clear()
        for name in (first, *random.sample(harmless, 2)):
            faults.enable(name)
        headers = session if account else cloud.headers
        for interface, body in calls:
            status, text, _ = await cloud.raw(interface, headers=headers, body=body)
            assert status != 500, (faults.enabled, interface, text)


async def test_nulls_before_sunrise_only(cloud: Cloud) -> None:
    cloud.simulator.faults.enable("report_nulls_before_sunrise")
    report: Any = await cloud.call(
        "getKpiStationHour", stationCodes="NE=33554875", collectTime=NOW
    )
    yields = [row["dataItemMap"]["PVYield"] for row in report["data"]]
    assert yields[0] is None
    assert yields[-1] > 0


async def test_a_slow_body_comes_in_the_end(cloud: Cloud) -> None:
    cloud.simulator.faults.enable("slow_body", seconds=0.01)
    right = await cloud.call("stations", pageNo=1)
    cloud.simulator.faults.clear()
    assert await cloud.call("stations", pageNo=1) == right


async def test_a_closed_port_refuses_and_opens_again() -> None:
    simulator = Simulator(start=NOON)
    async with simulator.serve() as server, aiohttp.ClientSession() as session:

        async def plants() -> int:
            async with session.get(f"{server.url}/_simulator/state") as answer:
                return len((await answer.json())["plants"])

        assert await plants() == 1
        await server.close_port()
        with pytest.raises(aiohttp.ClientConnectorError):
            await plants()
        await server.open_port()
        assert await plants() == 1


async def test_who_hangs_up_on_a_huge_body_harms_nobody(cloud: Cloud) -> None:
    cloud.simulator.faults.enable("huge_body")
    async with cloud.session.post(f"{cloud.url}/thirdData/stations") as answer:
        assert len(await answer.content.readexactly(1000)) == 1000
    cloud.simulator.faults.clear()
    assert await cloud.code("stations", pageNo=1) == 0
