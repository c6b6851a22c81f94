"""Flow control of both access modes."""

from collections import defaultdict, deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil

from ..plants.definitions import POWER_M_TYPES
from ..plants.plant import Plant
from .principal import Principal

DAY = timedelta(days=1)
OWNER_CALLS = {"basic": 1000, "control": 100}
"""Calls of a day by class."""
_LOGINS = 5
_LOGIN_WINDOW = timedelta(minutes=10)
_FIVE_MINUTES = timedelta(minutes=5)
_HALF_HOUR = timedelta(minutes=30)
_MINUTE = timedelta(minutes=1)
_SPARE_CALLS = 24
_COMMON_TYPES = frozenset({1, 10, 17, 38, 39, 41, 47, 23070, 23093})
_REAL_TIME_TYPES = _COMMON_TYPES | POWER_M_TYPES
_HISTORY_TYPES = _COMMON_TYPES | {63, 60001, 60003, 60010, 60014, 60043}
_REPORT_TYPES = frozenset({1, 38, 39, 41, 23093})


@dataclass(frozen=True, slots=True, kw_only=True)
class Allowance:
    """So many calls within any window of this length."""

    calls: int
    window: timedelta


class Quotas:
    """Counts the calls that were let through; a refused call costs nothing."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        """Count by the access clock."""
        self.enabled = True
        self._now = now
        self._calls: defaultdict[tuple[str, str], deque[datetime]] = defaultdict(deque)

    def admit(self, principal: Principal, interface: str, plants: list[Plant]) -> bool:
        """Book a call of a principal, or return False where its quota is spent."""
        if principal.account is None:
            name = _owner_class(interface)
            calls = OWNER_CALLS[name]
            return self._book((principal.key, name), Allowance(calls=calls, window=DAY))
        if principal.account.policy == "old":
            allowance = _old_policy(interface)
        else:
            allowance = _new_policy(interface, plants)
        return self._book((principal.key, interface), allowance)

    def admit_login(self, user_name: str, interface: str) -> bool:
        """Book a log-in or log-out: 5 in 10 minutes for each account."""
        allowance = Allowance(calls=_LOGINS, window=_LOGIN_WINDOW)
        return self._book((f"login:{user_name}", interface), allowance)

    def used(self) -> dict[str, int]:
        """Return the calls of the last day for each "principal interface"."""
        oldest = self._now() - DAY
        return {
            " ".join(key): sum(at > oldest for at in calls)
            for key, calls in self._calls.items()
        }

    def spend(self, key: str, interface: str, calls: int) -> None:
        """Book calls that nobody made, to bring a quota near its end."""
        self._calls[key, interface].extend([self._now()] * calls)

    def extend_block(self, principal: Principal, interface: str) -> None:
        """Count a refused call too, as some servers do with those who hammer."""
        name = _owner_class(interface) if principal.account is None else interface
        self._calls[principal.key, name].append(self._now())

    def clear(self) -> None:
        """Forget every call."""
        self._calls.clear()

    def _book(self, key: tuple[str, str], allowance: Allowance) -> bool:
        now = self._now()
        calls = self._calls[key]
        longest = max(allowance.window, DAY)
        while calls and calls[0] <= now - longest:
            calls.popleft()
        used = sum(at > now - allowance.window for at in calls)
        if self.enabled and used >= allowance.calls:
            return False
        calls.append(now)
        return True


def is_control(interface: str) -> bool:
    """Return whether an interface belongs to the class of control."""
    return interface.startswith(("control/", "vpp/"))


def _owner_class(interface: str) -> str:
    return "control" if is_control(interface) else "basic"


def _new_policy(interface: str, plants: list[Plant]) -> Allowance:
    """Return the allowance of accounts made after 2022-06-30."""
    hundreds = ceil(len(plants) / 100)
    counts = _device_counts(plants, _REAL_TIME_TYPES)
    devices = sum(ceil(count / 100) for count in counts)
    reports = sum(ceil(count / 100) for count in _device_counts(plants, _REPORT_TYPES))
    history = _device_counts(plants, _HISTORY_TYPES)
    match interface:
        case "stations" | "getStationList":
            return Allowance(calls=hundreds * 10 + _SPARE_CALLS, window=DAY)
        case "getDevList":
            return Allowance(calls=hundreds + _SPARE_CALLS, window=DAY)
        case "getStationRealKpi":
            return Allowance(calls=hundreds, window=_FIVE_MINUTES)
        case "getDevRealKpi":
            return Allowance(calls=devices, window=_FIVE_MINUTES)
        case "device/history":
            spacing = 600 / max(sum(history), 1)
            return Allowance(calls=1, window=timedelta(seconds=spacing))
        case "getDevHistoryKpi" | "getDevFiveMinutes":
            calls = sum(ceil(count / 10) for count in history) + _SPARE_CALLS
            return Allowance(calls=calls, window=DAY)
        case "getAlarmList":
            return Allowance(calls=max(hundreds, devices), window=_HALF_HOUR)
        case "getDevKpiDay" | "getDevKpiMonth" | "getDevKpiYear":
            return Allowance(calls=reports + _SPARE_CALLS, window=DAY)
        case "configuration/battery-mode" | "configuration/active-power-control-mode":
            return Allowance(calls=1, window=_MINUTE)
        case control if is_control(control):
            return Allowance(calls=1, window=_MINUTE)
        case _:
            return Allowance(calls=hundreds + _SPARE_CALLS, window=DAY)


def _old_policy(interface: str) -> Allowance:
    """Return the allowance of accounts made on or before 2022-06-30."""
    if interface == "getStationRealKpi":
        return Allowance(calls=30, window=_MINUTE)
    if interface in {"device/history", "getDevHistoryKpi", "getDevFiveMinutes"}:
        return Allowance(calls=1, window=_MINUTE)
    return Allowance(calls=10, window=_MINUTE)


def _device_counts(plants: Iterable[Plant], types: frozenset[int]) -> list[int]:
    counts: defaultdict[int, int] = defaultdict(int)
    for plant in plants:
        for device in plant.devices:
            if device.type_id in types:
                counts[device.type_id] += 1
    return list(counts.values())
