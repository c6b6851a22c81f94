"""Lets pytest-homeassistant-custom-component 0.13.375 run on Home Assistant 2026.11.

Load it with `-p tests.plugins.home_assistant_2026_11`. It goes once a release of
the plugin supports 2026.11.
"""

from pathlib import Path
from typing import Final

# Home Assistant replaces httpx when it is imported and refuses to be second, so
# this import has to come before those of all other pytest plugins.
from homeassistant.components import logger
from homeassistant.components.logger import helpers
import pytest

# The plugin imports this name from where 2026.10 has it.
logger._clear_logger_overwrites = helpers._clear_logger_overwrites

TESTS: Final = Path(__file__).parents[1]
WITHOUT_HOME_ASSISTANT: Final = frozenset(
    {
        "control",
        "counters",
        "day_plan",
        "energy_flows",
        "fuzz",
        "northbound",
        "planner",
        "scripts",
        "simulator",
        "test_architecture.py",
    }
)
"""Tests of what knows nothing of Home Assistant: its version makes no difference."""


def pytest_collection_modifyitems(
    config: pytest.Config, items: list[pytest.Item]
) -> None:
    """Leave out what another version cannot change, and snapshots, which it must.

    Registry entries have other fields in 2026.10.
    """
    left_out = [
        item for item in items if _uses_snapshot(item) or not _knows_version(item)
    ]
    if left_out:
        gone = set(left_out)
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if item not in gone]


def _knows_version(item: pytest.Item) -> bool:
    return (
        item.get_closest_marker("one_version") is None
        and item.path.relative_to(TESTS).parts[0] not in WITHOUT_HOME_ASSISTANT
    )


def _uses_snapshot(item: pytest.Item) -> bool:
    return item.get_closest_marker("snapshot") is not None or (
        isinstance(item, pytest.Function) and "snapshot" in item.fixturenames
    )
