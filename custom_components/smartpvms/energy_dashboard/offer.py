"""The offer to fill the Energy dashboard: kept with the entry until it is carried out.

`entry.options["energy_dashboard"]` holds it as `{"plants": {code: [kind, ...]},
"before_live": {code: [kind, ...]}, "history_only": {code: [kind, ...]}, "existing":
Existing, "replaceable": [statistic, ...]}`; what is done goes out of it. `plants` are
those whose sensors are to be put in, `before_live` and `history_only` those whose history
is: it takes until all days are there.
"""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from homeassistant.components import persistent_notification
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.translation import async_get_translations

from ..const import CONF_PLANTS, DOMAIN
from ..coordinator import SmartPVMSConfigEntry
from ..energy_flows import Role
from ..energy_flows.model import (
    EMMA_TYPE,
    INVERTER_TYPES,
    METER_TYPES,
    STORAGE_TYPES,
)
from .filling import async_fill, async_shown_kinds, has_energy_dashboard
from .model import QUANTITIES, Existing, Filled, Kind, Shows
from .sources import (
    is_complete,
    is_disabled,
    outdated_statistics,
    source_before_live,
    source_of_history,
    sources_of,
)

CONF_ENERGY_DASHBOARD: Final = "energy_dashboard"
CONF_EXISTING: Final = "existing"
CONF_REPLACEABLE: Final = "replaceable"
CONF_BEFORE_LIVE: Final = "before_live"
CONF_HISTORY_ONLY: Final = "history_only"

_HISTORY_PARTS: Final = {
    CONF_BEFORE_LIVE: Shows.LIVE_AND_HISTORY,
    CONF_HISTORY_ONLY: Shows.HISTORY,
}
_MEASURED_BY: Final = {
    Kind.SOLAR: INVERTER_TYPES,
    Kind.BATTERY: STORAGE_TYPES,
    Kind.GRID: METER_TYPES | {EMMA_TYPE},
}


