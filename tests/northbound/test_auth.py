"""Sessions of API accounts, and bearer tokens."""

import asyncio
from collections.abc import Mapping
import logging

from aiohttp import ClientSession
import pytest
from yarl import URL

from custom_components.smartpvms.northbound.auth import (
    Access,
    ApiAccountAuthentication,
    BearerAuthentication,
    SessionState,
    is_token,
)
from custom_components.smartpvms.northbound.client import NorthboundClient
from custom_components.smartpvms.northbound.errors import (
    AuthenticationError,
    DoorClosedError,
    FlowControlError,
    InvalidResponseError,
    PermissionDeniedError,
    SessionExpiredError,
    TemporaryError,
    UnreachableError,
)
from custom_components.smartpvms.northbound.flow_control import Ledger
from custom_components.smartpvms.northbound.json_types import JsonValue

from .cloud import Answer, Cloud, StoppedClock, data, recorded, refusal
from .conftest import Disk, Tokens


def with_state(
    session: ClientSession,
    cloud: Cloud,
    disk: Disk,
    clock: StoppedClock,
    state: SessionState,
    *,
    password: str = "hidden-password",
) -> ApiAccountAuthentication:
    return ApiAccountAuthentication(
        session,
        cloud.url,
        "apiuser",
        password,
        state=state,
        save=disk.save,
        clock=clock,
    )


async def test_first_call_logs_in_and_later_ones_do_not(
    account_client: NorthboundClient, cloud: Cloud, sessions: Disk, clock: StoppedClock
) -> None:
    await account_client.get_devices(["NE=1"])
    await account_client.get_devices(["NE=1"])

    assert cloud.bodies("login") == [
        {"userName": "apiuser", "systemCode": "hidden-password"}
    ]
    assert [h["XSRF-TOKEN"] for h in cloud.headers("getDevList")] == ["token-1"] * 2
    assert all("Authorization" not in h for h in cloud.headers("getDevList"))
    assert sessions.saved == [
        SessionState(login_times=(clock.now,)),
        SessionState(token="token-1", last_used=clock.now, login_times=(clock.now,)),
    ]


async def test_session_goes_on_after_a_restart(
    session: ClientSession, cloud: Cloud, disk: Disk, clock: StoppedClock
) -> None:
    before = SessionState(token="kept", last_used=clock.now - 1000, login_times=(1.0,))
    stored = SessionState.from_dict(before.as_dict())
    account = with_state(session, cloud, disk, clock, stored)

    assert stored == before
    assert await account.headers() == {"XSRF-TOKEN": "kept"}
    assert account.access is Access.API_ACCOUNT
    assert cloud.requests == []


@pytest.mark.parametrize("idle", [25 * 60, 3600, -10])
async def test_idle_session_is_replaced_before_it_is_used(
    session: ClientSession, cloud: Cloud, disk: Disk, clock: StoppedClock, idle: float
) -> None:
    state = SessionState(token="old", last_used=clock.now - idle)
    account = with_state(session, cloud, disk, clock, state)

    assert await account.headers() == {"XSRF-TOKEN": "token-1"}


async def test_use_prolongs_a_session(
    account: ApiAccountAuthentication, sessions: Disk, clock: StoppedClock
) -> None:
    await account.headers()
    written = len(sessions.saved)
    clock.tick(30)
    await account.used()
    assert len(sessions.saved) == written

    for _ in range(5):
        clock.tick(20 * 60)
        assert await account.headers() == {"XSRF-TOKEN": "token-1"}
        await account.used()

    assert len(sessions.saved) == written + 5
    assert account.state.last_used == clock.now


async def test_dead_session_is_renewed_once(
    account_client: NorthboundClient, cloud: Cloud
) -> None:
    cloud.answer("getDevList", recorded("error_305_immediately"), data([]))

    await account_client.get_devices(["NE=1"])

    assert len(cloud.bodies("login")) == 2
    assert len(cloud.bodies("getDevList")) == 2


