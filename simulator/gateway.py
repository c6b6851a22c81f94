"""Business calls: who calls, may they, and which endpoint answers."""

import asyncio
from collections import Counter
from datetime import datetime
import json
from typing import TYPE_CHECKING

from aiohttp import web

from .access.accounts import LoginRefusedError
from .access.oauth import BASIC, CONTROL
from .access.principal import Principal
from .access.quotas import is_control
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
from .clock import milliseconds
from .disturbance import response
from .endpoints.call import Call
from .endpoints.parameters import SERVER_ABNORMAL, RefusedError
from .endpoints.table import THIRD_DATA, endpoints, interface_of
from .journal import RequestRecord, masked
from .types import Json

if TYPE_CHECKING:
    from .plants.plant import Plant
    from .simulator import Simulator

_WRONG_CREDENTIALS = 20400
_ACCESS_OFF = 20056
_PARALLEL_SECONDS = 0.05


class Gateway:
    """The API host."""

    def __init__(self, simulator: Simulator) -> None:
        """Answer for a simulator."""
        self._simulator = simulator
        self._endpoints = endpoints(simulator.alarms, simulator.control)
        self._running: Counter[str] = Counter()
        self._last_calls: dict[tuple[str, str, str], datetime] = {}

    def add_routes(self, app: web.Application) -> None:
        """Serve every business path."""
        app.router.add_post(f"{THIRD_DATA}login", self._login)
        app.router.add_post(f"{THIRD_DATA}logout", self._logout)
        for path in self._endpoints:
            app.router.add_post(path, self._call)

    async def _call(self, request: web.Request) -> web.StreamResponse:
        parameters = _parameters(await request.text())
        principal = self._principal(request)
        if principal is None:
            answer = self._without_session(request)
        elif await self._is_parallel(principal, interface_of(request.path)):
            answer = too_frequent()
        else:
            answer = self._answer(request.path, principal, parameters)
        return self._respond(request, answer, parameters, principal)

    def _without_session(self, request: web.Request) -> Answer:
        bearer_only = "Authorization" in request.headers and (
            "XSRF-TOKEN" not in request.headers
        )
        return session_lost(
            "INVALID_CREDENTIAL" if bearer_only else "USER_MUST_RELOGIN"
        )

    async def _is_parallel(self, principal: Principal, interface: str) -> bool:
        if self._simulator.faults.take("parallel_refused", interface) is None:
            return False
        if self._running[principal.key]:
            return True
        self._running[principal.key] += 1
        try:
            await asyncio.sleep(_PARALLEL_SECONDS)
        finally:
            self._running[principal.key] -= 1
        return False

    def _answer(
        self, path: str, principal: Principal, parameters: dict[str, Json] | None
    ) -> Answer:
        interface = interface_of(path)
        faults = self._simulator.faults
        if not self._permitted(principal, interface):
            return interface_refused()
        plants = self._plants(principal)
        refused = self._over_quota(principal, interface, parameters, plants)
        if refused is not None:
            return refused
        if not _access_allowed(principal):
            return failure(_ACCESS_OFF)
        if parameters is None:
            text = "The request body is not a JSON object."
            return parameter_exception("body", text)
        for plant in plants:
            plant.steering.advance()
        call = Call(
            interface=interface,
            parameters=parameters,
            principal=principal,
            plants=plants,
            now=self._simulator.clock.now(),
        )
        refusal = faults.refusal(call)
        if refusal is not None:
            return refusal
        try:
            answer = self._endpoints[path](faults.prepare(call))
        except RefusedError as problem:
            return problem.answer(call)
        if isinstance(answer.body, dict) and answer.fail_code == 0:
            faults.mutate(call, answer.body)
        return answer

    def _permitted(self, principal: Principal, interface: str) -> bool:
        controls = is_control(interface)
        if principal.grant is not None:
            scope = CONTROL if controls else BASIC
            return scope in principal.grant.scope.split()
        faults, account = self._simulator.faults, principal.account
        if account is None or interface in account.refused_interfaces:
            return False
        return not controls or "accounts_may_control" in faults.enabled

    def _over_quota(
        self,
        principal: Principal,
        interface: str,
        parameters: dict[str, Json] | None,
        plants: list[Plant],
    ) -> Answer | None:
        faults, quotas = self._simulator.faults, self._simulator.quotas
        if self._too_soon(principal, interface, parameters):
            return too_frequent()
        spent = faults.take("quota_spent", interface) is not None
        if not spent and quotas.admit(principal, interface, plants):
            return None
        if faults.take("hammering_extends_block", interface) is not None:
            quotas.extend_block(principal, interface)
        shape = faults.take("quota_answer", interface) or {}
        return _quota_answer(str(shape.get("shape", "data")))

    def _too_soon(
        self,
        principal: Principal,
        interface: str,
        parameters: dict[str, Json] | None,
    ) -> bool:
        now = self._simulator.clock.access_now()
        kind = str((parameters or {}).get("devTypeId", ""))
        key = (principal.key, interface, kind)
        for name, default in (("realtime_spacing", 300), ("alarm_spacing", 900)):
            spacing = self._simulator.faults.take(name, interface)
            if spacing is None:
                continue
            seconds = spacing.get("seconds", default)
            last = self._last_calls.get(key)
            if (
                last is not None
                and isinstance(seconds, int | float)
                and (now - last).total_seconds() < seconds
            ):
                return True
            self._last_calls[key] = now
        return False

    def _principal(self, request: web.Request) -> Principal | None:
        authorization = request.headers.get("Authorization")
        token = request.headers.get("XSRF-TOKEN")
        if authorization is not None and token is not None:
            return None
        if authorization is not None:
            kind, _, value = authorization.partition(" ")
            oauth = self._simulator.oauth
            grant = oauth.grant_of(value) if kind == "Bearer" else None
            if grant is None:
                return None
            if not grant.owner:
                return Principal(key=grant.client_id, grant=grant)
            owner = self._simulator.owners[grant.owner]
            key = f"{grant.client_id}/{owner.name}"
            return Principal(key=key, owner=owner, grant=grant)
        if token is None:
            return None
        faults = self._simulator.faults
        short = "session_of_five_minutes" in faults.enabled
        account = self._simulator.accounts.session(token, short=short)
        if account is None:
            return None
        return Principal(key=account.user_name, account=account)

    def _plants(self, principal: Principal) -> list[Plant]:
        codes: list[str] | None = []
        if principal.owner is not None:
            codes = principal.owner.plant_codes
        elif principal.account is not None:
            codes = principal.account.plant_codes
        plants = self._simulator.plants
        if codes is None:
            return plants
        return [plant for plant in plants if plant.definition.code in codes]

    async def _login(self, request: web.Request) -> web.StreamResponse:
        parameters = _parameters(await request.text()) or {}
        answer = self._login_answer(parameters)
        return self._respond(request, answer, parameters, None)

    def _login_answer(self, parameters: dict[str, Json]) -> Answer:
        name, code = parameters.get("userName"), parameters.get("systemCode")
        now = {"currentTime": milliseconds(self._simulator.clock.now())}
        if not isinstance(name, str) or not isinstance(code, str):
            text = "user.login.user_or_value_invalid"
            return failure(_WRONG_CREDENTIALS, now, text)
        if not self._simulator.quotas.admit_login(name, "login"):
            return too_frequent()
        try:
            token = self._simulator.accounts.login(name, code)
        except LoginRefusedError as refused:
            return failure(refused.code, now, refused.message)
        answer = success(None, {}, LOGIN_MESSAGE)
        answer.headers = {
            "xsrf-token": token,
            "Set-Cookie": f"XSRF-TOKEN={token}; Path=/; Secure",
        }
        return answer

    async def _logout(self, request: web.Request) -> web.StreamResponse:
        parameters = _parameters(await request.text()) or {}
        return self._respond(request, self._logout_answer(parameters), parameters, None)

    def _logout_answer(self, parameters: dict[str, Json]) -> Answer:
        now = {"currentTime": milliseconds(self._simulator.clock.now())}
        token = parameters.get("xsrfToken")
        account = None
        if isinstance(token, str):
            account = self._simulator.accounts.session(token)
        if account is None:
            return failure(SERVER_ABNORMAL, now)
        if not self._simulator.quotas.admit_login(account.user_name, "logout"):
            return too_frequent()
        account.token = None
        return success(None, now)

    def _respond(
        self,
        request: web.Request,
        answer: Answer,
        parameters: dict[str, Json] | None,
        principal: Principal | None,
    ) -> web.StreamResponse:
        self._simulator.requests.append(
            RequestRecord(
                at=self._simulator.clock.now(),
                method=request.method,
                path=request.path,
                body=masked(parameters),
                status=answer.status,
                fail_code=answer.fail_code,
                interface=interface_of(request.path),
                access=None if principal is None else principal.access,
            )
        )
        return response(answer)


def _access_allowed(principal: Principal) -> bool:
    if principal.account is not None:
        return principal.account.api_access
    return principal.owner is None or principal.owner.api_access


def _quota_answer(shape: str) -> Answer:
    match shape:
        case "429":
            return failure(429)
        case "http_429":
            answer = failure(429)
            answer.status = 429
            return answer
        case "20618":
            return failure(20618)
        case _:
            return too_frequent(shape)


def _parameters(text: str) -> dict[str, Json] | None:
    try:
        body = json.loads(text) if text else {}
    except ValueError:
        return None
    return body if isinstance(body, dict) else None
