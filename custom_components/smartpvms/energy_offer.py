"""The offer to fill the Energy dashboard: kept with the entry until it is carried out.

`entry.options["energy_dashboard"]` holds it as `{"plants": {code: [kind, ...]},
"existing": Existing, "replaceable": [statistic, ...]}`; what is done goes out of it.
"""

from collections.abc import Callable, Collection, Iterable
from typing import Any, Final

from homeassistant.components import persistent_notification
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.translation import async_get_translations

from .const import CONF_PLANTS, DOMAIN
from .coordinator import SmartPVMSConfigEntry
from .energy_dashboard import (
    Existing,
    Filled,
    Kind,
    async_fill,
    async_shown_kinds,
    has_energy_dashboard,
    is_complete,
    is_disabled,
    sources_of,
)
from .energy_flows import Role
from .energy_flows.model import (
    EMMA_TYPE,
    INVERTER_TYPES,
    METER_TYPES,
    STORAGE_TYPES,
)

CONF_ENERGY_DASHBOARD: Final = "energy_dashboard"
CONF_EXISTING: Final = "existing"
CONF_REPLACEABLE: Final = "replaceable"

_MEASURED_BY: Final = {
    Kind.SOLAR: INVERTER_TYPES,
    Kind.BATTERY: STORAGE_TYPES,
    Kind.GRID: METER_TYPES | {EMMA_TYPE},
}


def accepted_offer(
    plant_codes: Iterable[str], existing: Existing, replaceable: Collection[str] = ()
) -> dict[str, Any]:
    """Return what to keep in the options of an entry whose owner wants the dashboard filled.

    `replaceable` are the statistics of the sources that the owner has seen.
    """
    return {
        CONF_PLANTS: {code: [kind.value for kind in Kind] for code in plant_codes},
        CONF_EXISTING: existing.value,
        CONF_REPLACEABLE: sorted(replaceable),
    }


@callback
def async_follow_offer(hass: HomeAssistant, entry: SmartPVMSConfigEntry) -> None:
    """Carry out what is accepted as soon as the plants' energy is known, and once only."""
    offer = entry.options.get(CONF_ENERGY_DASHBOARD)
    if offer is None or not has_energy_dashboard(hass):
        return

    @callback
    def cycle_over() -> None:
        if CONF_ENERGY_DASHBOARD in entry.options:
            entry.async_create_task(
                hass, _async_carry_out(hass, entry), "fill the Energy dashboard"
            )

    energy = entry.runtime_data.energy
    for plant_code in offer[CONF_PLANTS]:
        entry.async_on_unload(energy.async_add_listener(plant_code, cycle_over))
    cycle_over()


async def _async_carry_out(hass: HomeAssistant, entry: SmartPVMSConfigEntry) -> None:
    """Put in what is known by now; what may still come stays in the offer."""
    offer = entry.options.get(CONF_ENERGY_DASHBOARD)
    if offer is None:
        return
    wanted = {}
    waiting: dict[str, list[str]] = {}
    for plant_code, kinds in offer[CONF_PLANTS].items():
        known = sources_of(hass, entry, plant_code)
        for kind in map(Kind, kinds):
            if kind in known and is_complete(hass, plant_code, kind):
                wanted[plant_code, kind] = known[kind]
            elif _may_come(hass, entry, plant_code, kind):
                waiting.setdefault(plant_code, []).append(kind.value)
    if waiting == offer[CONF_PLANTS]:
        return
    # before anything is awaited, so that nothing is put in a second time
    _keep(hass, entry, {**offer, CONF_PLANTS: waiting})
    existing = Existing(offer[CONF_EXISTING])
    filled = await async_fill(hass, wanted, existing, offer[CONF_REPLACEABLE])
    if filled.added or filled.kept:
        await _async_notify(hass, entry, filled, waiting)


@callback
def _keep(hass: HomeAssistant, entry: SmartPVMSConfigEntry, offer: Any) -> None:
    options = {**entry.options, CONF_ENERGY_DASHBOARD: offer}
    if not offer[CONF_PLANTS]:
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
    hass: HomeAssistant,
    entry: SmartPVMSConfigEntry,
    filled: Filled,
    waiting: Collection[str],
) -> None:
    """Tell what was put in, what was left as it was, and what follows."""
    words = await _async_words(hass)
    lines: list[str] = []
    for plant in entry.runtime_data.plants.data.values():
        if kinds := await async_shown_kinds(hass, plant.code):
            names = ", ".join(words(f"energy_{kind}") for kind in kinds)
            lines.append(f"- {plant.name}: {names}")
    if lines:
        lines = [words("energy_filled"), "", *lines, "", words("energy_first_bar")]
    if filled.kept:
        names = ", ".join(words(f"energy_{kind}") for kind in sorted(filled.kept))
        lines += ["", words("energy_kept").format(kinds=names)]
    if waiting:
        lines += ["", words("energy_waiting")]
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
