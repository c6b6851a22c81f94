"""A take-over from another integration, through the options, as a user does it."""

from typing import Any, Final

from freezegun.api import FrozenDateTimeFactory
from homeassistant.components.energy.data import async_get_manager
from homeassistant.config_entries import (
    ConfigEntryDisabler,
    ConfigEntryState,
)
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.helpers import (
    area_registry as ar,
    device_registry as dr,
    entity_registry as er,
    label_registry as lr,
)
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.smartpvms.const import DOMAIN
from custom_components.smartpvms.energy_dashboard import async_rename_statistics
from custom_components.smartpvms.moving.gathering import dry_run
from custom_components.smartpvms.moving.record import TakeOver, async_save
from custom_components.smartpvms.moving.taking_over import SETTLED
from tests.conftest import RunningSimulator
from tests.plant_control.house import House, async_build_house

from .dialog import choose, submit, take_over
from .others import (
    CLOUD_CONTROL,
    FUSION_SOLAR,
    Other,
    Owner,
    Shown,
    async_add_entry,
    energy,
    fusion_solar,
    offer,
)

POWER: Final = "sensor.old_inverter_1_active_power"
TOTAL: Final = "sensor.old_home_berlin_total_lifetime_energy"


@pytest.fixture
async def house(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, simulator: RunningSimulator
) -> House:
    return await async_build_house(hass, freezer, simulator, history=False)


@pytest.fixture
def other(hass: HomeAssistant, house: House) -> Other:
    """Offer tijsverkoyen's integration, with the plant of the house."""
    other = fusion_solar(house.plant)
    offer(hass, other)
    return other


@pytest.fixture
async def theirs(hass: HomeAssistant, other: Other) -> MockConfigEntry:
    return await async_add_entry(hass, other)


def owner_of(hass: HomeAssistant, entity_id: str) -> tuple[str, str]:
    """Return platform and unique id of an entity."""
    row = er.async_get(hass).async_get(entity_id)
    assert row is not None, entity_id
    return row.platform, row.unique_id


def inverter_key(house: House, key: str) -> str:
    (inverter,) = (each for each in house.plant.devices if each.type_id == 38)
    return f"{inverter.serial}_{key}"


def pages(placeholders: Any) -> str:
    """Return all that a page shows beside its words."""
    return "\n".join(placeholders.values())


async def test_entities_go_on_under_their_ids(
    hass: HomeAssistant, house: House, theirs: MockConfigEntry
) -> None:
    assert owner_of(hass, POWER)[0] == FUSION_SOLAR
    own = er.async_get(hass).async_get_entity_id(
        "sensor", DOMAIN, inverter_key(house, "active_power")
    )
    before = {
        each.unique_id
        for each in er.async_entries_for_config_entry(
            er.async_get(hass), house.entry.entry_id
        )
    }

    flow = await choose(house)
    assert flow["step_id"] == "moving_list"
    shown = pages(flow["description_placeholders"])
    row = f"| `{POWER}` | `{own}` | kW as before, not W | Active power |"
    assert row in shown
    assert f"| `{TOTAL}` | `sensor.home_berlin_total_yield` | kWh |" in shown
    assert (
        "- shows the number of a state, here it is a text: "
        "`sensor.old_inverter_1_inverter_state`" in shown
    )
    flow = await submit(house, flow)
    assert flow["step_id"] == "moving_confirm"
    assert "is removed" in pages(flow["description_placeholders"])
    assert owner_of(hass, POWER)[0] == FUSION_SOLAR
    flow = await submit(house, flow)

    assert flow["type"] is FlowResultType.ABORT
    assert flow["reason"] == "moved"
    assert hass.config_entries.async_entries(FUSION_SOLAR) == []
    assert house.entry.state is ConfigEntryState.LOADED
    assert owner_of(hass, POWER) == (DOMAIN, inverter_key(house, "active_power"))
    assert owner_of(hass, TOTAL) == (DOMAIN, f"{house.code}_total_power")
    state = hass.states.get(POWER)
    assert state is not None
    assert state.attributes["unit_of_measurement"] == "kW"
    assert 0 < float(state.state) < 9
    assert own is not None
    assert hass.states.get(own) is None
    after = {
        each.unique_id
        for each in er.async_entries_for_config_entry(
            er.async_get(hass), house.entry.entry_id
        )
    }
    assert after == before
    # all that is left of theirs went with their entry
    assert er.async_get(hass).async_get("sensor.old_inverter_1_inverter_state") is None


