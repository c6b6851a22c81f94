"""Which device types rest, by what was read last."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from ..northbound.models import Device
from ..planner.pace import (
    BATTERY_TYPES,
    INVERTER_TYPES,
    BatteryWatch,
    batteries_rest,
    inverters_rest,
)

if TYPE_CHECKING:
    from ..coordinator import SmartPVMSData


class RestWatch:
    """Looks at inverters and batteries; remembers the grid's power of each battery's poll."""

    def __init__(self, data: SmartPVMSData) -> None:
        """Begin with no battery polled."""
        self._data = data
        self._grid_then: dict[int, dict[str, float | None]] = {}

    def polled(self, type_id: int) -> None:
        """Note that the devices of a type were polled."""
        if type_id in BATTERY_TYPES:
            self._grid_then[type_id] = {
                plant_code: self._grid(plant_code)
                for plant_code in self._data.plants.data
            }

    def resting(self, *, dark: bool) -> set[int]:
        """Return the devTypeIds that rest; `dark` says that the sun is down everywhere."""
        return {
            type_id
            for type_id in self._data.device_readings
            if (
                type_id in INVERTER_TYPES
                and inverters_rest(self._values(type_id), dark=dark)
            )
            or (type_id in BATTERY_TYPES and batteries_rest(self._batteries(type_id)))
        }

    def _values(self, type_id: int) -> Iterator[Mapping[str, float]]:
        return (values for _, values in self._told(type_id))

    def _batteries(self, type_id: int) -> Iterator[BatteryWatch]:
        then = self._grid_then.get(type_id, {})
        for device, values in self._told(type_id):
            yield BatteryWatch(
                battery=values.get("ch_discharge_power"),
                grid=self._grid(device.plant_code),
                grid_then=then.get(device.plant_code),
            )

    def _told(self, type_id: int) -> Iterator[tuple[Device, Mapping[str, float]]]:
        """Yield the devices of a type that are read, with what they told last."""
        coordinator = self._data.device_readings[type_id]
        devices = self._data.devices.data
        for device_id in self._data.devices.read(type_id):
            reading = coordinator.data.get(device_id)
            yield devices[device_id], reading.values if reading else {}

    def _grid(self, plant_code: str) -> float | None:
        picture = self._data.energy.picture(plant_code)
        return None if picture is None else picture.powers.grid
