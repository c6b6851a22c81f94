"""Frozen dataclasses as JSON and back, by the types of their fields.

A dataclass is stored with the name of its class, so that a field may be one of several.
A field that is missing gets its default, one that is unknown is ignored: what an older
or newer version stored is read as far as possible.
"""

from collections.abc import Iterable
from dataclasses import MISSING, fields, is_dataclass
from datetime import time
from enum import StrEnum
from types import NoneType, UnionType
from typing import Any, Final, TypeAliasType, get_args, get_origin, get_type_hints

from ..northbound.json_types import JsonObject, JsonValue

# no field has such a name
_KIND: Final = "$"


class NotReadableError(ValueError):
    """What is stored is not what was expected."""


def as_json(value: object) -> JsonValue:
    """Return a value as JSON; raises TypeError for what cannot be stored."""
    if value is None or isinstance(value, bool | int | float | str):
        return value.value if isinstance(value, StrEnum) else value
    if isinstance(value, time):
        return value.isoformat("minutes")
    if isinstance(value, frozenset):
        return [as_json(item) for item in sorted(value)]
    if isinstance(value, tuple):
        return [as_json(item) for item in value]
    if is_dataclass(value):
        stored: JsonObject = {_KIND: type(value).__name__}
        for field in fields(value):
            found = getattr(value, field.name)
            if field.default is MISSING or found != field.default:
                stored[field.name] = as_json(found)
        return stored
    raise TypeError(type(value).__name__)


def from_json[T](kind: type[T], stored: JsonValue) -> T:
    """Read what `as_json` wrote of a dataclass; raises `NotReadableError`."""
    value = _read(kind, stored)
    if not isinstance(value, kind):
        raise NotReadableError(kind.__name__)
    return value


def _read(hint: Any, stored: JsonValue) -> object:
    hint = _plain(hint)
    origin = get_origin(hint)
    if origin is UnionType:
        return _read_one_of(get_args(hint), stored)
    if origin in (tuple, frozenset):
        if not isinstance(stored, list):
            raise NotReadableError(str(hint))
        item = get_args(hint)[0]
        return origin(_read(item, member) for member in stored)
    if hint is NoneType:
        if stored is None:
            return None
    elif is_dataclass(hint):
        return _read_dataclass(hint, stored)
    elif isinstance(stored, str) and issubclass(hint, StrEnum | time):
        return _read_text(hint, stored)
    elif hint is float and isinstance(stored, int | float):
        return float(stored)
    elif isinstance(stored, hint):
        return stored
    raise NotReadableError(str(hint))


def _plain(hint: Any) -> Any:
    return hint.__value__ if isinstance(hint, TypeAliasType) else hint


def _read_one_of(hints: Iterable[Any], stored: JsonValue) -> object:
    for hint in hints:
        try:
            return _read(hint, stored)
        except NotReadableError:
            continue
    raise NotReadableError(str(hints))


def _read_text(kind: type[StrEnum | time], stored: str) -> StrEnum | time:
    try:
        if issubclass(kind, StrEnum):
            return kind(stored)
        return time.fromisoformat(stored)
    except ValueError as error:
        raise NotReadableError(kind.__name__) from error


def _read_dataclass(kind: Any, stored: JsonValue) -> object:
    if not isinstance(stored, dict) or stored.get(_KIND) != kind.__name__:
        raise NotReadableError(kind.__name__)
    hints = get_type_hints(kind)
    values = {
        field.name: _read(hints[field.name], stored[field.name])
        for field in fields(kind)
        if field.name in stored
    }
    try:
        return kind(**values)
    except (TypeError, ValueError) as error:
        raise NotReadableError(kind.__name__) from error
