"""Each query interface: what is sent, and what comes back as models."""

from datetime import UTC, datetime, time, timedelta, timezone
from typing import Any

import pytest

from custom_components.smartpvms.northbound.client import NorthboundClient
from custom_components.smartpvms.northbound.errors import (
    FlowControlError,
    InvalidResponseError,
    NorthboundError,
    PermissionDeniedError,
    RequestRejectedError,
    TemporaryError,
)
from custom_components.smartpvms.northbound.interfaces import Interface, InterfaceClass
from custom_components.smartpvms.northbound.models import (
    Alarm,
    BatteryMode,
    BatteryPack,
    Device,
    DeviceReport,
    Direction,
    FeedInLimit,
    FeedInLimitMode,
    HistoryRow,
    OperationMode,
    Plant,
    PlantReport,
    Reading,
    ReportPeriod,
    TimeOfUseWindow,
)

from .cloud import Answer, Cloud, Received, StoppedClock, data, recorded, refusal

NOON = datetime(2026, 6, 21, 12, tzinfo=UTC)
NOON_MS = 1782043200000


def page(number: int, pages: int | None, codes: list[str], **more: Any) -> Answer:
    rows = [{"plantCode": code} for code in codes]
    content = {"pageNo": number, "pageCount": pages, "list": rows, **more}
    return data(content)


async def test_plants(client: NorthboundClient, cloud: Cloud) -> None:
    plant = {
        "plantCode": "NE=1",
        "plantName": " Home ",
        "plantAddress": None,
        "longitude": "4.35",
        "latitude": 50.85,
        "capacity": 9.84,
        "contactPerson": "",
        "gridConnectionDate": "2023-05-11T10:12:30+02:00",
    }
    rows = [{"plantCode": "NE=1", "plantName": "Before"}, {"plantName": "No"}, plant]
    cloud.answer("stations", data({"pageCount": 1, "list": [*rows, {"plantCode": 7}]}))

    assert await client.get_plants() == (
        Plant(
            code="NE=1",
            name="Home",
            longitude=4.35,
            latitude=50.85,
            capacity=9.84,
            grid_connection=datetime(
                2023, 5, 11, 10, 12, 30, tzinfo=timezone(timedelta(hours=2))
            ),
        ),
        Plant(code="7", name="7"),
    )
    assert cloud.bodies("stations") == [{"pageNo": 1}]
    assert cloud.requests[0].path == "/thirdData/stations"


@pytest.mark.parametrize("more", [{"pages": 3}, {"pages": None, "total": 201}])
async def test_plants_on_several_pages(
    client: NorthboundClient, cloud: Cloud, more: dict[str, Any]
) -> None:
    cloud.answer(
        "stations",
        page(1, codes=["NE=1"], **more),
        page(2, codes=["NE=2"], **more),
        page(3, codes=["NE=3"], **more),
    )

    plants = await client.get_plants()

    assert [plant.code for plant in plants] == ["NE=1", "NE=2", "NE=3"]
    assert [body["pageNo"] for body in cloud.bodies("stations")] == [1, 2, 3]


async def test_pages_end_where_one_is_empty(
    client: NorthboundClient, cloud: Cloud
) -> None:
    cloud.answer("stations", page(1, 10**9, ["NE=1"]), page(2, 10**9, []))

    assert len(await client.get_plants()) == 1
    assert len(cloud.requests) == 2
    assert client.ledger.remaining(InterfaceClass.BASIC) == 998


@pytest.mark.parametrize(
    "answer", [data([]), data(None), page(1, 0, []), page(1, 5, []), page(1, None, [])]
)
async def test_no_plants(
    client: NorthboundClient, cloud: Cloud, answer: Answer
) -> None:
    cloud.answer("stations", answer)

    assert await client.list_plants() == ()
    assert len(cloud.requests) == 1


