"""Reports and histories answer from the same model as the counters."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from .conftest import NOON, Cloud, CloudFactory
from .documents import documented_keys

BERLIN = ZoneInfo("Europe/Berlin")
NOW = int(NOON.timestamp() * 1000)
PLANT = "NE=33554875"
INVERTER = "1000000033815001"
BATTERY = "1000000033815002"


def local(row: dict[str, Any]) -> datetime:
    return datetime.fromtimestamp(row["collectTime"] / 1000, BERLIN)


async def report(cloud: Cloud, name: str, collect_time: int = NOW) -> list[Any]:
    answer = await cloud.call(name, stationCodes=PLANT, collectTime=collect_time)
    rows: list[Any] = answer["data"]
    return rows


async def test_hours_of_today_end_with_the_running_one(cloud: Cloud) -> None:
    rows = await report(cloud, "getKpiStationHour")
    assert [local(row).hour for row in rows] == list(range(13))
    assert {local(row).minute for row in rows} == {0}
    total = sum(row["dataItemMap"]["PVYield"] for row in rows)
    assert total == pytest.approx((await cloud.items())["day_power"], abs=0.02)
    last = rows[-1]["dataItemMap"]["PVYield"]
    cloud.step(minutes=15)
    assert (await report(cloud, "getKpiStationHour"))[-1]["dataItemMap"][
        "PVYield"
    ] > last


@pytest.mark.parametrize(
    ("day", "hours"),
    [
        (datetime(2026, 6, 20, 12, tzinfo=UTC), 24),
        (datetime(2026, 3, 29, 12, tzinfo=UTC), 23),
        (datetime(2025, 10, 26, 12, tzinfo=UTC), 25),
    ],
)
async def test_hours_add_up_to_the_day(cloud: Cloud, day: datetime, hours: int) -> None:
    stamp = int(day.timestamp() * 1000)
    rows = await report(cloud, "getKpiStationHour", stamp)
    assert len(rows) == hours
    days = await report(cloud, "getKpiStationDay", stamp)
    row = next(row for row in days if local(row).date() == day.date())
    for key in ("PVYield", "inverterYield", "ongrid_power", "chargeCap", "selfProvide"):
        total = sum(row["dataItemMap"][key] for row in rows)
        assert row["dataItemMap"][key] == pytest.approx(total, abs=0.02), key


async def test_days_of_the_month_so_far(cloud: Cloud) -> None:
    rows = await report(cloud, "getKpiStationDay")
    assert [local(row).day for row in rows] == list(range(1, 22))
    assert {local(row).hour for row in rows} == {0}
    total = sum(row["dataItemMap"]["PVYield"] for row in rows)
    assert total == pytest.approx((await cloud.items())["month_power"], abs=0.05)


async def test_the_identities_of_a_day(cloud: Cloud) -> None:
    for row in await report(cloud, "getKpiStationDay"):
        items = row["dataItemMap"]
        assert items["PVYield"] == items["inverter_power"]
        assert items["PVYield"] == pytest.approx(
            items["inverterYield"] + items["chargeCap"] - items["dischargeCap"],
            abs=0.002,
        )
        assert items["selfUsePower"] == pytest.approx(
            items["PVYield"] - items["ongrid_power"], abs=0.002
        )
        assert items["selfProvide"] == pytest.approx(
            items["use_power"] - items["buyPower"], abs=0.002
        )
        assert items["selfProvide"] == pytest.approx(
            items["inverterYield"] - items["ongrid_power"], abs=0.002
        )
        assert items["perpower_ratio"] == pytest.approx(
            items["PVYield"] / 9.84, abs=0.001
        )
        assert items["installed_capacity"] == 9.84
        assert items["power_profit"] == pytest.approx(items["PVYield"] * 0.12, abs=0.01)


async def test_months_and_years(cloud: Cloud) -> None:
    months = await report(cloud, "getKpiStationMonth")
    assert [local(row).month for row in months] == [1, 2, 3, 4, 5, 6]
    years = await report(cloud, "getKpiStationYear")
    assert [local(row).year for row in years] == [2023, 2024, 2025, 2026]
    this_year = sum(row["dataItemMap"]["PVYield"] for row in months)
    assert years[-1]["dataItemMap"]["PVYield"] == pytest.approx(this_year, abs=0.01)
    lifetime = sum(row["dataItemMap"]["PVYield"] for row in years)
    assert lifetime == pytest.approx((await cloud.items())["total_power"], abs=0.02)
    before = int(datetime(2023, 7, 1, tzinfo=UTC).timestamp() * 1000)
    first_year = await report(cloud, "getKpiStationMonth", before)
    assert [local(row).month for row in first_year] == [5, 6, 7, 8, 9, 10, 11, 12]


async def test_before_the_connection_and_after_now_is_nothing(cloud: Cloud) -> None:
    for year in (2020, 2030):
        stamp = int(datetime(year, 7, 1, tzinfo=UTC).timestamp() * 1000)
        for name in ("getKpiStationHour", "getKpiStationDay", "getKpiStationMonth"):
            assert await report(cloud, name, stamp) == []


async def test_unmeasured_keys_are_null(cloud_factory: CloudFactory) -> None:
    cloud = await cloud_factory(plant="pv")
    answer = await cloud.call(
        "getKpiStationDay", stationCodes="NE=33561020", collectTime=NOW
    )
    items = answer["data"][0]["dataItemMap"]
    null = {key for key, value in items.items() if value is None}
    assert null == {
        "radiation_intensity",
        "theory_power",
        "performance_ratio",
        "ongrid_power",
        "buyPower",
        "use_power",
        "selfUsePower",
        "selfProvide",
        "chargeCap",
        "dischargeCap",
    }


async def test_rows_of_several_plants(cloud_factory: CloudFactory) -> None:
    cloud = await cloud_factory(plant="home,string")
    codes = ",".join(plant.code for plant in cloud.simulator.plants)
    answer = await cloud.call("getKpiStationYear", stationCodes=codes, collectTime=NOW)
    assert {row["stationCode"] for row in answer["data"]} == set(codes.split(","))


async def device_report(cloud: Cloud, name: str, device: str, kind: int) -> list[Any]:
    answer = await cloud.call(name, devIds=device, devTypeId=kind, collectTime=NOW)
    rows: list[Any] = answer["data"]
    return rows


async def test_reports_of_an_inverter(cloud: Cloud) -> None:
    days = await device_report(cloud, "getDevKpiDay", INVERTER, 38)
    assert len(days) == 21
    today = days[-1]["dataItemMap"]
    assert today.keys() == {"installed_capacity", "product_power", "perpower_ratio"}
    live = await cloud.items(38)
    assert today["product_power"] == pytest.approx(live["day_cap"], abs=0.006)
    assert days[0]["sn"] == "HV2210054001"
    years = await device_report(cloud, "getDevKpiYear", INVERTER, 38)
    total = sum(row["dataItemMap"]["product_power"] for row in years)
    assert total + 213.42 == pytest.approx(live["total_cap"], abs=0.02)
    assert years[0]["dataItemMap"]["perpower_ratio"] is None


async def test_reports_of_a_battery(cloud: Cloud) -> None:
    months = await device_report(cloud, "getDevKpiMonth", BATTERY, 39)
    assert len(months) == 6
    items = months[0]["dataItemMap"]
    assert items.keys() == {
        "charge_cap",
        "discharge_cap",
        "charge_time",
        "discharge_time",
    }
    assert 0 < items["charge_time"] < 31 * 24
    days = await device_report(cloud, "getDevKpiDay", BATTERY, 39)
    live = await cloud.items(39)
    assert days[-1]["dataItemMap"]["charge_cap"] == pytest.approx(
        live["charge_cap"], abs=0.006
    )
    assert days[-1]["sn"] is None


async def test_device_history(cloud: Cloud) -> None:
    answer = await cloud.call(
        "device/history",
        devDn="NE=33815001",
        devTypeId=38,
        startTime=NOW - 86_400_000,
        endTime=NOW,
    )
    assert answer["message"] == "historical data information query successful."
    assert "params" not in answer
    rows = answer["data"]
    assert 286 <= len(rows) <= 289
    steps = {
        later["collectTime"] - earlier["collectTime"]
        for earlier, later in pairwise(rows)
    }
    assert steps == {300_000}
    last, live = rows[-1]["dataItems"], await cloud.items(38)
    assert last["total_cap"] == live["total_cap"]
    assert last["active_power"] == live["active_power"]
    assert last["open_time"] is last["close_time"] is None
    assert "run_state" not in last
    assert rows[0]["devDn"] == "NE=33815001"


async def test_device_history_of_a_battery_has_fewer_keys(cloud: Cloud) -> None:
    answer = await cloud.call(
        "device/history",
        devDn="NE=33815002",
        devTypeId=39,
        startTime=NOW - 3_600_000,
        endTime=NOW + 3_600_000,
    )
    assert 11 <= len(answer["data"]) <= 12
    missing = (await cloud.items(39)).keys() - answer["data"][0]["dataItems"].keys()
    assert missing == {
        "run_state",
        "rated_capacity",
        "total_charged_energy",
        "total_discharged_energy",
        "battery_unit_info",
    }


async def test_old_device_history_of_two_devices(cloud_factory: CloudFactory) -> None:
    cloud = await cloud_factory(plant="home,pv")
    devices = f"{INVERTER},{cloud.device(38, plant=1).id}"
    answer = await cloud.call(
        "getDevHistoryKpi",
        devIds=devices,
        devTypeId=38,
        startTime=NOW - 7_200_000,
        endTime=NOW - 3_600_000,
    )
    rows = answer["data"]
    assert len(rows) == 2 * 13
    assert {row["sn"] for row in rows} == {"HV2210054001", "HV2340177001"}
    assert rows[0].keys() == {"devId", "sn", "collectTime", "dataItemMap"}
    assert answer["params"]["endTime"] == NOW - 3_600_000


async def test_five_minutes_of_a_day(cloud: Cloud) -> None:
    answer = await cloud.call(
        "getDevFiveMinutes",
        devIds=INVERTER,
        devTypeId=38,
        collectTime=NOW - 86_400_000,
    )
    rows = answer["data"]
    assert len(rows) == 288
    assert local(rows[0]) == datetime(2026, 6, 20, tzinfo=BERLIN)
    assert local(rows[-1]) == datetime(2026, 6, 20, 23, 55, tzinfo=BERLIN)
    assert rows[0].keys() == {"devId", "collectTime", "dataItemMap"}


async def test_an_archived_day_never_changes(cloud: Cloud) -> None:
    stamp = int(datetime(2025, 2, 14, 12, tzinfo=UTC).timestamp() * 1000)
    before = await report(cloud, "getKpiStationHour", stamp)
    cloud.step(days=3)
    assert await report(cloud, "getKpiStationHour", stamp) == before
    later = await report(cloud, "getKpiStationDay", NOW)
    assert local(later[-1]).date() == (NOON + timedelta(days=3)).date()


async def history_rows(cloud: Cloud, type_id: int) -> list[Any]:
    answer = await cloud.call(
        "device/history",
        devDn=cloud.device(type_id).dn,
        devTypeId=type_id,
        startTime=NOW - 3_600_000,
        endTime=NOW,
    )
    assert answer["failCode"] == 0
    return [row["dataItems"] for row in answer["data"]]


@pytest.mark.parametrize(
    ("plant", "type_id"),
    [
        ("commercial", 10),
        ("ess", 41),
        ("emma", 23070),
        ("all_in_one", 23093),
        *(("power_m", type_id) for type_id in (60001, 60003, 60010, 60014, 60043)),
    ],
)
async def test_histories_have_the_documented_keys(
    cloud_factory: CloudFactory, plant: str, type_id: int
) -> None:
    cloud = await cloud_factory(plant=plant)
    rows = await history_rows(cloud, type_id)
    assert len(rows) in {11, 12, 13}
    documented = set(documented_keys("device_history", str(type_id)))
    assert all(row.keys() == documented for row in rows)
    live = await cloud.items(type_id)
    for key in rows[-1].keys() & live.keys() - {"open_time", "close_time"}:
        assert rows[-1][key] == live[key], key


async def test_types_of_power_m_without_a_history(cloud_factory: CloudFactory) -> None:
    cloud = await cloud_factory(plant="power_m")
    code = await cloud.code(
        "device/history",
        devDn=cloud.device(60092).dn,
        devTypeId=60092,
        startTime=NOW - 3_600_000,
        endTime=NOW,
    )
    assert code == 20013


@pytest.mark.parametrize(("plant", "type_id"), [("ess", 41), ("all_in_one", 23093)])
@pytest.mark.parametrize("period", ["Day", "Month", "Year"])
async def test_device_reports_have_the_documented_keys(
    cloud_factory: CloudFactory, plant: str, type_id: int, period: str
) -> None:
    cloud = await cloud_factory(plant=plant)
    answer = await cloud.call(
        f"getDevKpi{period}",
        devIds=cloud.device(type_id).id,
        devTypeId=type_id,
        collectTime=NOW,
    )
    items = answer["data"][-1]["dataItemMap"]
    assert items.keys() == set(
        documented_keys(f"device_{period.lower()}", str(type_id))
    )
    assert items["charge_cap"] > 1
    if period == "Day":
        live = await cloud.items(type_id)
        assert items["charge_cap"] == pytest.approx(live["charge_cap"], abs=0.01)
