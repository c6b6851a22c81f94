"""Which values the cloud published when, and when a state showed them."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from math import ceil, floor
from statistics import mean

from simulator.plants.definitions import DeviceType
from simulator.plants.plant import Plant
from simulator.plants.publication import BEAT
from simulator.types import Json
from simulator.wire.realtime import device_items

INVERTERS = frozenset({DeviceType.STRING_INVERTER, DeviceType.RESIDENTIAL_INVERTER})
METERS = frozenset({DeviceType.GRID_METER, DeviceType.POWER_SENSOR})
POWER_TOLERANCE, SHARE_TOLERANCE = 0.6, 0.06
"""In W for each device of a sum, and in %."""
_WATTS = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Where a flow's values come from: a key of all devices of one type, and a factor."""

    flow: str
    key: str
    factor: float = 1
    types: frozenset[int]
    tolerance: float = POWER_TOLERANCE


_SOURCES = (
    Source(flow="pv_power", key="mppt_power", factor=_WATTS, types=INVERTERS),
    Source(flow="grid_power", key="active_power", factor=-1, types=METERS),
    Source(
        flow="grid_power",
        key="active_power",
        factor=_WATTS,
        types=frozenset({DeviceType.EMMA}),
    ),
    Source(
        flow="battery_power",
        key="ch_discharge_power",
        factor=-1,
        types=frozenset({DeviceType.BATTERY}),
    ),
    Source(
        flow="battery_state_of_charge",
        key="battery_soc",
        types=frozenset({DeviceType.BATTERY}),
        tolerance=SHARE_TOLERANCE,
    ),
)
FLOWS = tuple(dict.fromkeys(source.flow for source in _SOURCES))


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """A value of a flow as published, from `appears` (epoch seconds) on."""

    appears: float
    sample: float
    value: float
    changed: bool
    """Whether it differs from the snapshot before."""
    day: bool
    """Whether the modules gave power."""


class PublishedFlow:
    """All snapshots of a flow between two instants."""

    def __init__(
        self, plant: Plant, source: Source, begin: datetime, end: datetime
    ) -> None:
        """Work out what the cloud showed."""
        self.flow = source.flow
        devices = [each for each in plant.devices if each.type_id in source.types]
        self.type_id = devices[0].type_id
        self.tolerance = source.tolerance * len(devices)
        self.snapshots: list[Snapshot] = []
        before: float | None = None
        for appears, sample in _appearances(plant, self.type_id, begin, end):
            value = source.factor * sum(
                _number(device_items(device, sample)[source.key]) for device in devices
            )
            self.snapshots.append(
                Snapshot(
                    appears=appears,
                    sample=sample.timestamp(),
                    value=value,
                    changed=before is not None
                    and abs(value - before) > self.tolerance / 2,
                    day=sum(plant.state(sample).powers.strings) > 0,
                )
            )
            before = value


def published_flows(
    plant: Plant, begin: datetime, end: datetime
) -> list[PublishedFlow]:
    """Return the live values that a plant has."""
    types = {device.type_id for device in plant.devices}
    return [
        PublishedFlow(plant, source, begin, end)
        for source in _SOURCES
        if types & source.types
    ]


def _appearances(
    plant: Plant, type_id: int, begin: datetime, end: datetime
) -> Iterable[tuple[float, datetime]]:
    """Return when which sample appeared, without those that a newer one overtook."""
    publication = plant.publication(type_id)
    first = floor(begin.timestamp() / BEAT) - 2
    last = ceil(end.timestamp() / BEAT)
    shown = sorted(
        (beat * BEAT + publication.delay(beat), beat)
        for beat in range(first, last + 1)
        if not any(
            lost.timestamp() <= beat * BEAT < back.timestamp()
            for lost, back in plant.outages
        )
    )
    newest = first - 1
    for appears, beat in shown:
        if beat > newest:
            newest = beat
            yield appears, datetime.fromtimestamp(beat * BEAT, UTC)


