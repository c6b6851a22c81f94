"""What can be set at a plant: the table of scenarios of the documents."""

from dataclasses import dataclass
from enum import Enum, auto
import re

from ..plants.definitions import BATTERY_TYPES, DeviceType, Inverter
from ..plants.plant import Plant

NETWORKING_NOT_SUPPORTED = 20609
CONTROLLER_OFFLINE = 20614
NOT_SUPPORTED = 20629
NO_SUCH_DEVICE = 20631

NO_BATTERY_TEXT = "The plant has no battery device."
NO_INVERTER_TEXT = "The plant has no inverter device."
NETWORKING_TEXT = "The plant networking is not supported."
OFFLINE_TEXT = "Device offline, can not set param."
NOT_SUPPORTED_TEXT = "The device in the plant does not support this setting"

_COMMERCIAL_WITH_LIMIT = re.compile(
    r"SUN2000-(20|29\.9|30|36|40|50)KTL-M3"
    r"|SUN2000-(30|40|50)K-MC0"
    r"|SUN2000-(50|60)KTL-M0"
    r"|SUN2000-75KTL-M1"
    r"|SUN2000-(100|110|115)KTL-M2"
    r"|SUN2000-(50K|80K)-MGL0"
    r"|SUN(2000|5000)-150K-MG0"
)
_THREE_PHASE_DISPATCH = re.compile(r"-(10KTL-BEM1|\d+KTL-M1|\d+K-MB0(-ZH)?)$")
_SINGLE_PHASE_DISPATCH = re.compile(r"-([\d.]+KTL-L1|\d+K-LC0(-ZH)?)$")


class Controller(Enum):
    """What connects a plant to the cloud."""

    DONGLE = auto()
    EMMA = auto()
    SMART_LOGGER = auto()
    DISTRIBUTED_SMART_LOGGER = auto()
    INVERTER = auto()
    """The inverter connects itself."""
    SEVERAL = auto()


_CONTROLLERS: dict[int, Controller] = {
    DeviceType.DONGLE: Controller.DONGLE,
    DeviceType.EMMA: Controller.EMMA,
    DeviceType.SMART_LOGGER: Controller.SMART_LOGGER,
    DeviceType.DISTRIBUTED_SMART_LOGGER: Controller.DISTRIBUTED_SMART_LOGGER,
}
_SETS_MODES = frozenset(
    {
        Controller.DONGLE,
        Controller.EMMA,
        Controller.DISTRIBUTED_SMART_LOGGER,
        Controller.INVERTER,
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Obstacle:
    """Why a plant cannot do something: failCode and text."""

    code: int
    text: str


_NO_BATTERY = Obstacle(code=NO_SUCH_DEVICE, text=NO_BATTERY_TEXT)
_NO_INVERTER = Obstacle(code=NO_SUCH_DEVICE, text=NO_INVERTER_TEXT)
_NETWORKING = Obstacle(code=NETWORKING_NOT_SUPPORTED, text=NETWORKING_TEXT)
_OFFLINE = Obstacle(code=CONTROLLER_OFFLINE, text=OFFLINE_TEXT)
_NOT_SUPPORTED = Obstacle(code=NOT_SUPPORTED, text=NOT_SUPPORTED_TEXT)


def controller_of(plant: Plant) -> Controller:
    """Return what connects a plant, as its device list says."""
    found = [
        _CONTROLLERS[device.type_id]
        for device in plant.devices
        if device.type_id in _CONTROLLERS
    ]
    if not found:
        return Controller.INVERTER
    return found[0] if len(found) == 1 else Controller.SEVERAL


def battery_obstacle(plant: Plant) -> Obstacle | None:
    """Return why a plant cannot force charging or take battery parameters.

    Only batteries of homes can: those of type 39 and of an all-in-one.
    """
    battery = plant.definition.battery
    if battery is None or not any(
        device.type_id in BATTERY_TYPES for device in plant.devices
    ):
        return _NO_BATTERY
    if battery.type_id == DeviceType.ESS:
        return _NOT_SUPPORTED
    return None if plant.steering.online else _OFFLINE


def mode_obstacle(plant: Plant) -> Obstacle | None:
    """Return why a plant cannot change the working mode of its battery."""
    obstacle = battery_obstacle(plant)
    if obstacle is not None and obstacle is not _OFFLINE:
        return obstacle
    controller = controller_of(plant)
    if controller is Controller.SEVERAL:
        return _NETWORKING
    return obstacle if controller in _SETS_MODES else _NOT_SUPPORTED


def dispatch_obstacle(plant: Plant) -> Obstacle | None:
    """Return why a plant cannot take third-party dispatch."""
    obstacle = mode_obstacle(plant)
    if obstacle is not None and obstacle is not _OFFLINE:
        return obstacle
    return obstacle if _can_be_dispatched(plant) else _NOT_SUPPORTED


def _can_be_dispatched(plant: Plant) -> bool:
    """Follow the table of inverters and controllers for third-party dispatch."""
    controller = controller_of(plant)
    inverters = plant.definition.inverters
    if all(inverter.type_id == DeviceType.ALL_IN_ONE for inverter in inverters):
        return True
    if controller is Controller.EMMA:
        return all(
            _matches(_THREE_PHASE_DISPATCH, inverter)
            or _matches(_SINGLE_PHASE_DISPATCH, inverter)
            for inverter in inverters
        )
    if len(inverters) > 1:
        return False
    if controller is Controller.DONGLE and _matches(
        _THREE_PHASE_DISPATCH, inverters[0]
    ):
        return True
    return controller in {Controller.DONGLE, Controller.INVERTER} and _matches(
        _SINGLE_PHASE_DISPATCH, inverters[0]
    )


def limit_obstacle(plant: Plant) -> Obstacle | None:
    """Return why a plant cannot change the limit of its active power."""
    inverters = plant.definition.inverters
    if not inverters:
        return _NO_INVERTER
    controller = controller_of(plant)
    if controller is Controller.SEVERAL:
        return _NETWORKING
    commercial = [
        inverter
        for inverter in inverters
        if inverter.type_id == DeviceType.STRING_INVERTER
    ]
    if commercial and controller is Controller.INVERTER:
        return _NOT_SUPPORTED
    if not all(_matches(_COMMERCIAL_WITH_LIMIT, inverter) for inverter in commercial):
        return _NOT_SUPPORTED
    if plant.settings.scheduled_tasks and controller is not Controller.EMMA:
        return _NOT_SUPPORTED
    return None if plant.steering.online else _OFFLINE


def mode_view_obstacle(plant: Plant) -> Obstacle | None:
    """Return why the working mode of a plant's battery cannot be queried."""
    if plant.definition.battery is None:
        return _NO_BATTERY
    controller = controller_of(plant)
    if controller is Controller.SEVERAL:
        return _NETWORKING
    if controller is Controller.INVERTER:
        text = "The plant does not support viewing of the battery operation mode."
        return Obstacle(code=NOT_SUPPORTED, text=text)
    return _view_offline(plant)


def limit_view_obstacle(plant: Plant) -> Obstacle | None:
    """Return why the limit of a plant's active power cannot be queried."""
    if not plant.definition.inverters:
        return _NO_INVERTER
    if controller_of(plant) is Controller.SEVERAL:
        return _NETWORKING
    return _view_offline(plant)


def _view_offline(plant: Plant) -> Obstacle | None:
    if plant.steering.online:
        return None
    return Obstacle(code=CONTROLLER_OFFLINE, text="The device is offline.")


def _matches(pattern: re.Pattern[str], inverter: Inverter) -> bool:
    return inverter.model is not None and bool(pattern.search(inverter.model))
