"""Real-time keys of environmental monitoring instruments (10)."""

from ..plants.state import WeatherState
from ..types import Json

_MEGAJOULES_A_KILOWATT_HOUR = 3.6


def weather_items(state: WeatherState) -> dict[str, Json]:
    """Return the dataItemMap of an EMI: °C, m/s, degrees, W/m², MJ/m²."""
    irradiation = state.irradiation_today * _MEGAJOULES_A_KILOWATT_HOUR
    return {
        "run_state": 1,
        "temperature": round(state.outside_temperature, 1),
        "pv_temperature": round(state.module_temperature, 1),
        "wind_speed": round(state.wind_speed, 1),
        "wind_direction": round(state.wind_direction, 1),
        "radiant_total": round(irradiation, 3),
        "radiant_line": round(state.irradiance, 1),
        "horiz_radiant_line": None,
        "horiz_radiant_total": None,
    }
