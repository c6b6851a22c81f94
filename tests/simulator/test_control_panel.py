"""The simulator's own interface, and its command line."""

import asyncio
from collections.abc import Coroutine
from datetime import UTC, datetime
from pathlib import Path
import runpy
import sys
from typing import Any

import pytest

from simulator.__main__ import arguments, run

from .conftest import Cloud

ROOT = Path(__file__).parents[2]


async def get(cloud: Cloud, path: str) -> Any:
    async with cloud.session.get(f"{cloud.url}/_simulator/{path}") as response:
        assert response.status == 200
        return await response.json()


async def post(cloud: Cloud, path: str, status: int = 200, /, **body: object) -> Any:
    async with cloud.session.post(
        f"{cloud.url}/_simulator/{path}", json=body
    ) as response:
        assert response.status == status
        return await response.json() if status == 200 else await response.text()


async def test_state(cloud: Cloud) -> None:
    state = await get(cloud, "state")
    assert state["now"] == "2026-06-21T10:30:00+00:00"
    plant = state["plants"][0]
    assert plant["kind"] == "home"
    assert [device["type_id"] for device in plant["devices"]] == [38, 39, 47, 62]
    assert plant["feeds"].keys() == {"plant", "38", "39", "47", "62"}
    assert plant["feeds"]["plant"]["shows"] < state["now"]
    assert plant["feeds"]["plant"]["next_change"] > state["now"]


async def test_truth(cloud: Cloud) -> None:
    truth = await get(cloud, "truth")
    assert truth == cloud.simulator.truth()


async def test_requests(cloud: Cloud) -> None:
    await cloud.call("stations", pageNo=1)
    await cloud.login()
    everything = await get(cloud, "requests")
    assert [record["interface"] for record in everything] == ["stations", "login"]
    assert everything[1]["body"] == {"userName": "apiuser", "systemCode": "***"}
    assert await get(cloud, "requests?interface=stations") == everything[:1]


async def test_clock(cloud: Cloud) -> None:
    state = await post(cloud, "clock", step_seconds=90)
    assert state["now"] == "2026-06-21T10:31:30+00:00"
    state = await post(cloud, "clock", set="2026-06-22T00:00:00+02:00", speed=3)
    assert state["now"].startswith("2026-06-21T22:00:00")
    assert cloud.simulator.clock.speed == 3
    for wrong in ({"step_seconds": -1}, {"set": "soon"}, {"set": "2000-01-01"}):
        assert await post(cloud, "clock", 400, **wrong)
    assert await post(cloud, "clock", 400, set="2000-01-01T00:00:00+00:00")
    async with cloud.session.post(f"{cloud.url}/_simulator/clock", json=[]) as response:
        assert response.status == 400


async def test_faults(cloud: Cloud) -> None:
    on = await post(cloud, "faults", enable="busy", parameters={"times": 3})
    assert on == {"enabled": {"busy": {"times": 3}}}
    await post(cloud, "faults", enable="html_page")
    listed = await get(cloud, "faults")
    assert listed["enabled"].keys() == {"busy", "html_page"}
    assert listed["catalogue"] == cloud.simulator.faults.catalogue
    assert (await post(cloud, "faults", disable="busy"))["enabled"] == {"html_page": {}}
    assert (await post(cloud, "faults", clear=True))["enabled"] == {}
    assert "nonsense" in await post(cloud, "faults", 400, enable="nonsense")


async def test_quotas(cloud: Cloud) -> None:
    await cloud.call("stations", pageNo=1)
    state = await post(cloud, "quotas", enabled=False)
    assert state == {"enabled": False, "used": {"100000001/owner basic": 1}}
    assert (await post(cloud, "quotas", clear=True))["used"] == {}


async def test_clients(cloud: Cloud) -> None:
    uri = "http://127.0.0.1:9000/auth/external/callback"
    answer = await post(cloud, "clients", client_id="100000001", redirect_uris=[uri])
    assert uri in answer["redirect_uris"]
    await post(cloud, "clients", client_id="123456789", client_secret="s", name="New")
    assert cloud.simulator.oauth.clients["123456789"].name == "New"
    assert await post(cloud, "clients", 400, client_id="12")


async def test_accounts_owners_and_grants(cloud: Cloud) -> None:
    await post(cloud, "accounts", disabled=True, refused_interfaces=["stations"])
    account = cloud.simulator.accounts["apiuser"]
    assert account.disabled
    assert account.refused_interfaces == {"stations"}
    await post(cloud, "accounts", user_name="second", policy="old")
    assert cloud.simulator.accounts["second"].policy == "old"
    await post(cloud, "owners", name="second", plant_codes=[])
    assert cloud.simulator.owners["second"].plant_codes == []
    token = await post(cloud, "grant", owner="second")
    assert token["token_type"] == "Bearer"
    assert await post(cloud, "grant", 400, owner="nobody")