async def test_what_the_user_has_set_goes_along(
    hass: HomeAssistant, house: House, theirs: MockConfigEntry
) -> None:
    entities, devices = er.async_get(hass), dr.async_get(hass)
    area = ar.async_get(hass).async_create("Cellar")
    roof = ar.async_get(hass).async_create("Roof")
    label = lr.async_get(hass).async_create("Solar").label_id
    entities.async_update_entity(
        POWER,
        name="Roof power",
        icon="mdi:roofing",
        area_id=roof.id,
        labels={label},
        hidden_by=er.RegistryEntryHider.USER,
    )
    entities.async_update_entity_options(
        TOTAL, "sensor", {"unit_of_measurement": "MWh", "display_precision": 3}
    )
    battery_power = "sensor.old_battery_1_ch_discharge_power"
    device_id = entities.entities[POWER].device_id
    assert device_id is not None
    devices.async_update_device(
        device_id, area_id=area.id, labels={label}, name_by_user="The inverter"
    )
    await hass.async_block_till_done()

    await take_over(house)

    row = entities.entities[POWER]
    assert (row.name, row.icon, row.area_id, row.labels, row.hidden_by) == (
        "Roof power",
        "mdi:roofing",
        roof.id,
        {label},
        er.RegistryEntryHider.USER,
    )
    assert row.device_id is not None
    device = devices.async_get(row.device_id)
    assert device is not None
    assert device.config_entry_id == house.entry.entry_id
    assert (device.area_id, device.labels, device.name_by_user) == (
        area.id,
        {label},
        "The inverter",
    )
    state = hass.states.get(TOTAL)
    assert state is not None
    assert state.attributes["unit_of_measurement"] == "MWh"
    # disabled at first here, and enabled there
    assert owner_of(hass, battery_power)[0] == DOMAIN
    assert hass.states.get(battery_power) is not None


async def test_disabled_entry_is_taken_over_all_the_same(
    hass: HomeAssistant, house: House, theirs: MockConfigEntry
) -> None:
    off = "sensor.old_inverter_1_total_cap"
    er.async_get(hass).async_update_entity(
        off, disabled_by=er.RegistryEntryDisabler.USER
    )
    await hass.config_entries.async_set_disabled_by(
        theirs.entry_id, ConfigEntryDisabler.USER
    )
    await hass.async_block_till_done()

    flow = await choose(house)
    assert f"is disabled: `{off}`" in pages(flow["description_placeholders"])
    await submit(house, await submit(house, flow))

    row = er.async_get(hass).entities[POWER]
    assert (row.platform, row.disabled_by) == (DOMAIN, None)
    assert hass.states.get(POWER) is not None
    assert er.async_get(hass).async_get(off) is None
    assert hass.config_entries.async_entries(FUSION_SOLAR) == []


async def test_entry_with_other_plants_stays_without_what_moved(
    hass: HomeAssistant, house: House, other: Other
) -> None:
    kiosk = Owner(
        owner="kWMNMSvRYqXV", name="Kiosk", shown=[Shown(key="realtime_power")]
    )
    other.owners.append(kiosk)
    theirs = await async_add_entry(hass, other)

    flow = await choose(house)
    shown = pages(flow["description_placeholders"])
    assert "its plant is not one of this entry: `sensor.kiosk_realtime_power`" in shown
    flow = await submit(house, flow)
    assert "stays for what" in pages(flow["description_placeholders"])
    await submit(house, flow)

    assert theirs.state is ConfigEntryState.LOADED
    assert other.setups == 2
    assert owner_of(hass, POWER)[0] == DOMAIN
    assert hass.states.get("sensor.kiosk_realtime_power") is not None
    # what it has created again of the plant is disabled, under other ids
    again = [
        each
        for each in er.async_entries_for_config_entry(
            er.async_get(hass), theirs.entry_id
        )
        if "kiosk" not in each.entity_id
    ]
    assert again
    assert {each.disabled_by for each in again} == {er.RegistryEntryDisabler.DEVICE}
    # and is not offered a second time
    flow = await choose(house)
    assert (flow["type"], flow["reason"]) == (FlowResultType.ABORT, "nothing_to_move")


async def test_kiosks_alone_have_nothing_to_move(
    hass: HomeAssistant, house: House
) -> None:
    shown = [Shown(key="realtime_power"), energy("total_lifetime_energy", None)]
    kiosks = Other(
        domain=FUSION_SOLAR,
        owners=[Owner(owner="kWMNMSvRYqXV", name="Kiosk", shown=shown)],
    )
    offer(hass, kiosks)
    entry = await async_add_entry(hass, kiosks)

    flow = await choose(house)

    assert (flow["type"], flow["reason"]) == (FlowResultType.ABORT, "nothing_to_move")
    assert "sensor.kiosk_realtime_power" in pages(flow["description_placeholders"])
    assert entry.state is ConfigEntryState.LOADED


