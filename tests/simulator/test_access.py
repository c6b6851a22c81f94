"""API accounts, owners and quotas."""

from datetime import timedelta
from typing import Any

import pytest

from simulator import Simulator
from simulator.access.accounts import Account
from simulator.access.owners import Owner
from simulator.access.principal import Principal
from simulator.access.quotas import Quotas
from simulator.plants.plant import Plant

from .conftest import NOON, Cloud, CloudFactory


async def login_code(cloud: Cloud, **body: object) -> int:
    answer = await cloud.call("login", headers={}, **body)
    code: int = answer["failCode"]
    return code


def credentials(password: str = "simulator-password") -> dict[str, str]:
    return {"userName": "apiuser", "systemCode": password}


async def test_a_session_shows_the_plants(cloud: Cloud) -> None:
    session = await cloud.login()
    answer = await cloud.call("stations", headers=session, pageNo=1)
    assert answer["data"]["total"] == 1
    assert cloud.simulator.requests_to("stations")[0].access == "api_account"


async def test_a_wrong_password(cloud: Cloud) -> None:
    answer = await cloud.call("login", headers={}, **credentials("wrong"))
    assert answer == {
        "data": None,
        "success": False,
        "failCode": 20400,
        "params": {"currentTime": 1782037800000},
        "message": "user.login.user_or_value_invalid",
    }
    assert await login_code(cloud, username="apiuser", password="x") == 20400
    assert await login_code(cloud, userName="nobody", systemCode="x") == 20400


async def test_five_logins_in_ten_minutes(cloud: Cloud) -> None:
    for _ in range(5):
        assert await login_code(cloud, **credentials()) == 0
    assert await login_code(cloud, **credentials()) == 407
    cloud.step(minutes=10)
    assert await login_code(cloud, **credentials()) == 0


async def test_five_wrong_passwords_lock_for_half_an_hour(cloud: Cloud) -> None:
    for _ in range(5):
        assert await login_code(cloud, **credentials("wrong")) == 20400
    cloud.step(minutes=10)
    assert await login_code(cloud, **credentials()) == 20400
    cloud.step(minutes=20)
    assert await login_code(cloud, **credentials()) == 0


async def test_wrong_passwords_are_forgotten_after_ten_minutes(cloud: Cloud) -> None:
    for _ in range(4):
        await login_code(cloud, **credentials("wrong"))
    cloud.step(minutes=10)
    assert await login_code(cloud, **credentials("wrong")) == 20400
    assert await login_code(cloud, **credentials()) == 0


async def test_one_session_for_each_account(cloud: Cloud) -> None:
    older = await cloud.login()
    newer = await cloud.login()
    lost = await cloud.call("stations", headers=older, pageNo=1)
    assert lost["failCode"] == 305
    assert (await cloud.call("stations", headers=newer, pageNo=1))["failCode"] == 0


async def test_a_session_slides_for_half_an_hour(cloud: Cloud) -> None:
    session = await cloud.login()
    for _ in range(3):
        cloud.step(minutes=30)
        assert (await cloud.call("stations", headers=session, pageNo=1))["data"]
    cloud.step(minutes=30, seconds=1)
    lost = await cloud.call("stations", headers=session, pageNo=1)
    assert lost == {
        "failCode": 305,
        "immediately": True,
        "message": "USER_MUST_RELOGIN",
    }


async def test_logging_out(cloud: Cloud) -> None:
    session = await cloud.login()
    token = session["XSRF-TOKEN"]
    answer = await cloud.call("logout", headers=session, xsrfToken=token)
    assert answer["success"] is True
    assert (await cloud.call("stations", headers=session))["failCode"] == 305
    again = await cloud.call("logout", headers=session, xsrfToken=token)
    assert again["failCode"] == 20004
    assert (await cloud.call("logout", headers=session))["failCode"] == 20004


async def test_five_logouts_in_ten_minutes(cloud: Cloud) -> None:
    codes = []
    for _ in range(6):
        cloud.simulator.quotas.clear()
        session = await cloud.login()
        for _ in range(5):
            cloud.simulator.quotas.admit_login("apiuser", "logout")
        answer = await cloud.call("logout", xsrfToken=session["XSRF-TOKEN"])
        codes.append(answer["failCode"])
    assert set(codes) == {407}


