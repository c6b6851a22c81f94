"""What the documents fix: addresses, sizes of batches, classes, and what is stored."""

import json

import pytest

from custom_components.smartpvms.northbound.auth import Access, SessionState
from custom_components.smartpvms.northbound.control.masking import masked
from custom_components.smartpvms.northbound.interfaces import (
    OLD_FORMS,
    Interface,
    InterfaceClass,
)
from custom_components.smartpvms.northbound.json_types import JsonObject, JsonValue
from custom_components.smartpvms.northbound.ledger_state import Door, LedgerState
from custom_components.smartpvms.northbound.parsing import integer
from custom_components.smartpvms.northbound.quotas import (
    DAY,
    OWNER_WINDOWS,
    Inventory,
    Window,
    account_window,
)
from custom_components.smartpvms.northbound.transport import LARGEST_BODY

V1, V2 = "/rest/openapi/pvms/nbi/v1", "/rest/openapi/pvms/nbi/v2"
VPP = "/rest/openapi/pvms/v1/vpp"
NOW = 1_781_950_000.0


@pytest.mark.parametrize(
    ("name", "path", "batch_size"),
    [
        ("stations", "/thirdData/stations", 100),
        ("getStationList", "/thirdData/getStationList", 100),
        ("getDevList", "/thirdData/getDevList", 100),
        ("getStationRealKpi", "/thirdData/getStationRealKpi", 100),
        ("getDevRealKpi", "/thirdData/getDevRealKpi", 100),
        ("device/history", f"{V1}/device/history", 1),
        ("getDevHistoryKpi", "/thirdData/getDevHistoryKpi", 10),
        ("getDevFiveMinutes", "/thirdData/getDevFiveMinutes", 100),
        ("getAlarmList", "/thirdData/getAlarmList", 100),
        ("getKpiStationHour", "/thirdData/getKpiStationHour", 100),
        ("getKpiStationDay", "/thirdData/getKpiStationDay", 100),
        ("getKpiStationMonth", "/thirdData/getKpiStationMonth", 100),
        ("getKpiStationYear", "/thirdData/getKpiStationYear", 100),
        ("getDevKpiDay", "/thirdData/getDevKpiDay", 100),
        ("getDevKpiMonth", "/thirdData/getDevKpiMonth", 100),
        ("getDevKpiYear", "/thirdData/getDevKpiYear", 100),
        ("configuration/battery-mode", f"{V1}/configuration/battery-mode", 1),
        (
            "configuration/active-power-control-mode",
            f"{V1}/configuration/active-power-control-mode",
            1,
        ),
        ("charge-and-discharge", f"{V2}/control/charge-and-discharge/async-task", 100),
        ("chargeAndDischargeStatus", f"{VPP}/chargeAndDischargeStatus", 1),
        ("chargeAndDischarge", f"{VPP}/chargeAndDischarge", 100),
        ("battery/mode", f"{V1}/control/battery/mode/async-task", 10),
        ("battery/mode/task-info", f"{V1}/control/battery/mode/task-info", 1),
        ("battery/configuration", f"{V1}/control/battery/configuration/async-task", 10),
        (
            "battery/configuration/task-info",
            f"{V1}/control/battery/configuration/task-info",
            1,
        ),
        ("active-power-control", f"{V2}/control/active-power-control/async-task", 10),
        (
            "active-power-control/task-info",
            f"{V2}/control/active-power-control/task-info",
            1,
        ),
        ("battery-dispatch", f"{V1}/control/battery/battery-dispatch/async-task", 1),
        (
            "battery-dispatch/task-info",
            f"{V1}/control/battery/battery-dispatch/task-info",
            1,
        ),
    ],
)
def test_where_an_interface_is_and_how_much_one_call_may_name(
    name: str, path: str, batch_size: int
) -> None:
    interface = Interface(name)

    assert (interface.path, interface.batch_size) == (path, batch_size)
    controls = "/control/" in path or path.startswith(VPP)
    assert (interface.interface_class is InterfaceClass.CONTROL) is controls