async def test_plants_and_devices_under_other_codes_are_found_by_serial_number(
    hass: HomeAssistant, house: House, other: Other
) -> None:
    station = "NE=99999999"
    (inverter,) = (
        each for each in other.owners if each.name.startswith("Old Inverter")
    )
    other.owners = [other.owners[0], inverter]
    other.owners[0].owner = station
    inverter.owner = 4711
    for shown in inverter.shown:
        if shown.key == "station_code":
            shown.value = station
    await async_add_entry(hass, other)

    await take_over(house)

    assert owner_of(hass, POWER) == (DOMAIN, inverter_key(house, "active_power"))
    assert owner_of(hass, TOTAL) == (DOMAIN, f"{house.code}_total_power")
    assert hass.config_entries.async_entries(FUSION_SOLAR) == []


async def test_of_several_entries_the_user_chooses(
    hass: HomeAssistant, house: House, theirs: MockConfigEntry
) -> None:
    control = Other(
        domain=CLOUD_CONTROL,
        owners=[
            Owner(
                owner=house.code,
                name="Control",
                shown=[energy("plant_daily_energy_sensor", None)],
            )
        ],
    )
    offer(hass, control)
    entry = await async_add_entry(hass, control)

    flow = await choose(house)
    assert flow["step_id"] == "moving"
    flow = await submit(house, flow, {"entries": []})
    assert flow["errors"] == {"entries": "no_entry_chosen"}
    flow = await submit(house, flow, {"entries": [entry.entry_id]})
    await submit(house, await submit(house, flow))

    assert hass.config_entries.async_entries(CLOUD_CONTROL) == []
    assert theirs.state is ConfigEntryState.LOADED
    daily = "sensor.control_plant_daily_energy_sensor"
    assert owner_of(hass, daily) == (DOMAIN, f"{house.code}_day_power")

    # what it was is no longer there for the other to take: it is under this id now
    await take_over(house)
    moved = "sensor.old_home_berlin_total_current_day_energy"
    assert owner_of(hass, moved) == (DOMAIN, f"{house.code}_day_power")
    assert er.async_get(hass).async_get(daily) is None


@pytest.mark.usefixtures("recorder_mock")
async def test_energy_dashboard_follows_our_former_ids(
    hass: HomeAssistant, house: House, theirs: MockConfigEntry
) -> None:
    assert await async_setup_component(hass, "energy", {})
    manager = await async_get_manager(hass)
    ours = "sensor.home_berlin_total_yield"
    assert owner_of(hass, ours)[0] == DOMAIN
    sources: Any = [
        {
            "type": "solar",
            "stat_energy_from": each,
            "config_entry_solar_forecast": None,
        }
        for each in (TOTAL, ours, "sensor.somewhere_else")
    ]
    await manager.async_update({"energy_sources": sources})

    await take_over(house)

    assert manager.data is not None
    assert [each["stat_energy_from"] for each in manager.data["energy_sources"]] == [
        TOTAL,
        "sensor.somewhere_else",
    ]


@pytest.mark.usefixtures("recorder_mock")
async def test_energy_dashboard_without_ours_is_left_alone(
    hass: HomeAssistant, house: House, theirs: MockConfigEntry
) -> None:
    assert await async_setup_component(hass, "energy", {})
    manager = await async_get_manager(hass)
    names = {"sensor.ours": "sensor.theirs"}

    await async_rename_statistics(hass, names)
    assert manager.data is None

    source: Any = {
        "type": "solar",
        "stat_energy_from": TOTAL,
        "config_entry_solar_forecast": None,
    }
    # even twice, as somebody wanted it
    await manager.async_update({"energy_sources": [source, source]})
    await async_rename_statistics(hass, names)
    assert manager.data is not None
    assert manager.data["energy_sources"] == [source, source]


async def test_nothing_is_offered_without_another_integration(
    hass: HomeAssistant, house: House
) -> None:
    flow = await hass.config_entries.options.async_init(house.entry.entry_id)

    assert "moving" not in flow["menu_options"]


async def test_integration_that_does_not_let_go_is_waited_for(
    hass: HomeAssistant, house: House, other: Other, theirs: MockConfigEntry
) -> None:
    other.unloads = False

    flow = await take_over(house)

    assert flow["reason"] == "moved_at_restart"
    assert owner_of(hass, POWER)[0] == FUSION_SOLAR
    assert theirs.disabled_by is ConfigEntryDisabler.USER
    assert house.entry.state is ConfigEntryState.LOADED


