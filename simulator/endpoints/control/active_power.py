"""Setting the limit of the active power that a plant feeds in."""

from datetime import datetime

from ...control.networking import Controller, controller_of, limit_obstacle
from ...control.tasks import Kind
from ...plants.plant import Plant
from ...plants.settings import SettingChanges
from ...types import Json
from ..parameters import MalformedError
from .delivery import SAME_VALUE, Delivery, Order, Wording
from .fields import (
    Fields,
    RejectedError,
    number,
    one_of,
    required_object,
    required_text,
    within,
)

_UNLIMITED, _LIMITED = "0", "6"
_TOTAL, _SINGLE_PHASE = "0", "1"
_LOWEST = -1000.0
_HIGHEST = {
    Controller.DONGLE: 5000.0,
    Controller.SMART_LOGGER: 5000.0,
    Controller.DISTRIBUTED_SMART_LOGGER: 50_000.0,
    Controller.INVERTER: 5000.0,
}


def active_power_delivery() -> Delivery:
    """Return how the limit of active power is set, in the form of version 2."""
    return Delivery(
        kind=Kind.LIMIT,
        wording=Wording(
            name="active power control",
            failed="Failed to deliver the active power control task.",
            no_permission="Exist no permission resources. plantCodes: [{}]",
        ),
        obstacle=limit_obstacle,
        read=_read,
    )


def _read(plant: Plant, task: Fields) -> Order:
    name = "controlMode"
    mode = one_of(name, required_text(task, name), (_UNLIMITED, _LIMITED))
    shown: dict[str, Json] = {"controlMode": mode}
    changes: SettingChanges = {"control_mode": "noLimit"}
    if mode == _LIMITED:
        info = required_object(task, "controlInfo")
        changes = _limit(plant, info)
        shown["controlInfo"] = info
    settings = plant.settings
    if all(getattr(settings, key) == value for key, value in changes.items()):
        raise RejectedError(SAME_VALUE)

    def apply(at: datetime) -> None:
        plant.steering.change(at, **changes)

    return Order(apply=apply, shown=shown)


def _limit(plant: Plant, info: Fields) -> SettingChanges:
    name = "maxGridFeedInPower"
    power = number(info, name)
    if power is None:
        raise MalformedError(name, f"{name} may not be null")
    rated = sum(inverter.rated_power for inverter in plant.definition.inverters)
    highest = _HIGHEST.get(controller_of(plant), rated)
    changes: SettingChanges = {
        "control_mode": "limitedPowerGridKW",
        "feed_in_limit": within(name, power, _LOWEST, highest),
    }
    limitation = info.get("limitationMode")
    if limitation is not None:
        one_of("limitationMode", str(limitation), (_TOTAL, _SINGLE_PHASE))
        changes["limitation_mode"] = (
            "totalPower" if str(limitation) == _TOTAL else "singlePhasePower"
        )
    return changes
