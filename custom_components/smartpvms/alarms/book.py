"""Bookkeeping of alarms: what to ask next, and what an answer proves.

The cloud lists only active alarms, of a range of raise times (getAlarmList). So an alarm
is over only when an answer lacks it that had to name it, and never because nobody asked.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from ..northbound.json_types import JsonObject, JsonValue
from ..northbound.models import Alarm
from ..northbound.parsing import members, moment_iso
from .records import (
    EDGE,
    WINDOW,
    AlarmEvent,
    AlarmEventType,
    AlarmKey,
    KnownAlarm,
    PlantRecord,
    Window,
    key_of,
    records_from,
    without_names,
)

RECENT_INTERVAL: Final = timedelta(minutes=30)
OLD_INTERVAL: Final = timedelta(days=1)
LOOK_BACK: Final = timedelta(days=28)
"""How far back alarms are looked for at first, and after Home Assistant was off."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """A question to the cloud; `recent` where the window ends now."""

    window: Window
    plant_codes: frozenset[str]
    recent: bool = False


class AlarmBook:
    """The active alarms of each plant. It knows neither the cloud nor Home Assistant.

    All moments are aware. A plant that was never answered for has no record: nobody
    knows whether it has alarms.
    """

    def __init__(self, stored: Mapping[str, JsonValue]) -> None:
        """Go on with what `as_dict` wrote; empty for a book that begins."""
        self._records = records_from(members(stored.get("plants")))
        self.asked: datetime | None = moment_iso(stored.get("asked"))

    def as_dict(self) -> JsonObject:
        """Return all of it as JSON."""
        return {
            "asked": self.asked.isoformat() if self.asked else None,
            "plants": {
                code: record.as_dict() for code, record in self._records.items()
            },
        }

    def keep_only(self, plant_codes: Iterable[str]) -> None:
        """Forget the plants that are not among these."""
        kept = frozenset(plant_codes)
        for code in self._records.keys() - kept:
            del self._records[code]

    def active(self) -> dict[str, tuple[Alarm, ...]]:
        """Return the active alarms by plant code, in order of their raise time."""
        return {
            code: tuple(
                sorted(
                    (known.alarm for known in record.alarms.values()),
                    key=lambda alarm: alarm.raised,
                )
            )
            for code, record in self._records.items()
        }

    def read_until(self, plant_code: str) -> datetime | None:
        """Return until when the plant's alarms are known, None for never."""
        record = self._records.get(plant_code)
        return record.read_until if record else None

    def recent(self, plant_codes: Iterable[str], now: datetime) -> Query:
        """Return the question for what was raised in the last seven days."""
        return Query(
            window=Window(begin=now - WINDOW, end=now),
            plant_codes=frozenset(plant_codes),
            recent=True,
        )

    def recent_is_due(self, plant_codes: Iterable[str], now: datetime) -> bool:
        """Return whether the recent alarms of a plant are not those of this half-hour."""
        since = now - RECENT_INTERVAL
        records = [self._records.get(code) for code in plant_codes]
        return any(
            record is None or not since < record.read_until <= now for record in records
        )

    def others(self, plant_codes: Iterable[str], now: datetime) -> list[Query]:
        """Return what else is due: what was never read, and what is older and known."""
        records = {
            code: self._records[code] for code in plant_codes if code in self._records
        }
        return [*_unread(records), *_old(records, now)]

    def take(
        self,
        query: Query,
        answered: frozenset[str],
        alarms: Iterable[Alarm],
        now: datetime,
    ) -> list[AlarmEvent]:
        """Take in an answer, and return what is news.

        `answered` are the plants that the answer speaks for: a plant that the cloud
        refused is not among them, and keeps all its alarms.
        """
        listed: dict[str, dict[AlarmKey, Alarm]] = {}
        for alarm in alarms:
            listed.setdefault(alarm.plant_code, {})[key_of(alarm)] = alarm
        events: list[AlarmEvent] = []
        for code in sorted(query.plant_codes & answered):
            found = listed.get(code, {})
            record = self._records.get(code)
            if record is not None:
                events += _compare(record, query.window, found, now)
                _mark_read(record, query)
            elif query.recent:
                self._records[code] = _first_record(query.window, found, now)
        return events


