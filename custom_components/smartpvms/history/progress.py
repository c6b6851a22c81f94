"""How far the history of a plant has come; all of it is remembered on disk."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Final, Self

from ..northbound.json_types import JsonObject, JsonValue
from ..northbound.parsing import integer, members, moment_iso

CORRECTED_DAYS: Final = 3
"""So many past days are asked for again every night, because the cloud corrects them."""
MOST_TRIES: Final = 2
"""How often days are asked for again that an answer lacks, before they stay empty."""
TRY_AGAIN: Final = timedelta(hours=1)
_DAY: Final = timedelta(days=1)


@dataclass(slots=True, kw_only=True)
class LiveMarks:
    """What our own totals showed (in thousandths) when the plant's `day` was begun."""

    day: date
    marks: dict[str, int] = field(default_factory=dict)


@dataclass(slots=True, kw_only=True)
class Progress:
    """How far the history of one plant has come.

    The days from `first` up to, but without, `until` are in; those that the report of
    the connection's year lacks before the plant `began` are no gaps. Of these days, the
    ones from `refined` on are in by the hour, except those `wanted`. `again` are ranges
    of past days to ask for once more, both ends included. `checked` is the newest
    day that the last days were asked for again with, `years_asked` that of the year report
    without a year. `deleted` says that nothing is to be brought in unasked. `seams` are
    the quantities of which there is a series that ends where the live sensor begins,
    with the hour of that, None as long as the series is not there.
    """

    first: date | None = None
    until: date | None = None
    began: date | None = None
    refined: date | None = None
    wanted: set[date] = field(default_factory=set)
    again: list[tuple[date, date]] = field(default_factory=list)
    checked: date | None = None
    years_asked: date | None = None
    tries: int = 0
    retry_at: datetime | None = None
    deleted: bool = False
    live: LiveMarks | None = None
    seams: dict[str, datetime | None] = field(default_factory=dict)

    def begin(self, year: int) -> None:
        """Note the year in which the plant was connected."""
        self.first = self.until = date(year, 1, 1)

    def look_back(self, newest: date) -> None:
        """Ask for the last days again, once for each day whose report may be there."""
        if self.until is None or self.first is None or self.checked == newest:
            return
        self.checked = newest
        if self.refined is not None:
            back = self.until - CORRECTED_DAYS * _DAY
            self.until = max(self.began or self.first, back)

    def lacks(self, now: datetime) -> bool:
        """Note that days are missing; return whether to try again before going on."""
        self.tries += 1
        if self.tries > MOST_TRIES:
            self.settle()
            return False
        self.wait(now)
        return True

    def wait(self, now: datetime) -> None:
        """Note that the cloud does not answer for the plant."""
        self.retry_at = now + TRY_AGAIN

    def waits(self, now: datetime) -> bool:
        """Return whether nothing is to be asked for now."""
        return self.retry_at is not None and self.retry_at > now

    def settle(self) -> None:
        """Note that what was asked for is in, as far as it can be had."""
        self.tries = 0
        self.retry_at = None

    def ranges_again(self) -> list[tuple[date, date]]:
        """Return what is to be asked for again, without the years before the plant.

        Nothing is while the days are not all in.
        """
        if self.refined is None or self.first is None:
            return []
        return [
            (max(start, self.first), end)
            for start, end in self.again
            if end >= self.first
        ]

    def next_hours(self) -> date | None:
        """Return the day to refine: what is wanted first, then the newest of the others."""
        if self.wanted:
            return max(self.wanted)
        if self.refined is not None and self.began and self.refined > self.began:
            return self.refined - _DAY
        return None

    def has_refined(self, day: date) -> None:
        """Note that a day is in by the hour, or cannot be."""
        self.wanted.discard(day)
        if self.refined is not None and day == self.refined - _DAY:
            self.refined = day

    def days_without_hours(self) -> int:
        """Return how many days are to be refined."""
        left = set(self.wanted)
        if self.refined is None or self.began is None:
            return len(left)
        older = (self.refined - self.began).days
        return max(older, 0) + sum(day >= self.refined for day in left)

    def as_dict(self) -> JsonObject:
        """Return it as JSON."""
        return {
            **{name: _iso(getattr(self, name)) for name in _DATES},
            "wanted": [day.isoformat() for day in sorted(self.wanted)],
            "again": [
                [start.isoformat(), end.isoformat()] for start, end in self.again
            ],
            "tries": self.tries,
            "retry_at": self.retry_at.isoformat() if self.retry_at else None,
            "deleted": self.deleted,
            "live": None
            if self.live is None
            else {
                "day": self.live.day.isoformat(),
                "marks": dict(self.live.marks),
            },
            "seams": {
                name: None if begin is None else begin.isoformat()
                for name, begin in self.seams.items()
            },
        }

    @classmethod
    def from_dict(cls, stored: JsonValue) -> Self:
        """Read what `as_dict` wrote; what is missing or damaged begins anew."""
        values = members(stored)
        dates = {name: _date(values.get(name)) for name in _DATES}
        live = members(values.get("live"))
        live_day = _date(live.get("day"))
        return cls(
            **dates,
            wanted=set(_dates(values.get("wanted"))),
            again=list(_ranges(values.get("again"))),
            tries=integer(values.get("tries")) or 0,
            retry_at=moment_iso(values.get("retry_at")),
            deleted=values.get("deleted") is True,
            live=None
            if live_day is None
            else LiveMarks(
                day=live_day,
                marks=_whole_numbers(members(live.get("marks"))),
            ),
            seams={
                name: moment_iso(begin)
                for name, begin in members(values.get("seams")).items()
            },
        )


_DATES: Final = ("first", "until", "began", "refined", "checked", "years_asked")


def _iso(day: date | None) -> str | None:
    return None if day is None else day.isoformat()


def _date(value: JsonValue) -> date | None:
    if not isinstance(value, str):
        return None
    try:
        return date.fromisoformat(value)
    except ValueError:
        return None


def _dates(value: JsonValue) -> Iterable[date]:
    days = value if isinstance(value, list) else []
    return (day for each in days if (day := _date(each)) is not None)


def _ranges(value: JsonValue) -> Iterable[tuple[date, date]]:
    for each in value if isinstance(value, list) else []:
        match tuple(_dates(each)):
            case (start, end):
                yield start, end
            case _:
                pass


def _whole_numbers(values: Mapping[str, JsonValue]) -> dict[str, int]:
    return {
        name: number
        for name, value in values.items()
        if (number := integer(value)) is not None
    }
