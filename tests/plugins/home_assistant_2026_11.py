"""Lets pytest-homeassistant-custom-component 0.13.375 run on Home Assistant 2026.11.

Load it with `-p tests.plugins.home_assistant_2026_11`. It goes once a release of
the plugin supports 2026.11.
"""

# Home Assistant replaces httpx when it is imported and refuses to be second, so
# this import has to come before those of all other pytest plugins.
from homeassistant.components import logger
from homeassistant.components.logger import helpers
import pytest

# The plugin imports this name from where 2026.10 has it.
logger._clear_logger_overwrites = helpers._clear_logger_overwrites


def pytest_collection_modifyitems(
    config: pytest.Config, items: list[pytest.Item]
) -> None:
    """Leave out snapshot tests: registry entries have other fields in 2026.10."""
    with_snapshot = [item for item in items if _uses_snapshot(item)]
    if with_snapshot:
        config.hook.pytest_deselected(items=with_snapshot)
        items[:] = [item for item in items if not _uses_snapshot(item)]


def _uses_snapshot(item: pytest.Item) -> bool:
    return item.get_closest_marker("snapshot") is not None or (
        isinstance(item, pytest.Function) and "snapshot" in item.fixturenames
    )
