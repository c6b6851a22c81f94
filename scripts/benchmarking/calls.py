"""What the simulated cloud logged, by interface and class, and what it refused."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

DAY = timedelta(days=1)
LOG_IN_WINDOW = timedelta(minutes=10)
QUOTA_CODES = frozenset({407, 429, 20618})
QUOTA_STATUS = 429
ACCESS = frozenset(
    {"login", "logout", "token", "revoke-token", "authorize", "login-page"}
)
# paths of the documents' control chapter, by the parts that no query has
_CONTROL_PATHS = ("/control/", "/vpp/", "chargeAndDischarge")


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A request as the cloud logged it."""

    at: datetime
    interface: str
    path: str
    status: int
    fail_code: int | None
    type_id: int | None
    """Of which device type readings were asked for."""

    @classmethod
    def from_log(cls, record: dict[str, Any]) -> Call:
        """Read an item of /_simulator/requests."""
        body = record["body"]
        type_id = body.get("devTypeId") if isinstance(body, dict) else None
        return cls(
            at=datetime.fromisoformat(record["at"]),
            interface=str(record["interface"]),
            path=str(record["path"]),
            status=int(record["status"]),
            fail_code=record["fail_code"],
            type_id=type_id,
        )

    @property
    def feed(self) -> str:
        """The interface, of device readings also which type."""
        if self.type_id is None:
            return self.interface
        return f"{self.interface} {self.type_id}"

    @property
    def counted_as(self) -> str:
        """The class: "basic", "control", or "access" for what no quota of calls counts."""
        if self.interface.rpartition("/")[2] in ACCESS:
            return "access"
        control = any(part in self.path for part in _CONTROL_PATHS)
        return "control" if control else "basic"

    @property
    def refused(self) -> bool:
        """Whether a quota or flow control refused it."""
        return self.status == QUOTA_STATUS or self.fail_code in QUOTA_CODES

    @property
    def failed(self) -> bool:
        """Whether it was answered with any other failure."""
        ok = self.status < 400 and self.fail_code in {0, None}
        return not ok and not self.refused


@dataclass(frozen=True, slots=True, kw_only=True)
class Calls:
    """Figures of a time's calls."""

    by_interface: dict[str, int]
    """Readings of devices by device type, too."""
    by_class: dict[str, int]
    refused: int
    failed: int
    most_in_a_day: int
    """Basic calls in any 24 hours."""
    most_log_ins: int
    """In any 10 minutes."""


def calls_of(calls: Sequence[Call]) -> Calls:
    """Return the figures."""
    basic = [call.at for call in calls if call.counted_as == "basic"]
    log_ins = [call.at for call in calls if call.interface.endswith("login")]
    return Calls(
        by_interface=dict(sorted(Counter(call.feed for call in calls).items())),
        by_class=dict(sorted(Counter(call.counted_as for call in calls).items())),
        refused=sum(call.refused for call in calls),
        failed=sum(call.failed for call in calls),
        most_in_a_day=_most_within(basic, DAY),
        most_log_ins=_most_within(log_ins, LOG_IN_WINDOW),
    )


def _most_within(instants: Iterable[datetime], window: timedelta) -> int:
    ordered = sorted(instants)
    most = first = 0
    for index, instant in enumerate(ordered):
        while ordered[first] <= instant - window:
            first += 1
        most = max(most, index - first + 1)
    return most