async def planned(hass: HomeAssistant, house: House, entry: MockConfigEntry) -> None:
    """Decide on a take-over, and crash before anything of it is done."""
    decided = TakeOver.of(dry_run(hass, house.entry, [entry]))
    assert await hass.config_entries.async_unload(house.entry.entry_id)
    await async_save(hass, house.entry.entry_id, decided)


async def come_back(house: House) -> None:
    assert await house.hass.config_entries.async_setup(house.entry.entry_id)
    await house.hass.async_block_till_done(wait_background_tasks=True)


@pytest.mark.parametrize(
    "crash",
    ["before", "their entry is gone", "their rows are without entry", "ours is moved"],
)
async def test_crash_in_the_middle_loses_nothing(
    hass: HomeAssistant,
    house: House,
    theirs: MockConfigEntry,
    hass_storage: dict[str, Any],
    crash: str,
) -> None:
    registry = er.async_get(hass)
    registry.async_update_entity(POWER, name="Roof power")
    await planned(hass, house, theirs)
    own = registry.async_get_entity_id(
        "sensor", DOMAIN, inverter_key(house, "active_power")
    )
    assert own is not None
    unique_id = registry.entities[POWER].unique_id
    if crash.startswith("their"):
        # which has been written down, and not that ours go on as theirs
        await hass.config_entries.async_remove(theirs.entry_id)
        assert registry.async_get(POWER) is None
    if crash == "their rows are without entry":
        registry.async_get_or_create("sensor", FUSION_SOLAR, unique_id)
        assert registry.async_get(POWER) is not None
    if crash == "ours is moved":
        await hass.config_entries.async_unload(theirs.entry_id)
        device_id = registry.entities[own].device_id
        registry.async_remove(own)
        registry.async_update_entity_platform(
            POWER,
            DOMAIN,
            new_config_entry_id=house.entry.entry_id,
            new_unique_id=inverter_key(house, "active_power"),
            new_device_id=device_id,
        )

    await come_back(house)

    assert owner_of(hass, POWER) == (DOMAIN, inverter_key(house, "active_power"))
    assert owner_of(hass, TOTAL) == (DOMAIN, f"{house.code}_total_power")
    assert hass.config_entries.async_entries(FUSION_SOLAR) == []
    state = hass.states.get(POWER)
    assert state is not None
    assert state.attributes["unit_of_measurement"] == "kW"
    assert registry.entities[POWER].name == "Roof power"
    # what was decided is kept until the registries are on disk, and not done again
    name = f"{DOMAIN}.moving.{house.entry.entry_id}"
    assert name in hass_storage
    await house.reload()
    assert owner_of(hass, POWER)[0] == DOMAIN
    await house.pass_time(SETTLED / 60 + 1)
    assert name not in hass_storage


@pytest.mark.parametrize("is_registered", [True, False])
async def test_entity_id_that_somebody_else_has_by_now_is_left_alone(
    hass: HomeAssistant, house: House, theirs: MockConfigEntry, is_registered: bool
) -> None:
    registry = er.async_get(hass)
    await planned(hass, house, theirs)
    await hass.config_entries.async_remove(theirs.entry_id)
    if is_registered:
        registry.async_get_or_create(
            "sensor",
            "template",
            "mine",
            suggested_object_id=POWER.removeprefix("sensor."),
        )
    else:
        hass.states.async_set(POWER, "mine")

    await come_back(house)

    row = registry.async_get(POWER)
    assert (row is not None and row.platform == "template") is is_registered
    assert not [
        each for each in registry.entities.values() if each.platform == FUSION_SOLAR
    ]
    own = er.async_get(hass).async_get_entity_id(
        "sensor", DOMAIN, inverter_key(house, "active_power")
    )
    assert own is not None
    assert hass.states.get(own) is not None
    assert owner_of(hass, TOTAL)[0] == DOMAIN


async def test_record_goes_with_the_entry(
    hass: HomeAssistant, house: House, theirs: MockConfigEntry, hass_storage: Any
) -> None:
    await planned(hass, house, theirs)
    name = f"{DOMAIN}.moving.{house.entry.entry_id}"
    assert name in hass_storage

    await hass.config_entries.async_remove(house.entry.entry_id)
    await hass.async_block_till_done()

    assert name not in hass_storage
    assert owner_of(hass, POWER)[0] == FUSION_SOLAR