async def test_renewed_call_fits_where_only_one_does(
    account_client: NorthboundClient, cloud: Cloud
) -> None:
    cloud.answer("getStationRealKpi", recorded("error_305_immediately"), data([]))

    assert await account_client.get_plant_readings(["NE=1"]) == {}
    assert account_client.ledger.snapshot()["booked"] == {"getStationRealKpi": 1}


@pytest.mark.parametrize("code", [305, 306])
async def test_session_that_dies_again_is_reported(
    account_client: NorthboundClient, cloud: Cloud, code: int
) -> None:
    cloud.answer("getDevList", refusal(code))

    with pytest.raises(SessionExpiredError) as raised:
        await account_client.get_devices(["NE=1"])

    assert raised.value.failure.code == code
    assert len(cloud.bodies("login")) == 2
    assert len(cloud.bodies("getDevList")) == 2


async def test_one_log_in_for_calls_that_wait_for_it(
    account: ApiAccountAuthentication, cloud: Cloud
) -> None:
    headers = await asyncio.gather(*(account.headers() for _ in range(5)))
    await asyncio.gather(*(account.renew(headers[0]) for _ in range(5)))

    assert headers == [{"XSRF-TOKEN": "token-1"}] * 5
    assert await account.headers() == {"XSRF-TOKEN": "token-2"}
    assert len(cloud.bodies("login")) == 2


@pytest.mark.parametrize(
    ("answer", "token"),
    [
        (Answer(body={"failCode": 0}, headers={"XSRF-TOKEN": "n-1"}), "n-1"),
        (
            Answer(
                body={"failCode": 0},
                headers={"Set-Cookie": "XSRF-TOKEN=n-2; Path=/; HttpOnly"},
            ),
            "n-2",
        ),
        (
            Answer(
                body=recorded("login_success_withDocMessage").body,
                headers={"xsrf-token": "n-3", "Set-Cookie": "XSRF-TOKEN=other"},
            ),
            "n-3",
        ),
    ],
)
async def test_where_the_token_comes_from(
    account: ApiAccountAuthentication, cloud: Cloud, answer: Answer, token: str
) -> None:
    cloud.answer("login", answer)

    await account.login()

    assert await account.headers() == {"XSRF-TOKEN": token}


@pytest.mark.parametrize(
    "headers", [{}, {"xsrf-token": ""}, {"xsrf-token": "two words"}]
)
async def test_log_in_without_a_token(
    account: ApiAccountAuthentication, cloud: Cloud, headers: Mapping[str, str]
) -> None:
    cloud.answer("login", Answer(body={"failCode": 0}, headers=headers))

    with pytest.raises(InvalidResponseError):
        await account.login()


@pytest.mark.parametrize(
    ("code", "key"),
    [
        (20400, "credentials_rejected"),
        (20403, "login_restricted"),
        (20001, "account_unknown"),
        (20002, "account_disabled"),
        (20003, "account_expired"),
    ],
)
async def test_refused_log_in_is_not_repeated(
    *,
    session: ClientSession,
    cloud: Cloud,
    account: ApiAccountAuthentication,
    sessions: Disk,
    clock: StoppedClock,
    code: int,
    key: str,
) -> None:
    cloud.answer("login", refusal(code))
    with pytest.raises(AuthenticationError) as first:
        await account.headers()
    clock.tick(86400)
    stored = SessionState.from_dict(sessions.saved[-1].as_dict())
    after_restart = with_state(session, cloud, sessions, clock, stored)

    with pytest.raises(AuthenticationError) as second:
        await account.headers()
    with pytest.raises(AuthenticationError) as third:
        await after_restart.headers()

    for raised in (first, second, third):
        assert raised.value.failure.key == key
        assert raised.value.failure.code == code
        assert raised.value.interface == "login"
    assert len(cloud.bodies("login")) == 1


