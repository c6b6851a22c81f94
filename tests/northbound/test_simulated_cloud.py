"""The client and the simulated cloud, which know nothing of each other."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import suppress
from datetime import timedelta
import json
import logging
from math import isfinite

from aiohttp import ClientSession
import pytest
from yarl import URL

from custom_components.smartpvms.northbound.auth import (
    Access,
    ApiAccountAuthentication,
    BearerAuthentication,
    SessionState,
)
from custom_components.smartpvms.northbound.client import NorthboundClient
from custom_components.smartpvms.northbound.errors import (
    AuthenticationError,
    DoorClosedError,
    FlowControlError,
    NorthboundError,
    PermissionDeniedError,
    SessionExpiredError,
    UnreachableError,
)
from custom_components.smartpvms.northbound.flow_control import Ledger
from custom_components.smartpvms.northbound.interfaces import Interface, InterfaceClass
from custom_components.smartpvms.northbound.models import (
    FeedInLimitMode,
    OperationMode,
    Reading,
    ReportPeriod,
)
from simulator import Simulator

from ..conftest import DAY_START, RunningSimulator, SimulatorFactory
from .conftest import Disk

type ClientFactory = Callable[[RunningSimulator], NorthboundClient]

OLD_HISTORY_ROWS = 36


def clock_of(simulator: Simulator) -> Callable[[], float]:
    return lambda: simulator.clock.access_now().timestamp()


@pytest.fixture
def owner_client(session: ClientSession, disk: Disk) -> ClientFactory:
    """Return a client with a token of the owner."""

    def create(running: RunningSimulator) -> NorthboundClient:
        simulator = running.simulator
        clock = clock_of(simulator)
        grants = [simulator.oauth.grant()]

        async def token() -> str:
            return str(grants[-1]["access_token"])

        async def renew(rejected: str) -> None:
            grants.append(simulator.oauth.grant())

        ledger = Ledger(Access.OAUTH, state=None, save=disk.save, clock=clock)
        authentication = BearerAuthentication(token, renew)
        return NorthboundClient(
            session, URL(running.url), authentication, ledger, timeout=2, clock=clock
        )

    return create


@pytest.fixture
def installer_client(
    session: ClientSession, disk: Disk, sessions: Disk
) -> ClientFactory:
    """Return a client of the API account."""

    def create(
        running: RunningSimulator, password: str = "simulator-password"
    ) -> NorthboundClient:
        clock = clock_of(running.simulator)
        authentication = ApiAccountAuthentication(
            session,
            URL(running.url),
            "apiuser",
            password,
            state=sessions.saved[-1] if sessions.saved else SessionState(),
            save=sessions.save,
            clock=clock,
        )
        state = disk.saved[-1] if disk.saved else None
        ledger = Ledger(Access.API_ACCOUNT, state=state, save=disk.save, clock=clock)
        return NorthboundClient(
            session, URL(running.url), authentication, ledger, timeout=2, clock=clock
        )

    return create


@pytest.fixture
async def lenient(simulator: RunningSimulator) -> RunningSimulator:
    """Return a simulator that counts no calls."""
    simulator.simulator.quotas.enabled = False
    return simulator


async def read_everything(client: NorthboundClient, simulator: Simulator) -> None:
    """Call all 18 query interfaces, for all plants and devices that are listed."""
    plants = [plant.code for plant in await client.get_plants()]
    await client.get_plants_old()
    devices = await client.get_devices(plants)
    await client.get_plant_readings(plants)
    end = DAY_START - timedelta(hours=1)
    for device in devices:
        if device.type_id == 62:
            continue
        simulator.clock.step(timedelta(seconds=1))
        await client.get_device_readings(device.type_id, [device.id])
        await client.get_device_history(
            device.dn or "", device.type_id, end - timedelta(hours=2), end
        )
        await client.get_device_history_old(
            device.type_id, [device.id], end - timedelta(hours=2), end
        )
        await client.get_device_five_minutes(device.type_id, [device.id], end)
    await client.get_alarms(
        plant_codes=plants, begin=end - timedelta(days=6), end=end, language="en_US"
    )
    for period in ReportPeriod:
        await client.get_plant_report(period, plants, end)
    for period in (ReportPeriod.DAY, ReportPeriod.MONTH, ReportPeriod.YEAR):
        for device in devices:
            if device.type_id in (38, 39):
                await client.get_device_report(period, device.type_id, [device.id], end)
    for plant in plants:
        await client.get_battery_mode(plant)
        await client.get_feed_in_limit(plant)


async def test_lists_and_readings(
    lenient: RunningSimulator, owner_client: ClientFactory
) -> None:
    client = owner_client(lenient)
    home = lenient.simulator.plants[0]

    plants = await client.list_plants()
    devices = await client.get_devices([home.code])

    assert [(plant.code, plant.name) for plant in plants] == [(home.code, home.name)]
    assert plants[0].grid_connection is not None
    assert plants[0].grid_connection.utcoffset() is not None
    assert {(item.id, item.type_id, item.dn, item.serial) for item in devices} == {
        (item.id, item.type_id, item.dn, item.serial) for item in home.devices
    }
    readings = await client.get_plant_readings([home.code])
    assert readings[home.code].values["day_power"] > 0
    assert len(readings[home.code].values) == 8
    ids = {item.type_id: item.id for item in devices}
    inverter = (await client.get_device_readings(38, [ids[38]]))[ids[38]]
    battery = (await client.get_device_readings(39, [ids[39]]))[ids[39]]
    meter = (await client.get_device_readings(47, [ids[47]]))[ids[47]]
    assert inverter.values["active_power"] > 0
    assert "close_time" in inverter.reported
    assert "close_time" not in inverter.values
    assert 0 <= battery.values["battery_soc"] <= 100
    assert battery.battery_packs
    assert meter.values["active_cap"] > 0


async def test_histories_and_reports(
    lenient: RunningSimulator, owner_client: ClientFactory
) -> None:
    client = owner_client(lenient)
    home = lenient.simulator.plants[0]
    inverter = next(item for item in home.devices if item.type_id == 38)
    end = DAY_START - timedelta(hours=1)
    begin = end - timedelta(hours=3) + timedelta(minutes=5)

    new = await client.get_device_history(inverter.dn, 38, begin, end)
    old = await client.get_device_history_old(38, [inverter.id], begin, end)
    day = await client.get_device_five_minutes(38, [inverter.id], end)

    assert len(old) == OLD_HISTORY_ROWS
    assert [row.collected for row in new] == [row.collected for row in old]
    assert {row.collected for row in old} <= {row.collected for row in day}
    assert all(row.device_dn == inverter.dn for row in new)
    assert all(row.device_id == inverter.id for row in old)
    hours = await client.get_plant_report(ReportPeriod.HOUR, [home.code], end)
    days = await client.get_plant_report(ReportPeriod.DAY, [home.code], end)
    months = await client.get_device_report(ReportPeriod.MONTH, 38, [inverter.id], end)
    assert [row.start for row in hours] == sorted(row.start for row in hours)
    assert sum("PVYield" in row.values for row in days) >= 20
    assert len(months) >= 6


async def test_settings_and_alarms(
    lenient: RunningSimulator, owner_client: ClientFactory
) -> None:
    client = owner_client(lenient)
    code = lenient.simulator.plants[0].code
    lenient.simulator.faults.enable("alarm", kind="grid_loss")

    mode = await client.get_battery_mode(code)
    limit = await client.get_feed_in_limit(code)
    alarms = await client.get_alarms(
        plant_codes=[code],
        begin=DAY_START - timedelta(days=6),
        end=DAY_START + timedelta(minutes=1),
        language="en_US",
    )

    assert mode.mode in OperationMode
    assert limit.mode in FeedInLimitMode
    assert [alarm.plant_code for alarm in alarms] == [code]


@pytest.mark.parametrize("access", list(Access))
async def test_every_interface_in_both_ways_in(
    lenient: RunningSimulator,
    owner_client: ClientFactory,
    installer_client: ClientFactory,
    access: Access,
) -> None:
    create = owner_client if access is Access.OAUTH else installer_client
    client = create(lenient)
    client.ledger.set_inventory(10**6, {38: 10**6})

    await read_everything(client, lenient.simulator)

    queries = {item.value for item in Interface if item.interface_class == "basic"}
    records = lenient.simulator.requests
    assert queries <= {record.interface for record in records}
    assert {record.fail_code for record in records} <= {None, 0}


async def test_account_polled_as_fast_as_its_ledger_allows_is_never_refused(
    simulator: RunningSimulator, installer_client: ClientFactory
) -> None:
    """Quotas on: what our ledger lets through, the cloud lets through."""
    cloud = simulator.simulator
    client = installer_client(simulator)
    home = cloud.plants[0]
    types = {38: 1, 39: 1, 47: 1, 62: 1}
    by_type = {item.type_id: item.id for item in home.devices if item.type_id != 62}
    await client.list_plants()
    await client.get_devices([home.code])
    client.ledger.set_inventory(1, types)
    got = 0

    for _ in range(60):
        for type_id, device_id in by_type.items():
            try:
                got += len(await client.get_device_readings(type_id, [device_id]))
                got += len(await client.get_plant_readings([home.code]))
                await client.get_battery_mode(home.code)
                await client.get_alarms(
                    plant_codes=[home.code],
                    begin=DAY_START - timedelta(days=1),
                    end=DAY_START,
                    language="en_US",
                )
            except DoorClosedError:
                continue
        cloud.clock.step(timedelta(minutes=1))

    assert got > 12 * 3
    assert 407 not in {record.fail_code for record in cloud.requests}
    assert len(cloud.requests_to("login")) == 1


async def test_owner_meets_the_end_of_the_day_with_one_call(
    simulator: RunningSimulator, owner_client: ClientFactory
) -> None:
    cloud = simulator.simulator
    client = owner_client(simulator)
    code = cloud.plants[0].code
    cloud.faults.enable("quota_spent")

    with pytest.raises(FlowControlError) as refused:
        await client.get_plant_readings([code])
    calls = len(cloud.requests)
    for _ in range(3):
        with pytest.raises(DoorClosedError):
            await client.get_devices([code])

    assert len(cloud.requests) == calls
    assert client.ledger.remaining(InterfaceClass.BASIC) == 0
    cloud.faults.clear()
    cloud.clock.step(timedelta(hours=1))
    assert refused.value.retry_at <= cloud.clock.access_now()
    assert await client.get_plant_readings([code])


@pytest.fixture
async def slow_cloud() -> AsyncGenerator[RunningSimulator]:
    """Return a simulator in a test whose time runs, since answers take some."""
    simulator = Simulator(plant="home", start=DAY_START, speed=0, seed=1)
    async with simulator.serve(port=0) as server:
        yield RunningSimulator(simulator=simulator, url=server.url)


async def test_silent_cloud(
    slow_cloud: RunningSimulator, owner_client: ClientFactory
) -> None:
    client = owner_client(slow_cloud)
    slow_cloud.simulator.faults.enable("hang")

    with pytest.raises(UnreachableError) as raised:
        await client.list_plants()

    assert raised.value.failure.key == "server_timeout"


async def test_parallel_calls_of_ours_follow_each_other(
    slow_cloud: RunningSimulator, owner_client: ClientFactory
) -> None:
    client = owner_client(slow_cloud)
    code = slow_cloud.simulator.plants[0].code
    slow_cloud.simulator.faults.enable("parallel_refused")

    answers = await asyncio.gather(
        *(client.get_plant_readings([code]) for _ in range(8))
    )

    assert all(code in readings for readings in answers)


async def test_account_session_lives_on_across_restarts(
    lenient: RunningSimulator, installer_client: ClientFactory
) -> None:
    cloud = lenient.simulator
    for _ in range(4):
        await installer_client(lenient).list_plants()
        cloud.clock.step(timedelta(minutes=20))
    assert len(cloud.requests_to("login")) == 1

    cloud.clock.step(timedelta(minutes=20))
    await installer_client(lenient).list_plants()

    assert len(cloud.requests_to("login")) == 2
    assert 305 not in {record.fail_code for record in cloud.requests}


async def test_sessions_that_end_early_are_renewed(
    lenient: RunningSimulator, installer_client: ClientFactory
) -> None:
    cloud = lenient.simulator
    cloud.faults.enable("session_of_five_minutes")
    client = installer_client(lenient)

    for _ in range(5):
        assert await client.list_plants()
        cloud.clock.step(timedelta(minutes=10))

    assert len(cloud.requests_to("login")) == 5


async def test_expired_token_of_the_owner_is_renewed(
    lenient: RunningSimulator, owner_client: ClientFactory
) -> None:
    client = owner_client(lenient)
    assert await client.list_plants()
    lenient.simulator.clock.step(timedelta(hours=2))

    assert await client.list_plants()
    codes = [record.fail_code for record in lenient.simulator.requests]
    assert [code for code in codes if code] == [305]


async def test_wrong_password_is_tried_once(
    lenient: RunningSimulator, installer_client: Callable[..., NorthboundClient]
) -> None:
    for _ in range(6):
        with pytest.raises(AuthenticationError) as raised:
            await installer_client(lenient, "wrong").list_plants()
        lenient.simulator.clock.step(timedelta(minutes=5))

    assert raised.value.failure.key == "credentials_rejected"
    assert len(lenient.simulator.requests_to("login")) == 1


async def test_plant_whose_owner_refuses_does_not_cost_the_other(
    simulator_factory: SimulatorFactory, owner_client: ClientFactory
) -> None:
    running = await simulator_factory(plant="home,pv")
    cloud = running.simulator
    client = owner_client(running)
    home, other = (plant.code for plant in cloud.plants)
    cloud.faults.enable("owner_access_off", plants=[other])

    readings = await client.get_plant_readings([home, other])

    assert set(readings) == {home}
    assert set(client.refused) == {other}


async def test_retired_plant_list(
    lenient: RunningSimulator, owner_client: ClientFactory
) -> None:
    lenient.simulator.faults.enable("station_list_retired")
    client = owner_client(lenient)

    assert await client.list_plants()
    with pytest.raises(PermissionDeniedError):
        await client.get_plants_old()


FAULTS = sorted(
    Simulator(plant="home").faults.catalogue.keys()
    - {"hang", "slow_body", "connection_cut", "parallel_refused"}
)


@pytest.mark.parametrize("fault", FAULTS)
async def test_misbehaviour_gives_values_or_one_clear_error(
    lenient: RunningSimulator, owner_client: ClientFactory, fault: str
) -> None:
    client = owner_client(lenient)
    home = lenient.simulator.plants[0]
    lenient.simulator.faults.enable(fault)
    reads: list[Callable[[], Awaitable[object]]] = [
        client.list_plants,
        lambda: client.get_devices([home.code]),
        lambda: client.get_plant_report(ReportPeriod.DAY, [home.code], DAY_START),
        lambda: client.get_battery_mode(home.code),
        lambda: client.get_feed_in_limit(home.code),
    ]
    readings: list[Reading] = []

    for read in reads:
        with suppress(NorthboundError):
            await read()
    with suppress(NorthboundError):
        readings += (await client.get_plant_readings([home.code])).values()
    for item in home.devices:
        with suppress(NorthboundError):
            found = await client.get_device_readings(item.type_id, [item.id])
            readings += found.values()

    assert lenient.simulator.requests
    assert all(isfinite(value) for item in readings for value in item.values.values())
    assert all(item.values.keys() <= item.reported for item in readings)


@pytest.mark.parametrize("parameters", [{}, {"half": True}])
async def test_connection_that_is_cut(
    lenient: RunningSimulator, owner_client: ClientFactory, parameters: dict[str, bool]
) -> None:
    client = owner_client(lenient)
    lenient.simulator.faults.enable("connection_cut", **parameters)

    with pytest.raises(NorthboundError) as raised:
        await client.list_plants()

    assert raised.value.failure.key == "server_unreachable"


async def test_no_secret_is_logged_or_kept_in_the_ledger(
    lenient: RunningSimulator,
    installer_client: ClientFactory,
    disk: Disk,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG, "custom_components.smartpvms")
    client = installer_client(lenient)
    code = lenient.simulator.plants[0].code
    await client.get_plant_readings([code])
    lenient.simulator.faults.enable("session_lost")
    with pytest.raises(SessionExpiredError):
        await client.list_plants()

    ours = [item for item in caplog.records if item.name.startswith("custom_")]
    shown = " ".join(item.getMessage() for item in ours)
    kept = json.dumps([*disk.saved, client.ledger.snapshot()])

    assert "getStationRealKpi" in shown
    for secret in ("simulator-password", "apiuser", code):
        assert secret not in shown + kept
