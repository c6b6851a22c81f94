"""A cloud that tells one counter, beat by beat."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
import json
from typing import Any
from zoneinfo import ZoneInfo

from custom_components.smartpvms.counters import (
    Counter,
    CounterKind,
    Counters,
    Sight,
)

BERLIN = ZoneInfo("Europe/Berlin")
BEAT = timedelta(minutes=5)
NOON = datetime(2026, 6, 10, 12, 1, tzinfo=BERLIN).astimezone(UTC)


def berlin(day: int, hour: int, minute: int = 1) -> datetime:
    """Return an instant in June 2026 by the plant's clock."""
    return datetime(2026, 6, day, hour, minute, tzinfo=BERLIN).astimezone(UTC)


@dataclass(slots=True, kw_only=True)
class Telling:
    """Tells a counter of `kind` that counts 8 kW at most, and keeps the time."""

    kind: CounterKind = CounterKind.LIFETIME
    now: datetime = NOON
    zone: ZoneInfo = BERLIN
    greatest_power: float | None = 8000.0
    counters: Counters = field(default_factory=Counters)
    key: str = "counter"

    @property
    def counter(self) -> Counter:
        return Counter(subject="plant", key=self.key, kind=self.kind)

    def sight(self, value: float | None, **details: Any) -> Sight:
        return Sight(
            value=value,
            now=self.now,
            zone=self.zone,
            **{"greatest_power": self.greatest_power, **details},
        )

    def tell(
        self, value: float | None, after: timedelta = BEAT, **details: Any
    ) -> float | None:
        """Let time pass, tell a value, and return what is shown."""
        self.now += after
        return self.counters.believe(self.counter, self.sight(value, **details))

    def tell_at(
        self, now: datetime, value: float | None, **details: Any
    ) -> float | None:
        """Tell a value at an instant, and return what is shown."""
        return self.tell(value, now - self.now, **details)

    def add(
        self, value: float | None, after: timedelta = BEAT, **details: Any
    ) -> float | None:
        """As `tell`, and return the total made of a day counter."""
        self.now += after
        return self.counters.accumulate(self.counter, self.sight(value, **details))

    def add_at(
        self, now: datetime, value: float | None, **details: Any
    ) -> float | None:
        """As `add`, at an instant."""
        return self.add(value, now - self.now, **details)

    def settle(self, day: datetime, final: float) -> bool:
        return self.counters.settle(
            self.counter, day.astimezone(self.zone).date(), final, self.sight(None)
        )

    def restart(self) -> None:
        """Go on with what was stored."""
        self.counters = Counters.from_dict(
            json.loads(json.dumps(self.counters.as_dict()))
        )
