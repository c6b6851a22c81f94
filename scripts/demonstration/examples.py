"""The example dashboards of the documentation, filled in with the entities of a home.

In the files PLANT and ACCOUNT stand for the beginning of entity ids. What names an
entity that a home has not is left out, so that one file does for all kinds of plants.
"""

import asyncio
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
import re
from typing import Any

from homeassistant.util import slugify
from homeassistant.util.yaml import parse_yaml

from .home import PROJECT, Home
from .sign_in import DOMAIN

FOLDER = PROJECT / "docs" / "dashboards"
HOME = FOLDER / "home.yaml"
FLEET = FOLDER / "fleet.yaml"
PLANT = "PLANT"
ACCOUNT = "ACCOUNT"
DEVICE = "DEVICE_ID_OF_PLANT"
ENTITY = re.compile(rf"\b([a-z_]+)\.({PLANT}|{ACCOUNT})_([a-z_]+)\b")
"""Domain, owner and the name of an entity, as English entity ids end with it."""
URL_PATH = "example-plants"
SECONDS_TO_COME_TO_REST = 60

type Node = Any
"""A part of a dashboard."""


class MissingError(Exception):
    """An entity that a dashboard names is not there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Owner:
    """A plant or an account: its device, and its entities by domain and name."""

    device_id: str
    entity_ids: Mapping[tuple[str, str], str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Owners:
    """What a dashboard is about; the account is the plant itself where there is one."""

    account: Owner
    plants: tuple[Owner, ...]


def named(example: Path) -> set[tuple[str, str, str]]:
    """Return the domains, owners and names of all entities that an example names."""
    found = ENTITY.finditer(example.read_text())
    return {(match[1], match[2], match[3]) for match in found}


def fill(example: Path, owners: Owners) -> dict[str, Any]:
    """Return a dashboard with the entities of these owners."""
    dashboard: dict[str, Any] = _filled(
        parse_yaml(example.read_text()), owners, owners.plants[0]
    )
    return dashboard


def _filled(node: Node, owners: Owners, plant: Owner) -> Node:
    if isinstance(node, dict):
        return {key: _filled(value, owners, plant) for key, value in node.items()}
    if isinstance(node, list):
        return list(_members(node, owners, plant))
    if isinstance(node, str):
        return _text(node, owners, plant)
    return node


def _members(nodes: Iterable[Node], owners: Owners, plant: Owner) -> Iterator[Node]:
    """Yield the members of a list that are there; a line of a plant once for each."""
    for node in nodes:
        is_line = isinstance(node, str) and f".{PLANT}_" in node
        for each in owners.plants if is_line else (plant,):
            try:
                filled = _filled(node, owners, each)
            except MissingError:
                continue
            if not _is_empty(filled):
                yield filled


def _is_empty(node: Node) -> bool:
    """Return whether a card has no entity left, or a section no card but headings."""
    if not isinstance(node, dict):
        return False
    if node.get("entities") == [] or node.get("target") == {"entity_id": []}:
        return True
    return node.get("type") == "grid" and all(
        card["type"] == "heading" for card in node["cards"]
    )


def _text(text: str, owners: Owners, plant: Owner) -> str:
    def entity_id(match: re.Match[str]) -> str:
        domain, kind, name = match.groups()
        owner = plant if kind == PLANT else owners.account
        try:
            return owner.entity_ids[domain, name]
        except KeyError:
            raise MissingError(match[0]) from None

    return ENTITY.sub(entity_id, text).replace(DEVICE, plant.device_id)


def owners_of(
    entities: Iterable[Mapping[str, Any]], plants: Iterable[str], account: str
) -> Owners:
    """Return the owners of the entities of a registry.

    `plants` and `account` are ids of devices in the registry.
    """
    found: dict[str, dict[tuple[str, str], str]] = {}
    for entity in entities:
        if entity["platform"] == DOMAIN and entity["disabled_by"] is None:
            domain = entity["entity_id"].partition(".")[0]
            name = slugify(entity["original_name"])
            owned = found.setdefault(entity["device_id"], {})
            owned[domain, name] = entity["entity_id"]

    def owner(device_id: str) -> Owner:
        return Owner(device_id=device_id, entity_ids=found.get(device_id, {}))

    return Owners(account=owner(account), plants=tuple(map(owner, plants)))


async def show_example(home: Home, plant_codes: Sequence[str]) -> str:
    """Add a dashboard, of a home or of many plants; return its address."""
    devices = {
        key: device
        for device in await home.command("config/device_registry/list")
        for domain, key in device["identifiers"]
        if domain == DOMAIN
    }
    plants = [devices[code]["id"] for code in plant_codes]
    account = devices[plant_codes[0]]["via_device_id"] or plants[0]
    owners = owners_of(await _entities_at_rest(home), plants, account)
    is_fleet = len(plants) > 1
    await home.command(
        "lovelace/dashboards/create",
        url_path=URL_PATH,
        title="Plants" if is_fleet else "Home",
        icon="mdi:solar-power-variant",
        mode="storage",
    )
    example = FLEET if is_fleet else HOME
    await home.command(
        "lovelace/config/save", url_path=URL_PATH, config=fill(example, owners)
    )
    return f"{home.url}/{URL_PATH}"


async def _entities_at_rest(home: Home) -> list[dict[str, Any]]:
    """Return the entities once no more come; some wait for a first value."""
    entities: list[dict[str, Any]] = []
    for _ in range(SECONDS_TO_COME_TO_REST):
        before = len(entities)
        entities = await home.command("config/entity_registry/list")
        if before == len(entities):
            break
        await asyncio.sleep(3)
    return entities
