"""Other integrations for FusionSolar: what they put into the registries, and no more."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, override

from homeassistant.components.sensor import (
    SensorDeviceClass,
    SensorEntity,
    SensorStateClass,
)
from homeassistant.config_entries import ConfigEntry
from homeassistant.const import Platform
from homeassistant.core import HomeAssistant
from homeassistant.helpers.device_registry import DeviceInfo
from homeassistant.helpers.entity import Entity
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    MockModule,
    MockPlatform,
    mock_integration,
    mock_platform,
)

from simulator.plants.plant import Device, Plant

FUSION_SOLAR: Final = "fusion_solar"
CLOUD_CONTROL: Final = "fusionsolar_cloud_control"
MEASUREMENT: Final = SensorStateClass.MEASUREMENT
TOTAL: Final = SensorStateClass.TOTAL
INCREASING: Final = SensorStateClass.TOTAL_INCREASING


@dataclass(slots=True, kw_only=True)
class Shown:
    """An entity of another integration, with what it shows."""

    key: str
    unit: str | None = None
    kind: SensorDeviceClass | None = None
    state_class: SensorStateClass | None = None
    value: float | str = 1.0
    is_plain: bool = False
    """No sensor, though on the platform of the sensors: without statistics."""


@dataclass(slots=True, kw_only=True)
class Owner:
    """A plant or a device of another integration."""

    owner: str | int
    name: str
    shown: list[Shown]


@dataclass(slots=True, kw_only=True)
class Other:
    """Another integration: its entry, and what it has."""

    domain: str
    owners: list[Owner] = field(default_factory=list)
    unloads: bool = True
    setups: int = 0


class OtherSensor(SensorEntity):
    """A sensor of another integration."""

    _attr_should_poll = False

    def __init__(self, unique_id: str, shown: Shown, name: str, info: Any) -> None:
        self._attr_unique_id = unique_id
        self._attr_name = name
        self._attr_device_info = info
        self._attr_device_class = shown.kind
        self._attr_state_class = shown.state_class
        self._attr_native_unit_of_measurement = shown.unit
        self._shown = shown

    @property
    @override
    def native_value(self) -> Any:
        return self._shown.value


class PlainEntity(Entity):
    """An entity of another integration that is no sensor."""

    _attr_should_poll = False

    def __init__(self, unique_id: str, shown: Shown, name: str, info: Any) -> None:
        self._attr_unique_id = unique_id
        self._attr_name = name
        self._attr_device_info = info
        self._attr_unit_of_measurement = shown.unit
        self._shown = shown

    @property
    @override
    def state(self) -> Any:
        return self._shown.value


def offer(hass: HomeAssistant, other: Other) -> None:
    """Make an integration known to Home Assistant."""

    async def async_setup_entry(hass: HomeAssistant, entry: ConfigEntry) -> bool:
        other.setups += 1
        await hass.config_entries.async_forward_entry_setups(entry, [Platform.SENSOR])
        return True

    async def async_unload_entry(hass: HomeAssistant, entry: ConfigEntry) -> bool:
        return other.unloads and await hass.config_entries.async_unload_platforms(
            entry, [Platform.SENSOR]
        )

    async def async_setup_platform(
        hass: HomeAssistant,
        entry: ConfigEntry,
        async_add_entities: AddConfigEntryEntitiesCallback,
    ) -> None:
        for owner in other.owners:
            async_add_entities(_entities(other.domain, owner))

    mock_integration(
        hass,
        MockModule(
            other.domain,
            async_setup_entry=async_setup_entry,
            async_unload_entry=async_unload_entry,
        ),
        built_in=False,
    )
    mock_platform(
        hass,
        f"{other.domain}.sensor",
        MockPlatform(async_setup_entry=async_setup_platform),
        built_in=False,
    )
    mock_platform(hass, f"{other.domain}.config_flow", None, built_in=False)


def _entities(domain: str, owner: Owner) -> list[Entity]:
    info = DeviceInfo(
        # as they do it: the id of a device is a number there
        identifiers={(domain, owner.owner)},  # type: ignore[arg-type]
        name=owner.name,
        manufacturer="Huawei FusionSolar",
    )
    entities: list[Entity] = []
    for shown in owner.shown:
        unique_id = (
            f"{domain}-{owner.owner}-{shown.key}"
            if domain == FUSION_SOLAR
            else f"{owner.owner}_{shown.key}"
        )
        build = PlainEntity if shown.is_plain else OtherSensor
        entities.append(build(unique_id, shown, f"{owner.name} - {shown.key}", info))
    return entities


async def async_add_entry(
    hass: HomeAssistant, other: Other, data: Mapping[str, Any] | None = None
) -> MockConfigEntry:
    """Set up an entry of an integration that was offered."""
    entry = MockConfigEntry(domain=other.domain, title="Fusion Solar", data=data or {})
    entry.add_to_hass(hass)
    assert await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()
    return entry


def energy(key: str, state_class: SensorStateClass, value: float = 1.0) -> Shown:
    """Show an energy in kWh."""
    return Shown(
        key=key,
        unit="kWh",
        kind=SensorDeviceClass.ENERGY,
        state_class=state_class,
        value=value,
    )


def power(key: str, unit: str, value: float = 1.0) -> Shown:
    """Show a power."""
    return Shown(
        key=key,
        unit=unit,
        kind=SensorDeviceClass.POWER,
        state_class=MEASUREMENT,
        value=value,
    )


def station(plant: Plant) -> Owner:
    """Return what `fusion_solar` has of a plant (OpenAPI)."""
    return Owner(
        owner=plant.code,
        name=f"Old {plant.name}",
        shown=[
            Shown(key="station_code", value=plant.code, is_plain=True),
            energy("total_current_day_energy", INCREASING),
            energy("total_current_month_energy", INCREASING),
            energy("total_lifetime_energy", INCREASING),
            energy("total_current_year_energy", INCREASING),
            energy("current_year-inverter_power", INCREASING),
        ],
    )


def device(listed: Device) -> Owner:
    """Return what `fusion_solar` has of a device (OpenAPI), the gist of it."""
    by_type: Mapping[int, Sequence[Shown]] = {
        38: (
            Shown(key="realtime_power", unit="kW", is_plain=True),
            Shown(key="inverter_state", value=512),
            power("active_power", "kW", 2.5),
            power("mppt_power", "kW", 2.6),
            Shown(
                key="power_factor",
                unit="%",
                kind=SensorDeviceClass.POWER_FACTOR,
                state_class=MEASUREMENT,
            ),
            Shown(key="efficiency", unit="%", state_class=MEASUREMENT),
            energy("day_cap", INCREASING),
            energy("total_cap", INCREASING),
            Shown(
                key="pv1_u",
                unit="V",
                kind=SensorDeviceClass.VOLTAGE,
                state_class=MEASUREMENT,
            ),
            Shown(key="run_state", value="on", is_plain=True),
        ),
        39: (
            power("ch_discharge_power", "W"),
            Shown(
                key="battery_soc",
                unit="%",
                kind=SensorDeviceClass.BATTERY,
                state_class=MEASUREMENT,
            ),
            energy("charge_cap", INCREASING),
        ),
        47: (
            Shown(key="realtime_power", unit="W", is_plain=True),
            power("active_power", "W"),
            Shown(
                key="reactive_power",
                unit="var",
                kind=SensorDeviceClass.REACTIVE_POWER,
                state_class=MEASUREMENT,
            ),
            energy("active_cap", TOTAL),
            energy("reverse_active_cap", TOTAL),
            energy("forward_reactive_cap", TOTAL),
        ),
    }
    shown = [
        Shown(key="device_id", value=listed.id, is_plain=True),
        Shown(key="station_code", value=listed.plant.code, is_plain=True),
        Shown(key="esn_code", value=listed.serial or "", is_plain=True),
        *by_type.get(listed.type_id, ()),
    ]
    return Owner(owner=listed.id, name=f"Old {listed.name}", shown=shown)


def fusion_solar(*plants: Plant) -> Other:
    """Return tijsverkoyen's integration with plants in OpenAPI mode."""
    owners = [station(plant) for plant in plants]
    owners += [device(each) for plant in plants for each in plant.devices]
    return Other(domain=FUSION_SOLAR, owners=owners)
