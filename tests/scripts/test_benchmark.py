"""The benchmark: that it counts and measures what is so."""

import asyncio
from datetime import UTC, datetime, timedelta
import gc
import json
from pathlib import Path
import subprocess
import sys
import time
from typing import Any

from aiohttp import ClientSession
import pytest

from scripts.benchmarking.beats import (
    Course,
    Delays,
    PublishedFlow,
    Snapshot,
    delays_of,
    percentile,
    published_flows,
    share,
    sightings,
)
from scripts.benchmarking.calls import Call, calls_of
from scripts.benchmarking.command import arguments, days_of, measurements_of
from scripts.benchmarking.day import (
    CLEAR,
    CLOUDY,
    DayResult,
    Freshness,
    Period,
    Run,
    day_of,
    outages_of,
)
from scripts.benchmarking.limits import Check, checks_of
from scripts.benchmarking.report import as_json, missed_by, table, text_of
from scripts.benchmarking.restarts import WeekResult
from scripts.benchmarking.summary import summaries_of
from scripts.benchmarking.timeline import Timeline, run
from scripts.benchmarking.traffic import Traffic
from simulator import Simulator

PROJECT = Path(__file__).parents[2]
NOON = datetime(2026, 6, 21, 10, tzinfo=UTC)
HOUR = timedelta(hours=1)
# many times what it needs on a machine that does nothing else
SECONDS = 280


def benchmark(tmp_path: Path, *words: str) -> tuple[list[dict[str, Any]], str]:
    """Run the command, and return what it writes and prints."""
    file = tmp_path / "results.json"
    command = [sys.executable, "-m", "scripts.benchmarking", *words]
    ended = subprocess.run(
        [*command, "--json", str(file)],
        cwd=PROJECT,
        check=True,
        capture_output=True,
        text=True,
        timeout=SECONDS,
    )
    results: list[dict[str, Any]] = json.loads(file.read_text(encoding="utf-8"))
    return results, ended.stdout


@pytest.mark.timeout(SECONDS + 20)
def test_a_few_hours_are_counted_as_the_cloud_logs_them(tmp_path: Path) -> None:
    words = ("--plants", "home", "--weathers", "clear", "--seeds", "1")
    results, printed = benchmark(tmp_path, "day", *words, "--hours", "7", "--jobs", "1")

    assert [result["run"]["mode"] for result in results] == ["oauth", "api_account"]
    for result in results:
        calls = result["calls"]
        assert result["sent"] == sum(calls["by_interface"].values())
        assert sum(calls["by_class"].values()) == sum(calls["by_interface"].values())
        assert calls["by_interface"]["stations"] >= 1
        assert calls["by_interface"]["getDevRealKpi 47"] > 40
        assert calls["refused"] == 0
        assert set(result["periods"]) == {"day 1", "locked"}
        grid = result["periods"]["day 1"]["values"]["grid_power"]
        assert 0 <= result["known_after"]["grid_power"] < 1
        assert grid["beats"] > 40
        assert 80 < grid["seen"] <= grid["fetched"] <= 100
        assert 0 < grid["poll"]["mean"] <= grid["delay"]["mean"] < 300
    assert "battery_state_of_charge" in printed
    assert "figures reached" in printed


@pytest.mark.timeout(SECONDS + 20)
def test_all_else_is_measured_in_a_home_assistant_of_its_own(tmp_path: Path) -> None:
    results, printed = benchmark(
        tmp_path,
        *("fleet", "setup", "restarts", "--modes", "oauth", "--fleet", "2"),
        *("--scenes", "owners:2", "--restarts", "2"),
    )

    fleet, cold, at_once, later, restarts = results
    assert fleet["entities"] > 20
    assert fleet["changed"] > 0
    assert 0 < fleet["alone"] < fleet["seconds"]
    assert fleet["longest_block"] <= fleet["most_seconds"]
    assert fleet["collecting"] < fleet["seconds"]
    assert [cold["how"], at_once["how"], later["how"]] == [
        "cold",
        "restart at once",
        "restart after an hour",
    ]
    for set_up in (cold, at_once, later):
        assert set_up["loaded"] == set_up["entries"] == 2
        assert set_up["states"] > 20
    assert cold["calls"] > at_once["calls"]
    assert (restarts["restarts"], restarts["killed"]) == (2, 1)
    assert restarts["without"]["by_class"]["basic"] > 10
    assert restarts["calls"]["refused"] == 0
    assert "log-ins in 10 min" in printed


