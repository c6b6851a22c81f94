"""Repairs that ask what a measuring point measures, as long as its counters do not prove it."""

from collections.abc import Mapping
from functools import partial

from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import issue_registry as ir

from ..const import CONF_PLANTS, DOMAIN
from ..coordinator import SmartPVMSConfigEntry
from ..energy_flows.points import EXTERNAL_POINT
from ..repair_ids import nameless
from .assignments import open_questions, stored_assignment


@callback
def async_ask_about_meters(hass: HomeAssistant, entry: SmartPVMSConfigEntry) -> None:
    """Raise and withdraw the repairs of an entry after each cycle of its plants."""
    data = entry.runtime_data
    followed: set[str] = set()

    @callback
    def follow_plants() -> None:
        for plant_code in data.plants.data.keys() - followed:
            followed.add(plant_code)
            ask = partial(_ask, hass, entry, plant_code)
            entry.async_on_unload(data.energy.async_add_listener(plant_code, ask))
            ask()

    chosen = tuple(
        _plant_prefix(hass, entry.entry_id, code) for code in entry.options[CONF_PLANTS]
    )
    for issue_id in _issue_ids(hass, _prefix(entry.entry_id)):
        if not issue_id.startswith(chosen):
            ir.async_delete_issue(hass, DOMAIN, issue_id)
    entry.async_on_unload(data.plants.async_add_listener(follow_plants))
    follow_plants()


@callback
def async_forget_questions(hass: HomeAssistant, entry_id: str) -> None:
    """Withdraw all repairs of an entry that is removed."""
    for issue_id in _issue_ids(hass, _prefix(entry_id)):
        ir.async_delete_issue(hass, DOMAIN, issue_id)


def point_names(entry: SmartPVMSConfigEntry, plant_code: str) -> dict[str, str]:
    """Return the names of the measuring points of a plant, by their keys."""
    names = {
        device.key: device.name for device in entry.runtime_data.devices.data.values()
    }
    points = (
        proposal.point for proposal in entry.runtime_data.energy.proposals(plant_code)
    )
    return {point: _point_name(names, point) for point in points}


def _point_name(names: Mapping[str, str], point: str) -> str:
    """Return the name of a device, or that of its external current transformer."""
    if point in names:
        return names[point]
    device_key = point.removesuffix(EXTERNAL_POINT)
    return f"{names.get(device_key, device_key)} (CT)"


@callback
def _ask(hass: HomeAssistant, entry: SmartPVMSConfigEntry, plant_code: str) -> None:
    """Keep the repairs of a plant as the last cycle wants them."""
    energy = entry.runtime_data.energy
    if energy.picture(plant_code) is None:
        # not before something is known: the user may have ignored what is still there
        return
    prefix = _plant_prefix(hass, entry.entry_id, plant_code)
    asked: set[str] = set()
    questions = list(
        open_questions(entry.options, plant_code, energy.proposals(plant_code))
    )
    names = point_names(entry, plant_code) if questions else {}
    for proposal in questions:
        issue_id = f"{prefix}{nameless(hass, proposal.point)}"
        asked.add(issue_id)
        placeholders = {
            "meter": names[proposal.point],
            "plant": entry.runtime_data.plants.data[plant_code].name,
        }
        ir.async_create_issue(
            hass,
            DOMAIN,
            issue_id,
            data={
                "entry_id": entry.entry_id,
                "plant_code": plant_code,
                "point": proposal.point,
                "reason": proposal.reason.value,
                **stored_assignment(proposal.assignment),
            },
            is_fixable=True,
            severity=ir.IssueSeverity.WARNING,
            translation_key=f"meter_{proposal.reason}",
            translation_placeholders=placeholders,
        )
    for issue_id in _issue_ids(hass, prefix) - asked:
        ir.async_delete_issue(hass, DOMAIN, issue_id)


def _prefix(entry_id: str) -> str:
    """Return what the ids of the repairs of an entry begin with."""
    return f"meter_{entry_id}_"


def _plant_prefix(hass: HomeAssistant, entry_id: str, plant_code: str) -> str:
    """Return what the ids of the repairs of one plant begin with."""
    return f"{_prefix(entry_id)}{nameless(hass, plant_code)}_"


def _issue_ids(hass: HomeAssistant, prefix: str) -> set[str]:
    return {
        issue_id
        for domain, issue_id in ir.async_get(hass).issues
        if domain == DOMAIN and issue_id.startswith(prefix)
    }