def test_classes_are_named_as_their_scopes_and_no_interface_is_forgotten() -> None:
    assert [each.value for each in InterfaceClass] == ["basic", "control"]
    assert len(Interface) == 29
    assert [each.value for each in Access] == ["oauth", "api_account"]
    assert {old.value: new.value for new, old in OLD_FORMS.items()} == {
        "getStationList": "stations",
        "getDevHistoryKpi": "device/history",
    }


MINUTES = 60.0
FLEET = Inventory(plants=250, devices_by_type={1: 120, 38: 30, 39: 5, 62: 400, 10: 101})
"""Three batches of plants; of devices with readings 2 + 1 + 1 + 2."""


@pytest.mark.parametrize(
    ("interface", "least", "fleet"),
    [
        (Interface.PLANTS, Window(calls=34, seconds=DAY), (54, DAY)),
        (Interface.PLANTS_OLD, Window(calls=34, seconds=DAY), (54, DAY)),
        (Interface.PLANT_READINGS, Window(calls=1, seconds=300), (3, 300)),
        (Interface.DEVICE_READINGS, Window(calls=1, seconds=300), (6, 300)),
        (Interface.DEVICE_HISTORY, Window(calls=1, seconds=600), (1, 600 / 256)),
        (Interface.DEVICE_HISTORY_OLD, Window(calls=25, seconds=DAY), (51, DAY)),
        (Interface.DEVICE_FIVE_MINUTES, Window(calls=25, seconds=DAY), (51, DAY)),
        (Interface.ALARMS, Window(calls=1, seconds=1800), (6, 1800)),
        (Interface.DEVICE_DAY, Window(calls=25, seconds=DAY), (28, DAY)),
        (Interface.DEVICE_MONTH, Window(calls=25, seconds=DAY), (28, DAY)),
        (Interface.DEVICE_YEAR, Window(calls=25, seconds=DAY), (28, DAY)),
        (Interface.DEVICES, Window(calls=25, seconds=DAY), (27, DAY)),
        (Interface.PLANT_HOUR, Window(calls=25, seconds=DAY), (27, DAY)),
        (Interface.PLANT_DAY, Window(calls=25, seconds=DAY), (27, DAY)),
        (Interface.PLANT_MONTH, Window(calls=25, seconds=DAY), (27, DAY)),
        (Interface.PLANT_YEAR, Window(calls=25, seconds=DAY), (27, DAY)),
        (Interface.BATTERY_MODE, Window(calls=1, seconds=60), (1, 60)),
        (Interface.FEED_IN_LIMIT, Window(calls=1, seconds=60), (1, 60)),
        (Interface.CHARGE_TASK, Window(calls=1, seconds=60), (1, 60)),
    ],
)
def test_how_many_calls_an_account_has(
    interface: Interface, least: Window, fleet: tuple[int, float]
) -> None:
    calls, seconds = fleet

    assert account_window(interface, Inventory()) == least
    assert account_window(interface, FLEET) == Window(calls=calls, seconds=seconds)


def test_how_many_calls_an_owner_has() -> None:
    assert {
        InterfaceClass.BASIC: Window(calls=1000, seconds=86400),
        InterfaceClass.CONTROL: Window(calls=100, seconds=86400),
    } == OWNER_WINDOWS


def test_an_answer_may_have_eight_megabytes() -> None:
    assert LARGEST_BODY == 8 * 2**20


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (float(2**53), 2**53),
        (-float(2**53), -(2**53)),
        (float(2**53 + 2), None),
        (-(2**63) + 1, -(2**63) + 1),
        (-(2**63), None),
    ],
)
def test_whole_numbers_are_exact_or_unknown(
    value: JsonValue, expected: int | None
) -> None:
    assert integer(value) == expected


