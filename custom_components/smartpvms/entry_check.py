"""What is stored with an entry, freed of what nobody could have chosen.

A backup that was put together by hand or a disk that failed must not keep plants from
being shown: what can be chosen again is left out, once and with a line in the log.
"""

from collections.abc import Mapping
import logging
from typing import Any, Final

from homeassistant.config_entries import ConfigEntry
from homeassistant.const import CONF_PASSWORD, CONF_USERNAME
from homeassistant.core import HomeAssistant, callback
from homeassistant.exceptions import ConfigEntryAuthFailed, ConfigEntryError
import voluptuous as vol

from .const import (
    CONF_ACCESS,
    CONF_ADD_NEW_PLANTS,
    CONF_ADMINS_ONLY,
    CONF_CONTROL,
    CONF_CURRENCY,
    CONF_DETAIL,
    CONF_DISPATCH,
    CONF_HISTORY,
    CONF_HISTORY_ON_REMOVAL,
    CONF_KNOWN_PLANTS,
    CONF_KNOWN_SERIALS,
    CONF_LEGAL_MAXIMUM,
    CONF_METERS,
    CONF_PLANT_SETTINGS,
    CONF_PLANTS,
    CONF_REDIRECT_URI,
    CONF_SERVER,
    CONF_TIME_ZONE,
    DOMAIN,
)
from .detail import Detail
from .energy_dashboard.model import Existing
from .energy_dashboard.offer import (
    CONF_BEFORE_LIVE,
    CONF_ENERGY_DASHBOARD,
    CONF_EXISTING,
    CONF_HISTORY_ONLY,
    CONF_REPLACEABLE,
)
from .energy_flows import Role
from .meters.assignments import CONF_REVERSED, CONF_ROLE
from .northbound.auth import Access
from .oauth.tokens import CONF_TOKEN

_LOGGER = logging.getLogger(__name__)

_IMPLEMENTATION: Final = "auth_implementation"
_WORD: Final = vol.All(str, vol.Length(min=1, max=4096))
_KINDS: Final = {str: [str]}
_METER: Final = vol.Schema(
    {vol.Required(CONF_ROLE): vol.Coerce(Role), vol.Required(CONF_REVERSED): bool}
)
_PLANT: Final[Mapping[str, Any]] = {
    CONF_TIME_ZONE: vol.Match(r"^[A-Za-z0-9_+-]{1,40}(/[A-Za-z0-9_+-]{1,40}){0,3}$"),
    CONF_CURRENCY: vol.All(str, vol.Length(max=40)),
    CONF_DETAIL: vol.Coerce(Detail),
    CONF_LEGAL_MAXIMUM: vol.All(vol.Any(int, float), vol.Range(min=0, max=1e12)),
    CONF_DISPATCH: bool,
    CONF_METERS: {str: _METER},
}
_OPTIONS: Final[Mapping[str, Any]] = {
    CONF_ADD_NEW_PLANTS: bool,
    CONF_DETAIL: vol.Coerce(Detail),
    CONF_CONTROL: bool,
    CONF_ADMINS_ONLY: bool,
    CONF_HISTORY: bool,
    CONF_HISTORY_ON_REMOVAL: str,
    CONF_ENERGY_DASHBOARD: {
        vol.Required(CONF_PLANTS): _KINDS,
        vol.Required(CONF_EXISTING): vol.Coerce(Existing),
        vol.Required(CONF_REPLACEABLE): [str],
        vol.Optional(CONF_BEFORE_LIVE): _KINDS,
        vol.Optional(CONF_HISTORY_ONLY): _KINDS,
    },
}
# without these more could be commanded than the user allowed
_LIMITS_OF_CONTROL: Final = frozenset(
    {CONF_ADMINS_ONLY, CONF_LEGAL_MAXIMUM, CONF_PLANT_SETTINGS}
)
_ANY_ACCESS: Final[Mapping[str, Any]] = {
    CONF_ACCESS: vol.Coerce(Access),
    CONF_SERVER: vol.Url(),
}
_OF_ACCESS: Final[Mapping[Access, Mapping[str, Any]]] = {
    Access.API_ACCOUNT: {CONF_USERNAME: _WORD},
    Access.OAUTH: {CONF_REDIRECT_URI: str},
}
# what a sign-in brings anew
_BY_SIGN_IN: Final[Mapping[Access, Mapping[str, Any]]] = {
    Access.API_ACCOUNT: {CONF_PASSWORD: _WORD},
    Access.OAUTH: {
        _IMPLEMENTATION: _WORD,
        CONF_TOKEN: vol.Schema(
            {
                vol.Required("access_token"): _WORD,
                vol.Required("expires_at"): vol.Any(int, float),
            },
            extra=vol.ALLOW_EXTRA,
        ),
    },
}