async def test_old_plants_without_pages(client: NorthboundClient, cloud: Cloud) -> None:
    row = {"stationCode": "NE=1", "stationName": "A", "stationAddr": "B"}
    cloud.answer(
        "getStationList",
        data([{**row, "capacity": "0.00984"}, {"stationCode": "NE=2"}, {}]),
    )

    assert await client.get_plants_old() == (
        Plant(code="NE=1", name="A", address="B", capacity=9.84),
        Plant(code="NE=2", name="NE=2"),
    )
    assert cloud.bodies("getStationList") == [{"pageNo": 1, "pageSize": 100}]


async def test_old_plants_on_pages(client: NorthboundClient, cloud: Cloud) -> None:
    cloud.answer(
        "getStationList",
        data({"pageCount": 2, "list": [{"stationCode": "NE=1"}]}),
        data({"pageCount": 2, "list": [{"stationCode": "NE=2"}]}),
    )

    assert [plant.code for plant in await client.get_plants_old()] == ["NE=1", "NE=2"]
    assert cloud.bodies("getStationList")[1] == {"pageNo": 2, "pageSize": 100}


async def test_old_plants_of_a_server_that_refuses_pages(
    client: NorthboundClient, cloud: Cloud
) -> None:
    cloud.answer(
        "getStationList",
        recorded("http_400_paramError_pageSize"),
        recorded("getStationList_legacy_single"),
    )

    plants = await client.get_plants_old()

    assert [plant.capacity for plant in plants] == [9.0]
    assert cloud.bodies("getStationList")[1] == {}


async def test_old_plants_refused(client: NorthboundClient, cloud: Cloud) -> None:
    cloud.answer("getStationList", refusal(20013))

    with pytest.raises(RequestRejectedError):
        await client.get_plants_old()

    assert len(cloud.requests) == 1


async def test_old_list_where_the_new_one_is_not_granted(
    client: NorthboundClient, cloud: Cloud
) -> None:
    cloud.answer("stations", recorded("error_401_invalidAccess"))
    cloud.answer("getStationList", recorded("getStationList_legacy_single"))

    for _ in range(2):
        assert len(await client.list_plants()) == 1

    assert len(cloud.bodies("stations")) == 1
    assert len(cloud.bodies("getStationList")) == 2


async def test_old_list_is_no_way_round_an_owner_who_refuses(
    client: NorthboundClient, cloud: Cloud
) -> None:
    cloud.answer("stations", recorded("error_20056_dataNull"))

    with pytest.raises(PermissionDeniedError):
        await client.list_plants()

    assert cloud.bodies("getStationList") == []


async def test_devices(client: NorthboundClient, cloud: Cloud) -> None:
    full = {
        "id": -1000000033815001,
        "devDn": "NE=33815001",
        "devName": "Inverter-1",
        "stationCode": "NE=1",
        "esnCode": "HV22",
        "devTypeId": 38,
        "softwareVersion": "V100",
        "optimizerNumber": 12,
        "invType": "old name",
        "model": "SUN2000",
    }
    bare = {"id": "5", "devTypeId": 39.0, "stationCode": "NE=2", "esnCode": "null"}
    cloud.answer(
        "getDevList",
        data(
            [
                {**full, "devName": "Before"},
                bare,
                {**bare, "id": 6, "devDn": "NE=6", "invType": "I"},
                {**bare, "id": 7, "devDn": "NE=7", "esnCode": "S7"},
                {**bare, "id": 8, "stationCode": "NE=3"},
                {**bare, "id": 9, "stationCode": None},
                {**bare, "id": None},
                {**bare, "devTypeId": "?"},
                full,
            ]
        ),
    )

    devices = await client.get_devices(["NE=1", "NE=2"])

    assert devices == (
        Device(
            id=-1000000033815001,
            type_id=38,
            plant_code="NE=1",
            name="Inverter-1",
            dn="NE=33815001",
            serial="HV22",
            model="SUN2000",
            software_version="V100",
            optimizer_count=12,
        ),
        Device(id=5, type_id=39, plant_code="NE=2", name="5"),
        Device(id=6, type_id=39, plant_code="NE=2", name="NE=6", dn="NE=6", model="I"),
        Device(id=7, type_id=39, plant_code="NE=2", name="S7", dn="NE=7", serial="S7"),
    )
    assert [device.key for device in devices] == ["HV22", "5", "NE=6", "S7"]
    assert cloud.bodies("getDevList") == [{"stationCodes": "NE=1,NE=2"}]