async def test_settings(cloud: Cloud) -> None:
    await post(cloud, "settings", plant="NE=33554875", operation_mode="TOU")
    assert cloud.simulator.plants[0].settings.operation_mode == "TOU"
    assert await post(cloud, "settings", 400, plant="NE=1")


async def test_alarms(cloud: Cloud) -> None:
    dn = cloud.device(39).dn
    assert await get(cloud, "alarms") == []
    await post(cloud, "alarms", **{"raise": "battery_temperature"}, device=dn)
    await post(
        cloud,
        "alarms",
        **{"raise": "grid_loss"},
        plant="NE=33554875",
        severity=1,
        at="2026-06-20T10:00:00Z",
        until="2026-06-22T10:00:00Z",
    )
    shown = await get(cloud, "alarms")
    assert [(row["number"], row["severity"]) for row in shown] == [(3012, 3), (2032, 1)]
    assert shown[0] == {
        "plant": "NE=33554875",
        "device": dn,
        "number": 3012,
        "name": "Battery Temperature High",
        "severity": 3,
        "raised": "2026-06-21T10:30:00+00:00",
        "cleared": None,
    }
    assert shown[1]["cleared"] == "2026-06-22T10:00:00+00:00"
    left = await post(cloud, "alarms", clear="grid_loss")
    assert [row["number"] for row in left] == [3012]
    assert await post(cloud, "alarms", clear=True, device=dn) == []
    await post(cloud, "alarms", 400, **{"raise": "fire"})
    await post(cloud, "alarms", 400, **{"raise": "grid_loss"}, severity=9)
    await post(cloud, "alarms", 400, clear=True, plant="NE=1")
    await post(cloud, "alarms", spontaneous=True)
    assert cloud.simulator.plants[0].alarms.spontaneous


async def test_devices_and_plants(cloud: Cloud) -> None:
    added = (await post(cloud, "devices", add=47, plant="NE=33554875"))["device"]
    assert added == cloud.simulator.plants[0].devices[-1].dn
    assert await post(cloud, "devices", remove=added) == {"device": added}
    await post(cloud, "devices", 400, remove=added)
    await post(cloud, "devices", 400, add=23070)
    await post(cloud, "devices", 400, add="meter")
    plant = (await post(cloud, "plants", add="pv"))["plant"]
    assert [one.code for one in cloud.simulator.plants] == ["NE=33554875", plant]
    assert await post(cloud, "plants", remove=plant) == {"plant": plant}
    await post(cloud, "plants", 400, remove=plant)
    await post(cloud, "plants", 400, add="castle")


def test_arguments() -> None:
    options = arguments([])
    assert (options.host, options.port, options.plant) == ("127.0.0.1", 8765, "home")
    options = arguments(["--start", "2026-06-21T10:00:00", "--speed", "60"])
    assert options.start == datetime(2026, 6, 21, 10, tzinfo=UTC)
    assert options.speed == 60
    aware = arguments(["--start", "2026-06-21T10:00:00+02:00"]).start
    assert aware == datetime(2026, 6, 21, 8, tzinfo=UTC)


async def test_running_until_cancelled(capsys: pytest.CaptureFixture[str]) -> None:
    options = arguments(
        ["--port", "0", "--plant", "pv", "--redirect", "https://a.example/"]
    )
    task = asyncio.create_task(run(options))
    printed = ""
    async with asyncio.timeout(10):
        while "http://127.0.0.1:" not in printed:
            await asyncio.sleep(0)
            printed += capsys.readouterr().out
    assert "Garage Hamburg" in printed
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_the_module_ends_at_an_interrupt(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    started = []

    def interrupted(coroutine: Coroutine[None, None, None]) -> None:
        started.append(coroutine.__name__)
        coroutine.close()
        raise KeyboardInterrupt

    monkeypatch.delitem(sys.modules, "simulator.__main__")
    monkeypatch.setattr(sys, "argv", ["simulator", "--port", "0"])
    monkeypatch.setattr(asyncio, "run", interrupted)
    runpy.run_module("simulator", run_name="__main__")
    assert started == ["run"]


async def test_the_command() -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "simulator",
        "--port",
        "0",
        "--plant",
        "string",
        cwd=ROOT,
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    async with asyncio.timeout(30):
        line = (await process.stdout.readline()).decode()
    process.terminate()
    await process.wait()
    assert "Workshop Leipzig at http://127.0.0.1:" in line
