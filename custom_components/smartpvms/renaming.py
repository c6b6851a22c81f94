"""Names that changed, in what is stored as JSON."""

from collections.abc import Mapping


def renamed(value: object, names: Mapping[str, str]) -> object:
    """Return a copy in which each text that is a name is another, in keys too."""
    if isinstance(value, Mapping):
        return {
            names.get(key, key): renamed(each, names) for key, each in value.items()
        }
    if isinstance(value, list | tuple):
        return [renamed(each, names) for each in value]
    return names.get(value, value) if isinstance(value, str) else value