async def test_device_without_plant_belongs_to_the_only_one_asked_for(
    client: NorthboundClient, cloud: Cloud
) -> None:
    cloud.answer("getDevList", data([{"id": 1, "devTypeId": 38}]))

    devices = await client.get_devices(["NE=1"])

    assert devices[0].plant_code == "NE=1"


async def test_plant_readings(client: NorthboundClient, cloud: Cloud) -> None:
    items = {"day_power": "21.46", "real_health_state": "3", "day_income": None}
    cloud.answer(
        "getStationRealKpi",
        data(
            [
                {"stationCode": "NE=1", "dataItemMap": {"day_power": 1}},
                {"stationCode": "NE=1", "dataItemMap": items},
                {"stationCode": "NE=2", "dataItemMap": None},
                {"stationCode": "NE=4", "dataItemMap": items},
                {"dataItemMap": items},
            ]
        ),
    )

    readings = await client.get_plant_readings(["NE=1", "NE=2", "NE=3"])

    assert readings == {
        "NE=1": Reading(
            values={"day_power": 21.46, "real_health_state": 3.0},
            reported=frozenset(items),
        ),
        "NE=2": Reading(),
    }


async def test_device_readings(client: NorthboundClient, cloud: Cloud) -> None:
    items = {
        "battery_soc": "63.0",
        "close_time": "N/A",
        "busbar_u": float("nan"),
        "run_state": True,
        "battery_unit_info": {
            "unit1": [{"sn": "P1", "soh": "98.0%"}, {"sn": "P2", "soh": 0}, {"sn": ""}],
            "unit2": [{"sn": "P3"}, "x"],
            "other": [{"sn": "P4", "soh": "98.0%"}],
            "unit3": None,
        },
    }
    cloud.answer(
        "getDevRealKpi",
        data(
            [
                {"devId": "-5", "dataItemMap": items},
                {"devId": 6},
                {"devId": 7, "dataItemMap": items},
                {"sn": "S", "dataItemMap": items},
            ]
        ),
    )

    readings = await client.get_device_readings(39, [-5, 6])

    assert readings == {
        -5: Reading(
            values={"battery_soc": 63.0},
            reported=frozenset(items),
            battery_packs=(
                BatteryPack(serial="P1", unit=1, health=98.0),
                BatteryPack(serial="P2", unit=1, health=None),
                BatteryPack(serial="P3", unit=2, health=None),
            ),
        ),
        6: Reading(),
    }
    assert cloud.bodies("getDevRealKpi") == [{"devTypeId": 39, "devIds": "-5,6"}]


async def test_packs_of_an_all_in_one_are_a_list(
    client: NorthboundClient, cloud: Cloud
) -> None:
    packs = [{"sn": "P1", "soh": "99.0%"}, None, {"sn": "P2"}, {"soh": "9%"}]
    row = {"devId": 5, "dataItemMap": {"battery_info": packs}}
    cloud.answer("getDevRealKpi", data([row]))

    readings = await client.get_device_readings(23093, [5])

    assert readings[5].battery_packs == (
        BatteryPack(serial="P1", unit=1, health=99.0),
        BatteryPack(serial="P2", unit=1),
    )


def only_text(received: Received) -> Answer:
    """Answer as a server that knows devTypeId in quotes only."""
    if received.body["devTypeId"] != "38":
        return data([])
    return data([{"devId": 1, "dataItemMap": {"active_power": 1}}])


