"""A Home Assistant with nothing in it but what the integration needs."""

from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from types import MappingProxyType
from typing import Any

from homeassistant import loader
from homeassistant.bootstrap import async_load_base_functionality
from homeassistant.components.application_credentials import (
    ClientCredential,
    async_import_client_credential,
)
from homeassistant.config_entries import ConfigEntries, ConfigEntry, ConfigEntryState
from homeassistant.const import CONF_PASSWORD, CONF_USERNAME
from homeassistant.core import HomeAssistant
from homeassistant.core_config import async_process_ha_core_config
from homeassistant.helpers.storage import Store
from homeassistant.setup import async_setup_component

# Imported here so that Home Assistant finds the one of this project.
from custom_components.smartpvms.accounts import unique_id_for
from custom_components.smartpvms.const import DOMAIN

OAUTH, API_ACCOUNT = "oauth", "api_account"
MODES = (OAUTH, API_ACCOUNT)
USER, PASSWORD = "apiuser", "simulator-password"
CLIENT_ID, CLIENT_SECRET = "100000001", "simulator-secret"
METER_TYPES = frozenset({17, 47, 23070})
CORE = {
    "name": "Home",
    "latitude": 52.5163,
    "longitude": 13.2723,
    "elevation": 34,
    "unit_system": "metric",
    "time_zone": "Europe/Berlin",
    "country": "DE",
    "currency": "EUR",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedPlant:
    """A plant that an entry shall serve, with its meters' serial numbers."""

    code: str
    time_zone: str
    meters: tuple[str, ...]


@contextmanager
def temporary_folder() -> Generator[Path]:
    """Make a folder for a Home Assistant, in memory where the machine can do that."""
    memory = Path("/dev/shm")
    place = memory if memory.is_dir() else None
    with TemporaryDirectory(prefix="smartpvms-benchmark-", dir=place) as folder:
        yield Path(folder)


async def async_boot(folder: Path, port: int) -> HomeAssistant:
    """Bring Home Assistant up as it was in its folder, but not yet our entries."""
    hass = HomeAssistant(str(folder))
    loader.async_setup(hass)
    hass.config.skip_pip = True
    hass.config_entries = ConfigEntries(hass, {})
    await loader.async_get_custom_components(hass)
    # As of its first version, which every later one migrates.
    http = Store[dict[str, Any]](hass, 1, "http")
    await http.async_save({"server_host": ["127.0.0.1"], "server_port": port})
    await async_load_base_functionality(hass)
    for domain in ("homeassistant", "persistent_notification"):
        await async_setup_component(hass, domain, {})
    await async_process_ha_core_config(hass, dict(CORE))
    await async_setup_component(hass, "application_credentials", {})
    await async_import_client_credential(
        hass, DOMAIN, ClientCredential(CLIENT_ID, CLIENT_SECRET), "client"
    )
    return hass


async def async_start(hass: HomeAssistant) -> None:
    """Set up our entries, and end the start of Home Assistant."""
    await async_setup_component(hass, DOMAIN, {})
    await hass.async_start()
    await hass.async_block_till_done()


async def async_add(hass: HomeAssistant, entry: ConfigEntry) -> None:
    """Add an entry. Raises RuntimeError if it cannot be set up."""
    await hass.config_entries.async_add(entry)
    if entry.state is not ConfigEntryState.LOADED:
        raise RuntimeError(f"The entry is not loaded but {entry.state}: {entry.reason}")


def api_account_entry(
    url: str, plants: Sequence[ListedPlant], **options: object
) -> ConfigEntry:
    """Return an entry that came in by the API account."""
    data = {
        "access": API_ACCOUNT,
        CONF_USERNAME: USER,
        CONF_PASSWORD: PASSWORD,
    }
    return _entry(url, plants, unique_id_for(url, USER), data, options)


def oauth_entry(
    url: str,
    plants: Sequence[ListedPlant],
    token: Mapping[str, Any],
    now: datetime,
    **options: object,
) -> ConfigEntry:
    """Return an entry that came in by OAuth Connect, with the answer of a token request."""
    data = {
        "access": OAUTH,
        "auth_implementation": "client",
        "redirect_uri": "http://homeassistant.local/auth/external/callback",
        "token": {
            **token,
            "expires_at": now.timestamp() + float(token["expires_in"]),
        },
    }
    unique_id = unique_id_for(url, min(plant.code for plant in plants))
    return _entry(url, plants, unique_id, data, options)


def _entry(
    url: str,
    plants: Sequence[ListedPlant],
    unique_id: str,
    data: Mapping[str, Any],
    options: Mapping[str, Any],
) -> ConfigEntry:
    codes = [plant.code for plant in plants]
    return ConfigEntry(
        domain=DOMAIN,
        title="FusionSolar",
        unique_id=unique_id,
        version=1,
        minor_version=1,
        source="user",
        discovery_keys=MappingProxyType({}),
        subentries_data=None,
        data={"server": url, "known_plants": codes, "known_serials": [], **data},
        options={
            "plants": codes,
            "add_new_plants": False,
            "plant_settings": {plant.code: _settings(plant) for plant in plants},
            **options,
        },
    )


def _settings(plant: ListedPlant) -> dict[str, Any]:
    """Return what the user confirmed: that the meters measure at the grid."""
    return {
        "time_zone": plant.time_zone,
        "meters": {
            serial: {"role": "grid", "reversed": False} for serial in plant.meters
        },
    }
