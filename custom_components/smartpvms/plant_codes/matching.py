"""Which plant a plant is that the cloud lists under a code nobody has seen.

The cloud changes plant codes now and then, and each account may have its own. What stays
is in the plant: the serial numbers of its devices.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import device_registry as dr

from ..const import CONF_PLANTS, DOMAIN
from ..coordinator.memory import DEVICE_LIST, KnownList, memory_if_loaded
from ..northbound.models import Device
from ..northbound.stored_models import device_from_json


@callback
def plants_by_serial(hass: HomeAssistant, entry: ConfigEntry) -> dict[str, str]:
    """Return the code of the plant that each serial number is known from.

    The registry knows the devices that are shown, and longest; the last device list
    those of plants of which only totals are shown.
    """
    found = dict(_listed(hass, entry))
    registry = dr.async_get(hass)
    devices = dr.async_entries_for_config_entry(registry, entry.entry_id)
    plants = {
        device.id: key
        for device in devices
        for domain, key in device.identifiers
        if domain == DOMAIN and key in entry.options[CONF_PLANTS]
    }
    found |= {
        device.serial_number: plants[device.via_device_id]
        for device in devices
        if device.serial_number and device.via_device_id in plants
    }
    return found


def _listed(hass: HomeAssistant, entry: ConfigEntry) -> Iterable[tuple[str, str]]:
    memory = memory_if_loaded(hass, entry.entry_id)
    known = (
        None
        if memory is None
        else KnownList.from_json(memory.recall(f"{DOMAIN} {DEVICE_LIST}"))
    )
    for row in () if known is None else known.rows:
        device = device_from_json(row)
        if device is not None and device.serial:
            yield device.serial, device.plant_code


def moved_plants(
    known: Mapping[str, str], vanished: Collection[str], devices: Iterable[Device]
) -> dict[str, str]:
    """Return the new code of each vanished plant that `devices` are found to be in.

    `known` is the plant of each serial number. Where devices of a plant are found in
    several, as one was put elsewhere, it is the plant with most of them; each new code
    stands for one plant only.
    """
    votes: Counter[tuple[str, str]] = Counter()
    for device in devices:
        old = known.get(device.serial or "")
        if old is not None and old in vanished:
            votes[old, device.plant_code] += 1
    moves: dict[str, str] = {}
    for (old, new), _ in sorted(votes.items(), key=lambda item: (-item[1], item[0])):
        if old not in moves and new not in moves.values():
            moves[old] = new
    return moves
