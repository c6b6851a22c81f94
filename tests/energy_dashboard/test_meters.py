"""Meters in unusual places: noticed, asked about, corrected."""

from typing import Any

from homeassistant.components.repairs import RepairsFlowResult, repairs_flow_manager
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.helpers import entity_registry as er, issue_registry as ir
from homeassistant.setup import async_setup_component
import pytest

from custom_components.smartpvms.const import DOMAIN
from custom_components.smartpvms.energy_dashboard import Existing
from custom_components.smartpvms.energy_flows import Assignment, Direction, Role
from simulator import Simulator
from tests.config_flow.sign_in import proposed
from tests.config_flow.translations import WORDS

from .conftest import Household, HouseholdFactory

pytestmark = pytest.mark.usefixtures("recorder_mock")

GRID = Assignment(role=Role.GRID)
REVERSED = Assignment(role=Role.GRID, direction=Direction.REVERSED)
LOAD = Assignment(role=Role.LOAD)


async def begin_repair(household: Household, point: str) -> RepairsFlowResult:
    """Open the repair about a measuring point."""
    hass = household.hass
    assert await async_setup_component(hass, "repairs", {})
    issue = household.questions()[point]
    manager = repairs_flow_manager(hass)
    assert manager is not None
    flow = await manager.async_init(DOMAIN, context={"issue_id": issue.issue_id})
    assert flow["type"] is FlowResultType.FORM
    assert issue.translation_key is not None
    words = WORDS["issues"][issue.translation_key]["fix_flow"]["step"][flow["step_id"]]
    assert flow["data_schema"] is not None
    assert set(words["data"]) == {str(each) for each in flow["data_schema"].schema}
    assert flow["description_placeholders"] == issue.translation_placeholders
    return flow


async def answer(household: Household, point: str, **values: Any) -> None:
    """Answer the repair about a measuring point."""
    flow = await begin_repair(household, point)
    manager = repairs_flow_manager(household.hass)
    assert manager is not None
    result = await manager.async_configure(flow["flow_id"], values)
    assert result["type"] is FlowResultType.CREATE_ENTRY


def grid_shown(household: Household) -> tuple[float, float, float]:
    """Return grid power, and the energies of import and export, as shown."""
    registry = er.async_get(household.hass)
    values: list[float] = []
    for key in ("grid_power", "grid_import_energy", "grid_export_energy"):
        entity_id = registry.async_get_entity_id(
            "sensor", DOMAIN, f"{household.plant_code}_{key}"
        )
        assert entity_id is not None
        state = household.hass.states.get(entity_id)
        assert state is not None
        values.append(float(state.state))
    return values[0], values[1], values[2]


def settled(household: Household) -> dict[str, Assignment]:
    return dict(household.entry.runtime_data.energy.assignments(household.plant_code))


async def check_growth(household: Household) -> None:
    """Let an hour pass, in which the grid takes and gives what it does in truth."""

    def truth() -> tuple[float, float, float]:
        published = household.cloud.truth()[household.plant_code]["published"]
        assert isinstance(published, dict)
        plant = published["plant"]
        assert isinstance(plant, dict)
        return plant["grid_power"], plant["import_total"], plant["export_total"]

    shown_before, true_before = grid_shown(household), truth()
    await household.pass_time(12)
    shown, true = grid_shown(household), truth()
    # shown are samples that the plant's own feed may have taken a little later
    assert shown[0] == pytest.approx(true[0], rel=0.25)
    for index in (1, 2):
        counted = shown[index] - shown_before[index]
        assert counted == pytest.approx(true[index] - true_before[index], abs=0.3)
    assert shown[2] - shown_before[2] > 0.5


async def test_single_meter_is_asked_about_until_its_counters_prove_it(
    household_factory: HouseholdFactory,
) -> None:
    household = await household_factory(offer=Existing.KEEP)
    (meter,) = household.serials(47)

    (question,) = household.questions().values()
    assert question.translation_key == "meter_only_meter"
    assert question.is_fixable
    flow = await begin_repair(household, meter)
    assert proposed(flow) == {"role": "grid", "reversed": False}
    assert household.waiting == {household.plant_code: ["grid"]}
    assert settled(household) == {}
    assert "grid" not in await household.sources()

    await household.pass_time_until(lambda: not household.questions())
    assert settled(household) == {meter: GRID}
    await household.pass_time_until(lambda: not household.waiting, most=3)
    assert "grid" in await household.sources()
    await check_growth(household)


