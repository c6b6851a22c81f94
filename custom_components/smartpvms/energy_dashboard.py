"""Sources of the Energy dashboard, put in by reading, changing and writing its preferences."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from types import MappingProxyType
from typing import Final

from homeassistant.components.energy.const import DOMAIN as ENERGY
from homeassistant.components.energy.data import (
    BatterySourceType,
    EnergyManager,
    GridSourceType,
    SolarSourceType,
    SourceType,
    async_get_manager,
)
from homeassistant.const import Platform
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import entity_registry as er

from .const import DOMAIN
from .coordinator import SmartPVMSConfigEntry
from .energy_flows import PlantPicture, Total
from .history.quantities import Quantity
from .history.shelf import id_before_live, is_of_history, statistic_id


class Kind(StrEnum):
    """A kind of source of the Energy dashboard."""

    SOLAR = "solar"
    BATTERY = "battery"
    GRID = "grid"


class Existing(StrEnum):
    """What to do where others have put in sources of the same kind."""

    KEEP = "keep"
    REPLACE = "replace"
    ADD = "add"


class Shows(StrEnum):
    """What the dashboard shows of a plant: its sensors, its history, or both."""

    LIVE_AND_HISTORY = "live_and_history"
    LIVE = "live"
    HISTORY = "history"


COUNTERS: Final[Mapping[Kind, Mapping[Total, str]]] = {
    Kind.SOLAR: {Total.SOLAR: "solar_energy"},
    Kind.BATTERY: {
        Total.BATTERY_DISCHARGED: "battery_discharged_energy",
        Total.BATTERY_CHARGED: "battery_charged_energy",
    },
    Kind.GRID: {
        Total.GRID_IMPORT: "grid_import_energy",
        Total.GRID_EXPORT: "grid_export_energy",
    },
}
"""The sensors of a plant without which there is no source, by what they show."""
RATES: Final[Mapping[Kind, tuple[str, ...]]] = {
    Kind.SOLAR: ("pv_power",),
    Kind.BATTERY: ("battery_power", "battery_state_of_charge"),
    Kind.GRID: ("grid_power",),
}
"""The sensors that complete a source."""
QUANTITIES: Final[Mapping[Kind, tuple[Quantity, ...]]] = {
    Kind.SOLAR: (Quantity.PV_YIELD,),
    Kind.BATTERY: (Quantity.BATTERY_DISCHARGE, Quantity.BATTERY_CHARGE),
    Kind.GRID: (Quantity.IMPORT, Quantity.EXPORT),
}
"""The history of a source: what comes from it, and what goes to it."""

type Wanted = Mapping[tuple[str, Kind], SourceType]
"""Sources by plant code and kind."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Filled:
    """What came of filling the dashboard.

    `added` are sources by plant code and kind, `kept` the kinds that were left to the
    sources that others have put in.
    """

    added: tuple[tuple[str, Kind], ...]
    kept: frozenset[Kind]


@callback
def has_energy_dashboard(hass: HomeAssistant) -> bool:
    """Return whether this Home Assistant has an Energy dashboard at all."""
    return ENERGY in hass.config.components


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


def _registered(hass: HomeAssistant, plant_code: str, key: str) -> str | None:
    """Return the entity id of a sensor of a plant, None where there is none."""
    return er.async_get(hass).async_get_entity_id(
        Platform.SENSOR, DOMAIN, f"{plant_code}_{key}"
    )


def _entity_id(hass: HomeAssistant, plant_code: str, key: str) -> str | None:
    """Return the entity id of a sensor that is not disabled."""
    entity_id = _registered(hass, plant_code, key)
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
        if (entity_id := _registered(hass, plant_code, key))
    )


@callback
def is_complete(hass: HomeAssistant, plant_code: str, kind: Kind) -> bool:
    """Return whether all sensors of a source are there, disabled or not."""
    keys = (*COUNTERS[kind].values(), *RATES[kind])
    return all(_registered(hass, plant_code, key) for key in keys)


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
        if (entity_id := _registered(hass, plant_code, key))
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


async def async_other_sources(hass: HomeAssistant) -> list[SourceType]:
    """Return the sources of our kinds that do not count our flows of a plant."""
    manager = await async_get_manager(hass)
    return _others(hass, _sources(manager))


def statistics_of(source: SourceType) -> list[str]:
    """Return the ids of the energy statistics of a source."""
    ids = (source.get("stat_energy_from"), source.get("stat_energy_to"))
    return [each for each in ids if isinstance(each, str)]


async def async_shown_kinds(
    hass: HomeAssistant, plant_code: str, *, live_only: bool = False
) -> list[Kind]:
    """Return which of its sources the dashboard has of a plant."""
    manager = await async_get_manager(hass)
    present = {each for source in _sources(manager) for each in statistics_of(source)}
    return [
        kind
        for kind, keys in COUNTERS.items()
        if any(_registered(hass, plant_code, key) in present for key in keys.values())
        or (
            not live_only
            and any(
                statistic_id(plant_code, quantity) in present
                for quantity in QUANTITIES[kind]
            )
        )
    ]


