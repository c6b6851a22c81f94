"""The simulator's own interface under /_simulator/."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from aiohttp import web

from .access.accounts import Account
from .access.oauth import DEFAULT_REDIRECTS, Client
from .access.owners import Owner
from .control.outside import change_settings
from .control_changes import (
    alarm_state,
    change_alarms,
    change_devices,
    change_plants,
)
from .types import Json

if TYPE_CHECKING:
    from .plants.plant import Device, Plant
    from .simulator import Simulator

_ROOT = "/_simulator"
_ACCOUNT_FIELDS = (
    "system_code",
    "plant_codes",
    "api_access",
    "disabled",
    "expired",
    "policy",
)
_OWNER_FIELDS = ("password", "role", "plant_codes", "api_access")


class ControlPanel:
    """State, truth, log, clock, faults and access as JSON; for loopback only."""

    def __init__(self, simulator: Simulator) -> None:
        """Steer a simulator."""
        self._simulator = simulator

    def add_routes(self, app: web.Application) -> None:
        """Serve the paths below /_simulator/."""
        app.router.add_get(f"{_ROOT}/state", self._state)
        app.router.add_get(f"{_ROOT}/truth", self._truth)
        app.router.add_get(f"{_ROOT}/requests", self._requests)
        app.router.add_get(f"{_ROOT}/faults", self._faults)
        app.router.add_post(f"{_ROOT}/faults", self._switch)
        app.router.add_post(f"{_ROOT}/clock", self._clock)
        app.router.add_post(f"{_ROOT}/quotas", self._quotas)
        app.router.add_post(f"{_ROOT}/clients", self._clients)
        app.router.add_post(f"{_ROOT}/accounts", self._accounts)
        app.router.add_post(f"{_ROOT}/owners", self._owners)
        app.router.add_post(f"{_ROOT}/settings", self._settings)
        app.router.add_get(f"{_ROOT}/tasks", self._tasks)
        app.router.add_post(f"{_ROOT}/grant", self._grant)
        app.router.add_get(f"{_ROOT}/alarms", self._alarms)
        app.router.add_post(f"{_ROOT}/alarms", self._change_alarms)
        app.router.add_post(f"{_ROOT}/devices", self._change_devices)
        app.router.add_post(f"{_ROOT}/plants", self._change_plants)

    async def _state(self, _: web.Request) -> web.Response:
        return web.json_response(self._describe())

    def _describe(self) -> dict[str, Json]:
        simulator = self._simulator
        now = simulator.clock.now()
        return {
            "now": now.isoformat(),
            "access_now": simulator.clock.access_now().isoformat(),
            "speed": simulator.clock.speed,
            "requests": len(simulator.requests),
            "faults": simulator.faults.enabled,
            "quotas": {
                "enabled": simulator.quotas.enabled,
                "used": simulator.quotas.used(),
            },
            "plants": [_plant(plant, now) for plant in simulator.plants],
        }

    async def _truth(self, _: web.Request) -> web.Response:
        return web.json_response(self._simulator.truth())

    async def _requests(self, request: web.Request) -> web.Response:
        wanted = request.query.get("interface")
        records = self._simulator.requests
        if wanted is not None:
            records = self._simulator.requests_to(wanted)
        return web.json_response([record.as_json() for record in records])

    async def _faults(self, _: web.Request) -> web.Response:
        faults = self._simulator.faults
        return web.json_response(
            {"enabled": faults.enabled, "catalogue": faults.catalogue}
        )

    async def _switch(self, request: web.Request) -> web.Response:
        body = await _object(request)
        faults = self._simulator.faults
        parameters = body.get("parameters", {})
        try:
            if body.get("clear"):
                faults.clear()
            if "disable" in body:
                faults.disable(str(body["disable"]))
            if "enable" in body and isinstance(parameters, dict):
                faults.enable(str(body["enable"]), **parameters)
        except KeyError as unknown:
            raise web.HTTPBadRequest(text=f"no fault {unknown}") from unknown
        return web.json_response({"enabled": faults.enabled})

    async def _clock(self, request: web.Request) -> web.Response:
        body = await _object(request)
        clock = self._simulator.clock
        try:
            if "speed" in body:
                clock.set_speed(float(str(body["speed"])))
            if "set" in body:
                self._simulator.set_clock(datetime.fromisoformat(str(body["set"])))
            if "step_seconds" in body:
                clock.step(timedelta(seconds=float(str(body["step_seconds"]))))
        except ValueError as problem:
            raise web.HTTPBadRequest(text=str(problem)) from problem
        return web.json_response(self._describe())

    async def _quotas(self, request: web.Request) -> web.Response:
        body = await _object(request)
        quotas = self._simulator.quotas
        if "enabled" in body:
            quotas.enabled = bool(body["enabled"])
        if body.get("clear"):
            quotas.clear()
        return web.json_response({"enabled": quotas.enabled, "used": quotas.used()})

    async def _clients(self, request: web.Request) -> web.Response:
        body = await _object(request)
        oauth = self._simulator.oauth
        number = str(body.get("client_id", ""))
        client = oauth.clients.get(number)
        if client is None:
            client = Client(
                client_id=number,
                client_secret=str(body.get("client_secret", "simulator-secret")),
                name=str(body.get("name", "Third-party application")),
                redirect_uris=set(DEFAULT_REDIRECTS),
            )
            try:
                oauth.register(client)
            except ValueError as problem:
                raise web.HTTPBadRequest(text=str(problem)) from problem
        added = body.get("redirect_uris", [])
        if isinstance(added, list):
            client.redirect_uris |= {str(uri) for uri in added}
        return web.json_response(
            {"client_id": number, "redirect_uris": sorted(client.redirect_uris)}
        )

    async def _accounts(self, request: web.Request) -> web.Response:
        body = await _object(request)
        name = str(body.get("user_name", "apiuser"))
        accounts = self._simulator.accounts
        account = accounts.get(name) or accounts.register(
            Account(user_name=name, system_code="simulator-password")
        )
        _assign(account, body, _ACCOUNT_FIELDS)
        refused = body.get("refused_interfaces")
        if isinstance(refused, list):
            account.refused_interfaces = {str(interface) for interface in refused}
        return web.json_response({"user_name": name})

    async def _owners(self, request: web.Request) -> web.Response:
        body = await _object(request)
        name = str(body.get("name", "owner"))
        owners = self._simulator.owners
        owner = owners.get(name) or owners.register(
            Owner(name=name, password="owner-password")
        )
        _assign(owner, body, _OWNER_FIELDS)
        return web.json_response({"name": name})

    async def _settings(self, request: web.Request) -> web.Response:
        code = change_settings(self._simulator, await _object(request))
        return web.json_response({"plant": code})

    async def _tasks(self, _: web.Request) -> web.Response:
        return web.json_response(self._simulator.control.describe())

    async def _alarms(self, _: web.Request) -> web.Response:
        return web.json_response(
            [alarm_state(alarm) for alarm in self._simulator.alarms.active]
        )

    async def _change_alarms(self, request: web.Request) -> web.Response:
        change_alarms(self._simulator, await _object(request))
        return await self._alarms(request)

    async def _change_devices(self, request: web.Request) -> web.Response:
        dn = change_devices(self._simulator, await _object(request))
        return web.json_response({"device": dn})

    async def _change_plants(self, request: web.Request) -> web.Response:
        code = change_plants(self._simulator, await _object(request))
        return web.json_response({"plant": code})

    async def _grant(self, request: web.Request) -> web.Response:
        body = await _object(request)
        named = {
            name: str(body[name])
            for name in ("owner", "scope", "client_id")
            if name in body
        }
        try:
            return web.json_response(self._simulator.oauth.grant(**named))
        except KeyError as unknown:
            raise web.HTTPBadRequest(text=f"no owner {unknown}") from unknown


async def _object(request: web.Request) -> dict[str, Json]:
    body = await request.json()
    if not isinstance(body, dict):
        raise web.HTTPBadRequest(text="a JSON object is expected")
    return body


def _assign(target: object, body: Mapping[str, Json], names: tuple[str, ...]) -> None:
    for name in names:
        if name in body:
            setattr(target, name, body[name])


def _plant(plant: Plant, now: datetime) -> Json:
    types = sorted({device.type_id for device in plant.devices})
    feeds: list[int | None] = [None, *types]
    return {
        "code": plant.code,
        "name": plant.name,
        "kind": plant.definition.kind,
        "time_zone": plant.time_zone,
        "devices": [_device(device) for device in plant.devices],
        "feeds": {
            "plant" if feed is None else str(feed): {
                "shows": plant.published(feed, now).isoformat(),
                "next_change": plant.publication(feed).next_change(now).isoformat(),
            }
            for feed in feeds
        },
    }


def _device(device: Device) -> Json:
    return {
        "id": device.id,
        "dn": device.dn,
        "name": device.name,
        "type_id": device.type_id,
        "serial": device.serial,
    }
