"""Fixtures: a cloud that is told what to answer, and clients that speak with it."""

from collections.abc import AsyncGenerator
from dataclasses import dataclass, field
from typing import Any

from aiohttp import ClientSession, DummyCookieJar
import pytest

from custom_components.smartpvms.northbound.auth import (
    Access,
    ApiAccountAuthentication,
    BearerAuthentication,
    SessionState,
)
from custom_components.smartpvms.northbound.client import NorthboundClient
from custom_components.smartpvms.northbound.flow_control import Ledger

from .cloud import Cloud, StoppedClock


@dataclass(slots=True)
class Disk:
    """What was saved, in order."""

    saved: list[Any] = field(default_factory=list)

    async def save(self, state: Any) -> None:
        self.saved.append(state)


@pytest.fixture
def clock() -> StoppedClock:
    return StoppedClock()


@pytest.fixture
def disk() -> Disk:
    return Disk()


@pytest.fixture
def sessions() -> Disk:
    return Disk()


@pytest.fixture
async def session() -> AsyncGenerator[ClientSession]:
    async with ClientSession(cookie_jar=DummyCookieJar()) as session:
        yield session


@pytest.fixture
async def cloud() -> AsyncGenerator[Cloud]:
    async with Cloud().serve() as cloud:
        yield cloud


@dataclass(slots=True)
class Tokens:
    """Bearer tokens: "bearer-1" until it is renewed."""

    number: int = 1
    renewed: list[str] = field(default_factory=list)

    async def get(self) -> str:
        return f"bearer-{self.number}"

    async def renew(self, rejected: str) -> None:
        self.renewed.append(rejected)
        self.number += 1


@pytest.fixture
def tokens() -> Tokens:
    return Tokens()


@pytest.fixture
def bearer(tokens: Tokens) -> BearerAuthentication:
    return BearerAuthentication(tokens.get, tokens.renew)


@pytest.fixture
def account(
    session: ClientSession, cloud: Cloud, sessions: Disk, clock: StoppedClock
) -> ApiAccountAuthentication:
    return ApiAccountAuthentication(
        session,
        cloud.url,
        "apiuser",
        "hidden-password",
        state=SessionState(),
        save=sessions.save,
        clock=clock,
    )


@pytest.fixture
def ledger(disk: Disk, clock: StoppedClock) -> Ledger:
    """Return the ledger of an owner."""
    return Ledger(Access.OAUTH, state=None, save=disk.save, clock=clock)


@pytest.fixture
def account_ledger(disk: Disk, clock: StoppedClock) -> Ledger:
    return Ledger(Access.API_ACCOUNT, state=None, save=disk.save, clock=clock)


@pytest.fixture
def client(
    session: ClientSession,
    cloud: Cloud,
    bearer: BearerAuthentication,
    ledger: Ledger,
    clock: StoppedClock,
) -> NorthboundClient:
    """Return the client of an owner (OAuth)."""
    return NorthboundClient(session, cloud.url, bearer, ledger, timeout=3, clock=clock)


@pytest.fixture
def account_client(
    session: ClientSession,
    cloud: Cloud,
    account: ApiAccountAuthentication,
    account_ledger: Ledger,
    clock: StoppedClock,
) -> NorthboundClient:
    """Return the client of an API account."""
    return NorthboundClient(
        session, cloud.url, account, account_ledger, timeout=3, clock=clock
    )
