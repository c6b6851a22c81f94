"""Which interfaces the cloud serves to an entry: from what polls found out, or by asking."""

from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from homeassistant.config_entries import ConfigEntry, ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import OAuth2TokenRequestBaseError
from homeassistant.util import dt as dt_util

from ..connection import Connection, async_connect
from ..const import CONF_ACCESS, CONF_PLANTS
from ..coordinator import SmartPVMSConfigEntry
from ..northbound.auth import Access
from ..northbound.call_journal import CallJournal, CallOutcome
from ..northbound.client import DEVICE_REPORTS, PLANT_REPORTS, NorthboundClient
from ..northbound.device_types import serves_history, serves_readings, serves_reports
from ..northbound.errors import (
    Area,
    DoorClosedError,
    FailureKey,
    NorthboundError,
    PermissionDeniedError,
    RequestRejectedError,
)
from ..northbound.interfaces import OLD_FORMS, Interface, InterfaceClass
from ..northbound.models import Device, ReportPeriod
from ..plant_control.permission import control_scope_granted

RECENT: Final = timedelta(hours=1)
"""An interface that answered so lately is not asked again."""

_READ: Final = (
    Interface.PLANTS,
    Interface.PLANTS_OLD,
    Interface.DEVICES,
    Interface.PLANT_READINGS,
    Interface.DEVICE_READINGS,
    Interface.ALARMS,
    Interface.PLANT_HOUR,
    Interface.PLANT_DAY,
    Interface.PLANT_MONTH,
    Interface.PLANT_YEAR,
    Interface.DEVICE_DAY,
    Interface.DEVICE_MONTH,
    Interface.DEVICE_YEAR,
    Interface.DEVICE_HISTORY,
    Interface.DEVICE_HISTORY_OLD,
)
_READ_BY_OWNERS: Final = (Interface.BATTERY_MODE, Interface.FEED_IN_LIMIT)
# of the cloud's answer only the code matters, and any language will do
_LANGUAGE: Final = "en_US"
_SPAN: Final = timedelta(hours=1)
# the cloud knows the interface and has nothing of this kind
_TAKEN: Final = frozenset(
    {FailureKey.DEVICE_TYPE_UNSUPPORTED, FailureKey.READINGS_NOT_CONFIGURED}
)

type _OfPlant = Callable[[NorthboundClient, str, datetime], Awaitable[object]]
type _OfDevice = Callable[[NorthboundClient, Device, datetime], Awaitable[object]]


class Grant(StrEnum):
    """Whether an entry may use an interface, as far as is known."""

    GRANTED = "granted"
    REFUSED = "refused"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What is known of one interface; `at` is when the cloud last said so."""

    interface: Interface
    grant: Grant
    at: datetime | None
    outcome: CallOutcome


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessCheck:
    """What was found, and what it cost.

    `control` says whether the owner granted commands, None for an API account, which
    never may. `stopped` is why not all could be asked.
    """

    findings: tuple[Finding, ...]
    control: bool | None
    calls: int = 0
    stopped: Exception | None = None


def finding_of(interface: Interface, outcome: CallOutcome) -> Finding:
    """Return what the last call says of an interface; an outage says nothing."""
    failure = outcome.failure
    if failure is not None and failure.area is Area.PERMISSION:
        grant, at = Grant.REFUSED, outcome.failed
    elif failure is not None and (failure.area is Area.PLANT or failure.key in _TAKEN):
        grant, at = Grant.GRANTED, outcome.failed
    else:
        at = outcome.answered
        grant = Grant.UNKNOWN if at is None else Grant.GRANTED
    return Finding(interface=interface, grant=grant, at=at, outcome=outcome)


def known_access(entry: ConfigEntry, journal: CallJournal) -> AccessCheck:
    """Return what is known without a call: what came of the calls since the start."""
    is_owner = entry.data[CONF_ACCESS] == Access.OAUTH
    return AccessCheck(
        findings=tuple(_findings(_interfaces(entry), journal.outcomes)),
        control=control_scope_granted(entry) if is_owner else None,
    )


def most_calls(entry: ConfigEntry) -> int:
    """Return how many calls a check of this entry takes at the most, a fleet's list aside."""
    return len(_interfaces(entry))


async def async_check_access(
    hass: HomeAssistant, entry: SmartPVMSConfigEntry
) -> AccessCheck:
    """Ask each interface once that has not answered lately, the control ones excepted.

    Each takes one call, about one plant or one device. The ledger is respected. Raises
    what Home Assistant sets entries up by, where the OAuth credentials are gone.
    """
    is_loaded = entry.state is ConfigEntryState.LOADED
    connection = (
        entry.runtime_data.connection if is_loaded else await async_connect(hass, entry)
    )
    asking = _Asking(connection=connection, plants=list(entry.options[CONF_PLANTS]))
    if is_loaded:
        asking.devices = list(entry.runtime_data.devices.data.values())
    journal = connection.account.journal
    before = _calls(journal)
    try:
        stopped = await asking.ask(_interfaces(entry))
    finally:
        if not is_loaded:
            connection.session.detach()
    known = known_access(entry, journal)
    if is_loaded:
        entry.runtime_data.clock.async_ask_again(
            each.interface for each in known.findings if each.grant is Grant.GRANTED
        )
    return AccessCheck(
        findings=known.findings,
        control=known.control,
        calls=_calls(journal) - before,
        stopped=stopped,
    )


