"""The sources that a plant has for the Energy dashboard, from its sensors and its history."""

from collections.abc import Sequence
from functools import partial

from homeassistant.components.energy.data import (
    BatterySourceType,
    GridSourceType,
    SolarSourceType,
    SourceType,
)
from homeassistant.const import Platform
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import entity_registry as er

from ..const import DOMAIN
from ..coordinator import SmartPVMSConfigEntry
from ..energy_flows import PlantPicture
from ..history.shelf import id_before_live, statistic_id
from .model import COUNTERS, QUANTITIES, RATES, Kind, Shows


@callback
def sources_of(
    hass: HomeAssistant, entry: SmartPVMSConfigEntry, plant_code: str
) -> dict[Kind, SourceType]:
    """Return the sources that a plant has now.

    A total is there only if it is known what measures it. What the user has disabled is
    left out.
    """
    picture = entry.runtime_data.energy.picture(plant_code)
    if picture is None:
        return {}
    sources = {
        Kind.SOLAR: _solar(hass, plant_code),
        Kind.BATTERY: _battery(hass, plant_code, picture),
        Kind.GRID: _grid(hass, plant_code),
    }
    return {
        kind: source
        for kind, source in sources.items()
        if source is not None and picture.totals.keys() >= COUNTERS[kind].keys()
    }


@callback
def registered(hass: HomeAssistant, plant_code: str, key: str) -> str | None:
    """Return the entity id of a sensor of a plant, None where there is none."""
    return er.async_get(hass).async_get_entity_id(
        Platform.SENSOR, DOMAIN, f"{plant_code}_{key}"
    )


def _entity_id(hass: HomeAssistant, plant_code: str, key: str) -> str | None:
    """Return the entity id of a sensor that is not disabled."""
    entity_id = registered(hass, plant_code, key)
    if entity_id is None or er.async_get(hass).entities[entity_id].disabled:
        return None
    return entity_id


@callback
def is_disabled(hass: HomeAssistant, plant_code: str, kind: Kind) -> bool:
    """Return whether the user has disabled a sensor without which there is no source."""
    registry = er.async_get(hass)
    return any(
        registry.entities[entity_id].disabled
        for key in COUNTERS[kind].values()
        if (entity_id := registered(hass, plant_code, key))
    )


@callback
def is_complete(hass: HomeAssistant, plant_code: str, kind: Kind) -> bool:
    """Return whether all sensors of a source are there, disabled or not."""
    keys = (*COUNTERS[kind].values(), *RATES[kind])
    return all(registered(hass, plant_code, key) for key in keys)


def _solar(hass: HomeAssistant, plant_code: str) -> SolarSourceType | None:
    entity_id = partial(_entity_id, hass, plant_code)
    energy = entity_id("solar_energy")
    if energy is None:
        return None
    source = SolarSourceType(
        type="solar", stat_energy_from=energy, config_entry_solar_forecast=None
    )
    if power := entity_id("pv_power"):
        source["stat_rate"] = power
    return source


def _battery(
    hass: HomeAssistant, plant_code: str, picture: PlantPicture
) -> BatterySourceType | None:
    entity_id = partial(_entity_id, hass, plant_code)
    discharged = entity_id("battery_discharged_energy")
    charged = entity_id("battery_charged_energy")
    if discharged is None or charged is None:
        return None
    source = BatterySourceType(
        type="battery", stat_energy_from=discharged, stat_energy_to=charged
    )
    if power := entity_id("battery_power"):
        source["stat_rate"] = power
    if state_of_charge := entity_id("battery_state_of_charge"):
        source["stat_soc"] = state_of_charge
    powers = picture.powers
    if capacity := powers.usable_capacity or powers.rated_capacity:
        source["capacity"] = round(capacity, 2)
    return source


def _grid(hass: HomeAssistant, plant_code: str) -> GridSourceType | None:
    entity_id = partial(_entity_id, hass, plant_code)
    imported = entity_id("grid_import_energy")
    exported = entity_id("grid_export_energy")
    if imported is None or exported is None:
        return None
    source = _grid_source(imported, exported)
    if power := entity_id("grid_power"):
        source["stat_rate"] = power
    return source


def _grid_source(imported: str, exported: str) -> GridSourceType:
    return GridSourceType(
        type="grid",
        stat_energy_from=imported,
        stat_energy_to=exported,
        stat_cost=None,
        entity_energy_price=None,
        number_energy_price=None,
        stat_compensation=None,
        entity_energy_price_export=None,
        number_energy_price_export=None,
        cost_adjustment_day=0.0,
    )


@callback
def source_before_live(plant_code: str, kind: Kind) -> SourceType:
    """Return a source for the history of a plant, which ends where the sensors begin.

    It goes beside that of the sensors.
    """
    ids = [id_before_live(plant_code, quantity) for quantity in QUANTITIES[kind]]
    return _with_statistics(_plain(kind), ids)


@callback
def source_of_history(
    plant_code: str, kind: Kind, live: SourceType | None
) -> SourceType:
    """Return a source for the history of a plant instead of that of its sensors.

    It shows the powers of `live`. Prices are not possible here: Home Assistant has them
    for sensors only.
    """
    ids = [statistic_id(plant_code, quantity) for quantity in QUANTITIES[kind]]
    return _with_statistics(live or _plain(kind), ids)


def _with_statistics(source: SourceType, ids: Sequence[str]) -> SourceType:
    match source["type"]:
        case "solar":
            return {**source, "stat_energy_from": ids[0]}
        case "battery":
            return {**source, "stat_energy_from": ids[0], "stat_energy_to": ids[1]}
        case "grid":
            return {**source, "stat_energy_from": ids[0], "stat_energy_to": ids[1]}
    return source


def _plain(kind: Kind) -> SourceType:
    """Return a source that counts nothing yet."""
    match kind:
        case Kind.SOLAR:
            return SolarSourceType(
                type="solar", stat_energy_from="", config_entry_solar_forecast=None
            )
        case Kind.BATTERY:
            return BatterySourceType(
                type="battery", stat_energy_from="", stat_energy_to=""
            )
        case Kind.GRID:
            return _grid_source("", "")


@callback
def outdated_statistics(
    hass: HomeAssistant, plant_code: str, kind: Kind, shows: Shows
) -> set[str]:
    """Return the statistics of a plant that are not shown where `shows` is wanted."""
    live = {
        entity_id
        for key in COUNTERS[kind].values()
        if (entity_id := registered(hass, plant_code, key))
    }
    before = {id_before_live(plant_code, each) for each in QUANTITIES[kind]}
    whole = {statistic_id(plant_code, each) for each in QUANTITIES[kind]}
    match shows:
        case Shows.LIVE_AND_HISTORY:
            return whole
        case Shows.LIVE:
            return whole | before
        case Shows.HISTORY:
            return live | before


def statistics_of(source: SourceType) -> list[str]:
    """Return the ids of the energy statistics of a source."""
    ids = (source.get("stat_energy_from"), source.get("stat_energy_to"))
    return [each for each in ids if isinstance(each, str)]
