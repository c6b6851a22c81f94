"""Huawei FusionSolar plants over the SmartPVMS Northbound API."""

import logging

from aiohttp import ClientSession
from homeassistant.const import CONF_PASSWORD, CONF_USERNAME, Platform
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import config_validation as cv
from homeassistant.helpers.device_registry import DeviceEntry
from homeassistant.helpers.typing import ConfigType
from yarl import URL

from .accounts import (
    Account,
    api_account_authentication,
    async_create_http_session,
    async_forget_account,
    async_get_account,
    async_purge_accounts,
)
from .alarms.coordinator import AlarmCoordinator, async_forget_alarms
from .const import CONF_ACCESS, CONF_SERVER, DOMAIN
from .coordinator import (
    DeviceListCoordinator,
    DeviceReadingsCoordinator,
    PlantListCoordinator,
    PlantReadingsCoordinator,
    SmartPVMSConfigEntry,
    SmartPVMSData,
)
from .detail import async_settle_detail
from .device_registry import (
    account_key,
    async_register_devices,
    async_remove_hidden_devices,
    async_remove_vanished_devices,
    async_still_listed,
)
from .freshness import Freshness
from .northbound.auth import Access, ApiAccountAuthentication
from .northbound.client import NorthboundClient
from .northbound.errors import NorthboundError
from .oauth import async_forget_token, async_get_bearer_authentication
from .services import async_setup_services

_LOGGER = logging.getLogger(__name__)

CONFIG_SCHEMA = cv.config_entry_only_config_schema(DOMAIN)
PLATFORMS = [Platform.BINARY_SENSOR, Platform.EVENT, Platform.SENSOR]


async def async_setup(hass: HomeAssistant, config: ConfigType) -> bool:
    """Offer the actions, and clear up after accounts that were removed long ago."""
    async_setup_services(hass)
    await async_purge_accounts(hass)
    return True


async def async_setup_entry(hass: HomeAssistant, entry: SmartPVMSConfigEntry) -> bool:
    """Connect, read plants and devices, and start polling."""
    async_settle_detail(hass, entry)
    account = await async_get_account(
        hass, account_key(entry), Access(entry.data[CONF_ACCESS])
    )
    client = await _async_create_client(hass, entry, account)
    plants = PlantListCoordinator(hass, entry, client)
    await plants.async_config_entry_first_refresh()
    devices = DeviceListCoordinator(hass, entry, client, plants)
    await devices.async_config_entry_first_refresh()
    entry.runtime_data = SmartPVMSData(
        client=client,
        account=account,
        plants=plants,
        devices=devices,
        plant_readings=PlantReadingsCoordinator(hass, entry, client, plants),
        alarms=await _async_alarms(hass, entry, client, plants),
        freshness=Freshness(hass, entry),
    )
    async_remove_hidden_devices(hass, entry)
    async_register_devices(hass, entry)
    _add_coordinators(hass, entry)
    await _async_first_readings(entry)

    _follow_lists(hass, entry)
    entry.runtime_data.freshness.async_start()
    await hass.config_entries.async_forward_entry_setups(entry, PLATFORMS)
    entry.async_create_background_task(
        hass, entry.runtime_data.alarms.async_refresh(), "first alarms"
    )
    return True


async def async_unload_entry(hass: HomeAssistant, entry: SmartPVMSConfigEntry) -> bool:
    """Unload the platforms; all else ends with the entry."""
    return await hass.config_entries.async_unload_platforms(entry, PLATFORMS)


async def async_remove_entry(hass: HomeAssistant, entry: SmartPVMSConfigEntry) -> None:
    """Log out, and forget session and tokens."""
    access = Access(entry.data[CONF_ACCESS])
    account = await async_get_account(hass, account_key(entry), access)
    if access is Access.API_ACCOUNT:
        session = async_create_http_session(hass)
        try:
            await _api_account(session, entry, account).logout()
        except NorthboundError as err:
            _LOGGER.debug("The session is left to die: %s", err.failure.key)
    await async_forget_account(hass, account.key)
    await async_forget_alarms(hass, entry.entry_id)
    await async_forget_token(hass, entry.entry_id)


async def async_remove_config_entry_device(
    hass: HomeAssistant, entry: SmartPVMSConfigEntry, device_entry: DeviceEntry
) -> bool:
    """Let the user remove what the cloud lists no more."""
    return not async_still_listed(entry, device_entry)


async def _async_create_client(
    hass: HomeAssistant, entry: SmartPVMSConfigEntry, account: Account
) -> NorthboundClient:
    """Return a client that speaks with the entry's credentials."""
    session = async_create_http_session(hass)
    authentication = (
        await async_get_bearer_authentication(hass, entry)
        if entry.data[CONF_ACCESS] == Access.OAUTH
        else _api_account(session, entry, account)
    )
    return NorthboundClient(
        session, URL(entry.data[CONF_SERVER]), authentication, account.ledger
    )


def _api_account(
    session: ClientSession, entry: SmartPVMSConfigEntry, account: Account
) -> ApiAccountAuthentication:
    return api_account_authentication(
        session,
        account,
        entry.data[CONF_SERVER],
        entry.data[CONF_USERNAME],
        entry.data[CONF_PASSWORD],
    )


async def _async_alarms(
    hass: HomeAssistant,
    entry: SmartPVMSConfigEntry,
    client: NorthboundClient,
    plants: PlantListCoordinator,
) -> AlarmCoordinator:
    """Return the alarms as they were; the cloud is asked when all else is there."""
    alarms = AlarmCoordinator(hass, entry, client, plants)
    await alarms.async_load()
    entry.async_on_unload(alarms.async_save)
    return alarms


def _add_coordinators(
    hass: HomeAssistant, entry: SmartPVMSConfigEntry
) -> list[DeviceReadingsCoordinator]:
    """Add a coordinator for each device type that has none yet, and return the new."""
    data = entry.runtime_data
    new = [
        DeviceReadingsCoordinator(hass, entry, data.client, data.devices, type_id)
        for type_id in sorted(data.devices.types_read() - data.device_readings.keys())
    ]
    data.device_readings |= {coordinator.type_id: coordinator for coordinator in new}
    return new


async def _async_first_readings(entry: SmartPVMSConfigEntry) -> None:
    """Read all once; what cannot be read now does not hold up the rest."""
    data = entry.runtime_data
    await data.plant_readings.async_refresh()
    for coordinator in data.device_readings.values():
        await coordinator.async_refresh()


@callback
def _follow_lists(hass: HomeAssistant, entry: SmartPVMSConfigEntry) -> None:
    """Take in the plants and devices that come while the entry is loaded."""
    data = entry.runtime_data

    followed = set(data.plants.data)

    @callback
    def plants_changed() -> None:
        if followed != data.plants.data.keys():
            followed.clear()
            followed.update(data.plants.data)
            entry.async_create_background_task(
                hass, data.devices.async_refresh(), "device list after new plants"
            )
        async_remove_vanished_devices(hass, entry)

    @callback
    def devices_changed() -> None:
        async_register_devices(hass, entry)
        for coordinator in _add_coordinators(hass, entry):
            entry.async_create_background_task(
                hass, coordinator.async_refresh(), f"first refresh: {coordinator.name}"
            )
        async_remove_vanished_devices(hass, entry)

    # must be called before the entities' listeners, which need the registered devices
    entry.async_on_unload(data.devices.async_add_listener(devices_changed))
    entry.async_on_unload(data.plants.async_add_listener(plants_changed))