async def test_server_that_wants_the_type_in_quotes(
    client: NorthboundClient, cloud: Cloud
) -> None:
    cloud.answer("getDevRealKpi", only_text)

    for _ in range(2):
        assert await client.get_device_readings(38, [1])

    types = [body["devTypeId"] for body in cloud.bodies("getDevRealKpi")]
    assert types == [38, "38", "38"]


async def test_type_in_quotes_waits_for_the_next_window(
    account_client: NorthboundClient, cloud: Cloud, clock: StoppedClock
) -> None:
    cloud.answer("getDevRealKpi", only_text)

    assert await account_client.get_device_readings(38, [1]) == {}
    clock.tick(300)
    assert await account_client.get_device_readings(38, [1])

    types = [body["devTypeId"] for body in cloud.bodies("getDevRealKpi")]
    assert types == [38, "38"]


async def test_type_in_quotes_is_tried_once(
    client: NorthboundClient, cloud: Cloud
) -> None:
    cloud.answer("getDevRealKpi", data([]))

    for _ in range(3):
        assert await client.get_device_readings(39, [1]) == {}

    types = [body["devTypeId"] for body in cloud.bodies("getDevRealKpi")]
    assert types == [39, "39", 39, 39]


async def test_type_in_quotes_that_is_refused_is_given_up(
    client: NorthboundClient, cloud: Cloud
) -> None:
    cloud.answer("getDevRealKpi", data([]), refusal(20013), data([]))

    with pytest.raises(RequestRejectedError):
        await client.get_device_readings(39, [1])
    assert await client.get_device_readings(39, [1]) == {}

    types = [body["devTypeId"] for body in cloud.bodies("getDevRealKpi")]
    assert types == [39, "39", 39]


@pytest.mark.parametrize("code", [403, 407, 429])
async def test_type_in_quotes_is_no_answer_to_flow_control(
    client: NorthboundClient, cloud: Cloud, code: int
) -> None:
    cloud.answer("getDevRealKpi", refusal(code))

    with pytest.raises(FlowControlError):
        await client.get_device_readings(39, [1])

    assert len(cloud.requests) == 1


async def test_device_history(client: NorthboundClient, cloud: Cloud) -> None:
    cloud.answer(
        "history",
        data(
            [
                {
                    "devDn": "NE=5",
                    "collectTime": NOON_MS + 300_000,
                    "dataItems": {"active_power": 2.6, "pv5_u": None},
                },
                {
                    "devDns": "NE=5",
                    "collectTime": NOON_MS,
                    "dataItems": {"active_power": 2.5},
                },
                {"devDn": "NE=6", "collectTime": NOON_MS, "dataItems": {}},
                {"devDn": "NE=5", "collectTime": "N/A", "dataItems": {}},
                {"collectTime": NOON_MS},
            ]
        ),
    )

    rows = await client.get_device_history(
        "NE=5", 38, NOON - timedelta(hours=12), NOON + timedelta(hours=12)
    )

    assert rows == (
        HistoryRow(collected=NOON, values={"active_power": 2.5}, device_dn="NE=5"),
        HistoryRow(
            collected=NOON + timedelta(minutes=5),
            values={"active_power": 2.6},
            device_dn="NE=5",
        ),
    )
    assert cloud.requests[0].path == "/rest/openapi/pvms/nbi/v1/device/history"
    assert cloud.requests[0].body == {
        "devDn": "NE=5",
        "devTypeId": 38,
        "startTime": NOON_MS - 43_200_000,
        "endTime": NOON_MS + 43_200_000,
    }


async def test_device_history_old(client: NorthboundClient, cloud: Cloud) -> None:
    row = {"devId": 1, "collectTime": NOON_MS, "dataItemMap": {"day_cap": 6}}
    cloud.answer("getDevHistoryKpi", data([row, {**row, "devId": 99}]))

    rows = await client.get_device_history_old(
        38, range(1, 13), NOON - timedelta(days=3), NOON
    )

    assert rows == (HistoryRow(collected=NOON, values={"day_cap": 6}, device_id=1),)
    bodies = cloud.bodies("getDevHistoryKpi")
    assert [len(body["devIds"].split(",")) for body in bodies] == [10, 2]
    assert bodies[0]["startTime"] == NOON_MS - 3 * 86_400_000
    assert bodies[0]["endTime"] == NOON_MS


