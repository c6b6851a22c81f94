"""Huawei FusionSolar plants over the SmartPVMS Northbound API."""

from typing import Final

from homeassistant.const import Platform
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import config_validation as cv
from homeassistant.helpers.device_registry import DeviceEntry
from homeassistant.helpers.typing import ConfigType

from .accounts import async_purge_accounts
from .alarms.coordinator import AlarmCoordinator, async_forget_alarms
from .connection import Connection, async_connect, async_disconnect
from .const import DOMAIN
from .coordinator import (
    DeviceListCoordinator,
    DeviceReadingsCoordinator,
    PlantListCoordinator,
    PlantReadingsCoordinator,
    SmartPVMSConfigEntry,
    SmartPVMSData,
    async_forget_memory,
    async_load_memory,
    forget_entry,
)
from .credentials import async_forget_credentials
from .detail import async_settle_detail
from .device_registry import (
    async_register_devices,
    async_remove_hidden_devices,
    async_remove_vanished_devices,
    async_still_listed,
    registrations,
)
from .discovery import async_remove_entities
from .energy_dashboard.offer import async_follow_offer
from .entry_check import async_check_entry
from .freshness import Freshness
from .history import async_forget_history, async_history
from .meters.questions import async_ask_about_meters, async_forget_questions
from .moving.record import async_forget as async_forget_take_over
from .moving.taking_over import async_go_on
from .outliers import YieldCoordinator
from .plant_codes.moving import async_complete_moves
from .plant_codes.watching import CodeWatch, async_forget_moves
from .plant_control import (
    async_control,
    async_follow_settings,
    async_forget_control,
    async_give_back_all,
    async_look_at_scope,
)
from .plant_energy import PlantEnergies, async_forget_energies
from .polling import (
    ALARMS,
    DEVICE_LIST,
    PLANT_LIST,
    PLANT_READINGS,
    YIELDS,
    PollingClock,
    async_follow_shortage,
    async_forget_polling,
    device_feed,
)
from .refusals import async_forget_refusals
from .repair_ids import async_prepare_repair_ids
from .services import async_setup_services
from .settling import async_follow_unsettled
from .slices import async_in_slices

CONFIG_SCHEMA = cv.config_entry_only_config_schema(DOMAIN)
_INTERVAL: Final = "update_interval"
# since when there is no such interval
_MINOR_VERSION: Final = 2
PLATFORMS = [
    Platform.BINARY_SENSOR,
    Platform.BUTTON,
    Platform.CALENDAR,
    Platform.EVENT,
    Platform.NUMBER,
    Platform.SELECT,
    Platform.SENSOR,
    Platform.SWITCH,
]


async def async_setup(hass: HomeAssistant, config: ConfigType) -> bool:
    """Offer the actions, and clear up after accounts that were removed long ago."""
    async_setup_services(hass)
    await async_prepare_repair_ids(hass)
    await async_purge_accounts(hass)
    return True


async def async_setup_entry(hass: HomeAssistant, entry: SmartPVMSConfigEntry) -> bool:
    """Connect, read plants and devices, and start polling."""
    async_check_entry(hass, entry)
    async_settle_detail(hass, entry)
    await async_go_on(hass, entry)
    await async_complete_moves(hass, entry)
    async_remove_hidden_devices(hass, entry)
    connection = await async_connect(hass, entry)
    entry.async_on_unload(connection.refusals.async_follow(connection.account.journal))
    async_look_at_scope(hass, entry)
    await async_load_memory(hass, entry)
    clock = PollingClock(hass, entry, connection.account.ledger)
    await clock.async_load()
    codes = CodeWatch(hass, entry, connection.client)
    plants = PlantListCoordinator(hass, entry, connection, codes)
    clock.async_follow(PLANT_LIST, plants)
    await plants.async_get_ready()
    devices = DeviceListCoordinator(hass, entry, connection, plants)
    clock.async_follow(DEVICE_LIST, devices)
    await devices.async_get_ready()
    entry.runtime_data = SmartPVMSData(
        connection=connection,
        clock=clock,
        plants=plants,
        devices=devices,
        plant_readings=PlantReadingsCoordinator(hass, entry, connection, plants),
        alarms=await _async_alarms(hass, entry, connection, plants),
        freshness=Freshness(hass, entry),
        energy=await _async_energies(hass, entry),
        control=await async_control(hass, entry, connection),
        yields=YieldCoordinator(hass, entry, connection),
    )
    devices.tries.end()
    await async_in_slices(hass, registrations(hass, entry))
    _follow_plants(entry.runtime_data)
    async_follow_settings(hass, entry)
    await async_history(hass, entry)
    _add_coordinators(hass, entry)
    await _async_first_readings(hass, entry)

    _follow_lists(hass, entry)
    entry.runtime_data.freshness.async_start()
    await hass.config_entries.async_forward_entry_setups(entry, PLATFORMS)
    entry.runtime_data.control.async_start()
    async_follow_unsettled(hass, entry)
    async_follow_offer(hass, entry)
    async_ask_about_meters(hass, entry)
    async_follow_shortage(hass, entry)
    clock.async_start()
    return True


