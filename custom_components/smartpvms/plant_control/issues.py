"""Repairs for what should have been given back and is still in force."""

from collections.abc import Iterable

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import issue_registry as ir

from ..const import DOMAIN
from ..control import Unreturned
from ..coordinator import SmartPVMSConfigEntry
from ..repair_ids import nameless
from .permission import refusal
from .wording import moment, setting_text, why_text

_PREFIX = "unreturned_"


@callback
def async_look_at_scope(hass: HomeAssistant, entry: ConfigEntry) -> None:
    """Keep the repair for control that the user wants and the owner did not grant."""
    issue_id = _scope_id(entry.entry_id)
    if refusal(entry) != "control_not_granted":
        ir.async_delete_issue(hass, DOMAIN, issue_id)
        return
    ir.async_create_issue(
        hass,
        DOMAIN,
        issue_id,
        is_fixable=False,
        severity=ir.IssueSeverity.ERROR,
        translation_key="control_not_granted",
        translation_placeholders={"title": entry.title},
    )


@callback
def async_show_unreturned(
    hass: HomeAssistant, entry: SmartPVMSConfigEntry, unreturned: Iterable[Unreturned]
) -> None:
    """Keep one repair for each setting that could not be given back."""
    prefix = f"{_PREFIX}{entry.entry_id}_"
    shown: set[str] = set()
    for each in unreturned:
        issue_id = f"{prefix}{nameless(hass, each.plant_code)}_{each.family}"
        shown.add(issue_id)
        kind = "lasting" if each.restore is None else "unreturned"
        ir.async_create_issue(
            hass,
            DOMAIN,
            issue_id,
            data={
                "entry_id": entry.entry_id,
                "plant_code": each.plant_code,
                "family": each.family.value,
            },
            is_fixable=True,
            severity=ir.IssueSeverity.ERROR,
            translation_key=f"{kind}_{each.family}",
            translation_placeholders=_placeholders(entry, each),
        )
    for issue_id in _issue_ids(hass, prefix) - shown:
        ir.async_delete_issue(hass, DOMAIN, issue_id)


@callback
def async_forget_unreturned(hass: HomeAssistant, entry_id: str) -> None:
    """Withdraw the repairs of an entry that is removed."""
    ir.async_delete_issue(hass, DOMAIN, _scope_id(entry_id))
    for issue_id in _issue_ids(hass, f"{_PREFIX}{entry_id}_"):
        ir.async_delete_issue(hass, DOMAIN, issue_id)


def is_unreturned(issue_id: str) -> bool:
    """Return whether a repair is one of these."""
    return issue_id.startswith(_PREFIX)


def _scope_id(entry_id: str) -> str:
    return f"control_not_granted_{entry_id}"


def _placeholders(entry: SmartPVMSConfigEntry, each: Unreturned) -> dict[str, str]:
    plant = entry.runtime_data.plants.data.get(each.plant_code)
    restore = "-" if each.restore is None else setting_text(each.restore)
    return {
        "plant": each.plant_code if plant is None else plant.name,
        "in_force": setting_text(each.in_force),
        "restore": restore,
        "due": moment(each.due).strftime("%Y-%m-%d %H:%M"),
        "why": why_text(each.why, each.retry_at),
    }


def _issue_ids(hass: HomeAssistant, prefix: str) -> set[str]:
    return {
        issue_id
        for domain, issue_id in ir.async_get(hass).issues
        if domain == DOMAIN and issue_id.startswith(prefix)
    }
