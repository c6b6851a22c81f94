"""The OAuth Connect server: clients, codes and tokens."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
import secrets

from .owners import Owner, Owners

BASIC = "pvms.openapi.basic"
CONTROL = "pvms.openapi.control"
SCOPES = (BASIC, CONTROL)
CODE_LIFE = timedelta(minutes=5)
ACCESS_TOKEN_LIFE = timedelta(minutes=60)

DEFAULT_REDIRECTS = (
    "https://my.home-assistant.io/redirect/oauth",
    "https://example.com/auth/external/callback",
    "http://127.0.0.1:8123/auth/external/callback",
    "http://localhost:8123/auth/external/callback",
    "http://homeassistant.local:8123/auth/external/callback",
)


@dataclass(slots=True, kw_only=True)
class Client:
    """A registered third-party application; the id has nine digits."""

    client_id: str
    client_secret: str
    name: str
    redirect_uris: set[str]
    scopes: tuple[str, ...] = SCOPES


@dataclass(slots=True, kw_only=True)
class AuthorizationCode:
    """A code that waits for its exchange."""

    code: str
    client_id: str
    owner: str
    scope: str
    redirect_uri: str
    expires: datetime


@dataclass(slots=True, kw_only=True)
class Grant:
    """The tokens of one consent of an owner to a client."""

    client_id: str
    owner: str
    scope: str
    access_token: str
    refresh_token: str
    expires: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenError:
    """An answer of the token or revoke endpoint that is not a success."""

    status: int
    error: str
    description: str | None = None

    def body(self) -> dict[str, str]:
        """Return the JSON body as documented."""
        if self.description is None:
            return {"error": self.error}
        return {"error_description": self.description, "error": self.error}


class TokenRefusedError(Exception):
    """A token request that is answered with an error."""

    def __init__(self, error: TokenError) -> None:
        """Carry the answer."""
        super().__init__(error.error)
        self.error = error


INVALID_CLIENT = TokenError(status=401, error="invalid_client")
INVALID_GRANT = TokenError(status=400, error="1110", description="invalid_grant")
CODE_MISSING = TokenError(
    status=400,
    error="1100",
    description="when authorization_code,the code can not be null",
)
UNSUPPORTED_GRANT = TokenError(
    status=400, error="1111", description="unsupported_grant_type"
)
PARAMETERS_IN_URL = TokenError(
    status=400, error="1114", description="unsupported_request_type"
)
REVOKE_PARAMETERS = TokenError(status=400, error="1106", description="invalid_token")
REVOKE_UNKNOWN = TokenError(status=401, error="1106", description="invalid_token")
SERVER_ERROR = TokenError(status=500, error="1107", description="server_error")


class OAuthServer:
    """Consents, codes and tokens, by the rules of the documents."""

    def __init__(self, owners: Owners, now: Callable[[], datetime]) -> None:
        """Serve these owners by the access clock."""
        self.clients: dict[str, Client] = {}
        self.grants: list[Grant] = []
        self._owners = owners
        self._now = now
        self._codes: dict[str, AuthorizationCode] = {}
        self.register(
            Client(
                client_id="100000001",
                client_secret="simulator-secret",
                name="Home Assistant",
                redirect_uris=set(DEFAULT_REDIRECTS),
            )
        )

    def register(self, client: Client) -> Client:
        """Register a client. Raises ValueError unless its id has nine digits."""
        if len(client.client_id) != 9 or not client.client_id.isdigit():
            raise ValueError("a client id has nine digits")
        self.clients[client.client_id] = client
        return client

    def issue_code(
        self, client: Client, owner: Owner, scopes: Iterable[str], redirect_uri: str
    ) -> str:
        """Return a code for a consent just given; it lives for five minutes."""
        code = AuthorizationCode(
            code=secrets.token_hex(20),
            client_id=client.client_id,
            owner=owner.name,
            scope=" ".join(scope for scope in SCOPES if scope in set(scopes)),
            redirect_uri=redirect_uri,
            expires=self._now() + CODE_LIFE,
        )
        self._codes[code.code] = code
        return code.code

    def exchange_code(
        self, code: str, redirect_uri: str, client_id: str
    ) -> dict[str, str | int]:
        """Return the first tokens for a code. Raises TokenRefusedError."""
        kept = self._codes.pop(code, None)
        if (
            kept is None
            or kept.client_id != client_id
            or kept.redirect_uri != redirect_uri
            or self._now() >= kept.expires
        ):
            raise TokenRefusedError(INVALID_GRANT)
        return self.grant(owner=kept.owner, scope=kept.scope, client_id=client_id)

    def grant(
        self,
        owner: str = "owner",
        scope: str = " ".join(SCOPES),
        client_id: str = "100000001",
    ) -> dict[str, str | int]:
        """Consent on an owner's behalf; older tokens of owner and client die.

        Returns the token answer. Raises KeyError for an unknown owner.
        """
        name = self._owners[owner].name
        self.forget(name, client_id)
        return self._answer(self._new_grant(client_id, name, scope))

    def ownerless_grant(self, client_id: str) -> dict[str, str | int]:
        """Return a token that belongs to no owner and so shows no plant."""
        grant = self._new_grant(client_id, "", BASIC)
        return self._answer(grant)

    def forget(self, owner: str, client_id: str) -> None:
        """Remove every token that an owner gave a client."""
        self.grants = [
            grant
            for grant in self.grants
            if grant.owner != owner or grant.client_id != client_id
        ]

    def refresh(
        self, refresh_token: str, client_id: str, *, rotate: bool = True
    ) -> dict[str, str | int]:
        """Return new tokens; the old access token dies at once. Raises TokenRefusedError."""
        for grant in self.grants:
            if grant.refresh_token == refresh_token and grant.client_id == client_id:
                grant.access_token = f"at-{secrets.token_hex(24)}"
                grant.expires = self._now() + ACCESS_TOKEN_LIFE
                if rotate:
                    grant.refresh_token = f"rt-{secrets.token_hex(24)}"
                return self._answer(grant)
        raise TokenRefusedError(INVALID_GRANT)

    def check_client(self, client_id: str, client_secret: str) -> Client:
        """Return the client of these credentials. Raises TokenRefusedError."""
        client = self.clients.get(client_id)
        if client is None or client.client_secret != client_secret:
            raise TokenRefusedError(INVALID_CLIENT)
        return client

    def revoke(self, token: str, client_id: str) -> None:
        """End the grant of a refresh or a valid access token. Raises TokenRefusedError."""
        for grant in self.grants:
            valid = {grant.refresh_token}
            if self._now() < grant.expires:
                valid.add(grant.access_token)
            if grant.client_id == client_id and token in valid:
                self.grants.remove(grant)
                return
        raise TokenRefusedError(REVOKE_UNKNOWN)

    def grant_of(self, access_token: str) -> Grant | None:
        """Return the grant of an access token that is still valid."""
        for grant in self.grants:
            if grant.access_token == access_token and self._now() < grant.expires:
                return grant
        return None

    def _new_grant(self, client_id: str, owner: str, scope: str) -> Grant:
        grant = Grant(
            client_id=client_id,
            owner=owner,
            scope=scope,
            access_token=f"at-{secrets.token_hex(24)}",
            refresh_token=f"rt-{secrets.token_hex(24)}",
            expires=self._now() + ACCESS_TOKEN_LIFE,
        )
        self.grants.append(grant)
        return grant

    def _answer(self, grant: Grant) -> dict[str, str | int]:
        return {
            "access_token": grant.access_token,
            "refresh_token": grant.refresh_token,
            "expires_in": int((grant.expires - self._now()).total_seconds()),
            "scope": grant.scope,
            "token_type": "Bearer",
        }