@pytest.mark.parametrize("hours", [0, -1, 24.01])
async def test_ranges_that_cannot_be(
    client: NorthboundClient, cloud: Cloud, hours: float
) -> None:
    end = NOON + timedelta(hours=hours)
    with pytest.raises(ValueError, match="range"):
        await client.get_device_history("NE=5", 38, NOON, end)
    with pytest.raises(ValueError, match="range"):
        await client.get_device_history_old(38, [1], NOON, NOON + timedelta(days=4))

    assert cloud.requests == []


async def test_device_five_minutes(client: NorthboundClient, cloud: Cloud) -> None:
    row = {"devId": 1, "collectTime": NOON_MS, "dataItemMap": {"day_cap": 6}}
    cloud.answer("getDevFiveMinutes", data([row]))

    rows = await client.get_device_five_minutes(38, [1], NOON)

    assert rows == (HistoryRow(collected=NOON, values={"day_cap": 6}, device_id=1),)
    assert cloud.requests[0].body == {
        "devIds": "1",
        "devTypeId": 38,
        "collectTime": NOON_MS,
    }


async def test_alarms_of_plants(client: NorthboundClient, cloud: Cloud) -> None:
    row = {
        "alarmId": 2032,
        "alarmName": "Grid Loss",
        "alarmCause": "cause",
        "alarmType": 2,
        "causeId": 1,
        "devName": "Inverter-1",
        "devTypeId": 38,
        "esnCode": "S1",
        "lev": 2,
        "raiseTime": NOON_MS,
        "repairSuggestion": "check",
        "stationCode": "NE=1",
    }
    earlier = {**row, "raiseTime": NOON_MS - 1000, "esnCode": None, "alarmName": ""}
    cloud.answer(
        "getAlarmList",
        data(
            [
                {**row, "lev": 1},
                row,
                earlier,
                {**row, "stationCode": "NE=9"},
                {**row, "alarmId": None},
                {**row, "stationCode": None},
                {**row, "raiseTime": None},
            ]
        ),
    )

    alarms = await client.get_alarms(
        plant_codes=["NE=1"],
        serials=["S1"],
        begin=NOON - timedelta(days=1),
        end=NOON,
        language="en_US",
        severities=[1, 2],
        type_ids=[38, 39],
    )

    assert alarms == (
        Alarm(
            kind=2032,
            plant_code="NE=1",
            raised=NOON - timedelta(seconds=1),
            name="2032",
            severity=2,
            category=2,
            cause="cause",
            cause_id=1,
            repair_suggestion="check",
            device_name="Inverter-1",
            device_type_id=38,
        ),
        Alarm(
            kind=2032,
            plant_code="NE=1",
            raised=NOON,
            name="Grid Loss",
            severity=2,
            category=2,
            cause="cause",
            cause_id=1,
            repair_suggestion="check",
            device_name="Inverter-1",
            device_serial="S1",
            device_type_id=38,
        ),
    )
    assert cloud.bodies("getAlarmList") == [
        {
            "stationCodes": "NE=1",
            "beginTime": NOON_MS - 86_400_000,
            "endTime": NOON_MS,
            "language": "en_US",
            "levels": "1,2",
            "devTypes": "38,39",
        }
    ]


async def test_alarms_of_devices(client: NorthboundClient, cloud: Cloud) -> None:
    row = {"alarmId": 1, "stationCode": "NE=1", "raiseTime": NOON_MS, "esnCode": "S1"}
    cloud.answer("getAlarmList", data([row, {**row, "esnCode": "S2"}]))

    alarms = await client.get_alarms(
        serials=["S1"], begin=NOON, end=NOON, language="de_DE"
    )

    assert [alarm.device_serial for alarm in alarms] == ["S1"]
    assert cloud.requests[0].body["sns"] == "S1"
    assert "stationCodes" not in cloud.requests[0].body


