"""Which misbehaviours are on."""

from ..types import Json


class Faults:
    """Switches by name; `catalogue` tells what each of them does."""

    def __init__(self) -> None:
        """Begin with a cloud that behaves."""
        self.catalogue: dict[str, str] = {}
        self.enabled: dict[str, dict[str, Json]] = {}

    def enable(self, name: str, **parameters: Json) -> None:
        """Switch a misbehaviour on. Raises KeyError for an unknown name."""
        self.catalogue[name]
        self.enabled[name] = parameters

    def disable(self, name: str) -> None:
        """Switch a misbehaviour off. Raises KeyError for an unknown name."""
        self.catalogue[name]
        self.enabled.pop(name, None)

    def clear(self) -> None:
        """Switch everything off."""
        self.enabled.clear()