def _number(value: Json) -> float:
    assert isinstance(value, int | float)
    return float(value)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sighting:
    """How a changed snapshot fared; seconds after it appeared, None for never.

    `fetched` is when the first answer brought it, `shown` when the state showed it,
    `outdated` for how long the state showed something older.
    """

    snapshot: Snapshot
    fetched: float | None
    shown: float | None
    outdated: float | None


class Course:
    """The states of one sensor: from each time on a value, None for no number."""

    def __init__(self) -> None:
        """Begin with no state."""
        self._times: list[float] = []
        self._values: list[float | None] = []

    def add(self, at: float, value: float | None) -> None:
        """Take in a state; times never go back."""
        self._times.append(at)
        self._values.append(value)

    @property
    def known_from(self) -> float | None:
        """When the first number was shown; 0 needs no sign and so tells nothing."""
        pairs = zip(self._times, self._values, strict=True)
        return next((at for at, value in pairs if value), None)

    def first_time_of(
        self, value: float, tolerance: float, begin: float, end: float
    ) -> float | None:
        """Return when a value is shown first from `begin` until before `end`."""
        index = max(bisect_right(self._times, begin) - 1, 0)
        while index < len(self._times) and self._times[index] < end:
            shown = self._values[index]
            if shown is not None and abs(shown - value) <= tolerance:
                return max(self._times[index], begin)
            index += 1
        return None


def sightings(
    published: PublishedFlow, course: Course, polls: Sequence[float], end: float
) -> list[Sighting]:
    """Return how each changed snapshot fared that appeared before `end`.

    `polls` are the times of the answers that brought the feed, sorted. Only a state from
    the answer on counts, for a value may be the same as an older one. It may come a
    while after the next snapshot appeared, since what was fetched can wait for more.
    """
    found: list[Sighting] = []
    up_to_date: float | None = None
    snapshots = published.snapshots
    for index in reversed(range(len(snapshots))):
        snapshot = snapshots[index]
        following = [later.appears for later in snapshots[index + 1 : index + 3]]
        over, last = (*following, end, end)[:2]
        poll = next(iter(polls[bisect_left(polls, snapshot.appears) :]), None)
        fetched = shown = None
        if poll is not None and poll < over:
            fetched = poll
            shown = course.first_time_of(
                snapshot.value, published.tolerance, poll, last
            )
        if shown is not None:
            up_to_date = shown
        if snapshot.changed and snapshot.appears < end:
            found.append(
                Sighting(
                    snapshot=snapshot,
                    fetched=_after(snapshot.appears, fetched),
                    shown=_after(snapshot.appears, shown),
                    outdated=_after(snapshot.appears, up_to_date),
                )
            )
    return found[::-1]


def _after(begin: float, instant: float | None) -> float | None:
    return None if instant is None else round(instant - begin, 3)


@dataclass(frozen=True, slots=True, kw_only=True)
class Delays:
    """Seconds from publication to state."""

    count: int
    mean: float | None
    p50: float | None
    p95: float | None
    longest: float | None


def delays_of(values: Iterable[float]) -> Delays:
    """Return the figures of some delays."""
    ordered = sorted(values)
    if not ordered:
        return Delays(count=0, mean=None, p50=None, p95=None, longest=None)
    return Delays(
        count=len(ordered),
        mean=mean(ordered),
        p50=percentile(ordered, 50),
        p95=percentile(ordered, 95),
        longest=ordered[-1],
    )


def percentile(ordered: Sequence[float], percent: float) -> float:
    """Return the smallest value that so many percent do not exceed (nearest rank)."""
    return ordered[max(ceil(percent / 100 * len(ordered)) - 1, 0)]


def share(found: Sequence[Sighting], attribute: str) -> float | None:
    """Return the percentage of sightings with this attribute, None without any."""
    if not found:
        return None
    return (
        100 * sum(getattr(each, attribute) is not None for each in found) / len(found)
    )