@pytest.mark.parametrize("content", [None, {}, "text"])
async def test_nothing_is_not_the_end_of_all_alarms(
    client: NorthboundClient, cloud: Cloud, content: object
) -> None:
    cloud.answer("getAlarmList", data(content))

    with pytest.raises(InvalidResponseError):
        await client.get_alarms(
            plant_codes=["NE=1"], begin=NOON, end=NOON, language="en_US"
        )


async def test_alarms_of_nobody(client: NorthboundClient, cloud: Cloud) -> None:
    assert await client.get_alarms(begin=NOON, end=NOON, language="en_US") == ()
    assert cloud.requests == []


@pytest.mark.parametrize(
    ("period", "interface"),
    [
        (ReportPeriod.HOUR, "getKpiStationHour"),
        (ReportPeriod.DAY, "getKpiStationDay"),
        (ReportPeriod.MONTH, "getKpiStationMonth"),
        (ReportPeriod.YEAR, "getKpiStationYear"),
    ],
)
async def test_plant_reports(
    client: NorthboundClient, cloud: Cloud, period: ReportPeriod, interface: str
) -> None:
    row = {"stationCode": "NE=1", "collectTime": NOON_MS, "dataItemMap": {"PVYield": 2}}
    earlier = {
        **row,
        "collectTime": NOON_MS - 3_600_000,
        "dataItemMap": {"PVYield": None},
    }
    cloud.answer(interface, data([row, earlier, {**row, "stationCode": "NE=2"}]))

    rows = await client.get_plant_report(period, ["NE=1"], NOON)

    assert rows == (
        PlantReport(plant_code="NE=1", start=NOON - timedelta(hours=1), values={}),
        PlantReport(plant_code="NE=1", start=NOON, values={"PVYield": 2}),
    )
    assert cloud.bodies(interface) == [{"stationCodes": "NE=1", "collectTime": NOON_MS}]


@pytest.mark.parametrize(
    ("period", "interface"),
    [
        (ReportPeriod.DAY, "getDevKpiDay"),
        (ReportPeriod.MONTH, "getDevKpiMonth"),
        (ReportPeriod.YEAR, "getDevKpiYear"),
    ],
)
async def test_device_reports(
    client: NorthboundClient, cloud: Cloud, period: ReportPeriod, interface: str
) -> None:
    row = {"devId": 5, "collectTime": NOON_MS, "dataItemMap": {"charge_cap": 6.75}}
    cloud.answer(interface, data([row, {**row, "devId": 6}]))

    rows = await client.get_device_report(period, 39, [5], NOON)

    assert rows == (DeviceReport(device_id=5, start=NOON, values={"charge_cap": 6.75}),)
    assert cloud.bodies(interface) == [
        {"devIds": "5", "devTypeId": 39, "collectTime": NOON_MS}
    ]


async def test_no_hourly_report_of_devices(
    client: NorthboundClient, cloud: Cloud
) -> None:
    with pytest.raises(ValueError, match="hourly"):
        await client.get_device_report(ReportPeriod.HOUR, 39, [5], NOON)

    assert cloud.requests == []