LEDGER: JsonObject = {
    "booked": {"getDevRealKpi": [NOW - 60, NOW], "battery/mode": [NOW - 5]},
    "doors": {
        "basic": {
            "until": NOW + 60,
            "wait": 60.0,
            "key": "call_quota_exhausted",
            "code": 407,
        },
        "control": {
            "until": NOW + 99,
            "wait": 99.0,
            "key": "cloud_overloaded",
            "code": "http:429",
        },
        "getAlarmList": {
            "until": NOW + 5,
            "wait": 5.0,
            "key": "daily_quota_exhausted",
            "code": None,
        },
    },
    "inventory": {"plants": 3, "devices": {"1": 4, "39": 2}},
}


def test_an_update_reads_the_ledger_that_was_stored_before_it() -> None:
    state = LedgerState.from_dict(json.loads(json.dumps(LEDGER)))

    assert state.as_dict() == LEDGER
    assert state.inventory == Inventory(plants=3, devices_by_type={1: 4, 39: 2})


def test_what_of_a_ledger_is_damaged_is_left_out() -> None:
    state = LedgerState.from_dict(
        {
            "booked": {"getDevRealKpi": [9, "x", 5], "basic": [7], "stations": "much"},
            "doors": {
                "moon": {"until": 1, "wait": 1, "key": "server_busy"},
                "basic": {"until": 1, "wait": 1, "key": "?"},
                "control": {"until": "x", "wait": 1, "key": "server_busy"},
            },
            "inventory": {"plants": "many", "devices": {"x": 1, "1": None}},
        }
    )

    assert state.booked == {Interface.DEVICE_READINGS: [5, 9]}
    assert state.doors == {}
    assert state.inventory == Inventory()


def door(until: float) -> Door:
    found = Door.from_dict({"until": until, "wait": 1.0, "key": "server_busy"})
    assert found is not None
    return found


def test_a_call_is_forgotten_after_a_day_and_a_door_a_day_after_it_opened() -> None:
    state = LedgerState(
        booked={
            Interface.PLANTS: [NOW - DAY, NOW - DAY + 1, NOW + 50],
            Interface.ALARMS: [NOW - DAY],
        },
        doors={
            Interface.PLANTS: door(NOW - DAY),
            Interface.ALARMS: door(NOW - DAY + 1),
            Interface.DEVICES: door(NOW + DAY),
            InterfaceClass.BASIC: door(NOW + DAY + 1),
        },
    )
    state.forget(NOW)

    assert state.booked == {Interface.PLANTS: [NOW - DAY + 1, NOW]}
    assert state.doors.keys() == {Interface.ALARMS, Interface.DEVICES}


def test_a_call_that_two_ledgers_know_counts_once() -> None:
    ours = LedgerState(
        booked={Interface.PLANTS: [1.0, 2.0, 2.0]},
        doors={Interface.PLANTS: door(5.0), Interface.ALARMS: door(9.0)},
    )
    theirs = LedgerState(
        booked={Interface.PLANTS: [1.0, 2.0, 3.0], Interface.ALARMS: [4.0]},
        doors={Interface.PLANTS: door(7.0), Interface.ALARMS: door(8.0)},
        inventory=Inventory(plants=4),
    )
    ours.merge(theirs)

    assert ours.booked == {
        Interface.PLANTS: [1.0, 2.0, 2.0, 3.0],
        Interface.ALARMS: [4.0],
    }
    assert {name: each.until for name, each in ours.doors.items()} == {
        Interface.PLANTS: 7.0,
        Interface.ALARMS: 9.0,
    }
    assert ours.inventory == Inventory(plants=4)
    ours.merge(LedgerState(inventory=Inventory(plants=9)))
    assert ours.inventory == Inventory(plants=4)


SESSION: JsonObject = {
    "token": "n-abc",
    "last_used": NOW - 60,
    "login_times": [NOW - 900, NOW - 600],
    "login_after": NOW + 60,
    "refused": 20400,
    "refused_password": "salt$digest",
    "lost_times": [NOW - 3000, NOW - 2000],
    "survived": 700.0,
    "survived_at": NOW - 500,
}


