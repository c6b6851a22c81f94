"""How things are called in the texts of the integration and of Home Assistant."""

from collections.abc import Iterable
from functools import cache
import json
from pathlib import Path
from typing import Any, Final

import homeassistant
from homeassistant.helpers.entity import EntityDescription

PROJECT: Final = Path(__file__).parents[2]
TRANSLATIONS: Final = PROJECT / "custom_components/smartpvms/translations/en.json"
COMPONENTS: Final = Path(homeassistant.__file__).parent / "components"
_MOST_NAMED: Final = 4
"""Of more values of a placeholder only the first and the last are named."""


@cache
def _texts(file: Path) -> dict[str, Any]:
    content: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    return content


def entity_texts(platform: str) -> dict[str, Any]:
    """Return what the integration says of the entities of a platform, by key."""
    texts: dict[str, Any] = _texts(TRANSLATIONS)["entity"][platform]
    return texts


def name_of(platform: str, descriptions: Iterable[EntityDescription]) -> str:
    """Return the name of entities that share a key, with all they are made for."""
    each = list(descriptions)
    key = each[0].translation_key
    if key is None:
        return _name_of_class(platform, str(each[0].device_class))
    name: str = entity_texts(platform)[key]["name"]
    for placeholder in each[0].translation_placeholders or {}:
        values = [
            str((description.translation_placeholders or {})[placeholder])
            for description in each
        ]
        name = name.replace(f"{{{placeholder}}}", _together(values))
    return name


def states_of(platform: str, key: str) -> dict[str, str]:
    """Return the names of the states of an entity, by state."""
    states: dict[str, str] = entity_texts(platform)[key].get("state", {})
    return states


def _name_of_class(platform: str, device_class: str) -> str:
    """Return the name that Home Assistant gives to a device class."""
    texts = _texts(COMPONENTS / platform / "translations" / "en.json")
    name: str = texts["entity_component"][device_class]["name"]
    return name


def _together(values: list[str]) -> str:
    if len(values) > _MOST_NAMED:
        return f"{values[0]} … {values[-1]}"
    return "/".join(values)
