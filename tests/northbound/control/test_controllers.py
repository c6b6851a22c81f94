"""Controllers: which one a plant has, and what the documents say that it cannot do."""

import pytest

from custom_components.smartpvms.northbound.control import (
    Controller,
    Feature,
    controller_of,
    is_excluded,
)


@pytest.mark.parametrize(
    ("type_ids", "controller"),
    [
        ([38, 39, 47, 62], "dongle"),
        ([38, 23070], "emma"),
        ([1, 1, 2, 17], "smart_logger"),
        ([1, 63], "distributed_smart_logger"),
        ([23093], "all_in_one"),
        ([38, 39, 47], "inverter_direct"),
        ([1], "inverter_direct"),
        ([38, 62, 62], "several"),
        ([38, 62, 23070], "several"),
        ([47], None),
        ([], None),
    ],
)
def test_controller_of_devices(type_ids: list[int], controller: str | None) -> None:
    assert controller_of(type_ids) == controller


@pytest.mark.parametrize(
    ("controller", "excluded"),
    [
        ("dongle", set()),
        ("emma", set()),
        ("all_in_one", set()),
        ("smart_logger", {"battery_mode", "third_party_dispatch"}),
        ("distributed_smart_logger", {"third_party_dispatch"}),
        ("inverter_direct", {"read_battery_mode"}),
        (
            "several",
            {
                "battery_mode",
                "third_party_dispatch",
                "feed_in_limit",
                "read_battery_mode",
                "read_feed_in_limit",
            },
        ),
        (None, set()),
    ],
)
def test_what_a_controller_cannot_do(
    controller: str | None, excluded: set[str]
) -> None:
    known = None if controller is None else Controller(controller)

    assert {item for item in Feature if is_excluded(item, known)} == excluded
