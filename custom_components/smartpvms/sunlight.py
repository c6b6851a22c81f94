"""Where the sun stands at a plant."""

from datetime import UTC, datetime
from functools import lru_cache
from typing import Final

from astral import Observer  # type: ignore[import-untyped]
from astral.sun import elevation  # type: ignore[import-untyped]
from homeassistant.core import HomeAssistant
from homeassistant.helpers.sun import get_astral_observer

from .northbound.models import Plant

# in which the sun moves by an eighth of a degree
GRAIN: Final = 30
# of the degrees of a place: what lies within 11 km is one
DECIMALS: Final = 1
# the places of a fleet at a few moments
REMEMBERED: Final = 2048


def sun_elevation(hass: HomeAssistant, plant: Plant | None, moment: datetime) -> float:
    """Return the sun's elevation in degrees at the plant, else at Home Assistant's home.

    It is right to a quarter of a degree.
    """
    if plant is None or not plant.latitude or not plant.longitude:
        # some servers give 0 for a place that was never entered
        observer = get_astral_observer(hass)
        latitude, longitude = observer.latitude, observer.longitude
    else:
        latitude, longitude = plant.latitude, plant.longitude
    return _elevation(
        round(latitude, DECIMALS),
        round(longitude, DECIMALS),
        int(moment.timestamp()) // GRAIN,
    )


@lru_cache(maxsize=REMEMBERED)
def _elevation(latitude: float, longitude: float, half_minute: int) -> float:
    """Return what takes a tenth of a millisecond, and is asked for by many."""
    moment = datetime.fromtimestamp(half_minute * GRAIN, UTC)
    return float(elevation(Observer(latitude, longitude), moment))
