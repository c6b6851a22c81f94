"""The soak: what happens in it, how it is judged, and that it lives through hours."""

from datetime import UTC, datetime, timedelta
import json
import logging
from pathlib import Path
from typing import Any

import pytest

from scripts.soaking.command import arguments
from scripts.soaking.energy import truth
from scripts.soaking.keeper import Journal, Keeper, LogWatch
from scripts.soaking.plan import CALM_BEGINS, FAULTS, LOOK, lives_of
from scripts.soaking.verdict import verdict_of
from simulator import Simulator

BEGIN = datetime(2026, 6, 21, 8, 31, tzinfo=UTC)
DAY = timedelta(days=1)
TOKEN = f"rt-{'0' * 48}"


def test_a_plan_is_the_same_each_time_and_another_for_another_seed() -> None:
    plan = list(lives_of("seed", BEGIN, 6, commands=True))

    assert plan == list(lives_of("seed", BEGIN, 6, commands=True))
    assert plan != list(lives_of("other", BEGIN, 6, commands=True))
    assert plan[-1].until == BEGIN + 6 * DAY
    assert not plan[-1].killed
    assert sum(life.killed for life in plan) == 3
    # nobody disturbs the last two thirds, so that memory can be watched
    assert plan[-2].until <= BEGIN + 2 * DAY
    acts = [act for life in plan for act in life.acts]
    assert acts == sorted(acts)
    assert {act.kind for act in acts} == {"fault", "mend", "command", "reload", "look"}
    looks = [act.at for act in acts if act.kind == "look"]
    assert looks == [BEGIN + (day + 1) * DAY - LOOK for day in range(6)]
    for act in acts:
        if act.kind != "look":
            assert (act.at - BEGIN) % DAY <= CALM_BEGINS
    assert not [
        act
        for life in lives_of("", BEGIN, 2, commands=False)
        for act in life.acts
        if act.kind == "command"
    ]


def test_every_fault_is_one_of_the_simulator() -> None:
    faults = Simulator(plant="fleet:1", start=BEGIN).faults
    for name, parameters in FAULTS:
        faults.enable(name, **dict(parameters))
    assert faults.enabled.keys() == {name for name, _ in FAULTS}


def line(kind: str, **facts: Any) -> dict[str, Any]:
    return {"kind": kind, **facts}


GOOD = [
    line("life", killed=True),
    line("life", killed=False),
    line("fault", name="busy"),
    line("reload"),
    line("command", name="stop", task="a"),
    line("outcome", task="a", at="12:00", status="success"),
    # told again by a restart, which is no second report
    line("outcome", task="a", at="12:00", status="success"),
    line("energy", key="x", shown=100.0, truths=[99.5, 100.004]),
    line("energy", key="x", shown=110.0, truths=[110.0]),
    line("memory", day=2, life=7, blocks=300),
    line("memory", day=3, life=8, blocks=200),
    line("memory", day=4, life=8, blocks=210),
    line("memory", day=5, life=8, blocks=212),
]


def test_a_good_soak_misses_nothing() -> None:
    verdict = verdict_of(GOOD)

    assert verdict.missed == []
    assert (verdict.lives, verdict.kills, verdict.commands) == (2, 1, 1)
    assert verdict.largest_error == pytest.approx(0.0004, rel=0.01)
    assert verdict.growth == pytest.approx(212 / 210)


@pytest.mark.parametrize(
    ("more", "missed"),
    [
        (line("exception", where="x", told="y"), "exceptions"),
        (line("secret", where="x"), "secrets"),
        (line("command", name="stop", task="b"), "lost"),
        (line("outcome", task="a", at="13:00", status="failure"), "repeated"),
        (line("energy", key="x", shown=120.0, truths=[119.9]), "wrong_energies"),
        (line("memory", day=6, life=8, blocks=220), "growth"),
    ],
)
def test_what_must_not_be_is_found(more: dict[str, Any], missed: str) -> None:
    assert verdict_of([*GOOD, more]).missed == [missed]


def test_nothing_compared_proves_nothing() -> None:
    assert verdict_of(GOOD[:7]).missed == ["energies"]
    assert verdict_of(GOOD[:7]).growth is None


def test_the_truth_is_that_of_meter_battery_and_plant() -> None:
    simulator = Simulator(plant="home", start=BEGIN, speed=0)
    (told,) = simulator.truth().values()
    published: Any = told["published"]

    assert truth(published) == {
        "total_power": published["plant"]["yield_total"],
        "grid_import_energy": published["NE=33815003"]["import_total"],
        "grid_export_energy": published["NE=33815003"]["export_total"],
        "battery_charged_energy": published["NE=33815002"]["charged_total"],
        "battery_discharged_energy": published["NE=33815002"]["discharged_total"],
    }


def test_logs_and_files_are_searched(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "journal")
    logger = logging.getLogger(__name__)
    logger.setLevel(logging.DEBUG)
    logger.addHandler(LogWatch(journal))
    logger.debug("a token: %s", TOKEN)
    logger.error("an error")
    logger.warning("nothing")
    try:
        datetime.fromisoformat(TOKEN)
    except ValueError:
        logger.exception("unforeseen")
    logger.handlers.clear()
    (tmp_path / ".storage").mkdir()
    for name in ("core.config_entries", "smartpvms.tokens", "smartpvms.memory.1"):
        (tmp_path / ".storage" / name).write_text(json.dumps({"token": TOKEN}))
    keeper = Keeper(journal)
    keeper.look_at_disk(tmp_path)
    keeper.weigh(1)

    *found, weight = journal.read()
    assert [each["kind"] for each in found] == [
        *("secret", "exception", "secret", "exception", "secret"),
    ]
    assert found[-1]["where"] == "smartpvms.memory.1"
    assert TOKEN not in (tmp_path / "journal").read_text(encoding="utf-8")
    assert weight["megabytes"] > 10
    assert weight["blocks"] > 10_000


def test_one_day_is_too_few() -> None:
    assert arguments(["--days", "2"]).plants == ["home", "emma"]
    with pytest.raises(SystemExit):
        arguments(["--days", "1"])
