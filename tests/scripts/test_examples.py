"""The example dashboards: what they name exists, and the demo can fill them in."""

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
import json
from pathlib import Path
import re
from typing import Any, Final

from freezegun.api import FrozenDateTimeFactory
from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr, entity_registry as er
from homeassistant.util import slugify
import pytest

from custom_components.smartpvms.const import DOMAIN
from custom_components.smartpvms.energy_flows import Assignment, Role
from custom_components.smartpvms.meters.assignments import with_assignment
from scripts.demonstration.examples import (
    ACCOUNT,
    DEVICE,
    FLEET,
    HOME,
    PLANT,
    Owners,
    fill,
    named,
    owners_of,
)
from tests.conftest import SimulatorFactory
from tests.plant_control.house import House, async_build_house

METER: Final = 47
NOON: Final = datetime(2026, 6, 21, 10, 0, tzinfo=UTC)
PROJECT: Final = Path(__file__).parents[2]
TRANSLATIONS: Final = PROJECT / "custom_components/smartpvms/translations/en.json"
ENTITY_ID: Final = re.compile(r"\b(?:binary_sensor|button|calendar|sensor)\.[a-z\d_]+")


@pytest.mark.parametrize("example", [HOME, FLEET], ids=lambda file: file.stem)
def test_each_entity_has_a_name_of_the_translations(example: Path) -> None:
    texts = json.loads(TRANSLATIONS.read_text(encoding="utf-8"))["entity"]
    names = {
        (domain, slugify(text["name"]))
        for domain, entities in texts.items()
        for text in entities.values()
        if "name" in text
    }
    wanted = {(domain, name) for domain, _, name in named(example)}

    assert wanted
    assert wanted - names == set()


@pytest.fixture(name="build")
def build_fixture(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    simulator_factory: SimulatorFactory,
) -> Callable[[str], Any]:
    async def build(plants: str) -> House:
        await hass.config.async_set_time_zone("Europe/Berlin")
        running = await simulator_factory(plant=plants, start=NOON)
        house = await async_build_house(hass, freezer, running)
        house.change_options(**with_grid_meters(house))
        await house.reload()
        await house.pass_time(10, step=5)
        return house

    return build


def with_grid_meters(house: House) -> Mapping[str, Any]:
    """Return the options with what the user says of the meters."""
    options: Mapping[str, Any] = house.entry.options
    for plant in house.cloud.plants:
        for device in plant.devices:
            if device.type_id == METER and device.serial:
                grid = Assignment(role=Role.GRID)
                options = with_assignment(options, plant.code, device.serial, grid)
    return options


def owners(house: House) -> Owners:
    """Return what the demo reads out of the registries."""
    entry = house.entry
    devices = {
        key: device
        for device in dr.async_entries_for_config_entry(
            dr.async_get(house.hass), entry.entry_id
        )
        for domain, key in device.identifiers
        if domain == DOMAIN
    }
    plants = [devices[plant.code] for plant in house.cloud.plants]
    return owners_of(
        [
            {**entity.as_partial_dict, "original_name": entity.original_name}
            for entity in er.async_entries_for_config_entry(
                er.async_get(house.hass), entry.entry_id
            )
        ],
        [plant.id for plant in plants],
        plants[0].via_device_id or plants[0].id,
    )


def texts_of(node: object) -> Iterator[str]:
    """Yield each text in a dashboard."""
    if isinstance(node, str):
        yield node
    elif isinstance(node, dict):
        for value in node.values():
            yield from texts_of(value)
    elif isinstance(node, list):
        for value in node:
            yield from texts_of(value)


def cards_of(dashboard: dict[str, Any]) -> list[dict[str, Any]]:
    (view,) = dashboard["views"]
    return [card for section in view["sections"] for card in section["cards"]]


async def test_home_has_all_that_its_example_names(
    build: Callable[[str], Any],
) -> None:
    house = await build("home")
    home = owners(house)
    owned = home.plants[0].entity_ids
    assert {(domain, name) for domain, _, name in named(HOME)} - owned.keys() == set()

    filled = fill(HOME, home)
    assert json.loads(json.dumps(filled)) == filled
    texts = "\n".join(texts_of(filled))
    for placeholder in (PLANT, ACCOUNT, DEVICE):
        assert placeholder not in texts
    registry = er.async_get(house.hass)
    shown = set(ENTITY_ID.findall(texts))
    assert len(shown) > 30
    assert all(registry.async_get(entity_id) for entity_id in shown)
    (hold,) = (
        card["tap_action"]["data"]
        for card in cards_of(filled)
        if card.get("tap_action", {}).get("action") == "perform-action"
    )
    assert hold["device_id"] == house.device_id()


async def test_what_a_plant_has_not_is_left_out(build: Callable[[str], Any]) -> None:
    house = await build("pv")
    filled = fill(HOME, owners(house))

    texts = "\n".join(texts_of(filled))
    assert "daily_yield" in texts
    assert "PLANT" not in texts
    assert "state_of_charge" not in texts
    assert "calendar" not in {card["type"] for card in cards_of(filled)}


async def test_fleet_has_a_line_for_each_plant(build: Callable[[str], Any]) -> None:
    house = await build("fleet:12")
    account = owners(house)
    assert {
        (domain, name) for domain, owner, name in named(FLEET) if owner == ACCOUNT
    } <= account.account.entity_ids.keys()

    cards = cards_of(fill(FLEET, account))
    filters = [card for card in cards if card["type"] == "entity-filter"]
    assert len(filters) == 3
    for card in filters:
        assert len(set(card["entities"])) == 12
    (names, best) = (card["content"] for card in cards if card["type"] == "markdown")
    below = account.account.entity_ids["sensor", "plants_below_median"]
    assert f"'{below}'" in names
    assert "_daily_yield" in best
