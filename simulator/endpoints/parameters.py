"""Reading parameters, and refusing them the way the cloud does."""

from datetime import UTC, datetime
from typing import override

from ..answers import Answer, failure, parameter_exception
from ..plants.plant import Device, Plant
from .call import Call

SERVER_ABNORMAL = 20004
DEVICES_MISSING = 20005
TYPE_MISMATCH = 20006
NO_PLANT = 20007
TYPE_MISSING = 20008
PLANTS_MISSING = 20010
TIME_INVALID = 20012
TYPE_NOT_SERVED = 20013
TOO_MANY_PLANTS = 20015
TOO_MANY_DEVICES = 20017
START_AFTER_END_OLD = 20023
LANGUAGE_MISSING = 20024
LANGUAGE_INVALID = 20025
LISTS_MISSING = 20055
START_AFTER_END = 20604
TIME_NEGATIVE = 20605
START_IN_FUTURE = 20606
PLANT_INVALID = 20622
PAGE_MISSING = 30004
PAGE_SIZE_MISSING = 30005
PAGE_SIZE_INVALID = 30006
PAGE_NEGATIVE = 30021
TOO_MANY_HISTORY_DEVICES = 30031
HISTORY_TOO_LONG = 30032
ONE_DEVICE_ONE_DAY = 40001

BATCH = 100
_LATEST = datetime(9999, 1, 1, tzinfo=UTC)


class RefusedError(Exception):
    """A parameter for which the cloud answers with a failCode."""

    def __init__(self, code: int, message: str | None = None) -> None:
        """Carry the failCode and, where one is documented, the message."""
        super().__init__(str(code))
        self.code = code
        self.message = message

    def answer(self, call: Call) -> Answer:
        """Return the failure of a /thirdData endpoint."""
        return failure(self.code, call.echo(), self.message)


class MalformedError(RefusedError):
    """A parameter of a wrong type or form: HTTP 400 without an envelope."""

    def __init__(self, parameter: str, text: str) -> None:
        """Name the parameter."""
        super().__init__(0, text)
        self.parameter = parameter
        self.text = text

    @override
    def answer(self, call: Call) -> Answer:
        """Return the exception of the gateway."""
        return parameter_exception(self.parameter, self.text)


def id_list(call: Call, name: str) -> list[str]:
    """Return a comma separated list; a number counts as a list of one.

    Raises MalformedError for anything else.
    """
    value = call.parameters.get(name)
    if value is None:
        return []
    if isinstance(value, int) and not isinstance(value, bool):
        return [str(value)]
    if not isinstance(value, str):
        raise MalformedError(name, f"{name} must be a string")
    return [part.strip() for part in value.split(",") if part.strip()]


def integer(call: Call, name: str) -> int | None:
    """Return a whole number, also from a string, None where absent.

    Raises MalformedError for anything else.
    """
    value = call.parameters.get(name)
    if value is None or value == "":
        return None
    if isinstance(value, str) and value.lstrip("-").isdigit():
        return int(value)
    if isinstance(value, bool) or not isinstance(value, int):
        raise MalformedError(name, f"{name} must be an integer")
    return value


def instant(milliseconds: int) -> datetime:
    """Return the instant of epoch milliseconds, the far future for nonsense."""
    try:
        return datetime.fromtimestamp(milliseconds / 1000, UTC)
    except OverflowError, ValueError, OSError:
        return _LATEST


def plants_of(call: Call, name: str = "stationCodes") -> list[Plant]:
    """Return the plants asked for. Raises RefusedError with 20007, 20010 or 20015."""
    codes = id_list(call, name)
    if not codes:
        raise RefusedError(PLANTS_MISSING)
    if len(codes) > BATCH:
        raise RefusedError(TOO_MANY_PLANTS)
    known = {plant.code: plant for plant in call.plants}
    if any(code not in known for code in codes):
        raise RefusedError(NO_PLANT)
    return [known[code] for code in codes]


def type_of(call: Call) -> int:
    """Return the devTypeId. Raises RefusedError with 20008, or MalformedError."""
    type_id = integer(call, "devTypeId")
    if type_id is None:
        raise RefusedError(TYPE_MISSING)
    return type_id


def devices_of(
    call: Call,
    served: frozenset[int],
    *,
    most: int = BATCH,
    too_many: int = TOO_MANY_DEVICES,
) -> list[Device]:
    """Return the devices asked for by `devIds` or `sns`; unknown ones are left out.

    Raises RefusedError with 20005, 20006, 20008, 20013 or `too_many`.
    """
    ids = id_list(call, "devIds")
    serials = [] if ids else id_list(call, "sns")
    if not ids and not serials:
        raise RefusedError(DEVICES_MISSING)
    if len(ids or serials) > most:
        raise RefusedError(too_many)
    type_id = type_of(call)
    named, numbered = set(ids), set(serials)
    devices = [
        device
        for device in call.devices
        if str(device.id) in named or device.serial in numbered
    ]
    if any(device.type_id != type_id for device in devices):
        raise RefusedError(TYPE_MISMATCH)
    if type_id not in served:
        raise RefusedError(TYPE_NOT_SERVED)
    return devices


def collect_time(call: Call) -> datetime:
    """Return the `collectTime` of a report. Raises RefusedError with 20012."""
    value = integer(call, "collectTime")
    if value is None or value < 0:
        raise RefusedError(TIME_INVALID)
    return instant(value)


def optional_filter(call: Call, name: str) -> set[int] | None:
    """Return a filter such as "1,2", None where it is empty or absent."""
    wanted = id_list(call, name)
    if not wanted:
        return None
    if not all(part.isdigit() for part in wanted):
        raise MalformedError(name, f"{name} must be numbers")
    return {int(part) for part in wanted}
