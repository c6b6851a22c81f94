"""A house that is controlled."""

from tests.plant_control.fixtures import night

__all__ = ["night"]