@pytest.mark.parametrize(("field", "code"), [("disabled", 20002), ("expired", 20003)])
async def test_accounts_that_may_not(cloud: Cloud, field: str, code: int) -> None:
    setattr(cloud.simulator.accounts["apiuser"], field, True)
    assert await login_code(cloud, **credentials()) == code


async def test_interfaces_that_are_not_ticked(cloud: Cloud) -> None:
    cloud.simulator.accounts["apiuser"].refused_interfaces.add("getDevList")
    session = await cloud.login()
    code = cloud.simulator.plants[0].code
    refused = await cloud.call("getDevList", headers=session, stationCodes=code)
    assert refused["failCode"] == 401
    granted = await cloud.call("getStationRealKpi", headers=session, stationCodes=code)
    assert granted["failCode"] == 0


async def test_owner_and_account_with_access_switched_off(cloud: Cloud) -> None:
    session = await cloud.login()
    cloud.simulator.accounts["apiuser"].api_access = False
    assert (await cloud.call("stations", headers=session))["failCode"] == 20056
    assert await cloud.code("stations", pageNo=1) == 0
    cloud.simulator.owners["owner"].api_access = False
    assert await cloud.code("stations", pageNo=1) == 20056


async def test_no_plant_bound(cloud: Cloud) -> None:
    cloud.simulator.accounts.register(
        Account(user_name="empty", system_code="x", plant_codes=[])
    )
    session = await cloud.login("empty", "x")
    answer = await cloud.call("stations", headers=session, pageNo=1)
    assert answer["data"]["list"] == []
    assert answer["data"]["total"] == 0


async def test_an_owner_sees_only_own_plants(cloud_factory: CloudFactory) -> None:
    cloud = await cloud_factory(plant="home,pv")
    mine = cloud.simulator.plants[1].code
    cloud.simulator.owners.register(
        Owner(name="neighbour", password="x", plant_codes=[mine])
    )
    token = cloud.grant(owner="neighbour")["access_token"]
    headers = {"Authorization": f"Bearer {token}"}
    answer = await cloud.call("stations", headers=headers, pageNo=1)
    assert [row["plantCode"] for row in answer["data"]["list"]] == [mine]
    other = cloud.simulator.plants[0].code
    refused = await cloud.call("getDevList", headers=headers, stationCodes=other)
    assert refused["failCode"] == 20007


async def test_an_owner_has_1000_basic_calls_in_24_hours(cloud: Cloud) -> None:
    cloud.simulator.quotas.spend("100000001/owner", "basic", 999)
    cloud.step(hours=1)
    assert await cloud.code("stations", pageNo=1) == 0
    refused = await cloud.call("getDevList", stationCodes="NE=33554875")
    assert refused == {
        "data": "ACCESS_FREQUENCY_IS_TOO_HIGH",
        "failCode": 407,
        "params": None,
        "success": False,
    }
    cloud.step(hours=22, minutes=59)
    assert await cloud.code("stations", pageNo=1) == 407
    cloud.step(minutes=1)
    assert await cloud.code("stations", pageNo=1) == 0


async def test_each_owner_is_counted_alone(cloud: Cloud) -> None:
    cloud.simulator.owners.register(Owner(name="other", password="x"))
    cloud.simulator.quotas.spend("100000001/owner", "basic", 1000)
    assert await cloud.code("stations", pageNo=1) == 407
    token = cloud.grant(owner="other")["access_token"]
    headers = {"Authorization": f"Bearer {token}"}
    assert (await cloud.call("stations", headers=headers, pageNo=1))["failCode"] == 0
    assert cloud.simulator.quotas.used()["100000001/other basic"] == 1


async def accepted(
    cloud: Cloud, interface: str, seconds: float, calls: int, **body: object
) -> int:
    """Return how many of so many calls, evenly within a window, were accepted."""
    session = await cloud.login()
    passed = 0
    for _ in range(calls):
        cloud.simulator.accounts[
            "apiuser"
        ].last_use = cloud.simulator.clock.access_now()
        answer = await cloud.call(interface, headers=session, **body)
        passed += answer["failCode"] != 407
        cloud.step(seconds=seconds / calls)
    return passed


PLANT = {"stationCodes": "NE=33554875"}