def published(*values: float) -> PublishedFlow:
    """Return snapshots that appear 100 s after each beat, the first unchanged."""
    flow = PublishedFlow.__new__(PublishedFlow)
    flow.flow, flow.type_id, flow.tolerance = "grid_power", 47, 0.6
    flow.snapshots = [
        Snapshot(
            appears=300.0 * number + 100,
            sample=300.0 * number,
            value=value,
            changed=number > 0 and value != values[number - 1],
            day=True,
        )
        for number, value in enumerate(values)
    ]
    return flow


def course(*states: tuple[float, float | None]) -> Course:
    """Return states by time."""
    made = Course()
    for at, value in states:
        made.add(at, value)
    return made


def test_a_snapshot_is_seen_when_its_answer_is_shown() -> None:
    flow = published(1, 2, 3)
    states = course((0, None), (50, 0.0), (430, 2.0), (745, 3.2))

    assert states.known_from == 430
    first, second = sightings(flow, states, [410, 740], 2000)
    assert (first.fetched, first.shown) == (10, 30)
    assert (second.fetched, second.shown, second.outdated) == (40, 45, 45)


def test_a_snapshot_that_nobody_fetched_is_not_seen_even_if_it_fits() -> None:
    # the third is the same as the first, which is still shown when it appears
    flow = published(1, 2, 1, 5)
    states = course((0, 1.0), (1150, 5.0))

    second, third, fourth = sightings(flow, states, [150, 1100], 2000)
    assert (second.fetched, second.shown, second.outdated) == (None, None, 750)
    assert (third.shown, third.outdated) == (None, 450)
    assert fourth.shown == 150
    assert share([second, third, fourth], "shown") == pytest.approx(100 / 3)


def test_what_never_catches_up_is_neither_seen_nor_up_to_date() -> None:
    found = sightings(published(1, 2), course((0, 1.0)), [410], 2000)

    assert [(each.fetched, each.shown, each.outdated) for each in found] == [
        (10, None, None)
    ]


def test_a_value_that_does_not_change_does_not_count() -> None:
    assert sightings(published(1, 1, 1), course((0, 1.0)), [], 2000) == []


def test_what_was_published_is_what_the_cloud_answers() -> None:
    simulator = Simulator(plant="home", start=NOON)
    plant = simulator.plants[0]
    plant.outages.append((NOON + HOUR, NOON + 2 * HOUR))
    flows = {flow.flow: flow for flow in published_flows(plant, NOON, NOON + 3 * HOUR)}

    assert set(flows) == {
        "pv_power",
        "grid_power",
        "battery_power",
        "battery_state_of_charge",
    }
    for flow in flows.values():
        for snapshot in flow.snapshots:
            at = datetime.fromtimestamp(snapshot.appears + 1, UTC)
            shown = plant.published(flow.type_id, at)
            assert shown.timestamp() == snapshot.sample
        lost = NOON.timestamp() + 3600
        assert not any(lost <= each.sample < lost + 3600 for each in flow.snapshots)
    truth = plant.state(plant.published(47, NOON)).powers
    (noon,) = (
        each
        for each in flows["grid_power"].snapshots
        if each.sample == plant.published(47, NOON).timestamp()
    )
    assert noon.value == pytest.approx(truth.grid, abs=1)


def test_percentiles_are_values_that_occurred() -> None:
    assert percentile([1, 2, 3, 4], 50) == 2
    assert percentile(list(range(1, 101)), 95) == 95
    delays = delays_of([30, 10, 20])
    assert (delays.mean, delays.p50, delays.p95, delays.longest) == (20, 20, 30, 30)
    assert delays_of([]).mean is None


