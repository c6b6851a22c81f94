"""The part of the benchmark that is about the years before."""

from dataclasses import replace

from scripts.benchmarking.beats import Delays
from scripts.benchmarking.calls import calls_of
from scripts.benchmarking.command import arguments, measurements_of
from scripts.benchmarking.day import Freshness
from scripts.benchmarking.history import HistoryResult
from scripts.benchmarking.history_fleet import HistoryFleetResult
from scripts.benchmarking.history_kills import HistoryKillsResult
from scripts.benchmarking.limits import checks_of
from scripts.benchmarking.report import as_json, missed_by, text_of

DELAY = Delays(count=9, mean=40.0, p50=40.0, p95=80.0, longest=90.0)
FRESH = Freshness(
    beats=9,
    fetched=99.0,
    seen=99.0,
    delay=DELAY,
    day=DELAY,
    night=DELAY,
    poll=DELAY,
    outdated=100.0,
)
HOME = HistoryResult(
    mode="oauth",
    years=5,
    days=30,
    calls_until_days=70,
    hours_until_days=20.0,
    worst_day=0.001,
    days_by_the_hour=365,
    worst_hour=0.01,
    worst_live_hour=0.2,
    worst_day_at_the_end=0.001,
    seam={"import": 0.001},
    dashboard_issues=0,
    calls=calls_of([]),
    calls_for_history=500,
    freshness={"grid_power": FRESH},
    freshness_without={"grid_power": FRESH},
    recorder_cpu={"history": 0.1, "others": 0.2},
    recorder_wall={"history": 0.1, "others": 0.2},
    real_seconds=1.0,
)
FLEET = HistoryFleetResult(
    home_assistant="2026.11",
    plants=100,
    hours=8,
    rows=1000,
    jobs=100,
    block=0.02,
    block_without=0.02,
    held=0.1,
    held_on_wall=0.2,
    held_by_others=0.9,
)
KILLS = HistoryKillsResult(kills=50, rows=1000, different=0)


def missed(result: HistoryResult | HistoryFleetResult | HistoryKillsResult) -> str:
    """Return the only figure that is missed."""
    (check,) = missed_by([result])
    return check.what


def test_what_the_history_must_reach() -> None:
    assert missed_by([HOME, FLEET, KILLS]) == []
    assert missed(replace(HOME, calls_until_days=81)) == "calls until all days were in"
    assert missed(replace(HOME, calls_until_days=None)) == (
        "calls until all days were in"
    )
    assert missed(replace(HOME, worst_day=0.02)) == "worst day"
    assert missed(replace(HOME, days_by_the_hour=364)) == "days by the hour"
    assert missed(replace(HOME, seam={"import": 0.1})) == "import across the seam"
    late = replace(FRESH, delay=replace(DELAY, mean=50.0))
    assert missed(replace(HOME, freshness={"grid_power": late})) == (
        "grid_power, mean delay"
    )
    account = replace(HOME, mode="api_account", hours_until_days=80.0)
    assert missed(account) == "all days in"
    assert missed(replace(FLEET, held=0.6)) == "recorder held"
    assert missed(replace(KILLS, different=1)) == "rows that kills made different"


def test_few_days_need_not_have_the_hours_of_a_year() -> None:
    whole = {check.what for check in checks_of(HOME)}
    few = {check.what for check in checks_of(replace(HOME, days=2))}
    assert whole - few == {"days by the hour", "worst hour"}


def test_the_history_is_told_in_tables_and_as_json() -> None:
    text = text_of([HOME, FLEET, KILLS])
    for word in ("seam import", "recorder_cpu history", "held_on_wall", "different"):
        assert word in text
    home, fleet, kills = as_json([HOME, FLEET, KILLS])
    assert home["benchmark"] == "history"
    assert fleet["benchmark"] == "historyfleet"
    assert kills["checks"][0]["reached"] is True
    missing = replace(FLEET, block=0.2)
    assert "history fleet:100: MISSED: longest block 0.2" in text_of([missing])
    assert "history oauth: MISSED" in text_of([replace(HOME, worst_day=1.0)])
    assert "history 50 kills: MISSED" in text_of([replace(KILLS, different=3)])


def test_the_history_is_measured_by_way_in() -> None:
    every = arguments(["history", "history-fleet", "history-kills"])
    assert len(list(measurements_of(every, every.suites))) == 4
    one = arguments(["history", "--modes", "oauth"])
    assert len(list(measurements_of(one, one.suites))) == 1
