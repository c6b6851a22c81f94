"""Business calls: who calls, may they, and which endpoint answers."""

import json
from collections.abc import Callable

from aiohttp import web

from .access.accounts import LoginRefused
from .access.principal import Principal
from .answers import (
    LOGIN_MESSAGE,
    Answer,
    failure,
    interface_refused,
    parameter_exception,
    session_lost,
    success,
    too_frequent,
)
from .access.oauth import BASIC
from .clock import milliseconds
from .endpoints.call import Call
from .endpoints.plant_lists import device_list, stations
from .endpoints.realtime import device_real_time, plant_real_time
from .journal import RequestRecord, masked
from .plants.plant import Plant
from .simulator import Simulator
from .types import Json

_NBI = "/rest/openapi/pvms/nbi/v1/"
_THIRD_DATA = "/thirdData/"
ENDPOINTS: dict[str, Callable[[Call], Answer]] = {
    "/thirdData/stations": stations,
    "/thirdData/getDevList": device_list,
    "/thirdData/getStationRealKpi": plant_real_time,
    "/thirdData/getDevRealKpi": device_real_time,
}


class Gateway:
    """The API host."""

    def __init__(self, simulator: Simulator) -> None:
        """Answer for a simulator."""
        self._simulator = simulator

    def add_routes(self, app: web.Application) -> None:
        """Serve every business path."""
        app.router.add_post("/thirdData/login", self._login)
        app.router.add_post("/thirdData/logout", self._logout)
        for path in ENDPOINTS:
            app.router.add_post(path, self._call)

    async def _call(self, request: web.Request) -> web.StreamResponse:
        text = await request.text()
        principal = self._principal(request)
        parameters = _parameters(text)
        answer = self._answer(request.path, principal, parameters)
        return self._respond(request, answer, parameters, principal)

    def _answer(
        self, path: str, principal: Principal | None, parameters: dict[str, Json] | None
    ) -> Answer:
        if principal is None:
            return session_lost()
        interface = interface_of(path)
        if not _permitted(principal, interface):
            return interface_refused()
        plants = self._plants(principal)
        if not self._simulator.quotas.admit(principal, interface, plants):
            return too_frequent()
        if parameters is None:
            return parameter_exception("body", "The request body is not a JSON object.")
        call = Call(
            interface=interface,
            parameters=parameters,
            principal=principal,
            plants=plants,
            now=self._simulator.clock.now(),
        )
        return ENDPOINTS[path](call)

    def _principal(self, request: web.Request) -> Principal | None:
        authorization = request.headers.get("Authorization")
        token = request.headers.get("XSRF-TOKEN")
        if authorization is not None and token is not None:
            return None
        if authorization is not None:
            kind, _, value = authorization.partition(" ")
            grant = self._simulator.oauth.grant_of(value) if kind == "Bearer" else None
            if grant is None:
                return None
            owner = self._simulator.owners[grant.owner]
            return Principal(key=f"{grant.client_id}/{owner.name}", owner=owner, grant=grant)
        if token is None:
            return None
        account = self._simulator.accounts.session(token)
        return None if account is None else Principal(key=account.user_name, account=account)

    def _plants(self, principal: Principal) -> list[Plant]:
        codes: list[str] | None = None
        if principal.owner is not None:
            codes = principal.owner.plant_codes
        elif principal.account is not None:
            codes = principal.account.plant_codes
        plants = self._simulator.plants
        return plants if codes is None else [plant for plant in plants if plant.code in codes]

    async def _login(self, request: web.Request) -> web.StreamResponse:
        parameters = _parameters(await request.text()) or {}
        return self._respond(request, self._login_answer(parameters), parameters, None)

    def _login_answer(self, parameters: dict[str, Json]) -> Answer:
        name, code = parameters.get("userName"), parameters.get("systemCode")
        now = {"currentTime": milliseconds(self._simulator.clock.now())}
        if not isinstance(name, str) or not isinstance(code, str):
            return failure(20400, now, "user.login.user_or_value_invalid")
        if not self._simulator.quotas.admit_login(name, "login"):
            return too_frequent()
        try:
            token = self._simulator.accounts.login(name, code)
        except LoginRefused as refused:
            return failure(refused.code, now, refused.message)
        answer = success(None, {}, LOGIN_MESSAGE)
        answer.headers = {
            "xsrf-token": token,
            "Set-Cookie": f"XSRF-TOKEN={token}; Path=/; Secure",
        }
        return answer

    async def _logout(self, request: web.Request) -> web.StreamResponse:
        parameters = _parameters(await request.text()) or {}
        now = {"currentTime": milliseconds(self._simulator.clock.now())}
        token = parameters.get("xsrfToken")
        ended = isinstance(token, str) and self._simulator.accounts.logout(token)
        answer = success(None, now) if ended else failure(20004, now)
        return self._respond(request, answer, parameters, None)

    def _respond(
        self,
        request: web.Request,
        answer: Answer,
        parameters: dict[str, Json] | None,
        principal: Principal | None,
    ) -> web.StreamResponse:
        fail_code = answer.body.get("failCode") if isinstance(answer.body, dict) else None
        self._simulator.requests.append(
            RequestRecord(
                at=self._simulator.clock.now(),
                method=request.method,
                path=request.path,
                body=masked(parameters),
                status=answer.status,
                fail_code=fail_code if isinstance(fail_code, int) else None,
                interface=interface_of(request.path),
                access=None if principal is None else principal.access,
            )
        )
        text = answer.body if isinstance(answer.body, str) else json.dumps(answer.body)
        return web.Response(
            text=text,
            status=answer.status,
            headers=answer.headers,
            content_type=answer.content_type,
        )


def interface_of(path: str) -> str:
    """Return the interface's name: the path without what all paths share."""
    return path.removeprefix(_NBI).removeprefix(_THIRD_DATA)


def _permitted(principal: Principal, interface: str) -> bool:
    if principal.grant is not None:
        return BASIC in principal.grant.scope.split()
    account = principal.account
    return account is not None and interface not in account.refused_interfaces


def _parameters(text: str) -> dict[str, Json] | None:
    try:
        body = json.loads(text) if text else {}
    except json.JSONDecodeError:
        return None
    return body if isinstance(body, dict) else None
