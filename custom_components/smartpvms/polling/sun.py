"""When it gets bright and dark at the plants of an entry."""

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from typing import Final

from homeassistant.core import HomeAssistant
from homeassistant.util import dt as dt_util

from ..northbound.models import Plant
from ..planner import Sun
from ..sunlight import sun_elevation

_DAY: Final = timedelta(days=1)
_STEP: Final = timedelta(minutes=20)
_EXACT: Final = timedelta(minutes=1)
_LIFE: Final = timedelta(hours=1)
# degrees; plants that are closer see the sun at nearly the same time
_SAME_PLACE: Final = 0.5


class SunWatch:
    """Whether the sun is up at any of the plants, and until when."""

    def __init__(self, hass: HomeAssistant) -> None:
        """Begin with nothing worked out."""
        self._hass = hass
        self._codes: frozenset[str] = frozenset()
        self._until: datetime | None = None
        self._sun = Sun()

    def look(self, plants: Collection[Plant]) -> Sun:
        """Return when the sun next rises at the first and sets at the last plant."""
        now = dt_util.utcnow()
        codes = frozenset(plant.code for plant in plants)
        worked_out = self._until is not None and (
            self._until - _LIFE <= now < self._until
        )
        if not worked_out or codes != self._codes:
            self._codes = codes
            self._sun = self._look_ahead(_places(plants), now)
            turns = self._sun.turns
            self._until = now + _LIFE
            if turns is not None:
                self._until = min(self._until, dt_util.utc_from_timestamp(turns))
        return self._sun

    def _look_ahead(self, places: list[Plant | None], now: datetime) -> Sun:
        dark = not self._is_bright(places, now)
        is_dark = dark
        rises = sets = None
        moment = now
        while moment < now + _DAY and (rises is None or sets is None):
            later = moment + _STEP
            if self._is_bright(places, later) is is_dark:
                turn = self._turn(places, moment, later, is_dark=is_dark).timestamp()
                is_dark = not is_dark
                if is_dark:
                    sets = turn if sets is None else sets
                else:
                    rises = turn if rises is None else rises
            moment = later
        return Sun(rises=rises, sets=sets, dark=dark)

    def _turn(
        self,
        places: list[Plant | None],
        before: datetime,
        after: datetime,
        *,
        is_dark: bool,
    ) -> datetime:
        """Return when it gets bright, or dark, between two moments."""
        while after - before > _EXACT:
            middle = before + (after - before) / 2
            if self._is_bright(places, middle) is is_dark:
                after = middle
            else:
                before = middle
        return after

    def _is_bright(self, places: Iterable[Plant | None], moment: datetime) -> bool:
        return any(sun_elevation(self._hass, place, moment) >= 0 for place in places)


def _places(plants: Collection[Plant]) -> list[Plant | None]:
    """Return the plants where the sun rises first or sets last, None for unknown places.

    Which it is depends on the season, but it is one of those farthest out.
    """
    known = [plant for plant in plants if plant.latitude and plant.longitude]
    outermost = [
        extreme(known, key=position)
        for position in (_longitude, _latitude)
        for extreme in (min, max)
        if known
    ]
    apart: dict[tuple[int, int], Plant | None] = {}
    for plant in outermost:
        place = (
            round(_longitude(plant) / _SAME_PLACE),
            round(_latitude(plant) / _SAME_PLACE),
        )
        apart.setdefault(place, plant)
    unknown: list[Plant | None] = [] if known and len(known) == len(plants) else [None]
    return [*apart.values(), *unknown]


def _longitude(plant: Plant) -> float:
    return plant.longitude or 0.0


def _latitude(plant: Plant) -> float:
    return plant.latitude or 0.0
