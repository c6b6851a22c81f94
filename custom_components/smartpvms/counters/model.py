"""What a counter is, and one reading of it."""

from dataclasses import dataclass
from datetime import datetime, tzinfo
from enum import StrEnum


class CounterKind(StrEnum):
    """When a counter begins anew: never, or at the start of the plant's own period."""

    LIFETIME = "lifetime"
    YEAR = "year"
    MONTH = "month"
    DAY = "day"


@dataclass(frozen=True, slots=True, kw_only=True)
class Counter:
    """A counter of energy in kWh.

    `subject` is the plant's code or the device's key, `key` the key on the wire.
    """

    subject: str
    key: str
    kind: CounterKind

    @property
    def name(self) -> str:
        """What the counter is remembered by."""
        return f"{self.subject}/{self.key}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sight:
    """A counter as the cloud tells it once.

    `value` is in kWh, None where the cloud tells none. `now` is aware, `zone` is the
    plant's. `greatest_power` (W) is what the counter can count at most; without it no
    rise is too steep. `power` (W, not negative) is what it counts at this moment: give
    it only where power does not come and go between two polls, as with PV. `flow` is
    the same for any counter, and serves only to bridge a day's end.
    `ceiling` (kWh) is a counter that contains this one. `source` names what a derived
    total is made of: when that changes, the total goes on from where it was, plus what
    was `added` (kWh) meanwhile.
    `reachable` is False for a device whose values are old; a sleeping inverter counts
    as reachable. `known` is False where nothing is to be shown without a value.
    """

    value: float | None
    now: datetime
    zone: tzinfo
    greatest_power: float | None = None
    power: float | None = None
    flow: float | None = None
    ceiling: float | None = None
    source: str = ""
    added: float = 0.0
    reachable: bool = True
    known: bool = True

    def below(self, ceiling: float) -> Sight:
        """Return this sight of a counter that another one contains, which shows `ceiling`."""
        # written out as `replace` takes thrice as long, and a fleet has thousands
        return Sight(
            value=self.value,
            now=self.now,
            zone=self.zone,
            greatest_power=self.greatest_power,
            power=self.power,
            flow=self.flow,
            ceiling=ceiling,
            source=self.source,
            added=self.added,
            reachable=self.reachable,
            known=self.known,
        )
