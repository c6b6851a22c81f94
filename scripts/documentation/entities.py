"""The page of entities: every one of them, by what it belongs to."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final, override

from homeassistant.helpers.entity import EntityDescription

from custom_components.smartpvms.sensor.description import (
    SmartPVMSSensorEntityDescription,
)

from .names import PROJECT, name_of, states_of
from .tables import Table, tables

PAGE: Final = PROJECT / "docs" / "entities.md"
HEAD: Final = """# Entities

Made of the integration's own tables by `scripts/document`; [What is shown](sensors.md) explains them.

Each entity is named by its key, as entity ids follow the language of Home Assistant: look for the name on the page of the device. *Shown* says whether it is enabled at first: **yes**, **disabled** (enable it on the page of the device), or **everything** (it exists only if *Everything* is chosen as detail, and is disabled then). *When told* means that it appears with its first value, as not every device has one.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """What the page says of an entity, or of several that differ in a number only."""

    platform: str
    key: str
    name: str
    unit: str
    shown: str

    @override
    def __str__(self) -> str:
        """Return it as a row of a table."""
        return f"| {self.name} | {self.platform} | `{self.key}` | {self.unit} | {self.shown} |"


def page() -> str:
    """Return the text of the page."""
    everything = list(tables())
    parts = [HEAD, *(_section(each) for each in everything), _states(everything)]
    return "\n".join(parts)


def _section(table: Table) -> str:
    rows = "\n".join(str(row) for row in _rows(table.entities))
    return (
        f"## {table.title}\n\n"
        "| Name | Kind | Key | Unit | Shown |\n|---|---|---|---|---|\n"
        f"{rows}\n"
    )


def _rows(entities: Sequence[tuple[str, EntityDescription]]) -> Iterator[Row]:
    alike: dict[tuple[str, str], list[EntityDescription]] = {}
    for platform, description in entities:
        alike.setdefault((platform, _key_of(description)), []).append(description)
    for (platform, key), descriptions in alike.items():
        yield Row(
            platform=platform.replace("_", " "),
            key=key,
            name=name_of(platform, descriptions),
            unit=_unit_of(descriptions[0]),
            shown=_shown(descriptions[0]),
        )


def _key_of(description: EntityDescription) -> str:
    return description.translation_key or str(description.device_class)


def _unit_of(description: EntityDescription) -> str:
    if getattr(description, "in_plant_currency", False):
        return "currency of the plant"
    # not by class: Home Assistant makes another one of each description
    return getattr(description, "native_unit_of_measurement", None) or ""


def _shown(description: EntityDescription) -> str:
    told = ""
    if isinstance(description, SmartPVMSSensorEntityDescription):
        told = ", when told" if description.optional else ""
        if description.is_electrical_detail:
            return f"everything{told}"
    enabled = description.entity_registry_enabled_default
    return f"{'yes' if enabled else 'disabled'}{told}"


def _states(everything: Iterable[Table]) -> str:
    """Return what the states of those entities are called that have a list of them."""
    listed = {
        (platform, description.translation_key)
        for table in everything
        for platform, description in table.entities
        if description.translation_key
    }
    lines = [
        f"| `{key}` | {platform.replace('_', ' ')} | {_list_of(states)} |"
        for platform, key in sorted(listed)
        if (states := states_of(platform, key))
    ]
    return (
        "## States\n\nWhat automations compare with, and how Home Assistant shows it.\n\n"
        "| Key | Kind | States |\n|---|---|---|\n" + "\n".join(lines) + "\n"
    )


def _list_of(states: dict[str, str]) -> str:
    return ", ".join(f"`{state}` {name}" for state, name in states.items())
