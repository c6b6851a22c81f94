"""A cloud with alarms, which it tells as the real one does, and what listens to them."""

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final, override

from aiohttp import web
from freezegun.api import FrozenDateTimeFactory
from homeassistant.components.application_credentials import (
    ClientCredential,
    async_import_client_credential,
)
from homeassistant.const import EVENT_STATE_CHANGED
from homeassistant.core import (
    Event,
    EventStateChangedData,
    HomeAssistant,
    callback,
)
from homeassistant.helpers import entity_registry as er
from homeassistant.setup import async_setup_component
from homeassistant.util import dt as dt_util
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_fire_time_changed,
)

from custom_components.smartpvms.const import DOMAIN
from tests.playback import (
    Answer,
    PlaybackCloud,
    api_account_entry,
    recorded,
    success,
)

START: Final = datetime(2026, 3, 1, 12, tzinfo=UTC)
HALF_HOUR: Final = timedelta(minutes=30, seconds=3)
LONGEST_WINDOW: Final = timedelta(days=7)

HOME: Final = "NE=1"
FARM: Final = "NE=2"
PLANTS: Final = {HOME: "Home", FARM: "Farm"}

type Key = tuple[str, int, str, datetime]
"""Plant, kind, device and raise time."""


@dataclass(slots=True, kw_only=True, eq=False)
class CloudAlarm:
    """An alarm in the cloud, where it is seen from `seen` on."""

    kind: int
    raised: datetime
    plant: str = HOME
    device: str = "Inverter-1"
    serial: str | None = "SN1"
    severity: int | None = 2
    seen: datetime | None = None
    cleared: datetime | None = None

    @property
    def key(self) -> Key:
        return self.plant, self.kind, self.serial or self.device, self.raised

    def active_at(self, moment: datetime) -> bool:
        seen = self.seen or self.raised
        return seen <= moment and (self.cleared is None or moment < self.cleared)

    def row(self, language: str) -> dict[str, Any]:
        return {
            "alarmId": self.kind,
            "alarmName": f"Alarm {self.kind} in {language}",
            "alarmCause": "A cause",
            "alarmType": 2,
            "causeId": 1,
            "devName": self.device,
            "devTypeId": 38 if self.serial else 39,
            "esnCode": self.serial,
            "lev": self.severity,
            "raiseTime": milliseconds(self.raised),
            "repairSuggestion": "A remedy",
            "stationCode": self.plant,
            "stationName": PLANTS[self.plant],
            "status": 1,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class AlarmQuery:
    """What was asked for."""

    plants: tuple[str, ...]
    begin: datetime
    end: datetime
    language: str
    at: datetime


@dataclass(slots=True, kw_only=True)
class Behaviour:
    """What the cloud does wrong with getAlarmList.

    While it refuses plants, and as long as it is not `certain`, an answer about others
    may be put aside, since nobody knows yet which plant is the refused one.
    """

    answer: Answer | None = None
    refused_plants: set[str] = field(default_factory=set)
    certain: bool = True


class AlarmCloud(PlaybackCloud):
    """Lists active alarms by raise time, and cuts what is asked beyond seven days."""

    def __init__(self) -> None:
        """Begin with two plants without alarms."""
        super().__init__()
        self.alarms: list[CloudAlarm] = []
        self.queries: list[AlarmQuery] = []
        self.listed: dict[Key, CloudAlarm] = {}
        self.listed_for_certain: dict[Key, CloudAlarm] = {}
        self.behaviour = Behaviour()
        self.was_asked = asyncio.Event()
        self.list_plants(HOME)

    def list_plants(self, *codes: str) -> None:
        rows = [{"plantCode": code, "plantName": PLANTS[code]} for code in codes]
        page = {"total": len(rows), "pageNo": 1, "pageCount": 1, "list": rows}
        self.answers["stations"] = success(page)
        self.answers["getStationRealKpi"] = success(
            [{"stationCode": code, "dataItemMap": {}} for code in codes]
        )

    def add(self, kind: int, raised: datetime, **details: Any) -> CloudAlarm:
        alarm = CloudAlarm(kind=kind, raised=raised, **details)
        self.alarms.append(alarm)
        return alarm

    @override
    async def _answer(self, request: web.Request) -> web.Response:
        if request.path.endswith("getAlarmList"):
            body = await request.json()
            self.answers["getAlarmList"] = self._alarm_list(body)
        return await super()._answer(request)

    def _alarm_list(self, body: Mapping[str, Any]) -> Answer:
        query = AlarmQuery(
            plants=tuple(body["stationCodes"].split(",")),
            begin=instant(body["beginTime"]),
            end=instant(body["endTime"]),
            language=body["language"],
            at=dt_util.utcnow(),
        )
        self.queries.append(query)
        self.was_asked.set()
        if self.behaviour.answer is not None:
            return self.behaviour.answer
        if self.behaviour.refused_plants.intersection(query.plants):
            return Answer(body='{"success":false,"failCode":20056,"data":null}')
        end = min(query.end, query.begin + LONGEST_WINDOW)
        found = [
            alarm
            for alarm in self.alarms
            if alarm.plant in query.plants
            and query.begin <= alarm.raised <= end
            and alarm.active_at(query.at)
        ]
        self.listed |= {alarm.key: alarm for alarm in found}
        if self.behaviour.certain:
            self.listed_for_certain |= {alarm.key: alarm for alarm in found}
        return success([alarm.row(query.language) for alarm in found])


class AlarmNews:
    """Collects what the event entities tell; a state that is restored is no news."""

    def __init__(self, hass: HomeAssistant) -> None:
        """Listen from now on."""
        self._hass = hass
        self._last: dict[str, str] = {}
        self.events: list[dict[str, Any]] = []
        hass.bus.async_listen(EVENT_STATE_CHANGED, self._changed)

    @callback
    def _changed(self, event: Event[EventStateChangedData]) -> None:
        state = event.data["new_state"]
        if state is None or state.domain != "event":
            return
        if state.attributes.get("event_type") is None:
            return
        if state.state <= self._last.get(state.entity_id, ""):
            return
        self._last[state.entity_id] = state.state
        entity = er.async_get(self._hass).async_get(state.entity_id)
        assert entity is not None
        plant = entity.unique_id.removesuffix("_alarm")
        self.events.append({**state.attributes, "plant": plant})

    def of_type(self, event_type: str) -> list[Key]:
        return [key_of(one) for one in self.events if one["event_type"] == event_type]

    @property
    def raised(self) -> list[Key]:
        return self.of_type("alarm_raised")

    @property
    def cleared(self) -> list[Key]:
        return self.of_type("alarm_cleared")


def key_of(event: Mapping[str, Any]) -> Key:
    return (
        event["plant"],
        event["kind"],
        event["serial_number"] or event["device"],
        datetime.fromisoformat(event["raised"]),
    )


def milliseconds(moment: datetime) -> int:
    return round(moment.timestamp() * 1000)


def instant(value: int) -> datetime:
    return datetime.fromtimestamp(0, UTC) + timedelta(milliseconds=value)


def account_entry(
    cloud: AlarmCloud, plants: Iterable[str] = (HOME,)
) -> MockConfigEntry:
    """Return an entry of an API account that polls the rest as seldom as it may."""
    return api_account_entry(cloud.url, list(plants))


async def oauth_entry(
    hass: HomeAssistant, cloud: AlarmCloud, plants: Iterable[str] = (HOME,)
) -> MockConfigEntry:
    """Return an entry of an owner whose token lasts."""
    assert await async_setup_component(hass, "application_credentials", {})
    await async_import_client_credential(
        hass, DOMAIN, ClientCredential("100000001", "playback-secret"), "client"
    )
    cloud.answers["token"] = recorded("oauth_token_success_shape.json")
    account = account_entry(cloud, plants)
    return MockConfigEntry(
        domain=DOMAIN,
        unique_id=f"127.0.0.1_{HOME}",
        data={
            "access": "oauth",
            "server": cloud.url,
            "known_plants": list(plants),
            "known_serials": [],
            "auth_implementation": "client",
            "redirect_uri": "http://homeassistant.local/auth/external/callback",
            "token": {
                "access_token": "x",
                "refresh_token": "y",
                "expires_in": 3600,
                "expires_at": datetime(2030, 1, 1, tzinfo=UTC).timestamp(),
                "token_type": "Bearer",
                "scope": "pvms.openapi.basic",
            },
        },
        options=dict(account.options),
    )


async def async_wait(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, delta: timedelta = HALF_HOUR
) -> None:
    """Let time pass."""
    freezer.tick(delta)
    async_fire_time_changed(hass)
    await hass.async_block_till_done(wait_background_tasks=True)


async def async_pass(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, delta: timedelta
) -> None:
    """Let a longer time pass, half-hour by half-hour."""
    end = dt_util.utcnow() + delta
    while dt_util.utcnow() < end:
        await async_wait(hass, freezer)