async def test_wrongly_mounted_meter_is_noticed_and_corrected_by_itself(
    household_factory: HouseholdFactory,
) -> None:
    household = await household_factory(
        prepare=lambda cloud: cloud.faults.enable("meter_sign")
    )
    (meter,) = household.serials(47)
    await household.pass_time_until(lambda: not household.questions())

    assert settled(household) == {meter: REVERSED}
    await household.pass_time(2)
    await check_growth(household)


async def test_wrongly_mounted_meter_that_was_confirmed_is_asked_about(
    household_factory: HouseholdFactory,
) -> None:
    household = await household_factory(
        grid=47, prepare=lambda cloud: cloud.faults.enable("meter_sign")
    )
    (meter,) = household.serials(47)
    assert household.questions() == {}
    power, _, _ = grid_shown(household)
    assert power > 0

    await household.pass_time_until(lambda: bool(household.questions()))
    question = household.questions()[meter]
    assert question.translation_key == "meter_exports_as_plant_reversed"
    flow = await begin_repair(household, meter)
    assert proposed(flow) == {"role": "grid", "reversed": True}
    assert settled(household) == {meter: GRID}

    await answer(household, meter, role="grid", reversed=True)
    assert settled(household) == {meter: REVERSED}
    assert household.questions() == {}
    await household.pass_time(2)
    assert household.questions() == {}
    await check_growth(household)


def with_charger(cloud: Simulator) -> None:
    """Add a meter of a car charger beside the grid meter."""
    charger = cloud.add_device(cloud.plants[0], 47)
    # unlike the feed-in, which 3.7 kW happen to equal in some hours
    cloud.faults.enable("charger_meter", device=charger.dn, power=1400)


async def test_meter_of_a_car_charger_is_told_from_the_grid_meter(
    household_factory: HouseholdFactory,
) -> None:
    household = await household_factory(offer=Existing.KEEP, prepare=with_charger)
    meter, charger = household.serials(47)
    asked = {each.translation_key for each in household.questions().values()}
    assert household.questions().keys() == {meter, charger}
    assert asked == {"meter_not_compared"}
    flow = await begin_repair(household, charger)
    assert proposed(flow) == {"reversed": False}

    await household.pass_time_until(lambda: not household.questions())
    assert settled(household)[meter] == GRID
    await household.pass_time_until(lambda: not household.waiting, most=3)
    await check_growth(household)
    await household.pass_time_until(lambda: charger in settled(household))
    assert settled(household) == {meter: GRID, charger: LOAD}


async def test_role_that_is_confirmed_in_the_repair_holds_at_once(
    household_factory: HouseholdFactory,
) -> None:
    household = await household_factory(offer=Existing.KEEP, prepare=with_charger)
    meter, charger = household.serials(47)
    await answer(household, meter, role="grid", reversed=False)

    await household.pass_time(3)
    assert settled(household) == {meter: GRID}
    assert household.questions().keys().isdisjoint({meter, charger})
    assert household.waiting == {}
    assert "grid" in await household.sources()


async def test_external_transformer_of_an_emma_is_told_from_its_own_metering(
    household_factory: HouseholdFactory,
) -> None:
    household = await household_factory("emma", offer=Existing.KEEP)
    (emma,) = household.serials(23070)
    external = f"{emma}:external"
    names = {
        point: (issue.translation_placeholders or {})["meter"]
        for point, issue in household.questions().items()
    }
    assert names.keys() == {emma, external}
    assert names[external] == f"{names[emma]} (CT)"

    await household.pass_time_until(lambda: not household.questions())
    roles = {point: each.role for point, each in settled(household).items()}
    assert roles == {emma: Role.GRID, external: Role.GENERATION}
    await household.pass_time_until(lambda: not household.waiting)
    await check_growth(household)


async def test_questions_go_with_the_entry(
    hass: HomeAssistant, household_factory: HouseholdFactory
) -> None:
    household = await household_factory()
    issue = next(iter(household.questions().values()))
    ir.async_ignore_issue(hass, DOMAIN, issue.issue_id, True)

    assert await hass.config_entries.async_reload(household.entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert next(iter(household.questions().values())).dismissed_version is not None

    await hass.config_entries.async_remove(household.entry.entry_id)
    await hass.async_block_till_done()
    assert household.questions() == {}
