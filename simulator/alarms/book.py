"""Which alarms are active when."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from math import exp, log
from random import Random
from typing import TYPE_CHECKING

from .kinds import KINDS, AlarmKind, AlarmText

if TYPE_CHECKING:
    from ..plants.plant import Device, Plant

_DAY = 86_400
_DAILY_SHARE = 0.3
_SHORTEST, _LONGEST = 0.3, 240.0
"""Hours that a spontaneous alarm lasts."""
_DAYS_BACK = 11


@dataclass(frozen=True, slots=True, kw_only=True)
class Alarm:
    """An alarm of a device; `severity` is 1 critical, 2 major, 3 minor, 4 warning."""

    kind: AlarmKind
    device: Device
    severity: int
    raised: datetime
    cleared: datetime | None = None
    """When it ends, None as long as nobody knows."""

    def active(self, now: datetime) -> bool:
        """Tell whether the alarm has come and not gone."""
        return self.raised <= now and (self.cleared is None or now < self.cleared)

    def text(self, language: str) -> AlarmText:
        """Return the texts in a language."""
        return self.kind.german if language == "de_DE" else self.kind.english


class PlantAlarms:
    """The alarms of one plant: those somebody raised, and spontaneous ones.

    Spontaneous alarms come and go over the days, the same for the same seed;
    there are none until `spontaneous` is set.
    """

    def __init__(
        self, devices: list[Device], key: str, now: Callable[[], datetime]
    ) -> None:
        """Begin without alarms; `key` holds the seed, `now` is plant time."""
        self.spontaneous = False
        self._devices = devices
        self._may_fail = tuple(devices)
        self._key = key
        self._now = now
        self._programmed: list[Alarm] = []
        self._of_day = cache(self._draw)

    def raise_alarm(
        self,
        kind: str | AlarmKind,
        device: Device | str | None = None,
        severity: int | None = None,
        *,
        at: datetime | None = None,
        until: datetime | None = None,
    ) -> Alarm:
        """Raise an alarm of a device (or its devDn), by default of the first one.

        It takes the severity of its kind and the present time where none is
        given. Raises KeyError for an unknown kind or device, ValueError for a
        severity that is not 1 to 4.
        """
        known = KINDS[kind] if isinstance(kind, str) else kind
        level = known.level if severity is None else severity
        if level not in {1, 2, 3, 4}:
            raise ValueError(f"no severity {level}")
        alarm = Alarm(
            kind=known,
            device=self._device(device),
            severity=level,
            raised=self._now() if at is None else at,
            cleared=until,
        )
        self._programmed.append(alarm)
        return alarm

    def clear_alarm(
        self,
        kind: str | None = None,
        device: Device | str | None = None,
        *,
        at: datetime | None = None,
    ) -> list[Alarm]:
        """End raised alarms, of all kinds and devices unless named; return them.

        Raises KeyError for an unknown kind or device.
        """
        now = self._now()
        end = now if at is None else at
        wanted = None if kind is None else KINDS[kind]
        dn = None if device is None else self._device(device).dn
        ended = []
        for index, alarm in enumerate(self._programmed):
            if alarm.active(now) and (
                wanted in (None, alarm.kind) and dn in (None, alarm.device.dn)
            ):
                self._programmed[index] = replace(alarm, cleared=end)
                ended.append(self._programmed[index])
        return ended

    def active(self, now: datetime | None = None) -> list[Alarm]:
        """Return what is active at an instant, by default at present."""
        instant = self._now() if now is None else now
        found = [alarm for alarm in self._programmed if alarm.active(instant)]
        return found + [
            alarm
            for alarm in self.drawn(instant - timedelta(days=_DAYS_BACK), instant)
            if alarm.active(instant)
        ]

    def drawn(self, begin: datetime, end: datetime) -> list[Alarm]:
        """Return the spontaneous alarms raised from one instant to another."""
        if not self.spontaneous:
            return []
        first, last = (int(instant.timestamp()) // _DAY for instant in (begin, end))
        drawn = (self._of_day(day) for day in range(first, last + 1))
        return [
            alarm
            for alarm in drawn
            if alarm is not None
            and begin <= alarm.raised <= end
            and alarm.device in self._devices
        ]

    def counts(self, now: datetime) -> Counter[int]:
        """Return how many alarms of each severity are active."""
        return Counter(alarm.severity for alarm in self.active(now))

    def _draw(self, day: int) -> Alarm | None:
        """Return the alarm that a day (since 1970, UTC) brings, if it brings one."""
        random = Random(f"{self._key}/alarms/{day}")
        if random.random() > _DAILY_SHARE:
            return None
        kind = random.choice(tuple(KINDS.values()))
        fitting = [
            device
            for device in self._may_fail
            if kind.types is None or device.type_id in kind.types
        ]
        second = random.randrange(_DAY)
        hours = exp(random.uniform(log(_SHORTEST), log(_LONGEST)))
        if not fitting:
            return None
        raised = datetime.fromtimestamp(day * _DAY + second, UTC)
        return Alarm(
            kind=kind,
            device=random.choice(fitting),
            severity=kind.level,
            raised=raised,
            cleared=raised + timedelta(seconds=round(hours * 3600)),
        )

    def _device(self, device: Device | str | None) -> Device:
        if device is None:
            return self._devices[0]
        if not isinstance(device, str):
            return device
        for one in self._devices:
            if one.dn == device:
                return one
        raise KeyError(device)


class Alarms:
    """The alarms of all plants; a cleared one is gone, as in the real API."""

    def __init__(self, plants: list[Plant]) -> None:
        """Look after the plants of a list that may change."""
        self._plants = plants

    @property
    def active(self) -> list[Alarm]:
        """What is active at present, plant by plant."""
        return [alarm for plant in self._plants for alarm in plant.alarms.active()]

    def raise_alarm(self, kind: str, device: Device, at: datetime) -> Alarm:
        """Raise an alarm. Raises KeyError for an unknown kind."""
        return device.plant.alarms.raise_alarm(kind, device, at=at)

    def clear(self) -> None:
        """End every alarm that somebody raised."""
        for plant in self._plants:
            plant.alarms.clear_alarm()

    def spontaneous(self, on: bool) -> None:
        """Let alarms of all plants come and go by themselves, or no longer."""
        for plant in self._plants:
            plant.alarms.spontaneous = on
