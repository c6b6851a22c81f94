"""Reading and refusing parameters."""

from ..plants.plant import Plant
from .call import Call

PLANTS_MISSING = 20010
TOO_MANY_PLANTS = 20015
NO_PLANT = 20007
_BATCH = 100


class Refused(Exception):
    """A parameter for which the cloud answers with a failCode."""

    def __init__(self, code: int, message: str | None = None) -> None:
        """Carry the failCode and, where one is documented, the message."""
        super().__init__(str(code))
        self.code = code
        self.message = message


def id_list(value: object) -> list[str]:
    """Split a comma separated list; a number counts as a list of one."""
    if isinstance(value, int) and not isinstance(value, bool):
        return [str(value)]
    if not isinstance(value, str):
        return []
    return [part.strip() for part in value.split(",") if part.strip()]


def plants_of(call: Call, name: str = "stationCodes") -> list[Plant]:
    """Return the plants asked for. Raises Refused with 20010, 20015 or 20007."""
    codes = id_list(call.parameters.get(name))
    if not codes:
        raise Refused(PLANTS_MISSING)
    if len(codes) > _BATCH:
        raise Refused(TOO_MANY_PLANTS)
    known = {plant.code: plant for plant in call.plants}
    if any(code not in known for code in codes):
        raise Refused(NO_PLANT)
    return [known[code] for code in codes]
