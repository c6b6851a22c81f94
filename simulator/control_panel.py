"""The simulator's own interface under /_simulator/."""

from datetime import datetime, timedelta

from aiohttp import web

from .access.oauth import DEFAULT_REDIRECTS, Client
from .simulator import Simulator
from .types import Json

_ROOT = "/_simulator"


class ControlPanel:
    """State, truth, log, clock, faults and clients as JSON; for loopback only."""

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
        app.router.add_post(f"{_ROOT}/clients", self._clients)
        app.router.add_post(f"{_ROOT}/quotas", self._quotas)

    async def _state(self, _: web.Request) -> web.Response:
        return web.json_response(self._describe())

    def _describe(self) -> dict[str, Json]:
        simulator = self._simulator
        return {
            "now": simulator.clock.now().isoformat(),
            "access_now": simulator.clock.access_now().isoformat(),
            "speed": simulator.clock.speed,
            "requests": len(simulator.requests),
            "faults": simulator.faults.enabled,
            "quotas": {"enabled": simulator.quotas.enabled, "used": simulator.quotas.used()},
            "plants": [
                {
                    "code": plant.code,
                    "name": plant.name,
                    "kind": plant.definition.kind,
                    "time_zone": plant.time_zone,
                    "devices": [
                        {
                            "id": device.id,
                            "dn": device.dn,
                            "name": device.name,
                            "type_id": device.type_id,
                            "serial": device.serial,
                        }
                        for device in plant.devices
                    ],
                }
                for plant in simulator.plants
            ],
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
        return web.json_response({"enabled": faults.enabled, "catalogue": faults.catalogue})

    async def _switch(self, request: web.Request) -> web.Response:
        body = await request.json()
        faults = self._simulator.faults
        try:
            if body.get("clear"):
                faults.clear()
            if "disable" in body:
                faults.disable(body["disable"])
            if "enable" in body:
                faults.enable(body["enable"], **body.get("parameters", {}))
        except KeyError as unknown:
            raise web.HTTPBadRequest(text=f"no fault {unknown}") from unknown
        return web.json_response({"enabled": faults.enabled})

    async def _clock(self, request: web.Request) -> web.Response:
        body = await request.json()
        clock = self._simulator.clock
        try:
            if "speed" in body:
                clock.set_speed(float(body["speed"]))
            if "set" in body:
                clock.set(datetime.fromisoformat(body["set"]))
            if "step_seconds" in body:
                clock.step(timedelta(seconds=float(body["step_seconds"])))
        except ValueError as problem:
            raise web.HTTPBadRequest(text=str(problem)) from problem
        return web.json_response(self._describe())

    async def _clients(self, request: web.Request) -> web.Response:
        body = await request.json()
        clients = self._simulator.oauth.clients
        client = clients.get(body["client_id"])
        if client is None:
            client = Client(
                client_id=body["client_id"],
                client_secret=body.get("client_secret", "simulator-secret"),
                name=body.get("name", "Third-party application"),
                redirect_uris=set(DEFAULT_REDIRECTS),
            )
            try:
                self._simulator.oauth.register(client)
            except ValueError as problem:
                raise web.HTTPBadRequest(text=str(problem)) from problem
        client.redirect_uris |= set(body.get("redirect_uris", []))
        return web.json_response(
            {"client_id": client.client_id, "redirect_uris": sorted(client.redirect_uris)}
        )

    async def _quotas(self, request: web.Request) -> web.Response:
        body = await request.json()
        quotas = self._simulator.quotas
        if "enabled" in body:
            quotas.enabled = bool(body["enabled"])
        if body.get("clear"):
            quotas.clear()
        return web.json_response({"enabled": quotas.enabled, "used": quotas.used()})