def call(minutes: float, interface: str, **fields: Any) -> Call:
    """Return a call so many minutes after noon."""
    return Call(
        **{
            "at": NOON + timedelta(minutes=minutes),
            "interface": interface,
            "path": f"/thirdData/{interface}",
            "status": 200,
            "fail_code": 0,
            "type_id": None,
            **fields,
        }
    )


def test_calls_are_told_apart_by_class_and_outcome() -> None:
    figures = calls_of(
        [
            *(call(minute, "login") for minute in (0, 4, 9, 14)),
            call(1, "token", path="/rest/dp/uidm/oauth2/v1/token", fail_code=None),
            call(2, "getDevRealKpi", type_id=38),
            call(3, "getDevRealKpi", type_id=47, fail_code=407),
            call(24 * 60, "getAlarmList", status=429, fail_code=None),
            call(24 * 60 + 2.5, "stations", fail_code=20005),
            call(30, "task", path="/rest/openapi/pvms/nbi/v2/control/x/async-task"),
        ]
    )

    assert figures.by_interface["getDevRealKpi 38"] == 1
    assert figures.by_class == {"access": 5, "basic": 4, "control": 1}
    assert (figures.refused, figures.failed) == (2, 1)
    assert figures.most_in_a_day == 3
    assert figures.most_log_ins == 3


def test_the_log_of_the_simulator_is_understood() -> None:
    record = {
        "at": NOON.isoformat(),
        "interface": "getDevRealKpi",
        "path": "/thirdData/getDevRealKpi",
        "body": {"devTypeId": 39, "devIds": "1"},
        "status": 200,
        "fail_code": 0,
    }

    assert Call.from_log(record) == call(0, "getDevRealKpi", type_id=39)


def test_a_limit_is_reached_or_missed() -> None:
    assert Check(what="calls", figure=840, limit=840).reached
    assert not Check(what="calls", figure=841, limit=840).reached
    assert Check(what="seen", figure=98, limit=98, least=True).reached
    assert not Check(what="seen", figure=None, limit=98, least=True).reached
    assert str(Check(what="delay", figure=50, limit=45, unit="s")) == (
        "MISSED: delay 50 (≤ 45 s)"
    )


def test_a_week_with_a_refusal_is_told() -> None:
    week = WeekResult(
        days=7, restarts=7, calls=calls_of([call(0, "stations", fail_code=407)])
    )

    assert [check.reached for check in checks_of(week)] == [False]
    assert len(missed_by([week])) == 1
    text = text_of([week])
    assert "0 of 1 figures reached" in text
    assert "7 days api_account: MISSED: refusals 1 (≤ 0)" in text
    (written,) = as_json([week])
    assert written["benchmark"] == "week"
    assert written["checks"][0]["reached"] is False


def day(seed: int, *, seen: float, beats: int, mean: float, calls: int) -> DayResult:
    """Return a day of which the grid power was seen so often."""
    delay = Delays(count=beats, mean=mean, p50=mean, p95=2 * mean, longest=300)
    fresh = Freshness(
        beats=beats,
        fetched=seen,
        seen=seen,
        delay=delay,
        day=delay,
        night=delay,
        poll=delay,
        outdated=310,
    )
    figures = calls_of([call(number, "stations") for number in range(calls)])
    return DayResult(
        run=Run(plant="home", mode="oauth", weather=CLEAR, seed=seed),
        begin="2026-06-21T00:00:00+02:00",
        sun_hours=16.2,
        calls=figures,
        sent=calls,
        known_after={"grid_power": 0.0},
        periods={
            "locked": Period(hours=42, calls=figures, values={"grid_power": fresh})
        },
        real_seconds=9,
    )


def test_days_are_checked_one_by_one_and_summed_up() -> None:
    results = [
        day(1, seen=99, beats=300, mean=40, calls=800),
        day(2, seen=97, beats=100, mean=60, calls=850),
    ]

    assert [check.reached for check in checks_of(results[0])] == [True] * 5
    assert [check.what for check in missed_by(results)] == [
        "basic calls in any 24 h",
        "grid_power, locked, beats seen",
        "grid_power, locked, mean delay",
    ]
    (summary,) = summaries_of(results)
    assert (summary.runs, summary.beats, summary.calls) == (2, 400, 850)
    assert (summary.seen, summary.lowest_seen) == (98.5, 97)
    assert (summary.mean, summary.p95) == (45, 120)
    assert "stations 850" in text_of(results, details=False)
    assert "fetched" in text_of(results)