async def test_another_password_is_a_new_try(
    session: ClientSession,
    cloud: Cloud,
    account: ApiAccountAuthentication,
    sessions: Disk,
    clock: StoppedClock,
) -> None:
    cloud.answer("login", refusal(20400))
    with pytest.raises(AuthenticationError):
        await account.headers()
    stored = sessions.saved[-1].as_dict()
    assert stored["refused"] == 20400
    assert "hidden-password" not in str(stored)

    cloud.answer("login", Answer(body={"failCode": 0}, headers={"xsrf-token": "t"}))
    state = SessionState.from_dict(stored)
    changed = with_state(session, cloud, sessions, clock, state, password="changed")
    assert await changed.headers() == {"XSRF-TOKEN": "t"}
    assert changed.state.refused is None
    assert changed.state.refused_password is None
    assert changed.state.login_times == (clock.now, clock.now)


async def test_person_may_try_a_refused_password_again(
    account: ApiAccountAuthentication, cloud: Cloud
) -> None:
    cloud.answer("login", refusal(20400))
    with pytest.raises(AuthenticationError):
        await account.headers()
    cloud.answer("login", Answer(body={"failCode": 0}, headers={"xsrf-token": "t"}))

    await account.login()

    assert await account.headers() == {"XSRF-TOKEN": "t"}


async def test_mistyped_password_leaves_the_session_alone(
    session: ClientSession, cloud: Cloud, sessions: Disk, clock: StoppedClock
) -> None:
    running = SessionState(token="running", last_used=clock.now)
    account = with_state(session, cloud, sessions, clock, running, password="typo")
    cloud.answer("login", refusal(20400))

    with pytest.raises(AuthenticationError):
        await account.login()

    assert account.state == SessionState(
        token="running", last_used=clock.now, login_times=(clock.now,)
    )
    assert await account.headers() == {"XSRF-TOKEN": "running"}


async def test_log_in_that_was_not_sent_is_not_counted(
    session: ClientSession, disk: Disk, clock: StoppedClock
) -> None:
    earlier = clock.now - 100
    account = ApiAccountAuthentication(
        session,
        URL("http://127.0.0.1:9"),
        "apiuser",
        "hidden-password",
        state=SessionState(login_times=(earlier,)),
        save=disk.save,
        clock=clock,
    )
    for _ in range(5):
        with pytest.raises(UnreachableError):
            await account.headers()

    assert account.state.login_times == (earlier,)


