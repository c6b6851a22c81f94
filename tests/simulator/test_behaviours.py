"""Each known deviation of the real cloud has a switch, or a reason why not.

The numbers are those of the project's notes on how the real cloud behaves. A
switch is proven to change what a probe sees, and to leave no trace once off.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
import json
from typing import Any

import pytest

from simulator import Simulator
from simulator.access.oauth import BASIC, CONTROL
from simulator.faults.control import CONTROL as CONTROL_SWITCHES

from .conftest import NOON, OAUTH, REDIRECT, Cloud, CloudFactory

type Probe = Callable[[Cloud], Awaitable[object]]

NOW = int(NOON.timestamp() * 1000)
BEFORE_SUNRISE = datetime(2026, 6, 21, 0, 30, tzinfo=UTC)
AFTER_MIDNIGHT = datetime(2026, 6, 21, 22, 30, tzinfo=UTC)
DIP = datetime(2026, 6, 21, 23, 30, tzinfo=UTC)


def probe_of(interface: str, **body: object) -> Probe:
    """Return a probe that makes one call; lists of codes stand for themselves."""

    async def probe(cloud: Cloud) -> object:
        parameters = dict(body)
        plant = cloud.simulator.plants[0]
        if parameters.get("stationCodes") == "mine":
            parameters["stationCodes"] = plant.code
        if parameters.get("plantCode") == "mine":
            parameters["plantCode"] = plant.code
        if "device" in parameters:
            parameters["devIds"] = str(cloud.device(parameters.pop("device")).id)
        status, text, headers = await cloud.raw(interface, **parameters)
        return status, text, headers.get("retry-after"), headers["content-type"]

    return probe


def at(instant: datetime, probe: Probe) -> Probe:
    """Return a probe that moves the plants to an instant first."""

    async def moved(cloud: Cloud) -> object:
        cloud.simulator.set_clock(instant)
        return await probe(cloud)

    return moved


STATIONS = probe_of("stations", pageNo=1)
DEVICES = probe_of("getDevList", stationCodes="mine")
PLANT = probe_of("getStationRealKpi", stationCodes="mine")
INVERTER = probe_of("getDevRealKpi", device=38, devTypeId=38)
BATTERY = probe_of("getDevRealKpi", device=39, devTypeId=39)
ESS = probe_of("getDevRealKpi", device=41, devTypeId=41)
EMMA = probe_of("getDevRealKpi", device=23070, devTypeId=23070)
METER = probe_of("getDevRealKpi", device=47, devTypeId=47)
MAINS = probe_of("getDevRealKpi", device=60001, devTypeId=60001)
DONGLE = probe_of("getDevRealKpi", device=62, devTypeId=62)
HOURS = probe_of("getKpiStationHour", stationCodes="mine", collectTime=NOW)
MONTHS = probe_of("getKpiStationMonth", stationCodes="mine", collectTime=NOW)
YEARS = probe_of("getKpiStationYear", stationCodes="mine", collectTime=NOW)
OLD_LIST = probe_of("getStationList", pageNo=1, pageSize=20)
MODE = probe_of("configuration/battery-mode", plantCode="mine")
ALARMS = probe_of(
    "getAlarmList",
    stationCodes="mine",
    beginTime=NOW - 86_400_000,
    endTime=NOW + 10**6,
    language="en_US",
)
LONG_HISTORY = probe_of(
    "getDevHistoryKpi",
    device=38,
    devTypeId=38,
    startTime=NOW - 5 * 86_400_000,
    endTime=NOW,
)


async def long_alarm_window(cloud: Cloud) -> object:
    """Ask for 28 days, of which only the newest have an alarm."""
    cloud.simulator.plants[0].alarms.clear_alarm()
    cloud.simulator.plants[0].alarms.raise_alarm("grid_loss")
    answer = await cloud.call(
        "getAlarmList",
        stationCodes=cloud.simulator.plants[0].code,
        beginTime=NOW - 28 * 86_400_000,
        endTime=NOW + 10**6,
        language="en_US",
    )
    return len(answer["data"])


async def dongle_of_an_account(cloud: Cloud) -> object:
    session = await cloud.login()
    device = str(cloud.device(62).id)
    return await cloud.call(
        "getDevRealKpi", headers=session, devIds=device, devTypeId=62
    )


async def cut(cloud: Cloud) -> object:
    try:
        return await STATIONS(cloud)
    except Exception as error:  # noqa: BLE001
        return type(error).__name__


async def two_within(cloud: Cloud, seconds: int, probe: Probe) -> object:
    first = await probe(cloud)
    cloud.step(seconds=seconds)
    second: Any = await probe(cloud)
    cloud.step(seconds=3600)
    return first is not None, "ACCESS_FREQUENCY" in second[1]


async def twice_in_four_minutes(cloud: Cloud) -> object:
    return await two_within(cloud, 240, PLANT)


async def alarms_twice_in_ten_minutes(cloud: Cloud) -> object:
    return await two_within(cloud, 600, ALARMS)


async def hammered(cloud: Cloud) -> object:
    """Spend the quota, hammer half a day later, and look when it opens again."""
    cloud.simulator.quotas.clear()
    cloud.simulator.quotas.spend("100000001/owner", "basic", 1000)
    cloud.step(hours=12)
    for _ in range(5):
        await STATIONS(cloud)
    cloud.simulator.quotas.spend("100000001/owner", "basic", 995)
    cloud.step(hours=12, minutes=1)
    answer: Any = await STATIONS(cloud)
    cloud.simulator.quotas.clear()
    return answer[0], "407" in answer[1]


async def side_by_side(cloud: Cloud) -> object:
    answers: Any = await asyncio.gather(STATIONS(cloud), STATIONS(cloud))
    return sorted("407" in answer[1] for answer in answers)


async def spent(cloud: Cloud) -> object:
    cloud.simulator.quotas.spend("100000001/owner", "basic", 1000)
    answer = await STATIONS(cloud)
    cloud.simulator.quotas.clear()
    return answer


async def token_answer(cloud: Cloud, **form: str) -> object:
    client = {"client_id": "100000001", "client_secret": "simulator-secret"}
    async with cloud.session.post(
        f"{cloud.url}{OAUTH}/token", data=client | form
    ) as response:
        answer: Any = json.loads(await response.text())
        return response.status, sorted(answer), answer.get("error"), answer.get("scope")


async def refreshed(cloud: Cloud) -> object:
    token = cloud.grant()["refresh_token"]
    return await token_answer(cloud, grant_type="refresh_token", refresh_token=token)


async def refreshed_twice(cloud: Cloud) -> object:
    token = cloud.grant()["refresh_token"]
    await token_answer(cloud, grant_type="refresh_token", refresh_token=token)
    return await token_answer(cloud, grant_type="refresh_token", refresh_token=token)


async def without_owner(cloud: Cloud) -> object:
    return await token_answer(cloud, grant_type="client_credentials")


async def callback(cloud: Cloud) -> str:
    query = f"response_type=code&client_id=100000001&redirect_uri={REDIRECT}&state=s1"
    form = {
        "user": "owner",
        "password": "owner-password",
        "decision": "allow",
        BASIC: "on",
        CONTROL: "on",
    }
    async with cloud.session.post(
        f"{cloud.url}{OAUTH}/authorize?{query}", data=form, allow_redirects=False
    ) as response:
        return response.headers["Location"]


async def callback_names(cloud: Cloud) -> object:
    return [
        part.split("=")[0] for part in (await callback(cloud)).split("?")[1].split("&")
    ]


async def granted_scope(cloud: Cloud) -> object:
    code = (await callback(cloud)).split("code=")[1].split("&")[0]
    return await token_answer(
        cloud, grant_type="authorization_code", code=code, redirect_uri=REDIRECT
    )


async def session_after_ten_minutes(cloud: Cloud) -> object:
    session = await cloud.login()
    cloud.step(minutes=10)
    answer = await cloud.call("stations", headers=session, pageNo=1)
    cloud.step(hours=1)
    return answer["failCode"]


async def stands_still(cloud: Cloud) -> object:
    """Tell whether inverter and plant show the same 20 minutes later."""
    before = await cloud.items(38), await cloud.items()
    cloud.step(minutes=20)
    return [before[0] == await cloud.items(38), before[1] == await cloud.items()]


async def impatient(cloud: Cloud) -> object:
    try:
        async with asyncio.timeout(0.2):
            return await STATIONS(cloud)
    except TimeoutError:
        return "no answer"


@dataclass(frozen=True, slots=True)
class Switch:
    """A switch, the probe that sees it, and its parameters."""

    name: str
    probe: Probe
    parameters: dict[str, Any] = field(default_factory=dict)
    plant: str = "home"


BEHAVIOURS: dict[int, list[Switch] | str] = {
    1: [
        Switch("session_lost", STATIONS),
        Switch("session_lost", STATIONS, {"message": "INVALID_CREDENTIAL"}),
        Switch("too_frequent", STATIONS),
        Switch("too_frequent", STATIONS, {"shape": "message"}),
    ],
    2: "Always so: stations and log-in succeed with a message.",
    3: [
        Switch("data_null", PLANT),
        Switch("no_plants", STATIONS),
        Switch("no_devices", DEVICES),
        Switch("fail_code", DEVICES, {"code": 20056, "interface": "getDevList"}),
    ],
    4: [
        Switch("page_size_50", OLD_LIST),
        Switch("gateway_parameter_error", STATIONS),
        Switch("http_406_access_denied", STATIONS),
        Switch("quota_control_403", STATIONS),
        Switch("empty_body", STATIONS),
    ],
    5: [Switch("html_page", STATIONS), Switch("http_404", STATIONS)],
    6: [
        Switch("fail_code", STATIONS, {"code": 20001, "message": "any"}),
        Switch("session_306", STATIONS),
        Switch("interface_refused", STATIONS),
        Switch("station_list_retired", OLD_LIST),
        Switch("system_429", STATIONS),
        Switch("http_429", STATIONS, {"retry_after": 60}),
        Switch("http_429", STATIONS, {"html": True}),
        Switch("no_right_20015", PLANT),
        Switch("daily_maximum", STATIONS),
        Switch("busy", STATIONS),
    ],
    7: [
        Switch("connection_cut", cut),
        Switch("connection_cut", cut, {"half": True}),
        Switch("hang", impatient),
        Switch("maintenance", STATIONS),
        Switch("http_500", STATIONS),
        Switch("http_502", STATIONS),
    ],
    8: [Switch("realtime_spacing", twice_in_four_minutes)],
    9: [Switch("alarm_spacing", alarms_twice_in_ten_minutes)],
    10: "Always so: log-in is limited, and wrong passwords lock the account.",
    11: [Switch("hammering_extends_block", hammered)],
    12: [Switch("parallel_refused", side_by_side)],
    13: [
        Switch("quota_spent", STATIONS),
        Switch("quota_answer", spent, {"shape": "429"}),
        Switch("quota_answer", spent, {"shape": "http_429"}),
        Switch("quota_answer", spent, {"shape": "20618"}),
        Switch("quota_answer", spent, {"shape": "message"}),
    ],
    14: [Switch("session_of_five_minutes", session_after_ten_minutes)],
    15: [
        Switch("refresh_token_omitted", refreshed),
        Switch("refresh_token_kept", refreshed_twice),
        Switch("expires_in_omitted", refreshed),
        Switch("client_credentials_accepted", without_owner),
        Switch("another_cluster", refreshed),
        Switch("token_temporary_400", refreshed),
        Switch("token_refused", refreshed),
        Switch("token_error_in_200", refreshed),
    ],
    16: [Switch("authorize_drops_state", callback_names)],
    17: "Always so: locale is accepted, and login-page is served like authorize.",
    18: "Always so: the bearer token works on both kinds of paths.",
    19: [Switch("control_disabled_by_company", granted_scope)],
    20: [
        Switch("string_numbers", INVERTER),
        Switch("string_coordinates", STATIONS),
        Switch("empty_coordinates", STATIONS),
        Switch("close_time_zero", INVERTER),
        Switch("not_available", INVERTER, {"keys": ["efficiency"]}),
    ],
    21: [
        Switch("device_offline", INVERTER),
        Switch("inverter_sleeps", at(BEFORE_SUNRISE, INVERTER), plant="pv"),
        Switch("single_phase", INVERTER),
        Switch("unused_strings_null", INVERTER),
        Switch("trackers_zero", INVERTER),
    ],
    22: [Switch("power_limited", INVERTER), Switch("unknown_codes", INVERTER)],
    23: [Switch("inverter_power_times_1000", INVERTER)],
    24: [
        Switch("meter_sign", METER),
        Switch("charger_meter", METER),
        Switch("emma_power_sign", EMMA, plant="emma"),
    ],
    25: [Switch("old_battery_keys", BATTERY)],
    26: [Switch("missing_rows", BATTERY, {"type_id": 39})],
    27: [
        Switch("yesterday_until_wake", at(BEFORE_SUNRISE, INVERTER)),
        Switch("yesterday_until_wake", at(BEFORE_SUNRISE, PLANT)),
        Switch("day_counters_late", at(AFTER_MIDNIGHT, BATTERY)),
        Switch("day_counters_late", at(AFTER_MIDNIGHT, PLANT)),
        Switch("lifetime_dip", at(DIP, PLANT)),
        Switch("lifetime_dip", at(DIP, INVERTER)),
    ],
    28: [Switch("report_rows_utc", MONTHS)],
    29: [
        Switch("report_keys_absent", HOURS),
        Switch("negative_profit", HOURS),
        Switch("report_nulls_before_sunrise", HOURS),
    ],
    30: [
        Switch("earlier_years", YEARS),
        Switch("rows_shuffled", MONTHS),
        Switch("long_windows_cut", LONG_HISTORY),
        Switch("newest_alarms_kept", long_alarm_window),
    ],
    31: [Switch("old_device_list", DEVICES), Switch("devices_renamed", DEVICES)],
    32: [
        Switch("dongle_empty_map", DONGLE),
        Switch("dongle_refused", dongle_of_an_account),
    ],
    33: [Switch("alarm", ALARMS, {"kind": "network_lost"})],
    34: [
        Switch("plant_codes_changed", STATIONS),
        Switch("plant_codes_changed", STATIONS, {"style": "hex"}),
    ],
    35: [Switch("private_power_keys", PLANT)],
    36: "Always so: words in the query, numbers as text in the task.",
    37: [
        Switch("configuration_refused", MODE),
        Switch("configuration_refused", MODE, {"code": 20629}),
    ],
    38: "Always so: a task is known to its client; outcomes have a switch each.",
    39: "Always so: tasks follow the documents; see the tests of control.",
    40: "Always so: a limit of 0 kW curtails, and stays until it is removed.",
    41: [Switch("string_type_only", INVERTER)],
    42: "Always so: the allowance is the sum over types of ceil(devices / 100).",
    43: "Always so: just the types are served that the documents name.",
    44: [Switch("efficiency_constant", INVERTER, plant="pv")],
    45: [Switch("missing_rows", BATTERY), Switch("data_empty", BATTERY)],
    46: [
        Switch("unreachable", INVERTER),
        Switch("frozen", stands_still),
        Switch("plant_disconnected", PLANT),
    ],
    47: [
        Switch("owner_access_off", PLANT),
        Switch("owner_access_off", INVERTER, {"plants": ["NE=33554875"]}),
    ],
    48: "Always so: control needs OAuth; the switch is accounts_may_control.",
}
OTHERS = [
    Switch("broken_json", STATIONS),
    Switch("json_list", STATIONS),
    Switch("json_null", STATIONS),
    Switch("empty_object", STATIONS),
    Switch("http_500_exception", STATIONS),
    Switch("redirect", STATIONS),
    Switch("nan_strings", METER),
    Switch("nan_numbers", METER),
    Switch("infinite_numbers", METER),
    Switch("wrong_types", METER),
    Switch("booleans", METER),
    Switch("integers", METER),
    Switch("huge_numbers", METER),
    Switch("null_values", PLANT),
    Switch("missing_keys", PLANT, {"keys": ["day_power"]}),
    Switch("repeated_rows", METER),
    Switch("foreign_row", METER),
    Switch("empty_map", PLANT, {"plant": "NE=33554875"}),
    Switch("foreign_plant", PLANT),
    Switch("foreign_plant", DEVICES),
    Switch("clock_off", PLANT),
    Switch("slow_body", impatient),
    Switch("huge_body", STATIONS, {"megabytes": 1}),
    Switch("deep_json", STATIONS, {"depth": 1000}),
    Switch("http_401", STATIONS),
    Switch("http_403", STATIONS),
    Switch("map_missing", METER),
    Switch("map_null", METER),
    Switch("data_text", METER),
    Switch("params_missing", METER),
    Switch("params_empty", METER),
    Switch("connection_date_missing", STATIONS),
    Switch("unknown_device", DEVICES),
    Switch("serials_null", BATTERY),
    Switch("unknown_keys", PLANT),
    Switch("old_plant_keys", PLANT),
    Switch("battery_sign", at(AFTER_MIDNIGHT, BATTERY)),
    Switch("ess_sign", at(AFTER_MIDNIGHT, ESS), plant="ess"),
    Switch("power_m_refused", MAINS, plant="power_m"),
    Switch("device_list_refused", DEVICES),
    Switch("yield_off_by_one_percent", PLANT),
    Switch("yield_off_by_one_percent", INVERTER),
    Switch("soc_shifted", BATTERY),
    Switch("missing_rows", METER, {"device": "NE=33815003"}),
    Switch("missing_rows", STATIONS, {"plant": "NE=33554875"}),
]
"""Switches beyond the numbered behaviours."""
ALL = [
    *(
        pytest.param(switch, id=f"{number}-{switch.name}")
        for number, switches in BEHAVIOURS.items()
        if not isinstance(switches, str)
        for switch in switches
    ),
    *(pytest.param(switch, id=f"other-{switch.name}") for switch in OTHERS),
]


def test_every_numbered_behaviour_is_considered() -> None:
    assert list(BEHAVIOURS) == list(range(1, 49))
    assert all(BEHAVIOURS.values())


def test_the_switches_are_those_of_the_catalogue() -> None:
    catalogue = Simulator(start=NOON).faults.catalogue
    used = {parameter.values[0].name for parameter in ALL}
    used |= {"revoke_fails", *(fault.name for fault in CONTROL_SWITCHES)}
    assert used == set(catalogue)
    assert all(catalogue.values())


@pytest.mark.parametrize("switch", ALL)
async def test_a_switch_changes_the_answer_and_leaves_no_trace(
    cloud_factory: CloudFactory, switch: Switch
) -> None:
    cloud = await cloud_factory(plant=switch.plant)
    right = await switch.probe(cloud)
    cloud.simulator.faults.enable(switch.name, **switch.parameters)
    assert await switch.probe(cloud) != right
    cloud.simulator.faults.disable(switch.name)
    assert cloud.simulator.faults.enabled == {}
    assert await switch.probe(cloud) == right


@pytest.mark.parametrize("number", [2, 10, 14, 17, 18])
async def test_what_is_always_so(cloud: Cloud, number: int) -> None:
    match number:
        case 2:
            answer = await cloud.call("stations", pageNo=1)
            assert answer["message"] == "get plant list success"
        case 10:
            for _ in range(5):
                await cloud.login()
            answer = await cloud.call(
                "login", headers={}, userName="apiuser", systemCode="x"
            )
            assert answer["failCode"] == 407
        case 14:
            assert (await cloud.login())["XSRF-TOKEN"]
        case 17:
            url = f"{cloud.url}{OAUTH}/login-page?response_type=code&locale=de-de"
            url += f"&client_id=100000001&redirect_uri={REDIRECT}"
            async with cloud.session.get(url) as response:
                assert response.status == 200
        case _:
            mode = await cloud.call(
                "configuration/battery-mode", plantCode="NE=33554875"
            )
            assert mode["failCode"] == await cloud.code("stations", pageNo=1) == 0