@dataclass(slots=True, kw_only=True)
class _Asking:
    """One check under way: whom to ask about, which the lists may tell first."""

    connection: Connection
    plants: list[str]
    devices: list[Device] = field(default_factory=list)

    async def ask(self, interfaces: tuple[Interface, ...]) -> Exception | None:
        """Ask what is not known; return why that ended early, None where it did not."""
        for interface in interfaces:
            if self._answered_lately(interface) or self._is_spare(interface):
                continue
            try:
                await self._ask(interface)
            except PermissionDeniedError, RequestRejectedError, DoorClosedError:
                continue
            except (NorthboundError, OAuth2TokenRequestBaseError) as err:
                return err
        return None

    async def _ask(self, interface: Interface) -> None:
        client = self.connection.client
        now = dt_util.utcnow()
        if interface is Interface.PLANTS:
            await client.get_plants()
        elif interface is Interface.PLANTS_OLD:
            await client.get_plants_old()
        elif not self.plants:
            return
        elif interface is Interface.DEVICES:
            self.devices = list(await client.get_devices(self.plants[:1]))
        elif (of_plant := _OF_PLANT.get(interface)) is not None:
            await of_plant(client, self.plants[0], now)
        elif (device := self._device_for(interface)) is not None:
            await _OF_DEVICE[interface](client, device, now)

    def _device_for(self, interface: Interface) -> Device | None:
        if interface is Interface.DEVICE_READINGS:
            serves = serves_readings
        elif interface in DEVICE_REPORTS.values():
            serves = serves_reports
        else:
            serves = serves_history
        needs_dn = interface is Interface.DEVICE_HISTORY
        return next(
            (
                each
                for each in self.devices
                if serves(each.type_id) and (each.dn or not needs_dn)
            ),
            None,
        )

    def _answered_lately(self, interface: Interface) -> bool:
        outcome = self._outcomes.get(interface)
        if outcome is None or (interface is Interface.DEVICES and not self.devices):
            return False
        finding = finding_of(interface, outcome)
        return (
            finding.grant is Grant.GRANTED
            and finding.at is not None
            and timedelta() <= dt_util.utcnow() - finding.at < RECENT
        )

    def _is_spare(self, interface: Interface) -> bool:
        """Return whether this need not be asked, as another serves instead of it."""
        firsts = [first for first, old in OLD_FORMS.items() if old is interface]
        return any(
            (outcome := self._outcomes.get(first)) is None
            or finding_of(first, outcome).grant is not Grant.REFUSED
            for first in firsts
        )

    @property
    def _outcomes(self) -> Mapping[Interface, CallOutcome]:
        return self.connection.account.journal.outcomes


def _interfaces(entry: ConfigEntry) -> tuple[Interface, ...]:
    if entry.data[CONF_ACCESS] == Access.OAUTH:
        return (*_READ, *_READ_BY_OWNERS)
    return _READ


def _findings(
    interfaces: tuple[Interface, ...], outcomes: Mapping[Interface, CallOutcome]
) -> Iterator[Finding]:
    spare = OLD_FORMS.values()
    for interface in interfaces:
        outcome = outcomes.get(interface)
        if outcome is not None:
            yield finding_of(interface, outcome)
        elif interface not in spare:
            yield finding_of(interface, CallOutcome())


def _calls(journal: CallJournal) -> int:
    return sum(
        outcome.calls
        for interface, outcome in journal.outcomes.items()
        if interface.interface_class is InterfaceClass.BASIC
    )


def _plant_report(period: ReportPeriod) -> _OfPlant:
    return lambda client, code, now: client.get_plant_report(period, [code], now)


def _device_report(period: ReportPeriod) -> _OfDevice:
    return lambda client, device, now: client.get_device_report(
        period, device.type_id, [device.id], now
    )


_OF_PLANT: Final[Mapping[Interface, _OfPlant]] = {
    Interface.PLANT_READINGS: lambda client, code, _: client.get_plant_readings([code]),
    Interface.ALARMS: lambda client, code, now: client.get_alarms(
        plant_codes=[code], begin=now - _SPAN, end=now, language=_LANGUAGE
    ),
    Interface.BATTERY_MODE: lambda client, code, _: client.get_battery_mode(code),
    Interface.FEED_IN_LIMIT: lambda client, code, _: client.get_feed_in_limit(code),
    **{interface: _plant_report(period) for period, interface in PLANT_REPORTS.items()},
}
_OF_DEVICE: Final[Mapping[Interface, _OfDevice]] = {
    Interface.DEVICE_READINGS: lambda client, device, _: client.get_device_readings(
        device.type_id, [device.id]
    ),
    Interface.DEVICE_HISTORY: lambda client, device, now: client.get_device_history(
        device.dn or "", device.type_id, now - _SPAN, now
    ),
    Interface.DEVICE_HISTORY_OLD: lambda client, device, now: (
        client.get_device_history_old(device.type_id, [device.id], now - _SPAN, now)
    ),
    **{
        interface: _device_report(period)
        for period, interface in DEVICE_REPORTS.items()
    },
}
