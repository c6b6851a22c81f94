"""Whose plants an entry serves: by the codes and serial numbers that it remembers.

OAuth Connect names no account. What proves an owner is a plant, or a device of one, that
an entry has seen before; an account may list the same plant under another code.
"""

from collections.abc import Collection, Iterable, Mapping

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, callback

from .const import CONF_KNOWN_PLANTS, CONF_KNOWN_SERIALS, CONF_PLANTS, DOMAIN
from .northbound.models import Device


def knows_plants(entry: ConfigEntry, plant_codes: Collection[str]) -> bool:
    """Tell whether an entry has seen one of these plants."""
    return not set(entry.data[CONF_KNOWN_PLANTS]).isdisjoint(plant_codes)


def known_devices(entry: ConfigEntry, devices: Iterable[Device]) -> list[Device]:
    """Return the devices that an entry has seen, by serial number."""
    known = entry.data[CONF_KNOWN_SERIALS]
    return [device for device in devices if device.serial in known]


def serials_of(devices: Iterable[Device]) -> set[str]:
    """Return the serial numbers that devices have."""
    return {device.serial for device in devices if device.serial}


def remembered(
    entry: ConfigEntry, plant_codes: Iterable[str], serials: Iterable[str]
) -> dict[str, list[str]]:
    """Return the data of an entry that has seen these too; it forgets none.

    A list that comes short must not make a plant new that the user once declined.
    """
    return {
        CONF_KNOWN_PLANTS: sorted({*entry.data[CONF_KNOWN_PLANTS], *plant_codes}),
        CONF_KNOWN_SERIALS: sorted({*entry.data[CONF_KNOWN_SERIALS], *serials}),
    }


@callback
def async_remember(
    hass: HomeAssistant,
    entry: ConfigEntry,
    *,
    plant_codes: Iterable[str] = (),
    devices: Iterable[Device] = (),
) -> None:
    """Let an entry remember what the cloud listed for it."""
    seen = remembered(entry, plant_codes, serials_of(devices))
    hass.config_entries.async_update_entry(entry, data={**entry.data, **seen})


@callback
def served_plants(
    hass: HomeAssistant,
    own: ConfigEntry | None,
    devices: Mapping[str, Collection[Device]] | None = None,
) -> dict[str, str]:
    """Return the plants that other entries serve, each with the entry's title.

    With the `devices` by plant code, a plant is also found under another code, by the
    serial numbers in it.
    """
    others = [
        entry
        for entry in hass.config_entries.async_entries(DOMAIN, include_ignore=False)
        if own is None or entry.entry_id != own.entry_id
    ]
    served = {
        code: entry.title
        for entry in others
        for code, found in (devices or {}).items()
        # of a plant it knows, an entry may have been told not to serve it
        if not knows_plants(entry, [code]) and known_devices(entry, found)
    }
    return served | {
        code: entry.title
        for entry in others
        for code in entry.options.get(CONF_PLANTS, [])
    }