async def test_battery_mode_by_time_of_use(
    client: NorthboundClient, cloud: Cloud
) -> None:
    windows = [
        {
            "startTime": "0:00",
            "endTime": "05:00",
            "chargeOrDischarge": "charge",
            "repeat": [7, 1, "2", 9, None],
        },
        {"startTime": "17:00", "endTime": "24:00", "chargeOrDischarge": "discharge"},
        {"startTime": "25:00", "endTime": "05:00", "chargeOrDischarge": "charge"},
        {"startTime": "01:00", "endTime": None, "chargeOrDischarge": "charge"},
        {"startTime": "01:00", "endTime": "02:00", "chargeOrDischarge": "sell"},
        "01:00",
    ]
    details = {
        "redundantPVEnergyPriority": "chargePreference",
        "allowedAcChargePower": 5.0,
        "chargingAndDischargingTimeWindow": windows,
    }
    cloud.answer(
        "battery-mode",
        data({"operationMode": "TOU", "touOperationModeParamDetail": details}),
    )

    assert await client.get_battery_mode("NE=1") == BatteryMode(
        plant_code="NE=1",
        mode=OperationMode.TIME_OF_USE,
        grid_charge_power=5000.0,
        surplus_to_battery=True,
        windows=(
            TimeOfUseWindow(
                start=time(0),
                end=time(5),
                direction=Direction.CHARGE,
                weekdays=frozenset({1, 2, 7}),
            ),
            TimeOfUseWindow(
                start=time(17),
                end=time(0),
                direction=Direction.DISCHARGE,
                weekdays=frozenset(),
            ),
        ),
        unreadable_windows=4,
    )
    assert cloud.requests[0].path == (
        "/rest/openapi/pvms/nbi/v1/configuration/battery-mode"
    )
    assert cloud.requests[0].body == {"plantCode": "NE=1"}


@pytest.mark.parametrize(
    ("wire", "mode", "unknown"),
    [
        ("maximumSelfConsumption", OperationMode.MAXIMUM_SELF_CONSUMPTION, None),
        ("fullyFidToGrid", OperationMode.FULLY_FED_TO_GRID, None),
        ("thirdPartyDispatch", OperationMode.THIRD_PARTY_DISPATCH, None),
        ("other", OperationMode.OTHER, None),
        ("somethingNew", OperationMode.OTHER, "somethingNew"),
        (None, OperationMode.OTHER, None),
    ],
)
async def test_battery_modes(
    client: NorthboundClient,
    cloud: Cloud,
    wire: str | None,
    mode: OperationMode,
    unknown: str | None,
) -> None:
    cloud.answer(
        "battery-mode",
        data({"operationMode": wire, "touOperationModeParamDetail": None}),
    )

    assert await client.get_battery_mode("NE=1") == BatteryMode(
        plant_code="NE=1", mode=mode, unknown_mode=unknown
    )


POWER = {"limitationMode": "totalPower", "maxGridFeedInPowerValue": "5.0"}
PERCENT = {"limitationMode": "singlePhasePower", "maxGridFeedInPowerPercent": 60}


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (
            {"controlMode": "noLimit", "limitedPowerGridValueParam": POWER},
            {"mode": FeedInLimitMode.NO_LIMIT},
        ),
        (
            {
                "controlMode": "zeroExportLimitation",
                "zeroExportLimitationParam": {"limitationMode": "totalPower"},
            },
            {"mode": FeedInLimitMode.ZERO_EXPORT, "single_phase": False},
        ),
        (
            {"controlMode": "limitedPowerGridKW", "limitedPowerGridValueParam": POWER},
            {
                "mode": FeedInLimitMode.LIMITED_POWER,
                "power": 5000.0,
                "single_phase": False,
            },
        ),
        (
            {
                "controlMode": "limitedPowerGridKW",
                "limitedPowerGridValueParam": None,
                "limitedPowerGridPercentParam": PERCENT,
            },
            {
                "mode": FeedInLimitMode.LIMITED_PERCENT,
                "percent": 60.0,
                "single_phase": True,
            },
        ),
        (
            {
                "controlMode": "limitedPowerGridPercent",
                "limitedPowerGridValueParam": POWER,
                "limitedPowerGridPercentParam": PERCENT,
            },
            {
                "mode": FeedInLimitMode.LIMITED_PERCENT,
                "percent": 60.0,
                "single_phase": True,
            },
        ),
        (
            {"controlMode": "limitedPowerGridPercent"},
            {"mode": FeedInLimitMode.LIMITED_PERCENT},
        ),
        (
            {"controlMode": 5},
            {"mode": FeedInLimitMode.OTHER, "unknown_mode": "5"},
        ),
        ({"controlMode": "other"}, {"mode": FeedInLimitMode.OTHER}),
        ({}, {"mode": FeedInLimitMode.OTHER}),
    ],
)
async def test_feed_in_limits(
    client: NorthboundClient,
    cloud: Cloud,
    answer: dict[str, Any],
    expected: dict[str, Any],
) -> None:
    cloud.answer("active-power-control-mode", data(answer))

    limit = await client.get_feed_in_limit("NE=1")

    assert limit == FeedInLimit(plant_code="NE=1", **expected)


