"""A business call on its way to an endpoint."""

from dataclasses import dataclass
from datetime import datetime

from ..access.principal import Principal
from ..clock import milliseconds
from ..plants.plant import Device, Plant
from ..types import Json


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """Parameters of a call, who makes it, and the plants this caller may see."""

    interface: str
    parameters: dict[str, Json]
    principal: Principal
    plants: list[Plant]
    now: datetime

    def echo(self) -> dict[str, Json]:
        """Return the `params` of the answer: the request and the server's clock."""
        return {**self.parameters, "currentTime": milliseconds(self.now)}

    @property
    def devices(self) -> list[Device]:
        """Every device of the caller's plants."""
        return [device for plant in self.plants for device in plant.devices]
