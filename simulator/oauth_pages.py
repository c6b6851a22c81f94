"""The OAuth host: authorise page, token and revoke endpoints."""

from typing import TYPE_CHECKING
from urllib.parse import quote, urlencode

from aiohttp import web

from .access.oauth import (
    BASIC,
    CODE_MISSING,
    PARAMETERS_IN_URL,
    REVOKE_PARAMETERS,
    SCOPES,
    UNSUPPORTED_GRANT,
    Client,
    TokenError,
    TokenRefusedError,
)
from .journal import RequestRecord, masked
from .pages import consent_page, error_page

if TYPE_CHECKING:
    from .faults.registry import Parameters
    from .simulator import Simulator

OAUTH_ROOT = "/rest/dp/uidm/oauth2/v1"
_FORM = "application/x-www-form-urlencoded"
_LONGEST_STATE = 180
_REFUSED = {"error": "10002", "error_description": "access_is_denied"}
_NOT_AN_OWNER = {
    "error": "10007",
    "error_description": "only_owner_role_is_supported_for_authorizing_third_party_app",
}
_BAD_SCOPE = {
    "error": "invalid_scope",
    "error_description": "OAuth 2.0 Parameter: scope",
}


class OAuthPages:
    """Authorise, token and revoke-token under the documented paths."""

    def __init__(self, simulator: Simulator) -> None:
        """Serve the OAuth server of a simulator."""
        self._simulator = simulator
        self._oauth = simulator.oauth

    def add_routes(self, app: web.Application) -> None:
        """Serve the documented paths and the undocumented login-page."""
        for name in ("authorize", "login-page"):
            app.router.add_get(f"{OAUTH_ROOT}/{name}", self._authorize)
            app.router.add_post(f"{OAUTH_ROOT}/{name}", self._decide)
        app.router.add_post(f"{OAUTH_ROOT}/token", self._token)
        app.router.add_post(f"{OAUTH_ROOT}/revoke-token", self._revoke)

    async def _authorize(self, request: web.Request) -> web.StreamResponse:
        client, problem = self._checked(request)
        if client is None:
            return self._page(request, error_page(problem), 400)
        scopes = _scopes(request, client)
        if scopes is None:
            return self._back(request, _BAD_SCOPE)
        return self._page(request, consent_page(client.name, scopes), 200)

    async def _decide(self, request: web.Request) -> web.StreamResponse:
        client, problem = self._checked(request)
        if client is None:
            return self._page(request, error_page(problem), 400)
        scopes = _scopes(request, client)
        if scopes is None:
            return self._back(request, _BAD_SCOPE)
        form = await request.post()
        if form.get("decision") != "allow":
            return self._back(request, _REFUSED)
        owner = self._simulator.owners.get(str(form.get("user", "")))
        if owner is None or owner.password != form.get("password"):
            page = consent_page(client.name, scopes, "Wrong user name or password.")
            return self._page(request, page, 200)
        if owner.role != "owner":
            return self._back(request, _NOT_AN_OWNER)
        granted = [scope for scope in scopes if form.get(scope) == "on"]
        if not granted:
            page = consent_page(client.name, scopes, "Tick at least one permission.")
            return self._page(request, page, 200)
        if self._taken("control_disabled_by_company", request) is not None:
            granted = [BASIC]
        code = self._oauth.issue_code(
            client, owner, granted, request.query["redirect_uri"]
        )
        return self._back(request, {"code": code})

    def _taken(self, name: str, request: web.Request) -> Parameters | None:
        interface = request.path.removeprefix(f"{OAUTH_ROOT}/")
        return self._simulator.faults.take(name, interface)

    def _checked(self, request: web.Request) -> tuple[Client | None, str]:
        """Return the client, or None and what is wrong with the parameters."""
        query = request.query
        client = self._oauth.clients.get(query.get("client_id", ""))
        if query.get("response_type") != "code":
            return None, "response_type"
        if client is None:
            return None, "client_id"
        if query.get("redirect_uri") not in client.redirect_uris:
            return None, "redirect_uri"
        state = query.get("state")
        if state is not None and not (
            len(state) <= _LONGEST_STATE and state.isascii() and state.isalnum()
        ):
            return None, "state"
        return client, ""

    def _back(
        self, request: web.Request, parameters: dict[str, str]
    ) -> web.StreamResponse:
        state = request.query.get("state")
        dropped = self._taken("authorize_drops_state", request) is not None
        if state is not None and not dropped:
            parameters = {**parameters, "state": state}
        target = request.query["redirect_uri"]
        joint = "&" if "?" in target else "?"
        self._record(request, 302, dict(request.query))
        return web.Response(
            status=302,
            headers={
                "Location": target + joint + urlencode(parameters, quote_via=quote)
            },
        )

    def _page(self, request: web.Request, text: str, status: int) -> web.StreamResponse:
        self._record(request, status, dict(request.query))
        return web.Response(text=text, status=status, content_type="text/html")

    async def _token(self, request: web.Request) -> web.StreamResponse:
        form = {name: str(value) for name, value in (await request.post()).items()}
        try:
            answer = self._tokens(request, form)
        except TokenRefusedError as refused:
            return self._refuse(request, form, refused.error)
        self._record(request, 200, form)
        return web.json_response(answer)

    def _tokens(
        self, request: web.Request, form: dict[str, str]
    ) -> dict[str, str | int]:
        if request.query or request.content_type != _FORM:
            raise TokenRefusedError(PARAMETERS_IN_URL)
        grant_type = form.get("grant_type")
        if (
            grant_type == "client_credentials"
            and self._taken("client_credentials_accepted", request) is not None
        ):
            client = self._client(form)
            return self._oauth.ownerless_grant(client.client_id)
        if grant_type not in {"authorization_code", "refresh_token"}:
            raise TokenRefusedError(UNSUPPORTED_GRANT)
        client = self._client(form)
        if grant_type == "refresh_token":
            return self._refreshed(request, form.get("refresh_token", ""), client)
        if not form.get("code"):
            raise TokenRefusedError(CODE_MISSING)
        answer = self._oauth.exchange_code(
            form["code"], form.get("redirect_uri", ""), client.client_id
        )
        return self._trimmed(request, answer)

    def _client(self, form: dict[str, str]) -> Client:
        return self._oauth.check_client(
            form.get("client_id", ""), form.get("client_secret", "")
        )

    def _refreshed(
        self, request: web.Request, refresh_token: str, client: Client
    ) -> dict[str, str | int]:
        omitted = self._taken("refresh_token_omitted", request) is not None
        kept = self._taken("refresh_token_kept", request) is not None
        answer = self._oauth.refresh(
            refresh_token, client.client_id, rotate=not (omitted or kept)
        )
        if omitted:
            del answer["refresh_token"]
        return self._trimmed(request, answer)

    def _trimmed(
        self, request: web.Request, answer: dict[str, str | int]
    ) -> dict[str, str | int]:
        if self._taken("expires_in_omitted", request) is not None:
            del answer["expires_in"]
        return answer

    async def _revoke(self, request: web.Request) -> web.StreamResponse:
        form = {name: str(value) for name, value in (await request.post()).items()}
        if not form.get("token") or not form.get("client_id"):
            return self._refuse(request, form, REVOKE_PARAMETERS)
        try:
            self._oauth.revoke(form["token"], form["client_id"])
        except TokenRefusedError as refused:
            return self._refuse(request, form, refused.error)
        self._record(request, 200, form)
        return web.Response(status=200)

    def _refuse(
        self, request: web.Request, form: dict[str, str], error: TokenError
    ) -> web.StreamResponse:
        self._record(request, error.status, form)
        return web.json_response(error.body(), status=error.status)

    def _record(self, request: web.Request, status: int, body: dict[str, str]) -> None:
        self._simulator.requests.append(
            RequestRecord(
                at=self._simulator.clock.now(),
                method=request.method,
                path=request.path,
                body=masked(body),
                status=status,
                fail_code=None,
                interface=request.path.removeprefix(f"{OAUTH_ROOT}/"),
                access=None,
            )
        )


def _scopes(request: web.Request, client: Client) -> tuple[str, ...] | None:
    """Return the scopes asked for, or None if one is unknown or not the client's."""
    wanted = tuple(request.query.get("scope", "").split()) or client.scopes
    if any(scope not in SCOPES or scope not in client.scopes for scope in wanted):
        return None
    return wanted