def test_numbers_of_a_table_are_right() -> None:
    assert table([("what", "n"), ("calls", "5"), ("a", "10")]) == (
        "what   n\ncalls   5\na      10"
    )


def test_time_passes_only_where_the_loop_would_wait() -> None:
    timeline = Timeline(NOON)
    told: list[float] = []
    timeline.followers.append(lambda delta: told.append(delta.total_seconds()))

    async def live() -> datetime:
        loop = asyncio.get_running_loop()
        await loop.run_in_executor(None, threaded)
        assert timeline.seconds == 0
        await asyncio.gather(asyncio.sleep(3600), asyncio.sleep(60))
        return datetime.now(UTC)

    def threaded() -> None:
        for _ in range(100_000):
            time.perf_counter()

    began = time.perf_counter()
    with timeline.passing():
        assert run(timeline, live) == NOON + HOUR
    assert time.perf_counter() - began < 60
    assert sum(told) == pytest.approx(3600)
    assert timeline.load.cpu > 0


def test_pauses_of_the_garbage_collector_are_in_no_block() -> None:
    timeline = Timeline(NOON)
    # what a thorough collection has to go through for longer than the rest takes
    kept = [[number] for number in range(200_000)]

    async def live() -> None:
        timeline.load.begin()
        gc.collect()
        await asyncio.sleep(60)

    with timeline.passing():
        run(timeline, live)
    load = timeline.load
    assert len(kept) == 200_000
    assert 0 < load.longest_collection <= load.collecting <= load.cpu
    assert load.longest_cpu < load.longest_collection


def test_requests_under_way_hold_the_time() -> None:
    simulator = Simulator(plant="pv", start=NOON, speed=0)
    timeline, traffic = Timeline(NOON), Traffic()
    timeline.busy.append(traffic.is_under_way)

    async def live() -> float:
        async with simulator.serve() as server, ClientSession() as session:
            for _ in range(3):
                path = "/_simulator/state"
                async with session.get(f"{server.url}{path}") as response:
                    await response.json()
            return timeline.seconds

    with timeline.passing(), traffic.followed():
        assert run(timeline, live) == 0
    assert traffic.paths == {"/_simulator/state": 3}
    assert not traffic.is_under_way()


def test_clear_days_are_brighter_than_cloudy_ones() -> None:
    clear, cloudy = (day_of("home", weather, 2) for weather in (CLEAR, CLOUDY))
    plant = Simulator(plant="home", start=max(clear, cloudy) + HOUR, seed=2).plants[0]

    bright, dull = (
        plant.history.day(plant.history.local_date(day)).pv_yield
        for day in (clear, cloudy)
    )
    assert bright > 1.5 * dull


def test_two_outages_a_day() -> None:
    wanted = Run(plant="home", mode="oauth", weather=CLEAR, seed=1)
    outages = outages_of(wanted, NOON)

    assert len(outages) == 4
    assert all(
        timedelta(minutes=30) <= back - lost <= timedelta(minutes=90)
        for lost, back in outages
    )
    assert outages == outages_of(wanted, NOON)


def test_the_options_choose_what_is_run() -> None:
    options = arguments(
        ["day", "fleet", "--plants", "home", "pv", "--modes", "oauth", "--seeds", "7"]
    )

    assert {(each.plant, each.weather, each.seed) for each in days_of(options)} == {
        (plant, weather, 7) for plant in ("home", "pv") for weather in (CLEAR, CLOUDY)
    }
    assert len(list(measurements_of(options, options.suites))) == 1
    every = arguments([])
    assert len(list(days_of(every))) == 5 * 2 * 2 * 5
    assert len(list(measurements_of(every, ["fleet", "setup"]))) == 2 + 5
    assert len(list(measurements_of(every, ["restarts", "api-week"]))) == 3


def test_an_unknown_suite_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        arguments(["night"])
    assert "unknown: night" in capsys.readouterr().err
