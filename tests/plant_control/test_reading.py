"""How often modes and limits are read when nobody asks."""

from datetime import timedelta

from custom_components.smartpvms.polling import BATTERY_MODES, FEED_IN_LIMITS

from .house import House


async def test_modes_and_limits_are_read_at_set_up_and_then_rarely(
    night: House,
) -> None:
    await night.pass_time(10)
    assert night.state("select", "battery_mode_choice").state == "self_consumption"
    assert night.state("sensor", "battery_mode").state == "self_consumption"
    assert night.state("switch", "feed_in_limited").state == "off"

    await night.reload()
    await night.pass_time(300, step=10)
    for interface in ("battery-mode", "active-power-control-mode"):
        assert len(night.cloud.requests_to(f"configuration/{interface}")) == 1
    for feed in (BATTERY_MODES, FEED_IN_LIMITS):
        interval = night.entry.runtime_data.clock.interval(feed)
        assert timedelta(hours=6) <= interval <= timedelta(days=1)