def _first_record(
    window: Window, found: Mapping[AlarmKey, Alarm], now: datetime
) -> PlantRecord:
    """Return the record of a plant that is answered for the first time."""
    return PlantRecord(
        since=window.end,
        read_until=window.end,
        unread=[Window(begin=window.end - LOOK_BACK, end=window.begin)],
        alarms={
            key: KnownAlarm(alarm=alarm, checked=now) for key, alarm in found.items()
        },
    )


def _compare(
    record: PlantRecord, window: Window, found: Mapping[AlarmKey, Alarm], now: datetime
) -> list[AlarmEvent]:
    """Bring a record up to what was found, and return what is news."""
    # a clock that was ahead must not make all that follows old
    record.since = min(record.since, now)
    _follow_renamed(record, found)
    cleared = [
        key
        for key, known in record.alarms.items()
        if key not in found and window.proves(known.alarm.raised)
    ]
    events = [
        AlarmEvent(type=AlarmEventType.CLEARED, alarm=record.alarms.pop(key).alarm)
        for key in cleared
    ]
    events += [
        AlarmEvent(type=AlarmEventType.RAISED, alarm=alarm)
        for key, alarm in found.items()
        if key not in record.alarms and _is_news(record, alarm.raised)
    ]
    for key, alarm in found.items():
        record.alarms[key] = KnownAlarm(alarm=alarm, checked=now)
    return events


def _follow_renamed(record: PlantRecord, found: Mapping[AlarmKey, Alarm]) -> None:
    """Recognise the alarms of devices without a serial number that have a new name."""
    new = {
        without_names(alarm): key
        for key, alarm in found.items()
        if key not in record.alarms
    }
    for key, known in list(record.alarms.items()):
        nameless = without_names(known.alarm)
        if key not in found and nameless is not None and nameless in new:
            record.alarms[new.pop(nameless)] = record.alarms.pop(key)


def _is_news(record: PlantRecord, raised: datetime) -> bool:
    """Return whether an alarm that was not known came up after the first look."""
    if raised >= record.since:
        return True
    looked_at = raised >= record.since - LOOK_BACK
    return looked_at and not any(window.holds(raised) for window in record.unread)


def _mark_read(record: PlantRecord, query: Query) -> None:
    """Take a window that was answered off what is unread, or note what was missed."""
    window = query.window
    if not query.recent:
        record.unread = [
            part for unread in record.unread for part in _without(unread, window)
        ]
        return
    if window.begin > record.read_until:
        earliest = max(record.read_until - EDGE, window.end - LOOK_BACK)
        record.unread.append(Window(begin=earliest, end=window.begin))
    record.read_until = max(record.read_until, window.end)


def _without(unread: Window, read: Window) -> list[Window]:
    """Return what is left of a range of which a window that reaches its end was read."""
    if read.end < unread.end or read.begin >= unread.end:
        return [unread]
    if read.begin <= unread.begin:
        return []
    return [Window(begin=unread.begin, end=read.begin)]


def _unread(records: Mapping[str, PlantRecord]) -> list[Query]:
    """Return the questions for what was never read, the newest first."""
    plants: dict[Window, set[str]] = {}
    for code, record in records.items():
        for unread in record.unread:
            for piece in _pieces(unread):
                plants.setdefault(piece, set()).add(code)
    return [
        Query(window=window, plant_codes=frozenset(codes))
        for window, codes in sorted(
            plants.items(), key=lambda item: item[0].end, reverse=True
        )
    ]


def _pieces(unread: Window) -> Iterator[Window]:
    """Divide a range into windows, beginning at its end."""
    end = unread.end
    while end > unread.begin:
        begin = max(unread.begin, end - WINDOW)
        yield Window(begin=begin, end=end)
        end = begin


def _old(records: Mapping[str, PlantRecord], now: datetime) -> list[Query]:
    """Return the questions for known alarms too old for the recent window."""
    due = sorted(
        (known.alarm.raised, code)
        for code, record in records.items()
        for known in record.alarms.values()
        if known.alarm.raised < now - WINDOW + EDGE
        and now - known.checked >= OLD_INTERVAL
    )
    queries: list[Query] = []
    while due:
        begin = due[0][0] - EDGE
        window = Window(begin=begin, end=min(begin + WINDOW, now))
        plants = frozenset(code for raised, code in due if window.proves(raised))
        queries.append(Query(window=window, plant_codes=plants))
        due = [item for item in due if not window.proves(item[0])]
    return queries
