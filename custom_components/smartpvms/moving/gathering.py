"""What of other integrations and of ours stands in Home Assistant's registries."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from homeassistant.components.sensor import ATTR_STATE_CLASS
from homeassistant.config_entries import SOURCE_IGNORE, ConfigEntry
from homeassistant.const import Platform
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import device_registry as dr, entity_registry as er

from ..const import DOMAIN
from ..coordinator import SmartPVMSConfigEntry
from ..sensor import DEVICE_SENSORS
from ..sensor.description import SmartPVMSSensorEntityDescription
from ..sensor.plant import PLANT_SENSORS
from .matching import CLOUD_CONTROL, FUSION_SOLAR, INTEGRATIONS, work_out
from .model import Moves, Ours, Owner, Theirs

# between what an entity belongs to and what it shows, in the unique ids
_SEPARATORS: Final = {FUSION_SOLAR: "-", CLOUD_CONTROL: "_"}


@callback
def other_entries(hass: HomeAssistant) -> list[ConfigEntry]:
    """Return the entries of other integrations that can be taken over from."""
    return [
        entry
        for integration in INTEGRATIONS
        for entry in hass.config_entries.async_entries(integration)
        if entry.source != SOURCE_IGNORE
    ]


@callback
def dry_run(
    hass: HomeAssistant, entry: SmartPVMSConfigEntry, others: Sequence[ConfigEntry]
) -> Moves:
    """Return what taking over from other entries would do; the entry must be loaded."""
    households = list(_households(entry))
    owners = {
        each.owner: Owner(
            type_id=each.type_id, keys=frozenset(one.key for one in each.table)
        )
        for each in households
    }
    return work_out(
        list(_theirs(hass, others, households)),
        owners,
        dict(_sensors(hass, households)),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Household:
    """A plant or a device of ours: by what others know it, and by what we do."""

    owner: str
    key: str
    plant_code: str
    type_id: int | None
    table: tuple[SmartPVMSSensorEntityDescription, ...]
    serial: str | None = None


def _households(entry: SmartPVMSConfigEntry) -> Iterator[_Household]:
    for code in entry.runtime_data.plants.data:
        yield _Household(
            owner=code, key=code, plant_code=code, type_id=None, table=PLANT_SENSORS
        )
    for device in entry.runtime_data.devices.data.values():
        yield _Household(
            owner=str(device.id),
            key=device.key,
            plant_code=device.plant_code,
            type_id=device.type_id,
            table=DEVICE_SENSORS.get(device.type_id, ()),
            serial=device.serial,
        )


def _sensors(
    hass: HomeAssistant, households: Sequence[_Household]
) -> Iterator[tuple[tuple[str, str], Ours]]:
    registry = er.async_get(hass)
    for each in households:
        for description in each.table:
            unique_id = f"{each.key}_{description.key}"
            entity_id = registry.async_get_entity_id(Platform.SENSOR, DOMAIN, unique_id)
            if entity_id is not None:
                yield (
                    (each.owner, description.key),
                    Ours(
                        entity_id=entity_id,
                        unique_id=unique_id,
                        unit=description.native_unit_of_measurement,
                        device_class=description.device_class,
                        state_class=description.state_class,
                    ),
                )


def _theirs(
    hass: HomeAssistant,
    others: Sequence[ConfigEntry],
    households: Sequence[_Household],
) -> Iterator[Theirs]:
    registry = er.async_get(hass)
    for other in others:
        owners = _owners_of_devices(hass, other)
        known_as = _known_as(hass, other, set(owners.values()), households)
        for entity in er.async_entries_for_config_entry(registry, other.entry_id):
            owner = owners.get(entity.device_id or "", "")
            yield Theirs(
                entity_id=entity.entity_id,
                entry_id=other.entry_id,
                integration=other.domain,
                unique_id=entity.unique_id,
                owner=owner,
                known_as=known_as.get(owner, owner),
                key=_key(other.domain, owner, entity.unique_id),
                unit=entity.unit_of_measurement,
                state_class=(entity.capabilities or {}).get(ATTR_STATE_CLASS),
                is_disabled=entity.disabled_by
                not in (None, er.RegistryEntryDisabler.CONFIG_ENTRY),
            )


def _owners_of_devices(hass: HomeAssistant, other: ConfigEntry) -> Mapping[str, str]:
    """Return plant code or device id by the id of a device in the registry.

    Device ids are numbers in the registry too, whatever its type says.
    """
    devices = dr.async_entries_for_config_entry(dr.async_get(hass), other.entry_id)
    return {
        device.id: str(owner)
        for device in devices
        for domain, owner in device.identifiers
        if domain == other.domain
    }


def _known_as(
    hass: HomeAssistant,
    other: ConfigEntry,
    owners: Collection[str],
    households: Sequence[_Household],
) -> dict[str, str]:
    """Return what our account calls plants and devices that another one calls otherwise.

    Devices are told by the serial numbers that `fusion_solar` shows while it is loaded,
    plants by the devices in them.
    """
    ours = {each.serial: each for each in households if each.serial}
    known: dict[str, str] = {}
    for owner in owners:
        each = ours.get(_shown(hass, other, owner, "esn_code") or "")
        if each is not None:
            known[owner] = each.owner
            station = _shown(hass, other, owner, "station_code")
            if station is not None:
                known[station] = each.plant_code
    return known


def _shown(hass: HomeAssistant, other: ConfigEntry, owner: str, key: str) -> str | None:
    """Return what an entity of `fusion_solar` shows now."""
    entity_id = er.async_get(hass).async_get_entity_id(
        Platform.SENSOR, other.domain, f"{FUSION_SOLAR}-{owner}-{key}"
    )
    state = None if entity_id is None else hass.states.get(entity_id)
    return None if state is None else state.state


def _key(integration: str, owner: str, unique_id: str) -> str:
    """Return what an entity shows, in the words of its integration."""
    separator = _SEPARATORS[integration]
    whole = unique_id.removeprefix(f"{integration}{separator}")
    return whole.removeprefix(f"{owner}{separator}")
