"""Which of the listed devices are shown in Home Assistant, and which are read."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self

from ..detail import is_read, is_shown
from ..northbound.device_types import serves_readings
from ..northbound.models import Device


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceUse:
    """What becomes of devices under options: worked out once, and asked for all the time.

    `shown` are devices in Home Assistant, `read` those whose readings are needed, both
    by devTypeId; `all_read` are those that the cloud serves, as listed.
    """

    devices: Mapping[int, Device]
    options: Mapping[str, Any]
    shown: dict[int, list[Device]] = field(default_factory=dict)
    read: dict[int, list[Device]] = field(default_factory=dict)
    all_read: list[Device] = field(default_factory=list)

    @classmethod
    def of(cls, devices: Mapping[int, Device], options: Mapping[str, Any]) -> Self:
        """Look at each device once."""
        use = cls(devices=devices, options=options)
        for device in devices.values():
            if is_shown(options, device):
                use.shown.setdefault(device.type_id, []).append(device)
            if is_read(options, device):
                use.read.setdefault(device.type_id, []).append(device)
                if serves_readings(device.type_id):
                    use.all_read.append(device)
        return use

    def is_of(self, devices: Mapping[int, Device], options: Mapping[str, Any]) -> bool:
        """Return whether neither the list nor the options have been replaced."""
        return self.devices is devices and self.options is options