@pytest.mark.parametrize(
    ("interface", "seconds", "limit", "body"),
    [
        ("stations", 86000, 34, {"pageNo": 1}),
        ("getStationList", 86000, 34, {}),
        ("getDevList", 86000, 25, PLANT),
        ("getStationRealKpi", 299, 1, PLANT),
        ("getDevRealKpi", 299, 3, {"devIds": "1", "devTypeId": 38}),
        ("device/history", 199, 1, {"devDn": "NE=33815001"}),
        ("getDevHistoryKpi", 86000, 27, {"devIds": "1"}),
        ("getDevFiveMinutes", 86000, 27, {"devIds": "1"}),
        ("getAlarmList", 1799, 3, PLANT),
        ("getKpiStationHour", 86000, 25, PLANT),
        ("getKpiStationYear", 86000, 25, PLANT),
        ("getDevKpiDay", 86000, 26, {"devIds": "1", "devTypeId": 38}),
        ("configuration/battery-mode", 59, 1, {"plantCode": "NE=33554875"}),
    ],
)
async def test_windows_of_the_new_policy(
    cloud: Cloud, interface: str, seconds: float, limit: int, body: dict[str, Any]
) -> None:
    assert await accepted(cloud, interface, seconds, limit + 3, **body) == limit


@pytest.mark.parametrize(
    ("interface", "limit"),
    [("stations", 10), ("getStationRealKpi", 30), ("device/history", 1)],
)
async def test_windows_of_the_old_policy(
    cloud: Cloud, interface: str, limit: int
) -> None:
    cloud.simulator.accounts["apiuser"].policy = "old"
    assert await accepted(cloud, interface, 59, limit + 3, devDn="x") == limit


async def test_windows_open_again(cloud: Cloud) -> None:
    session = await cloud.login()
    codes = []
    for _ in range(3):
        answer = await cloud.call("getStationRealKpi", headers=session, **PLANT)
        codes.append(answer["failCode"])
        cloud.step(minutes=2, seconds=30)
    assert codes == [0, 407, 0]


async def test_quotas_can_be_switched_off(cloud: Cloud) -> None:
    cloud.simulator.quotas.enabled = False
    session = await cloud.login()
    for _ in range(4):
        answer = await cloud.call("getStationRealKpi", headers=session, **PLANT)
        assert answer["failCode"] == 0


def test_old_calls_are_forgotten(cloud: Cloud) -> None:
    quotas: Quotas = cloud.simulator.quotas
    assert quotas.admit_login("x", "login")
    cloud.step(days=2)
    assert quotas.admit_login("x", "login")
    assert quotas.used() == {"login:x login": 1}


def allowed(quotas: Quotas, interface: str, plants: list[Plant]) -> int:
    """Return how many calls in a row an account with these plants gets through."""
    account = Account(user_name=f"{interface}{len(plants)}", system_code="x")
    principal = Principal(key=account.user_name, account=account)
    return next(
        calls for calls in range(1000) if not quotas.admit(principal, interface, plants)
    )


@pytest.mark.parametrize(
    ("interface", "plants", "calls"),
    [
        ("stations", 20, 34),
        ("stations", 120, 44),
        ("getDevList", 20, 25),
        ("getDevList", 120, 26),
        ("getStationRealKpi", 100, 1),
        ("getStationRealKpi", 101, 2),
        ("getDevRealKpi", 20, 2),
        ("getDevRealKpi", 101, 4),
        ("getAlarmList", 101, 4),
        ("getDevKpiMonth", 101, 26),
        ("getDevHistoryKpi", 20, 28),
        ("getKpiStationMonth", 101, 26),
    ],
)
def test_formulas_of_the_document(interface: str, plants: int, calls: int) -> None:
    simulator = Simulator(plant="string", start=NOON)
    assert allowed(simulator.quotas, interface, simulator.plants * plants) == calls


def test_twenty_inverters_and_ten_meters_may_be_asked_every_20_seconds() -> None:
    simulator = Simulator(plant="string,pv", start=NOON)
    plants = simulator.plants * 10
    assert allowed(simulator.quotas, "device/history", plants) == 1
    simulator.clock.step(timedelta(seconds=19))
    assert allowed(simulator.quotas, "device/history", plants) == 0
    simulator.clock.step(timedelta(seconds=1))
    assert allowed(simulator.quotas, "device/history", plants) == 1
