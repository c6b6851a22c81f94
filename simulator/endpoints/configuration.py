"""The two queries of a plant's configuration."""

from ..answers import Answer
from ..control.networking import limit_view_obstacle, mode_view_obstacle
from ..plants.plant import Plant
from ..plants.settings import PlantSettings
from ..types import Json
from .call import Call
from .parameters import PLANT_INVALID, MalformedError


def battery_mode(call: Call) -> Answer:
    """Answer configuration/battery-mode for one plant; there is no `params`."""
    plant = _plant(call)
    if plant is None:
        return refused(PLANT_INVALID, "The plant DN is invalid.")
    obstacle = mode_view_obstacle(plant)
    if obstacle is not None:
        return refused(obstacle.code, obstacle.text)
    settings = plant.settings
    return _answer(
        "The battery operation mode queried successfully.",
        {
            "plantCode": plant.code,
            "operationMode": settings.operation_mode,
            "touOperationModeParamDetail": _time_of_use(settings),
        },
    )


def active_power_mode(call: Call) -> Answer:
    """Answer configuration/active-power-control-mode for one plant."""
    plant = _plant(call)
    if plant is None:
        return refused(PLANT_INVALID, "The plant DN is invalid.")
    obstacle = limit_view_obstacle(plant)
    if obstacle is not None:
        return refused(obstacle.code, obstacle.text)
    settings = plant.settings
    mode = settings.control_mode
    limitation: dict[str, Json] = {"limitationMode": settings.limitation_mode}
    limit = settings.feed_in_limit
    percent = limitation | {"maxGridFeedInPowerPercent": limit}
    value = limitation | {"maxGridFeedInPowerValue": limit}
    return _answer(
        "The inverter active power control mode queried successfully.",
        {
            "plantCode": plant.code,
            "controlMode": mode,
            "zeroExportLimitationParam": (
                limitation if mode == "zeroExportLimitation" else None
            ),
            "limitedPowerGridPercentParam": (
                percent if mode == "limitedPowerGridPercent" else None
            ),
            "limitedPowerGridValueParam": (
                value if mode == "limitedPowerGridKW" else None
            ),
        },
    )


def refused(code: int, message: str) -> Answer:
    """Return a failure as the configuration queries write it."""
    return Answer(
        body={"success": False, "data": None, "failCode": code, "message": message}
    )


def _plant(call: Call) -> Plant | None:
    code = call.parameters.get("plantCode")
    if not isinstance(code, str) or not code:
        raise MalformedError("plantCode", "plantCode must not be null")
    return next((plant for plant in call.plants if plant.code == code), None)


def _answer(message: str, data: Json) -> Answer:
    return Answer(
        body={"failCode": 0, "success": True, "message": message, "data": data}
    )


def _time_of_use(settings: PlantSettings) -> Json:
    if settings.operation_mode != "TOU":
        return None
    return {
        "redundantPVEnergyPriority": settings.surplus_priority,
        "allowedAcChargePower": settings.grid_charge_power,
        "chargingAndDischargingTimeWindow": [
            {
                "startTime": window.start,
                "endTime": window.end,
                "chargeOrDischarge": window.direction,
                "repeat": list(window.weekdays),
            }
            for window in settings.windows
        ],
    }