def accepted_offer(
    plant_codes: Iterable[str],
    existing: Existing,
    replaceable: Collection[str] = (),
    shows: Shows = Shows.LIVE,
) -> dict[str, Any]:
    """Return what to keep in the options of an entry whose owner wants the dashboard filled.

    `replaceable` are the statistics of the sources that the owner has seen.
    """
    kinds = {code: [kind.value for kind in Kind] for code in plant_codes}
    return {
        CONF_PLANTS: {} if shows is Shows.HISTORY else kinds,
        CONF_BEFORE_LIVE: kinds if shows is Shows.LIVE_AND_HISTORY else {},
        CONF_HISTORY_ONLY: kinds if shows is Shows.HISTORY else {},
        CONF_EXISTING: existing.value,
        CONF_REPLACEABLE: sorted(replaceable),
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferedHistory:
    """Whose history is in the dashboard now, and whose follows, by plant code and kind."""

    added: frozenset[tuple[str, Kind]]
    follows: frozenset[tuple[str, Kind]]


@callback
def async_follow_offer(hass: HomeAssistant, entry: SmartPVMSConfigEntry) -> None:
    """Carry out what is accepted as soon as the plants' energy is known, and once only."""
    if not has_energy_dashboard(hass):
        return

    @callback
    def look() -> None:
        if CONF_ENERGY_DASHBOARD in entry.options:
            entry.async_create_task(
                hass, _async_carry_out(hass, entry), "fill the Energy dashboard"
            )

    data = entry.runtime_data
    if data.history is not None:
        entry.async_on_unload(data.history.async_listen(look))
    for plant_code in entry.options.get(CONF_ENERGY_DASHBOARD, {}).get(CONF_PLANTS, ()):
        entry.async_on_unload(data.energy.async_add_listener(plant_code, look))
    look()


async def async_offer_history(
    hass: HomeAssistant,
    entry: SmartPVMSConfigEntry,
    plant_codes: Collection[str],
    existing: Existing,
    shows: Shows,
) -> OfferedHistory:
    """Put in the history of plants, now or once it is there.

    What was to come otherwise for these plants lapses.
    """
    new = accepted_offer(plant_codes, existing, (), shows)
    old = entry.options.get(CONF_ENERGY_DASHBOARD, accepted_offer((), existing))
    offer = {**old, CONF_EXISTING: existing.value}
    for part in _HISTORY_PARTS:
        left = {
            code: kinds
            for code, kinds in old.get(part, {}).items()
            if code not in plant_codes
        }
        offer[part] = left | new[part]
    _keep(hass, entry, offer)
    added = await _async_carry_out(hass, entry)
    remaining = entry.options.get(CONF_ENERGY_DASHBOARD, {})
    follows = {
        (code, Kind(kind))
        for part in _HISTORY_PARTS
        for code, kinds in remaining.get(part, {}).items()
        for kind in kinds
    }
    return OfferedHistory(added=frozenset(added), follows=frozenset(follows))


async def _async_carry_out(
    hass: HomeAssistant, entry: SmartPVMSConfigEntry
) -> list[tuple[str, Kind]]:
    """Put in what is known by now; what may still come stays in the offer.

    Returns of which plants and kinds the history was put in.
    """
    live = await _async_put_in_live(hass, entry)
    history = await _async_put_in_history(hass, entry)
    if live.added or live.kept or history:
        await _async_notify(hass, entry, live.kept)
    return history


async def _async_put_in_live(
    hass: HomeAssistant, entry: SmartPVMSConfigEntry
) -> Filled:
    offer = entry.options.get(CONF_ENERGY_DASHBOARD, {})
    wanted = {}
    waiting: dict[str, list[str]] = {}
    for plant_code, kinds in offer.get(CONF_PLANTS, {}).items():
        known = sources_of(hass, entry, plant_code)
        for kind in map(Kind, kinds):
            if kind in known and is_complete(hass, plant_code, kind):
                wanted[plant_code, kind] = known[kind]
            elif _may_come(hass, entry, plant_code, kind):
                waiting.setdefault(plant_code, []).append(kind.value)
    if waiting == offer.get(CONF_PLANTS, {}):
        return Filled(added=(), kept=frozenset())
    # before anything is awaited, so that nothing is put in a second time
    _keep(hass, entry, {**offer, CONF_PLANTS: waiting})
    existing = Existing(offer[CONF_EXISTING])
    return await async_fill(hass, wanted, existing, offer[CONF_REPLACEABLE])


async def _async_put_in_history(
    hass: HomeAssistant, entry: SmartPVMSConfigEntry
) -> list[tuple[str, Kind]]:
    """Put in the history that is there; return of which plants and kinds."""
    added: list[tuple[str, Kind]] = []
    for part, shows in _HISTORY_PARTS.items():
        offered = entry.options.get(CONF_ENERGY_DASHBOARD, {}).get(part, {})
        waiting: dict[str, list[str]] = {}
        due: list[tuple[str, Kind]] = []
        for plant_code, kinds in offered.items():
            for kind in map(Kind, kinds):
                is_due = await _async_is_due(hass, entry, shows, plant_code, kind)
                if is_due:
                    due.append((plant_code, kind))
                elif is_due is None:
                    waiting.setdefault(plant_code, []).append(kind.value)
        offer = entry.options.get(CONF_ENERGY_DASHBOARD, {})
        if waiting != offered and offer.get(part) == offered:
            _keep(hass, entry, {**offer, part: waiting})
            added += await _async_fill_history(hass, entry, shows, due, offer)
    return added


async def _async_is_due(
    hass: HomeAssistant,
    entry: SmartPVMSConfigEntry,
    shows: Shows,
    plant_code: str,
    kind: Kind,
) -> bool | None:
    """Return whether history can be put in now, None while that may still come."""
    history = entry.runtime_data.history
    if history is None or plant_code not in entry.options[CONF_PLANTS]:
        return False
    quantities = QUANTITIES[kind]
    if shows is Shows.HISTORY:
        return await history.async_is_whole(plant_code, quantities)
    awaited = entry.options[CONF_ENERGY_DASHBOARD][CONF_PLANTS].get(plant_code, ())
    if kind.value in awaited:
        return None
    if kind not in await async_shown_kinds(hass, plant_code, live_only=True):
        return False
    return await history.async_is_before_live(plant_code, quantities) or None


async def _async_fill_history(
    hass: HomeAssistant,
    entry: SmartPVMSConfigEntry,
    shows: Shows,
    due: Iterable[tuple[str, Kind]],
    offer: Mapping[str, Any],
) -> tuple[tuple[str, Kind], ...]:
    outdated = {
        (code, kind): outdated_statistics(hass, code, kind, shows) for code, kind in due
    }
    if shows is Shows.LIVE_AND_HISTORY:
        beside = {(code, kind): source_before_live(code, kind) for code, kind in due}
        filled = await async_fill(hass, beside, Existing.ADD, outdated=outdated)
        return filled.added
    instead = {
        (code, kind): source_of_history(
            code, kind, sources_of(hass, entry, code).get(kind)
        )
        for code, kind in due
    }
    existing, replaceable = Existing(offer[CONF_EXISTING]), offer[CONF_REPLACEABLE]
    filled = await async_fill(hass, instead, existing, replaceable, outdated)
    return filled.added


@callback
def _keep(hass: HomeAssistant, entry: SmartPVMSConfigEntry, offer: Any) -> None:
    options = {**entry.options, CONF_ENERGY_DASHBOARD: offer}
    if not any(offer.get(part) for part in (CONF_PLANTS, *_HISTORY_PARTS)):
        del options[CONF_ENERGY_DASHBOARD]
    hass.config_entries.async_update_entry(entry, options=options)


@callback
def _may_come(
    hass: HomeAssistant, entry: SmartPVMSConfigEntry, plant_code: str, kind: Kind
) -> bool:
    """Return whether a source that is not known now can become known by itself."""
    data = entry.runtime_data
    if plant_code not in entry.options[CONF_PLANTS]:
        return False
    if is_disabled(hass, plant_code, kind):
        return False
    if kind is Kind.GRID:
        roles = data.energy.assignments(plant_code)
        points = [proposal.point for proposal in data.energy.proposals(plant_code)]
        undecided = any(point not in roles for point in points)
        at_grid = any(role.role is Role.GRID for role in roles.values())
        if points and not undecided and not at_grid:
            return False
    return any(
        device.plant_code == plant_code and device.type_id in _MEASURED_BY[kind]
        for device in data.devices.data.values()
    )


async def _async_notify(
    hass: HomeAssistant, entry: SmartPVMSConfigEntry, kept: Collection[Kind]
) -> None:
    """Tell what was put in, what was left as it was, and what follows."""
    words = await _async_words(hass)
    offer = entry.options.get(CONF_ENERGY_DASHBOARD, {})
    lines: list[str] = []
    for plant in entry.runtime_data.plants.data.values():
        if kinds := await async_shown_kinds(hass, plant.code):
            names = ", ".join(words(f"energy_{kind}") for kind in kinds)
            lines.append(f"- {plant.name}: {names}")
    if lines:
        lines = [words("energy_filled"), "", *lines, "", words("energy_first_bar")]
    if kept:
        names = ", ".join(words(f"energy_{kind}") for kind in sorted(kept))
        lines += ["", words("energy_kept").format(kinds=names)]
    if offer.get(CONF_PLANTS):
        lines += ["", words("energy_waiting")]
    if any(offer.get(part) for part in _HISTORY_PARTS):
        lines += ["", words("energy_history_waiting")]
    persistent_notification.async_create(
        hass,
        "\n".join(lines).strip(),
        words("energy_title").format(title=entry.title),
        f"{DOMAIN}_{CONF_ENERGY_DASHBOARD}_{entry.entry_id}",
    )


async def _async_words(hass: HomeAssistant) -> Callable[[str], str]:
    """Return what finds words in the language of Home Assistant."""
    words = await async_get_translations(hass, hass.config.language, "common", {DOMAIN})
    return lambda key: words[f"component.{DOMAIN}.common.{key}"]