async def test_log_in_that_may_have_arrived_is_counted(
    session: ClientSession, disk: Disk, clock: StoppedClock
) -> None:
    async def hang_up(
        reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        await reader.readuntil(b"}")
        writer.close()

    server = await asyncio.start_server(hang_up, "127.0.0.1", 0)
    account = ApiAccountAuthentication(
        session,
        URL.build(
            scheme="http", host="127.0.0.1", port=server.sockets[0].getsockname()[1]
        ),
        "apiuser",
        "hidden-password",
        state=SessionState(),
        save=disk.save,
        clock=clock,
    )
    async with server:
        with pytest.raises(UnreachableError):
            await account.headers()

    assert account.state.login_times == (clock.now,)


def test_what_is_kept_of_an_account_that_nobody_uses() -> None:
    state = SessionState(token="t", last_used=1.0, login_times=(2.0,), login_after=3.0)

    assert state.log_ins_only() == SessionState(login_times=(2.0,), login_after=3.0)


@pytest.mark.parametrize("value", ["", "two words", "line\nbreak", "ü", "x" * 4097])
def test_what_cannot_stand_in_a_header_is_no_token(value: str) -> None:
    assert not is_token(value)
    assert is_token("at-1.~")


@pytest.mark.parametrize(
    ("answer", "wait"),
    [
        (recorded("error_407_dataString"), 600),
        (Answer(status=429, headers={"Retry-After": "1200"}), 1200),
        (Answer(status=429, headers={"Retry-After": "999999"}), 3600),
    ],
)
async def test_too_many_log_ins_says_the_cloud(
    account: ApiAccountAuthentication,
    cloud: Cloud,
    clock: StoppedClock,
    answer: Answer,
    wait: float,
) -> None:
    cloud.answer("login", answer)
    with pytest.raises(FlowControlError) as raised:
        await account.login()
    clock.tick(wait - 1)
    with pytest.raises(DoorClosedError) as closed:
        await account.login()

    assert raised.value.failure.key == "too_many_logins"
    assert closed.value.retry_at == raised.value.retry_at
    assert raised.value.retry_at.timestamp() == clock.now + 1
    assert len(cloud.bodies("login")) == 1
    clock.tick(1)
    cloud.answer("login", Answer(body={"failCode": 0}, headers={"xsrf-token": "t"}))
    await account.login()


async def test_at_most_four_log_ins_in_ten_minutes_across_restarts(
    session: ClientSession, cloud: Cloud, sessions: Disk, clock: StoppedClock
) -> None:
    state = SessionState()
    began = clock.now
    for _ in range(4):
        account = with_state(session, cloud, sessions, clock, state)
        await account.login()
        state = SessionState.from_dict(sessions.saved[-1].as_dict())
        clock.tick(100)
    account = with_state(session, cloud, sessions, clock, state)

    with pytest.raises(DoorClosedError) as closed:
        await account.login()

    assert closed.value.failure.key == "too_many_logins"
    assert closed.value.retry_at.timestamp() == began + 600
    clock.now = began + 600
    await account.login()
    assert len(cloud.bodies("login")) == 5


async def test_account_that_something_else_uses_is_left_to_it_for_a_while(
    session: ClientSession, cloud: Cloud, sessions: Disk, clock: StoppedClock
) -> None:
    """Each log-in ends the session of the other: two losses are no accident."""
    account = with_state(session, cloud, sessions, clock, SessionState())
    await account.renew(await account.headers())
    assert not account.state.is_shared(clock.now)
    clock.tick(120)
    waits = []
    for _ in range(5):
        with pytest.raises(DoorClosedError) as closed:
            await account.renew(await account.headers())
        assert closed.value.failure.key == "access_shared"
        assert account.state.is_shared(clock.now)
        waits.append(closed.value.retry_at.timestamp() - clock.now)
        # across a restart too
        state = SessionState.from_dict(sessions.saved[-1].as_dict())
        account = with_state(session, cloud, sessions, clock, state)
        with pytest.raises(DoorClosedError):
            await account.headers()
        clock.tick(waits[-1])

    assert waits == [600, 1200, 2400, 3600, 3600]
    # and is no longer held against anybody two hours later
    await account.headers()
    clock.tick(7200)
    assert not account.state.is_shared(clock.now)
    await account.headers()


async def test_person_need_not_wait_for_the_other(
    session: ClientSession, cloud: Cloud, sessions: Disk, clock: StoppedClock
) -> None:
    lost = (clock.now - 60, clock.now - 1)
    state = SessionState(lost_times=lost)
    account = with_state(session, cloud, sessions, clock, state)
    await account.login()

    assert await account.headers() == {"XSRF-TOKEN": "token-1"}
    assert account.state.lost_times == lost


async def test_session_that_was_idle_is_not_lost_to_anybody(
    session: ClientSession, cloud: Cloud, sessions: Disk, clock: StoppedClock
) -> None:
    account = with_state(session, cloud, sessions, clock, SessionState())
    for _ in range(3):
        headers = await account.headers()
        clock.tick(3600)
        await account.renew(headers)

    assert account.state.lost_times == ()


async def use_for(
    account: ApiAccountAuthentication, clock: StoppedClock, *idle: float
) -> None:
    """Make calls that succeed, each so many seconds after the one before."""
    await account.headers()
    await account.used()
    for seconds in idle:
        clock.tick(seconds)
        await account.headers()
        await account.used()


async def lose_after(
    account: ApiAccountAuthentication, clock: StoppedClock, idle: float
) -> None:
    """Have a session ended that was idle for so long, and another one begin."""
    clock.tick(idle)
    await account.renew(await account.headers())
    await account.headers()
    await account.used()


async def test_cloud_that_ends_idle_sessions_early_is_no_other_client(
    session: ClientSession, cloud: Cloud, sessions: Disk, clock: StoppedClock
) -> None:
    account = with_state(session, cloud, sessions, clock, SessionState())
    await use_for(account, clock, 250, 280)
    for idle in (302, 305, 299, 340, 302, 600):
        await lose_after(account, clock, idle)

    assert account.state.lost_times == ()


@pytest.mark.parametrize(("lived", "lost"), [(240, 120), (600, 302), (900, 700)])
async def test_session_that_dies_sooner_than_others_was_ended_by_somebody(
    *,
    session: ClientSession,
    cloud: Cloud,
    sessions: Disk,
    clock: StoppedClock,
    lived: float,
    lost: float,
) -> None:
    account = with_state(session, cloud, sessions, clock, SessionState())
    await use_for(account, clock, lived)
    # what the cloud lets pass is known after a restart too
    state = SessionState.from_dict(sessions.saved[-1].as_dict())
    account = with_state(session, cloud, sessions, clock, state)
    await lose_after(account, clock, lost)
    assert not account.state.is_shared(clock.now)
    clock.tick(lost)

    with pytest.raises(DoorClosedError) as closed:
        await account.renew(await account.headers())

    assert closed.value.failure.key == "access_shared"


async def test_use_of_a_session_that_is_gone_says_nothing_of_the_cloud(
    session: ClientSession, cloud: Cloud, sessions: Disk, clock: StoppedClock
) -> None:
    account = with_state(session, cloud, sessions, clock, SessionState())
    await account.used()

    assert account.state.survived == 0


async def test_what_a_cloud_let_pass_is_not_held_against_it_for_ever(
    session: ClientSession, cloud: Cloud, sessions: Disk, clock: StoppedClock
) -> None:
    account = with_state(session, cloud, sessions, clock, SessionState())
    await use_for(account, clock, 600)
    clock.tick(8 * 24 * 3600)
    await account.headers()
    await account.used()
    for _ in range(3):
        await lose_after(account, clock, 302)

    assert account.state.lost_times == ()


async def test_log_in_is_counted_before_it_leaves(
    account: ApiAccountAuthentication, cloud: Cloud, sessions: Disk, clock: StoppedClock
) -> None:
    cloud.answer("login", Answer(status=503))

    with pytest.raises(TemporaryError):
        await account.login()

    assert sessions.saved == [SessionState(login_times=(clock.now,))]


async def test_clock_that_was_wrong_does_not_close_the_door(
    session: ClientSession, cloud: Cloud, sessions: Disk, clock: StoppedClock
) -> None:
    ahead = clock.now + 10**8
    state = SessionState(login_times=(ahead,) * 9, login_after=ahead)
    account = with_state(session, cloud, sessions, clock, state)

    assert await account.headers() == {"XSRF-TOKEN": "token-1"}


@pytest.mark.parametrize(
    ("code", "error"), [(401, PermissionDeniedError), (305, SessionExpiredError)]
)
async def test_refusal_of_no_account_is_not_remembered(
    account: ApiAccountAuthentication,
    cloud: Cloud,
    sessions: Disk,
    code: int,
    error: type[Exception],
) -> None:
    cloud.answer("login", refusal(code))

    with pytest.raises(error):
        await account.headers()

    assert sessions.saved[-1].refused is None


async def test_two_that_speak_for_one_account_share_its_session(
    session: ClientSession, cloud: Cloud, clock: StoppedClock
) -> None:
    held = [SessionState()]
    lock = asyncio.Lock()

    async def save(state: SessionState) -> None:
        held[0] = state

    entry, flow = (
        ApiAccountAuthentication(
            session,
            cloud.url,
            "u",
            "p",
            state=lambda: held[0],
            save=save,
            lock=lock,
            clock=clock,
        )
        for _ in range(2)
    )
    before = await entry.headers()
    await flow.login()
    await entry.renew(before)

    assert await entry.headers() == {"XSRF-TOKEN": "token-2"}
    assert len(held[0].login_times) == 2

    renewed = await entry.headers()
    await asyncio.gather(entry.renew(renewed), flow.renew(renewed))
    assert len(cloud.bodies("login")) == 3


async def test_log_out(
    account: ApiAccountAuthentication, cloud: Cloud, sessions: Disk
) -> None:
    await account.logout()
    assert cloud.requests == []
    await account.login()

    await account.logout()
    await account.renew({"XSRF-TOKEN": "token-1"})

    assert cloud.bodies("logout") == [{"xsrfToken": "token-1"}]
    paths = [request.path for request in cloud.requests]
    assert paths == ["/thirdData/login", "/thirdData/logout"]
    assert cloud.headers("logout")[0]["XSRF-TOKEN"] == "token-1"
    assert sessions.saved[-1].token is None
    assert len(cloud.bodies("login")) == 1


async def test_failed_log_out_forgets_the_session_all_the_same(
    account: ApiAccountAuthentication, cloud: Cloud, sessions: Disk
) -> None:
    await account.login()
    cloud.answer("logout", refusal(20004))

    with pytest.raises(TemporaryError):
        await account.logout()

    assert sessions.saved[-1].token is None


@pytest.mark.parametrize(
    "stored",
    [
        {},
        {"token": 5.5, "last_used": "x", "login_times": 3, "refused": "no"},
        {"token": None, "login_times": [None, "x", {}], "login_after": []},
    ],
)
def test_damaged_state(stored: dict[str, JsonValue]) -> None:
    state = SessionState.from_dict(stored)

    assert state.last_used == 0
    assert state.login_times == ()
    assert state.login_after == 0
    assert state.refused is None


async def test_no_secret_in_logs_texts_and_representations(
    account_client: NorthboundClient,
    cloud: Cloud,
    sessions: Disk,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    cloud.answer("getDevList", refusal(305))
    with pytest.raises(SessionExpiredError) as raised:
        await account_client.get_devices(["NE=33554875"])

    shown = caplog.text + repr(raised.value) + repr(sessions.saved)

    assert "getDevList" in caplog.text
    for secret in ("hidden-password", "apiuser", "token-1", "token-2", "NE=33554875"):
        assert secret not in shown


async def test_bearer_token_is_the_only_credential(
    client: NorthboundClient, cloud: Cloud, bearer: BearerAuthentication
) -> None:
    await client.get_devices(["NE=1"])

    headers = cloud.headers("getDevList")[0]
    assert headers["Authorization"] == "Bearer bearer-1"
    assert "XSRF-TOKEN" not in headers
    assert bearer.access is Access.OAUTH


async def test_rejected_bearer_token_is_renewed_once(
    client: NorthboundClient, cloud: Cloud, tokens: Tokens, ledger: Ledger
) -> None:
    cloud.answer("getDevList", recorded("error_305_immediately"), data([]))

    await client.get_devices(["NE=1"])

    assert tokens.renewed == ["bearer-1"]
    assert [h["Authorization"] for h in cloud.headers("getDevList")] == [
        "Bearer bearer-1",
        "Bearer bearer-2",
    ]
    assert ledger.snapshot()["booked"] == {"getDevList": 2}


async def test_bearer_token_is_not_renewed_twice(
    bearer: BearerAuthentication, tokens: Tokens
) -> None:
    rejected = await bearer.headers()

    await asyncio.gather(*(bearer.renew(rejected) for _ in range(3)))

    assert tokens.renewed == ["bearer-1"]
