"""What the log says of a connection that fails and recovers."""

import pytest

from custom_components.smartpvms.connection import ConnectionLog


@pytest.fixture
def log(caplog: pytest.LogCaptureFixture) -> ConnectionLog:
    """Return the log of an entry "Home"."""
    caplog.set_level("INFO")
    return ConnectionLog("Home")


def test_outage_of_several_interfaces_is_one_line_down_and_one_up(
    log: ConnectionLog, caplog: pytest.LogCaptureFixture
) -> None:
    log.failed("a", "no network", temporary=True)
    log.failed("b", "time is up", temporary=True)
    log.failed("a", "no network", temporary=True)
    log.succeeded("a")
    log.succeeded("b")
    log.succeeded("b")

    assert caplog.messages == ["Home: no network", "Home: the cloud answers again"]


def test_refusal_does_not_silence_later_outages(
    log: ConnectionLog, caplog: pytest.LogCaptureFixture
) -> None:
    log.failed("alarms", "not ticked", temporary=False)
    for _ in range(2):
        log.failed("readings", "no network", temporary=True)
        log.failed("alarms", "no network", temporary=True)
        log.succeeded("readings")
        log.failed("alarms", "not ticked", temporary=False)

    assert caplog.messages.count("Home: no network") == 2
    assert caplog.messages.count("Home: the cloud answers again") == 2


def test_same_cause_of_several_plants_is_one_line(
    log: ConnectionLog, caplog: pytest.LogCaptureFixture
) -> None:
    log.failed("a", "not ticked", temporary=False)
    log.failed("b", "not ticked", temporary=False)
    log.succeeded("a")
    log.succeeded("b")

    assert caplog.messages == ["Home: not ticked", "Home: no longer so: not ticked"]