@callback
def async_check_entry(hass: HomeAssistant, entry: ConfigEntry) -> None:
    """Leave out what is damaged in an entry, and write that down.

    Raises:
        ConfigEntryError: what only a backup, or adding the entry anew, brings back.
        ConfigEntryAuthFailed: what a sign-in brings back.
    """
    _check_data(entry)
    damaged: set[str] = set()
    known = {
        key: _texts(entry.data.get(key), key, damaged)
        for key in (CONF_KNOWN_PLANTS, CONF_KNOWN_SERIALS)
    }
    options = _settled(entry.options, known[CONF_KNOWN_PLANTS], damaged)
    if not damaged:
        return
    known[CONF_KNOWN_PLANTS] = known[CONF_KNOWN_PLANTS] or options[CONF_PLANTS]
    _LOGGER.warning(
        "%s: what is stored of these is damaged and left out: %s",
        entry.title,
        ", ".join(sorted(damaged)),
    )
    hass.config_entries.async_update_entry(
        entry, data={**entry.data, **known}, options=options
    )


def _check_data(entry: ConfigEntry) -> None:
    """Raise where an entry does not say whom to ask, or in whose name."""
    damaged = _damaged(entry.data, _ANY_ACCESS)
    access = None if damaged else Access(entry.data[CONF_ACCESS])
    if access is not None:
        damaged = _damaged(entry.data, _OF_ACCESS[access])
    if damaged:
        raise ConfigEntryError(
            translation_domain=DOMAIN,
            translation_key="entry_damaged",
            translation_placeholders={"names": ", ".join(damaged)},
        )
    if access is not None and _damaged(entry.data, _BY_SIGN_IN[access]):
        raise ConfigEntryAuthFailed(
            translation_domain=DOMAIN, translation_key="credentials_damaged"
        )


def _damaged(values: Mapping[str, Any], checks: Mapping[str, Any]) -> list[str]:
    """Return the names of what is missing or not as it has to be."""
    return [
        key for key, check in checks.items() if not _is_valid(values.get(key), check)
    ]


def _is_valid(value: object, check: Any) -> bool:
    try:
        vol.Schema(check)(value)
    except vol.Invalid:
        return False
    return True


def _settled(
    options: Mapping[str, Any], known_plants: list[str], damaged: set[str]
) -> dict[str, Any]:
    """Return the options without what is damaged, whose names are added to `damaged`."""
    settled = _kept(options, _OPTIONS, damaged)
    plants = _texts(options.get(CONF_PLANTS), CONF_PLANTS, damaged)
    settled[CONF_PLANTS] = (
        known_plants if CONF_PLANTS in damaged and not plants else plants
    )
    settings = options.get(CONF_PLANT_SETTINGS, {})
    if not isinstance(settings, dict):
        damaged.add(CONF_PLANT_SETTINGS)
        settings = {}
    settled[CONF_PLANT_SETTINGS] = {}
    for plant_code, own in settings.items():
        if isinstance(own, dict):
            kept = _kept(own, _PLANT, damaged)
            settled[CONF_PLANT_SETTINGS][plant_code] = kept
        else:
            damaged.add(CONF_PLANT_SETTINGS)
    if damaged & _LIMITS_OF_CONTROL:
        settled[CONF_CONTROL] = False
    return settled


def _kept(
    values: Mapping[str, Any], checks: Mapping[str, Any], damaged: set[str]
) -> dict[str, Any]:
    """Return what is as it has to be, and what nothing is known of."""
    wrong = {
        key
        for key, value in values.items()
        if key in checks and not _is_valid(value, checks[key])
    }
    damaged |= wrong
    return {key: value for key, value in values.items() if key not in wrong}


def _texts(value: object, name: str, damaged: set[str]) -> list[str]:
    """Return the texts of a list, and add its name to `damaged` where there is more."""
    items = value if isinstance(value, list) else [None]
    texts = [item for item in items if isinstance(item, str)]
    if len(texts) < len(items):
        damaged.add(name)
    return texts