def test_an_update_reads_the_session_that_was_stored_before_it() -> None:
    state = SessionState.from_dict(json.loads(json.dumps(SESSION)))

    assert state.as_dict() == SESSION
    kept = state.log_ins_only().as_dict()
    assert {key: value for key, value in kept.items() if value} == {
        "login_times": [NOW - 900, NOW - 600],
        "login_after": NOW + 60,
    }
    assert SessionState.from_dict({}) == SessionState()
    new = SessionState()
    assert (new.last_used, new.login_after, new.survived, new.survived_at) == (
        *(0.0, 0.0, 0.0, 0.0),
    )


@pytest.mark.parametrize(
    ("losses", "truce"), [(0, 0), (1, 0), (2, 600), (3, 1200), (4, 2400), (5, 3600)]
)
def test_another_client_is_left_its_session_for_longer_and_longer(
    losses: int, truce: float
) -> None:
    state = SessionState()
    for number in range(losses):
        state = state.lost(NOW + number)
    last = NOW + losses - 1

    assert state.truce_until(last) == (last + truce if truce else 0.0)
    assert state.is_shared(last) is (losses >= 2)


@pytest.mark.parametrize(("later", "shared"), [(7199, True), (7200, False)])
def test_a_truce_is_forgotten_two_hours_after_the_last_loss(
    later: float, shared: bool
) -> None:
    state = SessionState().lost(NOW - 5).lost(NOW)

    assert state.is_shared(NOW + later) is shared
    assert state.is_shared(NOW - later) is shared


def test_six_losses_are_remembered() -> None:
    state = SessionState()
    for number in range(9):
        state = state.lost(NOW + number)

    # the last one is beside those that were kept before it
    assert state.lost_times == tuple(NOW + number for number in range(2, 9))


@pytest.mark.parametrize(
    ("idle", "lives"), [(-1, False), (0, True), (290, True), (290.1, False)]
)
def test_five_minutes_but_for_jitter_any_session_lives(
    idle: float, lives: bool
) -> None:
    assert SessionState().must_live(idle, NOW) is lives


@pytest.mark.parametrize(
    ("idle", "later", "lives"),
    [
        (690, 0, True),
        (690.1, 0, False),
        (690, 7 * DAY - 1, True),
        (690, 7 * DAY, False),
        (290, 7 * DAY, True),
    ],
)
def test_what_a_cloud_let_pass_counts_for_a_week(
    idle: float, later: float, lives: bool
) -> None:
    state = SessionState().outlasted(700.0, NOW)

    assert state.must_live(idle, NOW + later) is lives


def test_only_a_longer_rest_is_worth_remembering() -> None:
    known = SessionState().outlasted(700.0, NOW)

    assert known.outlasted(700.0, NOW + 9) is known
    assert known.outlasted(700.1, NOW + 9).survived_at == NOW + 9
    assert SessionState().outlasted(300.0, NOW) == SessionState()


@pytest.mark.parametrize(
    "name",
    [
        *("status", "message", "description", "operationMode", "controlMode"),
        *("redundantPVEnergyPriority", "chargeOrDischarge", "limitationMode"),
        *("startTime", "endTime", "execStartTime", "execEndTime"),
    ],
)
def test_what_the_cloud_says_of_a_command_is_readable_in_the_log(name: str) -> None:
    assert masked({name: "WORD of NE=12 [home] 2100123 x"}) == {
        name: "WORD of ** ** ** x"
    }
    assert masked([{name: ["WORD"]}]) == [{name: ["WORD"]}]


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("home", "**"),
        (10**8 - 1, 10**8 - 1),
        (10**8, "**"),
        (-(10**8), "**"),
        (1.5, 1.5),
        (True, True),
        (None, None),
    ],
)
def test_what_may_name_a_plant_is_not(value: JsonValue, shown: JsonValue) -> None:
    assert masked({"dn": value}) == {"dn": shown}