async def async_migrate_entry(hass: HomeAssistant, entry: SmartPVMSConfigEntry) -> bool:
    """Drop the update interval that the user chose once: the entry's clock decides.

    An entry of a later minor version, whose integration was taken back to this one, is
    used as it is; Home Assistant refuses those of a later version.
    """
    if entry.minor_version >= _MINOR_VERSION:
        return True
    options = {key: each for key, each in entry.options.items() if key != _INTERVAL}
    hass.config_entries.async_update_entry(
        entry, options=options, minor_version=_MINOR_VERSION
    )
    return True


async def async_unload_entry(hass: HomeAssistant, entry: SmartPVMSConfigEntry) -> bool:
    """Unload the platforms; all else ends with the entry."""
    await async_remove_entities(hass, entry)
    return await hass.config_entries.async_unload_platforms(entry, PLATFORMS)


async def async_remove_entry(hass: HomeAssistant, entry: SmartPVMSConfigEntry) -> None:
    """Give back what was set for a time, log out, and forget all that was kept."""
    await async_give_back_all(hass, entry)
    await async_disconnect(hass, entry)
    await async_forget_alarms(hass, entry.entry_id)
    await async_forget_energies(hass, entry.entry_id)
    await async_forget_polling(hass, entry.entry_id)
    await async_forget_control(hass, entry.entry_id)
    await async_forget_history(hass, entry)
    async_forget_questions(hass, entry.entry_id)
    async_forget_refusals(hass, entry.entry_id)
    async_forget_credentials(hass, entry.entry_id)
    async_forget_moves(hass, entry.entry_id)
    await async_forget_take_over(hass, entry.entry_id)
    await async_forget_memory(hass, entry.entry_id)
    forget_entry(hass, entry.entry_id)


async def async_remove_config_entry_device(
    hass: HomeAssistant, entry: SmartPVMSConfigEntry, device_entry: DeviceEntry
) -> bool:
    """Let the user remove what the cloud lists no more."""
    return not async_still_listed(entry, device_entry)


async def _async_alarms(
    hass: HomeAssistant,
    entry: SmartPVMSConfigEntry,
    connection: Connection,
    plants: PlantListCoordinator,
) -> AlarmCoordinator:
    """Return the alarms as they were; the cloud is asked when all else is there."""
    alarms = AlarmCoordinator(hass, entry, connection, plants)
    await alarms.async_load()
    entry.async_on_unload(alarms.async_save)
    return alarms


async def _async_energies(
    hass: HomeAssistant, entry: SmartPVMSConfigEntry
) -> PlantEnergies:
    """Return the energy of the plants as it was."""
    energies = PlantEnergies(hass, entry)
    await energies.async_load()
    entry.async_on_unload(energies.async_save)
    return energies


def _follow_plants(data: SmartPVMSData) -> None:
    """Have the clock ask for what is told of plants, not of their devices."""
    data.clock.async_follow(PLANT_READINGS, data.plant_readings)
    data.clock.async_follow(ALARMS, data.alarms)
    data.clock.async_follow(YIELDS, data.yields)


def _add_coordinators(hass: HomeAssistant, entry: SmartPVMSConfigEntry) -> None:
    """Add a coordinator for each device type that has none yet."""
    data = entry.runtime_data
    for type_id in sorted(data.devices.types_read() - data.device_readings.keys()):
        coordinator = DeviceReadingsCoordinator(
            hass, entry, data.connection, data.devices, type_id
        )
        data.device_readings[type_id] = coordinator
        data.clock.async_follow(device_feed(type_id), coordinator)


async def _async_first_readings(
    hass: HomeAssistant, entry: SmartPVMSConfigEntry
) -> None:
    """Go on with what was read before, and read what is due or not known any more.

    What cannot be read now does not hold up the rest.
    """
    data = entry.runtime_data
    coordinators: list[PlantReadingsCoordinator | DeviceReadingsCoordinator] = [
        data.plant_readings,
        *data.device_readings.values(),
    ]
    for coordinator in coordinators:
        coordinator.async_take_up()
    data.clock.async_prepare()
    for coordinator in coordinators:
        if data.clock.is_due(coordinator.feed) or not (
            coordinator.data or coordinator.asked_lately
        ):
            await coordinator.async_refresh()
    data.clock.async_prepare()
    await async_in_slices(hass, data.energy.begin())


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
            async_register_devices(hass, entry)
            entry.async_create_background_task(
                hass, data.devices.async_refresh(), "device list after new plants"
            )
        async_remove_vanished_devices(hass, entry)

    @callback
    def devices_changed() -> None:
        async_register_devices(hass, entry)
        _add_coordinators(hass, entry)
        data.clock.async_look_again()
        async_remove_vanished_devices(hass, entry)

    # must be called before the entities' listeners, which need the registered devices
    entry.async_on_unload(data.devices.async_add_listener(devices_changed))
    entry.async_on_unload(data.plants.async_add_listener(plants_changed))