async def async_fill(
    hass: HomeAssistant,
    wanted: Wanted,
    existing: Existing,
    replaceable: Collection[str] | None = None,
    outdated: Mapping[tuple[str, Kind], Collection[str]] = MappingProxyType({}),
) -> Filled:
    """Put sources into the dashboard; those that are there already stay as they are.

    `replaceable` are the energy statistics whose sources may be replaced, None for all
    of the same kind. `outdated` are statistics of the same plant whose sources go out in
    any case. Tariffs and forecasts go over from what is replaced.
    """
    manager = await async_get_manager(hass)
    # nothing is awaited between reading and writing: nobody else changes them meanwhile
    sources = _sources(manager)
    present = {each for source in sources for each in statistics_of(source)}
    gone = {
        key: [source for source in sources if _counts_only(source, outdated[key])]
        for key in wanted.keys() & outdated.keys()
    }
    new = {
        key: source
        for key, source in wanted.items()
        if present.isdisjoint(statistics_of(source))
    }
    others = [
        source
        for source in _others(hass, sources)
        if _kind(source) in {key[1] for key in new if not gone.get(key)}
    ]
    kept: set[Kind] = set()
    replaced: list[SourceType] = []
    if existing is Existing.KEEP:
        kept = {kind for source in others if (kind := _kind(source))}
        new = {
            key: each
            for key, each in new.items()
            if gone.get(key) or key[1] not in kept
        }
    elif existing is Existing.REPLACE:
        replaced = [source for source in others if _counts_only(source, replaceable)]
    leaving = [*replaced, *(source for those in gone.values() for source in those)]
    if new or leaving:
        preferences = manager.data or EnergyManager.default_preferences()
        left = [source for source in sources if source not in leaving]
        put_in = _with_settings_of(leaving, new.values())
        await manager.async_update({**preferences, "energy_sources": [*left, *put_in]})
    return Filled(added=tuple(new), kept=frozenset(kept))


async def async_take_out(hass: HomeAssistant, statistics: Collection[str]) -> None:
    """Take sources out of the dashboard that count nothing but these statistics."""
    manager = await async_get_manager(hass)
    sources = _sources(manager)
    left = [source for source in sources if not _counts_only(source, statistics)]
    if manager.data is not None and left != sources:
        await manager.async_update({**manager.data, "energy_sources": left})


def _counts_only(source: SourceType, statistics: Collection[str] | None) -> bool:
    """Return whether a source counts nothing but these; None stands for all there are."""
    return statistics is None or set(statistics) >= set(statistics_of(source))


def _sources(manager: EnergyManager) -> list[SourceType]:
    return [] if manager.data is None else manager.data["energy_sources"]


def _kind(source: SourceType) -> Kind | None:
    return Kind(source["type"]) if source["type"] in Kind else None


def _others(hass: HomeAssistant, sources: Iterable[SourceType]) -> list[SourceType]:
    own = set(_own_statistics(hass))
    return [
        source
        for source in sources
        if _kind(source) is not None
        and own.isdisjoint(statistics_of(source))
        and not any(is_of_history(each) for each in statistics_of(source))
    ]


def _own_statistics(hass: HomeAssistant) -> Iterator[str]:
    """Yield the sensors of all plants that are meant for the dashboard."""
    endings = tuple(f"_{key}" for keys in COUNTERS.values() for key in keys.values())
    registry = er.async_get(hass)
    for entry in hass.config_entries.async_entries(DOMAIN):
        for entity in er.async_entries_for_config_entry(registry, entry.entry_id):
            if entity.unique_id.endswith(endings):
                yield entity.entity_id


def _with_settings_of(
    replaced: Iterable[SourceType], new: Iterable[SourceType]
) -> Iterator[SourceType]:
    """Yield new sources, each with what the user had set for one that it replaces."""
    left = list(replaced)
    for source in new:
        old = next((each for each in left if each["type"] == source["type"]), None)
        if old is None:
            yield source
        else:
            left.remove(old)
            yield _with_settings(source, old)


def _with_settings(source: SourceType, old: SourceType) -> SourceType:
    if source["type"] == "solar" and old["type"] == "solar":
        forecast = old["config_entry_solar_forecast"]
        return {**source, "config_entry_solar_forecast": forecast}
    is_live = not any(is_of_history(each) for each in statistics_of(source))
    if source["type"] == "grid" and old["type"] == "grid" and is_live:
        return {
            **source,
            "entity_energy_price": old["entity_energy_price"],
            "number_energy_price": old["number_energy_price"],
            "entity_energy_price_export": old["entity_energy_price_export"],
            "number_energy_price_export": old["number_energy_price_export"],
            "cost_adjustment_day": old["cost_adjustment_day"],
        }
    return source
