"""What happens in a soak, by chance and always the same for one seed."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import pairwise
from random import Random
from typing import Any, Final

TOKEN: Final[Mapping[str, Any]] = {"interface": "token"}
READINGS: Final = {"interface": ["getStationRealKpi", "getDevRealKpi"]}
FAULTS: Final[tuple[tuple[str, Mapping[str, Any]], ...]] = (
    ("connection_cut", {}),
    ("connection_cut", {"half": True}),
    ("connection_cut", TOKEN),
    ("html_page", {}),
    ("html_page", TOKEN),
    ("empty_body", {}),
    ("broken_json", READINGS),
    ("deep_json", READINGS),
    ("json_list", READINGS),
    ("http_500", {}),
    ("http_502", TOKEN),
    ("maintenance", {}),
    ("http_406_access_denied", READINGS),
    ("http_429", {"retry_after": 120}),
    ("quota_control_403", READINGS),
    ("gateway_parameter_error", READINGS),
    ("busy", {}),
    ("session_lost", {"times": 2}),
    ("session_306", {"times": 1}),
    ("owner_access_off", {}),
    ("token_temporary_400", TOKEN),
    ("another_cluster", {**TOKEN, "times": 2}),
    ("refresh_token_omitted", {}),
    ("refresh_token_kept", {}),
    ("no_plants", {}),
    ("no_devices", {}),
    ("null_values", {}),
    ("wrong_types", {}),
    ("nan_numbers", {}),
    ("missing_rows", READINGS),
    ("repeated_rows", {}),
    ("foreign_plant", {}),
    ("unknown_device", {}),
    ("data_text", READINGS),
    ("frozen", {}),
    ("lifetime_dip", {}),
    ("day_counters_late", {}),
    ("control_refused", {"code": 20615, "times": 1}),
    ("charge_task_outcome", {"outcome": "BUSY", "times": 1}),
    ("limit_task_outcome", {"outcome": "TIMEOUT", "times": 1}),
    ("mode_task_outcome", {"outcome": "FAILURE", "times": 1}),
)
"""Switches of the simulated cloud. None is wrong for ever, nor asks for a person."""
COMMANDS: Final[tuple[tuple[str, Mapping[str, Any]], ...]] = (
    ("forcible_charge", {"power": 1000, "duration": 15}),
    ("forcible_discharge", {"power": 1500, "duration": 20}),
    ("stop_forcible_charge", {}),
    ("set_feed_in_limit", {"power": 3000, "duration": 45}),
    ("set_battery_mode", {"mode": "self_consumption", "duration": 60}),
    (
        "set_battery_mode",
        {"mode": "time_of_use", "windows": "00:00-06:00/+", "duration": 120},
    ),
    ("set_battery_parameters", {"end_of_discharge_soc": 12}),
)
FAULTS_A_DAY: Final = 8
COMMANDS_A_DAY: Final = 6
RELOADS_A_DAY: Final = 2
# the energy of a day is looked at when nothing has been wrong for a while
CALM_BEGINS: Final = timedelta(hours=21)
CALM_ENDS: Final = timedelta(hours=24)
LOOK: Final = timedelta(minutes=80)


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Act:
    """Something that happens; `kind` is fault, mend, command, reload or look."""

    at: datetime
    kind: str
    name: str = ""
    parameters: Mapping[str, Any] = field(default_factory=dict, compare=False)


def day_of(random: Random, begin: datetime, *, commands: bool) -> Sequence[Act]:
    """Return what happens in the 24 hours from an instant, in order."""
    acts: list[Act] = []
    for name, parameters in random.sample(FAULTS, FAULTS_A_DAY):
        at = begin + CALM_BEGINS * random.random()
        end = at + timedelta(minutes=random.choice((1, 5, 20, 60, 180)))
        acts.append(Act(at=at, kind="fault", name=name, parameters=parameters))
        end = min(end, begin + CALM_BEGINS)
        acts.append(Act(at=end, kind="mend", name=name))
    for _ in range(COMMANDS_A_DAY if commands else 0):
        name, parameters = random.choice(COMMANDS)
        at = begin + CALM_BEGINS * random.random()
        acts.append(Act(at=at, kind="command", name=name, parameters=parameters))
    acts += [
        Act(at=begin + CALM_BEGINS * random.random(), kind="reload")
        for _ in range(RELOADS_A_DAY)
    ]
    acts.append(Act(at=begin + CALM_ENDS - LOOK, kind="look"))
    return sorted(acts)


@dataclass(frozen=True, slots=True, kw_only=True)
class Life:
    """A life of Home Assistant: until when, and whether it is killed then."""

    until: datetime
    killed: bool
    acts: Sequence[Act]


def lives_of(
    seed: str, begin: datetime, days: int, *, commands: bool
) -> Iterator[Life]:
    """Yield the lives of a soak.

    In the first third of the days Home Assistant is restarted again and again, each
    second time by SIGKILL; then it lives on to the end, so that its memory can be watched.
    """
    random = Random(seed)
    acts = [
        act
        for day in range(days)
        for act in day_of(random, begin + timedelta(days=day), commands=commands)
    ]
    restless = timedelta(days=max(1, days // 3))
    ends = sorted(begin + restless * random.random() for _ in range(restless.days * 3))
    bounds = [begin, *ends, begin + timedelta(days=days)]
    for number, (since, until) in enumerate(pairwise(bounds)):
        yield Life(
            until=until,
            killed=number % 2 > 0 and until != bounds[-1],
            acts=[act for act in acts if since <= act.at < until],
        )
