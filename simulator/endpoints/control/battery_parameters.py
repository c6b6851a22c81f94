"""Setting the limits of batteries."""

from datetime import datetime

from ...control.networking import battery_obstacle
from ...control.tasks import Kind
from ...plants.controlled import charge_limit, discharge_limit, lowest_soc
from ...plants.plant import Plant
from ...plants.settings import SettingChanges
from ...types import Json
from ..parameters import MalformedError
from .delivery import Delivery, Order, Wording
from .fields import Fields, number, required_object, whole, within

_OBJECT = "batteryConfigurationInfo"
_KEYS = (
    "endOfChargeSoc",
    "endOfDischargeSoc",
    "maximumChargePower",
    "maximumDischargePower",
)
_LEAST_POWER = 200


def battery_parameters_delivery() -> Delivery:
    """Return how the limits of batteries are set."""
    return Delivery(
        kind=Kind.PARAMETERS,
        wording=Wording(
            name="battery configuration",
            failed="Failed to deliver the battery configuration task.",
            no_permission="Exist no permission plants, plantCodes: [{}]",
            data_without_permission=False,
            rows_are_short=True,
        ),
        obstacle=battery_obstacle,
        read=_read,
    )


def _read(plant: Plant, task: Fields) -> Order:
    wanted = required_object(task, _OBJECT)
    if all(wanted.get(key) is None for key in _KEYS):
        raise MalformedError(_OBJECT, f"{_OBJECT} may not be empty")
    changes = SettingChanges()
    highest = number(wanted, "endOfChargeSoc")
    if highest is not None:
        changes["end_of_charge_soc"] = within("endOfChargeSoc", highest, 90, 100)
    lowest = number(wanted, "endOfDischargeSoc")
    if lowest is not None:
        changes["end_of_discharge_soc"] = within("endOfDischargeSoc", lowest, 0, 20)
    battery = plant.definition.battery
    charge = _power(wanted, "maximumChargePower")
    if charge is not None and battery is not None:
        changes["max_charge_power"] = min(charge, battery.max_charge * 1000)
    discharge = _power(wanted, "maximumDischargePower")
    if discharge is not None and battery is not None:
        changes["max_discharge_power"] = min(discharge, battery.max_discharge * 1000)

    def apply(at: datetime) -> None:
        plant.steering.change(at, **changes)

    return Order(apply=apply, shown={_OBJECT: _shown(plant, changes)})


def _power(wanted: Fields, name: str) -> float | None:
    power = whole(wanted, name)
    return None if power is None else within(name, power, _LEAST_POWER, float("inf"))


def _shown(plant: Plant, changes: SettingChanges) -> Json:
    """Return all four values: those of the task, else those in force."""
    settings, battery = plant.settings, plant.definition.battery
    if battery is None:
        return None
    charge = changes.get("max_charge_power", charge_limit(battery, settings))
    discharge = changes.get("max_discharge_power", discharge_limit(battery, settings))
    return {
        "endOfChargeSoc": changes.get("end_of_charge_soc", settings.end_of_charge_soc),
        "endOfDischargeSoc": changes.get(
            "end_of_discharge_soc", lowest_soc(battery, settings)
        ),
        "maximumChargePower": None if charge is None else round(charge),
        "maximumDischargePower": None if discharge is None else round(discharge),
    }
