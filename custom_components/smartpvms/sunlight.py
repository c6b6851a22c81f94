"""Where the sun stands at a plant."""

from datetime import datetime

from astral import Observer  # type: ignore[import-untyped]
from astral.sun import elevation  # type: ignore[import-untyped]
from homeassistant.core import HomeAssistant
from homeassistant.helpers.sun import get_astral_observer

from .northbound.models import Plant


def sun_elevation(hass: HomeAssistant, plant: Plant | None, moment: datetime) -> float:
    """Return the sun's elevation in degrees at the plant, else at Home Assistant's home."""
    if plant is None or not plant.latitude or not plant.longitude:
        # some servers give 0 for a place that was never entered
        observer = get_astral_observer(hass)
    else:
        observer = Observer(plant.latitude, plant.longitude)
    return float(elevation(observer, moment))
