"""How much of each plant Home Assistant shows, and what has to be read for it."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any, Final

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, callback

from .const import (
    CONF_DETAIL,
    CONF_PLANT_SETTINGS,
    CONF_PLANTS,
    FLOW_TYPES,
    INVERTER_TYPES,
)
from .northbound.models import Device

MOST_PLANTS_WITH_DEVICES: Final = 10


class Detail(StrEnum):
    """What is created of a plant; each includes the one before.

    TOTALS is the plant itself, DEVICES adds its devices with their PV strings,
    EVERYTHING adds electrical detail: voltages, currents, phases, tariff registers.
    """

    TOTALS = "totals"
    DEVICES = "devices"
    EVERYTHING = "everything"


@callback
def async_settle_detail(hass: HomeAssistant, entry: ConfigEntry) -> None:
    """Write down the detail of an entry that has none yet.

    It is settled once, so that an eleventh plant does not take away what the first
    ten have.
    """
    if CONF_DETAIL not in entry.options:
        detail = default_detail(entry.options)
        hass.config_entries.async_update_entry(
            entry, options=entry.options | {CONF_DETAIL: detail.value}
        )


def default_detail(options: Mapping[str, Any]) -> Detail:
    """Return the detail of the plants that have none of their own."""
    if detail := options.get(CONF_DETAIL):
        return Detail(detail)
    return Detail.TOTALS if is_fleet(options) else Detail.DEVICES


def detail_of(options: Mapping[str, Any], plant_code: str) -> Detail:
    """Return the detail of a plant: its own, else that of the entry."""
    settings = options.get(CONF_PLANT_SETTINGS, {}).get(plant_code, {})
    if detail := settings.get(CONF_DETAIL):
        return Detail(detail)
    return default_detail(options)


def is_fleet(options: Mapping[str, Any]) -> bool:
    """Return whether these are more plants than one looks at singly."""
    return len(options[CONF_PLANTS]) > MOST_PLANTS_WITH_DEVICES


def has_totals(options: Mapping[str, Any]) -> bool:
    """Return whether there is a device for the account, with totals over its plants."""
    return len(options[CONF_PLANTS]) > 1


def is_shown(options: Mapping[str, Any], device: Device) -> bool:
    """Return whether this is a device in Home Assistant."""
    return detail_of(options, device.plant_code) is not Detail.TOTALS


def has_flows(options: Mapping[str, Any], plant_code: str) -> bool:
    """Return whether the energy flows of a plant are worked out.

    They need all its devices, which a fleet has not the calls for.
    """
    return detail_of(options, plant_code) is not Detail.TOTALS or not is_fleet(options)


def is_read(options: Mapping[str, Any], device: Device) -> bool:
    """Return whether an entity needs the readings of this device.

    The flows of the plant are worked out from its devices, shown or not, and the power
    of the account is the sum of its inverters.
    """
    if is_shown(options, device):
        return True
    if device.type_id in INVERTER_TYPES and has_totals(options):
        return True
    return device.type_id in FLOW_TYPES and has_flows(options, device.plant_code)
