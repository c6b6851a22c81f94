"""The short OAuth state: what the cloud takes in place of Home Assistant's long one.

The cloud takes a state of at most 180 letters and digits (OAuth Connect, section 1.2 of
its documents). Home Assistant's is a signed token of more than 200 characters with dots.
So a short one travels, and the callback that brings it back is sent on, to the same path,
with the long one that it stands for. Home Assistant's own view does the rest.
"""

from dataclasses import dataclass
from datetime import timedelta
import secrets
import string
import time
from typing import Final, override

from aiohttp import web
from aiohttp.web_urldispatcher import AbstractRuleMatching, MatchedSubAppResource
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.config_entry_oauth2_flow import AUTH_CALLBACK_PATH
from homeassistant.util.hass_dict import HassKey

STATE_LENGTH: Final = 32
STATE_LIFE: Final = timedelta(minutes=10)

_ALPHABET: Final = string.ascii_letters + string.digits
_EXPIRED: Final = (
    "This sign-in was started more than ten minutes ago and is no longer waited for. "
    "Close this page and start it again in Home Assistant."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Pending:
    long_state: str
    sent_on: bool
    expires_at: float


class PendingStates(AbstractRuleMatching):
    """The short states that are under way; each is good for one callback."""

    def __init__(self) -> None:
        """Wait for none."""
        self._pending: dict[str, _Pending] = {}

    def issue(self, long_state: str, *, sent_on: bool) -> str:
        """Return a new short state that stands for this long one, for ten minutes.

        Its callback is sent on, or else left to Home Assistant's view, which refuses it:
        then the user can still paste the address.
        """
        now = time.monotonic()
        self._pending = {
            state: pending
            for state, pending in self._pending.items()
            if pending.expires_at > now
        }
        state = "".join(secrets.choice(_ALPHABET) for _ in range(STATE_LENGTH))
        self._pending[state] = _Pending(
            long_state=long_state,
            sent_on=sent_on,
            expires_at=now + STATE_LIFE.total_seconds(),
        )
        return state

    def take(self, state: str) -> str | None:
        """Return the long state, once; None for one that is not awaited any more."""
        pending = self._pending.pop(state, None)
        if pending is None or pending.expires_at <= time.monotonic():
            return None
        return pending.long_state

    def __contains__(self, state: str) -> bool:
        pending = self._pending.get(state)
        return pending is not None and pending.expires_at > time.monotonic()

    def discard(self, state: str) -> None:
        """Wait no longer for this state."""
        self._pending.pop(state, None)

    @property
    @override
    def canonical(self) -> str:
        return AUTH_CALLBACK_PATH

    @override
    def get_info(self) -> dict[str, str]:  # type: ignore[override]
        return {"path": AUTH_CALLBACK_PATH}

    @override
    async def match(self, request: web.Request) -> bool:
        if request.method != "GET" or request.path != AUTH_CALLBACK_PATH:
            return False
        pending = self._pending.get(request.query.get("state", ""))
        return pending is not None and pending.sent_on

    async def async_send_on(self, request: web.Request) -> web.Response:
        """Answer a callback with a redirect to itself that has the long state."""
        long_state = self.take(request.query["state"])
        if long_state is None:
            return web.Response(text=_EXPIRED, status=400)
        raise web.HTTPFound(request.rel_url.update_query(state=long_state))


_PENDING_STATES: HassKey[PendingStates] = HassKey("smartpvms_pending_states")


@callback
def async_get_pending_states(hass: HomeAssistant) -> PendingStates:
    """Return the states under way; the first call puts the rule before the view.

    aiohttp asks such rules before ordinary resources, and cannot take one away again:
    with no state pending it is one comparison for each request.
    """
    if _PENDING_STATES not in hass.data:
        pending_states = hass.data[_PENDING_STATES] = PendingStates()
        application = web.Application()
        application.router.add_get(AUTH_CALLBACK_PATH, pending_states.async_send_on)
        application.freeze()
        hass.http.app.router.register_resource(
            MatchedSubAppResource(pending_states, application)
        )
    return hass.data[_PENDING_STATES]
