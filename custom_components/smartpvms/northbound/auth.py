"""Who asks: a bearer token of OAuth Connect, or the session of an API account."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from hashlib import sha256
import re
import secrets
from typing import Final, Protocol, Self, override

from aiohttp import ClientSession
from yarl import URL

from .clock import Clock, instant, system_clock
from .envelope import read_answer
from .errors import (
    Area,
    AuthenticationError,
    DoorClosedError,
    Failure,
    FailureKey,
    FlowControlError,
    InvalidResponseError,
    UnreachableError,
    error_for,
    failure_of,
    failure_of_code,
)
from .json_types import JsonObject, JsonValue
from .parsing import integer, number, text
from .transport import Response, Transport

# the cloud takes five in ten minutes and counts what we may not know of
LOGINS: Final = 4
LOGIN_WINDOW: Final = 600.0
# a session lives half an hour after its last use; older ones are not tried
SESSION_LIFE: Final = 25 * 60.0
# the last use need not be exact on disk, and each call is one
_SAVE_INTERVAL: Final = 60.0

_LONGEST_REFUSAL: Final = 3600.0
# a cloud ends sessions that idle, after half an hour by its documents, after five minutes
# as some were seen to do. One that ends sooner, or that was idle for less than this cloud
# lately let pass, was ended by another log-in; twice is no accident
_SHORTEST_LIFE: Final = 5 * 60.0
# a call takes longer to get there at one time than at another
_JITTER: Final = 10.0
# a cloud may change its mind
_SURVIVAL_KEPT: Final = 7 * 24 * 3600.0
_LOSSES_OF_SHARED: Final = 2
_LOSSES_KEPT: Final = 6
_SHARED_LIFE: Final = 2 * 3600.0
_FIRST_TRUCE: Final = 600.0
_LONGEST_TRUCE: Final = 3600.0

_LOGIN: Final = "login"
_LOGOUT: Final = "logout"
_TOKEN_HEADER: Final = "XSRF-TOKEN"
_TOKEN: Final = re.compile(r"[\x21-\x7e]{1,4096}", re.ASCII)


def is_token(value: str) -> bool:
    """Tell whether this can stand in a header: visible ASCII, of a sane length."""
    return _TOKEN.fullmatch(value) is not None


class Access(StrEnum):
    """The two ways in."""

    OAUTH = "oauth"
    API_ACCOUNT = "api_account"


class Authentication(Protocol):
    """What makes a request that of an owner or an account."""

    access: Access

    async def headers(self) -> Mapping[str, str]:
        """Return the headers to send, after a log-in or a refresh where needed."""

    async def renew(self, rejected: Mapping[str, str]) -> None:
        """Get another session, unless there is another already.

        `rejected` are the headers that the cloud answered with 305 or 306.
        """

    async def used(self) -> None:
        """Note that a call succeeded, which prolongs the life of a session."""


class BearerAuthentication(Authentication):
    """The access token of OAuth Connect, which somebody else keeps and refreshes.

    What the two functions raise goes through to who calls the client.
    """

    def __init__(
        self,
        get_token: Callable[[], Awaitable[str]],
        renew_token: Callable[[str], Awaitable[None]],
    ) -> None:
        """Take how to get a valid token, and how to replace one that was rejected."""
        self.access = Access.OAUTH
        self._get_token = get_token
        self._renew_token = renew_token
        self._lock = asyncio.Lock()

    @override
    async def headers(self) -> Mapping[str, str]:
        return _bearer(await self._get_token())

    @override
    async def renew(self, rejected: Mapping[str, str]) -> None:
        async with self._lock:
            token = await self._get_token()
            if _bearer(token) == rejected:
                await self._renew_token(token)

    @override
    async def used(self) -> None:
        """Do nothing: use does not prolong a token."""


def _bearer(token: str) -> Mapping[str, str]:
    return {"Authorization": f"Bearer {token}"}


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionState:
    """What must be known of an API account's session after a restart.

    Times are seconds since the epoch. `refused` is the failCode of a log-in that must
    not be tried again with the password of the salted digest `refused_password`. Before
    `login_after` there is no log-in. `lost_times` are when something else ended sessions.
    `survived` is for how many seconds a session was idle at most and lived on, which was
    at `survived_at`.
    """

    token: str | None = field(default=None, repr=False)
    last_used: float = 0.0
    login_times: tuple[float, ...] = ()
    login_after: float = 0.0
    refused: int | None = None
    refused_password: str | None = field(default=None, repr=False)
    lost_times: tuple[float, ...] = ()
    survived: float = 0.0
    survived_at: float = 0.0

    @classmethod
    def from_dict(cls, stored: Mapping[str, JsonValue]) -> Self:
        """Read what `as_dict` wrote; what is missing or damaged counts as unknown."""
        return cls(
            token=text(stored.get("token")),
            last_used=number(stored.get("last_used")) or 0.0,
            login_times=_times(stored.get("login_times")),
            login_after=number(stored.get("login_after")) or 0.0,
            refused=integer(stored.get("refused")),
            refused_password=text(stored.get("refused_password")),
            lost_times=_times(stored.get("lost_times")),
            survived=number(stored.get("survived")) or 0.0,
            survived_at=number(stored.get("survived_at")) or 0.0,
        )

    def as_dict(self) -> JsonObject:
        """Return it as JSON. It holds the token: keep it private."""
        return {
            "token": self.token,
            "last_used": self.last_used,
            "login_times": list(self.login_times),
            "login_after": self.login_after,
            "refused": self.refused,
            "refused_password": self.refused_password,
            "lost_times": list(self.lost_times),
            "survived": self.survived,
            "survived_at": self.survived_at,
        }

    def is_shared(self, now: float) -> bool:
        """Tell whether something else seems to log in with this account."""
        return len(self._losses(now)) >= _LOSSES_OF_SHARED

    def truce_until(self, now: float) -> float:
        """Return until when another log-in is left its session; 0 for no such time.

        Logging in again and again would end it each time, and be ended in turn.
        """
        losses = self._losses(now)
        again = len(losses) - _LOSSES_OF_SHARED
        if again < 0:
            return 0.0
        return losses[-1] + min(_FIRST_TRUCE * 2.0**again, _LONGEST_TRUCE)

    def lost(self, now: float) -> Self:
        """Return what is known after something else ended a session."""
        return replace(self, token=None, lost_times=(*self._losses(now), now))

    def _losses(self, now: float) -> tuple[float, ...]:
        """Return the last losses, each of which came soon after the one before."""
        last = max(self.lost_times, default=0.0)
        return self.lost_times[-_LOSSES_KEPT:] if abs(now - last) < _SHARED_LIFE else ()

    def must_live(self, idle: float, now: float) -> bool:
        """Tell whether a session that is idle for so many seconds does not end by itself."""
        return 0 <= idle <= self._least_life(now) - _JITTER

    def outlasted(self, idle: float, now: float) -> Self:
        """Return what is known after a session was idle for so long and lived on."""
        if idle <= self._least_life(now):
            return self
        return replace(self, survived=idle, survived_at=now)

    def _least_life(self, now: float) -> float:
        """Return for how long a session may be idle: what any cloud grants, or more."""
        is_known = abs(now - self.survived_at) < _SURVIVAL_KEPT
        return max(_SHORTEST_LIFE, self.survived if is_known else 0.0)

    def log_ins_only(self) -> Self:
        """Return what the cloud still counts once nobody uses the account."""
        return type(self)(login_times=self.login_times, login_after=self.login_after)


class ApiAccountAuthentication(Authentication):
    """The session of an API account (/thirdData/login).

    There is one session for each account: a second log-in ends the first. At most
    `LOGINS` log-ins start in `LOGIN_WINDOW` seconds, counted in the state, which is
    saved before the request leaves. A refused log-in is not repeated by itself, unless
    with another password.
    """

    def __init__(
        self,
        session: ClientSession,
        server: URL,
        user_name: str,
        password: str,
        *,
        state: SessionState | Callable[[], SessionState],
        save: Callable[[SessionState], Awaitable[None]],
        lock: asyncio.Lock | None = None,
        clock: Clock = system_clock,
        timeout: float = 30,
    ) -> None:
        """Go on with the session of `state`.

        Where several objects speak for one account, `state` is a function that returns
        what was saved last, so that they share the session and the count of log-ins,
        and they share a `lock`, so that one waits for the log-in of the other.
        """
        self.access = Access.API_ACCOUNT
        self._transport = Transport(session, server, timeout)
        self._user_name = user_name
        self._password = password
        self._own_state = state if isinstance(state, SessionState) else SessionState()
        self._shared_state = None if isinstance(state, SessionState) else state
        self._save_state = save
        self._clock = clock
        self._lock = lock or asyncio.Lock()
        # when this object's last call left, and the last that succeeded, with its token
        self._asked = 0.0
        self._answered: tuple[str | None, float] = (None, 0.0)

    @property
    def state(self) -> SessionState:
        """What is known of the session now."""
        return self._own_state if self._shared_state is None else self._shared_state()

    @override
    async def headers(self) -> Mapping[str, str]:
        """Return the header of a session that lives, as far as we can know.

        Raises what `login` raises.
        """
        if not self._lives:
            async with self._lock:
                # another may have logged in while this one waited
                if not self._lives:
                    await self._login_again()
        self._asked = self._clock()
        return self._session_header()

    @override
    async def renew(self, rejected: Mapping[str, str]) -> None:
        """Log in again, unless another session is there; raises what `login` raises."""
        async with self._lock:
            if self._session_header() == rejected:
                await self._note_end()
                await self._login_again()

    @override
    async def used(self) -> None:
        """Note the use, on disk at most once a minute."""
        now = self._clock()
        state = self.state
        token, answered = self._answered
        if token is not None and token == state.token:
            state = state.outlasted(self._asked - answered, now)
        self._answered = (state.token, self._asked)
        if not 0 <= now - state.last_used < _SAVE_INTERVAL:
            state = replace(state, last_used=now)
        if state != self.state:
            await self._save(state)

    async def login(self) -> None:
        """Begin a new session because a person says so; it ends the one elsewhere.

        Refused before or not, it is tried, and a refusal says nothing of the session
        that there is: a person may mistype what others go on with.

        Raises:
            AuthenticationError: refused (20400, 20403, 20001 to 20003).
            DoorClosedError: one log-in too many, by our own count.
            FlowControlError: one too many, says the cloud (407, 429).
            NorthboundError: anything else.
        """
        async with self._lock:
            await self._login(kept=self.state.token)

    async def logout(self) -> None:
        """End the session (/thirdData/logout); nothing is sent where there is none."""
        async with self._lock:
            token = self.state.token
            if token is None:
                return
            headers = self._session_header()
            await self._save(replace(self.state, token=None))
            response = await self._transport.post(
                "/thirdData/logout", {"xsrfToken": token}, headers, _LOGOUT
            )
            answer = read_answer(response, _LOGOUT, self._clock())
            if answer.failure is not None:
                raise error_for(answer.failure, _LOGOUT)

    def _session_header(self) -> Mapping[str, str]:
        token = self.state.token
        return {} if token is None else {_TOKEN_HEADER: token}

    @property
    def _lives(self) -> bool:
        """Whether there is a session that lives, as far as we can know."""
        idle = self._clock() - self.state.last_used
        return self.state.token is not None and 0 <= idle < SESSION_LIFE

    async def _note_end(self) -> None:
        """Note that a session has ended, if that was not by itself."""
        state, now = self.state, self._clock()
        token, answered = self._answered
        # the disk knows the last use to a minute, by which the session idled rather less
        idle = self._asked - answered if token == state.token else now - state.last_used
        if state.must_live(idle, now):
            await self._save(state.lost(now))

    async def _login_again(self) -> None:
        """Replace a session that has ended, unless that was refused before."""
        state = self.state
        if state.refused is not None and self._is_refused(state.refused_password):
            raise error_for(failure_of_code(state.refused), _LOGIN)
        now = self._clock()
        truce = state.truce_until(now)
        if truce > now:
            failure = failure_of(FailureKey.ACCESS_SHARED)
            raise DoorClosedError(failure, _LOGIN, retry_at=instant(truce))
        try:
            await self._login(kept=None)
        except AuthenticationError as err:
            if err.failure.area is Area.ACCOUNT:
                await self._remember_refusal(err.failure)
            raise

    async def _remember_refusal(self, failure: Failure) -> None:
        """Keep what the cloud will say to this password until somebody acts."""
        digest = _salted_digest(self._password, secrets.token_hex(16))
        refused = integer(failure.code)
        await self._save(replace(self.state, refused=refused, refused_password=digest))

    def _is_refused(self, digest: str | None) -> bool:
        """Tell whether a digest is that of the password."""
        salt = (digest or "").partition(":")[0]
        return digest == _salted_digest(self._password, salt)

    async def _login(self, *, kept: str | None) -> None:
        """Log in; until that succeeds, and if it fails, the session is `kept`."""
        now = self._clock()
        self._check_may_login(now)
        recent = self._recent_logins(now)
        times = (*recent, now)
        await self._save(replace(self.state, token=kept, login_times=times))
        try:
            response = await self._transport.post(
                "/thirdData/login",
                {"userName": self._user_name, "systemCode": self._password},
                {},
                _LOGIN,
            )
        except UnreachableError as err:
            if not err.sent:
                await self._save(replace(self.state, login_times=tuple(recent)))
            raise
        answer = read_answer(response, _LOGIN, now)
        if answer.failure is not None:
            await self._refused(answer.failure, answer.retry_after or 0.0, now)
        token = _token_of(response)
        if token is None:
            raise InvalidResponseError(failure_of(FailureKey.INVALID_RESPONSE), _LOGIN)
        await self._save(
            SessionState(
                token=token,
                last_used=now,
                login_times=times,
                lost_times=self.state.lost_times,
                survived=self.state.survived,
                survived_at=self.state.survived_at,
            )
        )

    def _check_may_login(self, now: float) -> None:
        """Raise where a log-in is one too many."""
        # a door closed for longer than any refusal was closed by a clock that was wrong
        after = self.state.login_after
        may = after if after <= now + _LONGEST_REFUSAL else now
        recent = self._recent_logins(now)
        if len(recent) >= LOGINS:
            may = max(may, recent[-LOGINS] + LOGIN_WINDOW)
        if may > now:
            raise DoorClosedError(
                failure_of(FailureKey.TOO_MANY_LOGINS), _LOGIN, retry_at=instant(may)
            )

    def _recent_logins(self, now: float) -> list[float]:
        """Return the log-ins that the cloud still counts, in order."""
        times = sorted(self.state.login_times)
        return [time for time in times if abs(now - time) < LOGIN_WINDOW]

    async def _refused(self, failure: Failure, wait: float, now: float) -> None:
        """Raise a refused log-in, and remember one that was too many."""
        if failure.area is Area.FLOW_CONTROL:
            may = now + min(max(LOGIN_WINDOW, wait), _LONGEST_REFUSAL)
            await self._save(replace(self.state, login_after=may))
            raise FlowControlError(
                failure_of(FailureKey.TOO_MANY_LOGINS, failure.code),
                _LOGIN,
                retry_at=instant(may),
            )
        raise error_for(failure, _LOGIN)

    async def _save(self, state: SessionState) -> None:
        self._own_state = state
        await self._save_state(state)


def _times(stored: JsonValue) -> tuple[float, ...]:
    numbers = [number(time) for time in stored] if isinstance(stored, list) else []
    return tuple(time for time in numbers if time is not None)


def _token_of(response: Response) -> str | None:
    """Return the token from the header, else from the cookie of older servers."""
    for token in (
        response.headers.get(_TOKEN_HEADER.lower()),
        response.cookies.get(_TOKEN_HEADER),
    ):
        if token and is_token(token):
            return token
    return None


def _salted_digest(password: str, salt: str) -> str:
    """Return what a password is recognised by, and cannot be read from."""
    return f"{salt}:{sha256(f'{salt}:{password}'.encode()).hexdigest()}"
