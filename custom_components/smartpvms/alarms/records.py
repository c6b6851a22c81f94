"""What is remembered of alarms, and how it is written down."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final, Self

from ..northbound.json_types import JsonObject, JsonValue
from ..northbound.models import Alarm
from ..northbound.parsing import integer, members, moment_iso, objects, text

WINDOW: Final = timedelta(days=7)
"""The longest range of raise times in one query: a longer one is cut silently."""
EDGE: Final = timedelta(minutes=1)
"""How close to its ends a query proves nothing: an end may count as in or as out."""

SEVERITIES: Final = {1: "critical", 2: "major", 3: "minor", 4: "warning"}
"""What the cloud's levels of severity are called."""

type AlarmKey = tuple[int, str, datetime]
"""Kind, device and raise time: what makes an alarm of a plant the same one."""


class AlarmEventType(StrEnum):
    """What can happen to an alarm."""

    RAISED = "alarm_raised"
    CLEARED = "alarm_cleared"


@dataclass(frozen=True, slots=True, kw_only=True)
class AlarmEvent:
    """An alarm that is new, or one that is over."""

    type: AlarmEventType
    alarm: Alarm


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """A range of raise times, both ends included."""

    begin: datetime
    end: datetime

    def holds(self, moment: datetime) -> bool:
        """Return whether a moment lies in the range."""
        return self.begin <= moment <= self.end

    def proves(self, moment: datetime) -> bool:
        """Return whether an alarm of this raise time must be in the answer."""
        return self.begin + EDGE <= moment <= self.end - EDGE

    def as_dict(self) -> JsonObject:
        """Return it as JSON."""
        return {"begin": self.begin.isoformat(), "end": self.end.isoformat()}

    @classmethod
    def from_dict(cls, stored: JsonObject) -> Self | None:
        """Read what `as_dict` wrote, None where it is damaged."""
        begin = moment_iso(stored.get("begin"))
        end = moment_iso(stored.get("end"))
        return None if begin is None or end is None else cls(begin=begin, end=end)


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownAlarm:
    """An active alarm, and when an answer that had to name it last did."""

    alarm: Alarm
    checked: datetime

    def as_dict(self) -> JsonObject:
        """Return it as JSON."""
        alarm: JsonObject = asdict(self.alarm)
        return {
            **alarm,
            "raised": self.alarm.raised.isoformat(),
            "checked": self.checked.isoformat(),
        }

    @classmethod
    def from_dict(cls, stored: JsonObject) -> Self | None:
        """Read what `as_dict` wrote, None where it is damaged."""
        kind = integer(stored.get("kind"))
        plant_code = text(stored.get("plant_code"))
        raised = moment_iso(stored.get("raised"))
        checked = moment_iso(stored.get("checked"))
        if kind is None or plant_code is None or raised is None or checked is None:
            return None
        alarm = Alarm(
            kind=kind,
            plant_code=plant_code,
            raised=raised,
            name=text(stored.get("name")) or str(kind),
            severity=integer(stored.get("severity")),
            category=integer(stored.get("category")),
            cause=text(stored.get("cause")),
            cause_id=integer(stored.get("cause_id")),
            repair_suggestion=text(stored.get("repair_suggestion")),
            device_name=text(stored.get("device_name")),
            device_serial=text(stored.get("device_serial")),
            device_type_id=integer(stored.get("device_type_id")),
        )
        return cls(alarm=alarm, checked=checked)


@dataclass(slots=True, kw_only=True)
class PlantRecord:
    """What is known of one plant.

    `since` is when it was first asked about: what was raised before was there already.
    `read_until` is the end of the last recent window that was answered, `unread` are
    the ranges before it that were not asked for yet.
    """

    since: datetime
    read_until: datetime
    unread: list[Window] = field(default_factory=list)
    alarms: dict[AlarmKey, KnownAlarm] = field(default_factory=dict)

    def as_dict(self) -> JsonObject:
        """Return it as JSON."""
        return {
            "since": self.since.isoformat(),
            "read_until": self.read_until.isoformat(),
            "unread": [window.as_dict() for window in self.unread],
            "alarms": [known.as_dict() for known in self.alarms.values()],
        }

    @classmethod
    def from_dict(cls, stored: Mapping[str, JsonValue]) -> Self | None:
        """Read what `as_dict` wrote, None where it is damaged."""
        since = moment_iso(stored.get("since"))
        read_until = moment_iso(stored.get("read_until"))
        if since is None or read_until is None:
            return None
        unread = [Window.from_dict(window) for window in objects(stored.get("unread"))]
        known = [KnownAlarm.from_dict(alarm) for alarm in objects(stored.get("alarms"))]
        return cls(
            since=since,
            read_until=read_until,
            unread=[window for window in unread if window is not None],
            alarms={key_of(one.alarm): one for one in known if one is not None},
        )


def records_from(stored: Mapping[str, JsonValue]) -> dict[str, PlantRecord]:
    """Return the records of plants that were stored; damaged ones are left out."""
    records = {
        code: PlantRecord.from_dict(members(record)) for code, record in stored.items()
    }
    return {code: record for code, record in records.items() if record is not None}


def key_of(alarm: Alarm) -> AlarmKey:
    """Return what makes the alarm the same one within its plant.

    The device goes by its serial number; one without goes by its name, which users may
    change, so that `without_names` has to be asked too.
    """
    device = alarm.device_serial or f"{alarm.device_type_id}:{alarm.device_name}"
    return alarm.kind, device, alarm.raised


def without_names(alarm: Alarm) -> AlarmKey | None:
    """Return the key without the name of the device, None where a serial number is known."""
    if alarm.device_serial:
        return None
    return key_of(replace(alarm, device_name=None))


def severity_of(alarm: Alarm) -> str | None:
    """Return what the alarm's severity is called, None where the cloud names none."""
    return None if alarm.severity is None else SEVERITIES.get(alarm.severity)
