"""Changes of the limits of batteries that come close together and become one task."""

from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Final

from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.helpers.event import async_call_later

from ..control import SetParameters
from ..northbound.control import SetBatteryParameters

if TYPE_CHECKING:
    from .control import PlantControl

TOGETHER: Final = 10.0
"""Seconds after a change in which further ones join it."""


class ParameterChanges:
    """Collects what the numbers of a plant are set to, and sends it once they rest."""

    def __init__(self, hass: HomeAssistant, control: PlantControl) -> None:
        """Begin with nothing changed."""
        self._hass = hass
        self._control = control
        self._changes: dict[str, dict[str, float]] = {}
        self._timers: dict[str, CALLBACK_TYPE] = {}

    def requested(self, plant_code: str, field: str) -> float | None:
        """Return what a field of `SetBatteryParameters` is to become."""
        return self._changes.get(plant_code, {}).get(field)

    @callback
    def async_change(self, plant_code: str, field: str, value: float) -> None:
        """Set a field soon; raises `ControlValueError` for what is out of range."""
        changes = {**self._changes.get(plant_code, {}), field: value}
        _order(plant_code, changes)
        self._changes[plant_code] = changes
        if cancel := self._timers.pop(plant_code, None):
            cancel()
        self._timers[plant_code] = async_call_later(
            self._hass, TOGETHER, partial(self._send, plant_code)
        )
        self._control.async_changed(plant_code)

    @callback
    def async_send_now(self) -> None:
        """Send what was changed without waiting for more."""
        for plant_code, cancel in tuple(self._timers.items()):
            cancel()
            self._send(plant_code)

    @callback
    def _send(self, plant_code: str, _now: datetime | None = None) -> None:
        del self._timers[plant_code]
        self._control.async_run(self._async_send(plant_code))

    async def _async_send(self, plant_code: str) -> None:
        order = _order(plant_code, self._changes[plant_code])
        # shown until the engine has it, and no longer
        request = self._control.async_request([SetParameters(order=order)])
        del self._changes[plant_code]
        await request


def _order(plant_code: str, changes: dict[str, float]) -> SetBatteryParameters:
    def watts(field: str) -> int | None:
        value = changes.get(field)
        return None if value is None else round(value)

    return SetBatteryParameters(
        plant_code=plant_code,
        end_of_charge_soc=changes.get("end_of_charge_soc"),
        end_of_discharge_soc=changes.get("end_of_discharge_soc"),
        maximum_charge_power=watts("maximum_charge_power"),
        maximum_discharge_power=watts("maximum_discharge_power"),
    )
