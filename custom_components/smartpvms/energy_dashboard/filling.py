"""Sources of the Energy dashboard, put in by reading, changing and writing its preferences."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import cast

from homeassistant.components.energy.const import DOMAIN as ENERGY
from homeassistant.components.energy.data import (
    EnergyManager,
    EnergyPreferencesUpdate,
    SourceType,
    async_get_manager,
)
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import entity_registry as er

from ..const import DOMAIN
from ..history.shelf import is_of_history, statistic_id
from ..renaming import renamed
from .model import COUNTERS, QUANTITIES, Existing, Filled, Kind, Wanted
from .sources import registered, statistics_of


@callback
def has_energy_dashboard(hass: HomeAssistant) -> bool:
    """Return whether this Home Assistant has an Energy dashboard at all."""
    return ENERGY in hass.config.components


async def async_other_sources(hass: HomeAssistant) -> list[SourceType]:
    """Return the sources of our kinds that do not count our flows of a plant."""
    manager = await async_get_manager(hass)
    return _others(hass, _sources(manager))


async def async_shown_kinds(
    hass: HomeAssistant, plant_code: str, *, live_only: bool = False
) -> list[Kind]:
    """Return which of its sources the dashboard has of a plant."""
    manager = await async_get_manager(hass)
    present = {each for source in _sources(manager) for each in statistics_of(source)}
    return [
        kind
        for kind, keys in COUNTERS.items()
        if any(registered(hass, plant_code, key) in present for key in keys.values())
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


async def async_rename_statistics(
    hass: HomeAssistant, names: Mapping[str, str]
) -> None:
    """Rename statistics in the dashboard, by former id, where there is a dashboard.

    A source that is there under both ids is left once.
    """
    if not has_energy_dashboard(hass):
        return
    manager = await async_get_manager(hass)
    if manager.data is None:
        return
    moved = cast(EnergyPreferencesUpdate, renamed(manager.data, names))
    if moved == manager.data:
        return
    sources = moved["energy_sources"]
    moved["energy_sources"] = [
        source for at, source in enumerate(sources) if source not in sources[:at]
    ]
    await manager.async_update(moved)


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
            kept = _with_settings(source, old)
            if name := old.get("name"):
                kept["name"] = name
            yield kept


def _with_settings(source: SourceType, old: SourceType) -> SourceType:
    if source["type"] == "solar" and old["type"] == "solar":
        # Home Assistant takes a source without it too, whatever the type says
        forecast = old.get("config_entry_solar_forecast")
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