@pytest.mark.parametrize(
    ("code", "key"),
    [
        (20631, "device_missing"),
        (20609, "networking_unsupported"),
        (20629, "feature_unsupported"),
        (20614, "device_offline"),
    ],
)
async def test_settings_that_cannot_be_read(
    client: NorthboundClient, cloud: Cloud, code: int, key: str
) -> None:
    cloud.answer("battery-mode", refusal(code))

    with pytest.raises(RequestRejectedError) as raised:
        await client.get_battery_mode("NE=1")

    assert raised.value.failure.key == key


@pytest.mark.parametrize("content", [None, [], "text", 5])
async def test_setting_without_content(
    client: NorthboundClient, cloud: Cloud, content: object
) -> None:
    cloud.answer("active-power-control-mode", data(content))

    with pytest.raises(InvalidResponseError):
        await client.get_feed_in_limit("NE=1")


@pytest.mark.parametrize("interface", [*Interface][:18], ids=lambda item: item.value)
@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (refusal(20004), TemporaryError),
        (refusal(401), PermissionDeniedError),
        (recorded("error_407_dataString"), FlowControlError),
        (Answer(body=b""), InvalidResponseError),
    ],
)
async def test_failures_of_every_interface(
    client: NorthboundClient,
    cloud: Cloud,
    interface: Interface,
    answer: Answer,
    error: type[NorthboundError],
) -> None:
    cloud.answer(interface.path.rsplit("/", 1)[-1], answer)

    with pytest.raises(error) as raised:
        await call(client, interface)

    assert raised.value.interface == interface
    assert cloud.requests[0].path == interface.path


async def call(client: NorthboundClient, interface: Interface) -> object:
    """Call the method of an interface for one plant or one device."""
    hour_before = NOON - timedelta(hours=1)
    match interface:
        case Interface.PLANTS:
            return await client.get_plants()
        case Interface.PLANTS_OLD:
            return await client.get_plants_old()
        case Interface.DEVICES:
            return await client.get_devices(["NE=1"])
        case Interface.PLANT_READINGS:
            return await client.get_plant_readings(["NE=1"])
        case Interface.DEVICE_READINGS:
            return await client.get_device_readings(38, [1])
        case Interface.DEVICE_HISTORY:
            return await client.get_device_history("NE=2", 38, hour_before, NOON)
        case Interface.DEVICE_HISTORY_OLD:
            return await client.get_device_history_old(38, [1], hour_before, NOON)
        case Interface.DEVICE_FIVE_MINUTES:
            return await client.get_device_five_minutes(38, [1], NOON)
        case Interface.ALARMS:
            return await client.get_alarms(
                plant_codes=["NE=1"], begin=NOON, end=NOON, language="en_US"
            )
        case Interface.BATTERY_MODE:
            return await client.get_battery_mode("NE=1")
        case Interface.FEED_IN_LIMIT:
            return await client.get_feed_in_limit("NE=1")
    kind, name = interface.name.split("_")
    period = ReportPeriod(name.lower())
    if kind == "PLANT":
        return await client.get_plant_report(period, ["NE=1"], NOON)
    return await client.get_device_report(period, 38, [1], NOON)
