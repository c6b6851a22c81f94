"""Whether control is allowed: by the way in, by the owner's consent, by the options."""

from collections.abc import Mapping
from typing import Any, Final

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import Context, HomeAssistant
from homeassistant.exceptions import ServiceValidationError

from ..const import (
    CONF_ACCESS,
    CONF_ADMINS_ONLY,
    CONF_CONTROL,
    CONF_DISPATCH,
    CONF_LEGAL_MAXIMUM,
    CONF_PLANT_SETTINGS,
    DOMAIN,
)
from ..control import Rules
from ..northbound.auth import Access

CONTROL_SCOPE: Final = "pvms.openapi.control"
MOST_PLANTS_OF_A_HOME: Final = 3
"""With more plants nobody is asked whether to control them: it is off."""


def refusal(entry: ConfigEntry) -> str | None:
    """Return the translation key of why an entry may not control, None where it may."""
    if entry.data[CONF_ACCESS] != Access.OAUTH:
        return "control_needs_oauth"
    if not entry.options.get(CONF_CONTROL, False):
        return "control_switched_off"
    if not control_scope_granted(entry):
        return "control_not_granted"
    return None


def control_scope_granted(entry: ConfigEntry) -> bool:
    """Return whether the owner of an entry has consented to control.

    A server that names no scope may have granted all.
    """
    granted = str(entry.data["token"].get("scope") or CONTROL_SCOPE).split()
    return CONTROL_SCOPE in granted


async def async_check_permission(
    hass: HomeAssistant, entry: ConfigEntry, context: Context | None
) -> None:
    """Raise where an entry may not control, or not for this user.

    What no user has begun, as an automation, is allowed.
    """
    key = refusal(entry)
    if key is None and entry.options.get(CONF_ADMINS_ONLY, False):
        user_id = None if context is None else context.user_id
        user = None if user_id is None else await hass.auth.async_get_user(user_id)
        if user is not None and not user.is_admin:
            key = "control_for_administrators"
    if key is not None:
        raise ServiceValidationError(
            translation_domain=DOMAIN,
            translation_key=key,
            translation_placeholders={"title": entry.title},
        )


def rules_of(options: Mapping[str, Any], plant_code: str) -> Rules:
    """Return what the user says of a plant."""
    settings = options.get(CONF_PLANT_SETTINGS, {}).get(plant_code, {})
    return Rules(legal_maximum=settings.get(CONF_LEGAL_MAXIMUM))


def may_dispatch(options: Mapping[str, Any], plant_code: str) -> bool:
    """Return whether the user lets batteries of a plant be dispatched."""
    settings = options.get(CONF_PLANT_SETTINGS, {}).get(plant_code, {})
    return bool(settings.get(CONF_DISPATCH, False))
