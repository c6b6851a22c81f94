"""What Home Assistant wants of other integrations before it sets them up."""

from collections.abc import Iterator

from homeassistant.config_entries import ConfigFlow
import pytest
from pytest_homeassistant_custom_component.common import mock_config_flow

from .others import CLOUD_CONTROL, FUSION_SOLAR


class OtherFlow(ConfigFlow):
    """The config flow of another integration, which nobody opens."""


@pytest.fixture(autouse=True)
def other_flows() -> Iterator[None]:
    """Let entries of the other integrations be set up."""
    with (
        mock_config_flow(FUSION_SOLAR, OtherFlow),
        mock_config_flow(CLOUD_CONTROL, OtherFlow),
    ):
        yield
