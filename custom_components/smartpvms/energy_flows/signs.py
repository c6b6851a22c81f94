"""Learn which sign a power has, from what moves while it flows.

EMMA's power has no documented sign, nor has that of an ESS (41) or an all-in-one
(23093): one LUNA2000-215 discharges with +, unlike a LUNA2000 at home. While a power
keeps its sign, the counter it fills grows and the other does not, and a battery that is
charged rises in its SOC.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final, Self

from ..northbound.json_types import JsonObject, JsonValue
from ..northbound.parsing import integer, members
from .model import EMMA_TYPE, Cycle, PowerSign, Unit
from .points import points_of

_LEAST_POWER: Final = 200.0
_LEAST_ENERGY: Final = 0.1
_LEAST_CHARGE: Final = 2.0
_VOTES: Final = 5
_MAJORITY: Final = 0.9
_UNKNOWN_SIGN_TYPES: Final = frozenset({41, 23093})


@dataclass(frozen=True, slots=True, kw_only=True)
class _Flow:
    """A power (W) and what it may fill (kWh, or % of SOC)."""

    key: str
    power: float | None
    same: float | None
    opposite: float | None
    least: float


@dataclass(slots=True, kw_only=True)
class _Votes:
    """What was seen of one power; `since` is where the counters stood before."""

    same: int = 0
    opposite: int = 0
    positive: bool | None = None
    since: tuple[float, float] | None = None

    @property
    def sign(self) -> PowerSign | None:
        votes = self.same + self.opposite
        if votes < _VOTES or max(self.same, self.opposite) < votes * _MAJORITY:
            return None
        return PowerSign.SAME if self.same > self.opposite else PowerSign.OPPOSITE

    def watch(self, flow: _Flow) -> None:
        """Take in a sight; one vote for each amount that only one counter grew by."""
        if flow.power is None or flow.same is None or flow.opposite is None:
            return
        positive = flow.power > 0
        now = (flow.same, flow.opposite)
        if abs(flow.power) < _LEAST_POWER:
            self.since = None
            return
        if self.since is None or positive is not self.positive:
            self.positive, self.since = positive, now
            return
        grown = [value - before for value, before in zip(now, self.since, strict=True)]
        if max(grown) < flow.least:
            return
        self.since = now
        # a counter that grew a little, or fell, tells no direction of its own
        if min(grown) < flow.least / 4:
            filled_same = grown[0] > grown[1]
            if filled_same is positive:
                self.same += 1
            else:
                self.opposite += 1


@dataclass(slots=True, kw_only=True)
class SignLearner:
    """The signs of a plant's powers, by measuring point and by ESS."""

    votes: dict[str, _Votes] = field(default_factory=dict)

    def learn(self, cycle: Cycle) -> None:
        """Take in a cycle of readings."""
        for flow in _flows(cycle):
            self.votes.setdefault(flow.key, _Votes()).watch(flow)

    @property
    def signs(self) -> dict[str, PowerSign]:
        """What has been learned: unknown where a key is missing.

        Counters tell more than the SOC, which serves where they do not.
        """
        learned = {key: votes.sign for key, votes in self.votes.items()}
        signs: dict[str, PowerSign] = {}
        for key in sorted(learned, key=lambda key: key.endswith(_SOC)):
            sign = learned[key]
            if sign is not None:
                signs.setdefault(key.removesuffix(_SOC), sign)
        return signs

    def as_dict(self) -> JsonObject:
        """Return it as JSON; what was begun to be watched begins anew."""
        return {
            key: {"same": votes.same, "opposite": votes.opposite}
            for key, votes in self.votes.items()
        }

    @classmethod
    def from_dict(cls, stored: Mapping[str, JsonValue] | None) -> Self:
        """Read what `as_dict` wrote; what is damaged begins anew."""
        return cls(
            votes={
                key: _Votes(
                    same=integer(members(value).get("same")) or 0,
                    opposite=integer(members(value).get("opposite")) or 0,
                )
                for key, value in (stored or {}).items()
            }
        )


_SOC: Final = "/soc"


def _flows(cycle: Cycle) -> Iterator[_Flow]:
    emmas = cycle.of_types(frozenset({EMMA_TYPE}))
    for point in points_of(emmas):
        counted = point.unit.counted
        yield _Flow(
            key=point.key,
            power=point.power,
            same=counted.get(point.positive_key),
            opposite=counted.get(point.negative_key),
            least=_LEAST_ENERGY,
        )
    for unit in cycle.of_types(_UNKNOWN_SIGN_TYPES):
        yield from _battery_flows(unit)


def _battery_flows(unit: Unit) -> Iterator[_Flow]:
    power = unit.usable.get("ch_discharge_power")
    yield _Flow(
        key=unit.device.key,
        power=power,
        same=unit.usable.get("charge_cap"),
        opposite=unit.usable.get("discharge_cap"),
        least=_LEAST_ENERGY,
    )
    level = unit.usable.get("battery_soc")
    yield _Flow(
        key=f"{unit.device.key}{_SOC}",
        power=power,
        same=level,
        opposite=None if level is None else 100 - level,
        least=_LEAST_CHARGE,
    )
