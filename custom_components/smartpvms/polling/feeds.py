"""What an entry polls: which feeds there are, how often each is wished for, and its worth."""

from collections.abc import Collection, Iterable, Mapping, Set
from dataclasses import replace
from datetime import timedelta
from math import ceil
from typing import TYPE_CHECKING, Final

from ..northbound.auth import Access
from ..northbound.control import Feature
from ..northbound.interfaces import Interface
from ..planner import Feed, Worth, pace
from ..planner.model import BEAT

if TYPE_CHECKING:
    from ..coordinator import SmartPVMSData

PLANT_READINGS: Final = "plants"
ALARMS: Final = "alarms"
PLANT_LIST: Final = "plant_list"
DEVICE_LIST: Final = "device_list"
BATTERY_MODES: Final = "battery_modes"
FEED_IN_LIMITS: Final = "feed_in_limits"
HISTORY: Final = "history"
YIELDS: Final = "yields"

_DEVICES: Final = "devices_"
# beats; the values of the plants in the dark, and when calls are short
_PLANTS_AT_REST: Final = pace.PLANTS_AT_REST
_PLANTS_AT_LEAST: Final = 48.0
_ALARMS_AT_LEAST: Final = 72.0
_LISTS_AT_LEAST: Final = 288.0
# six hours, for up to so many plants
_SETTINGS: Final = 72.0
_SETTINGS_PLANTS: Final = 10
_SETTINGS_AT_LEAST: Final = 288.0
# three years of days are there within a day; more calls would make live values older
_HISTORY_DAYS_AT_LEAST: Final = 8.0
_HISTORY_HOURS_AT_LEAST: Final = 48.0
_OF_DAYS: Final = frozenset({Interface.PLANT_YEAR, Interface.PLANT_DAY})


def device_feed(type_id: int) -> str:
    """Return the name of the feed of a devTypeId."""
    return f"{_DEVICES}{type_id}"


def type_of(name: str) -> int | None:
    """Return the devTypeId of a feed, None for one that is not of devices."""
    if not name.startswith(_DEVICES):
        return None
    return int(name.removeprefix(_DEVICES))


class Feeds:
    """The feeds of an entry as they are now."""

    def __init__(self, data: SmartPVMSData) -> None:
        """Look at what the entry holds."""
        self._data = data
        # an API account has a window for each interface: what is not asked is lost
        self._thrifty = data.client.ledger.access is Access.OAUTH
        devices = data.devices.all_read()
        by_plant: dict[str, set[int]] = {code: set() for code in data.plants.data}
        self._counts: dict[int, int] = {}
        for device in devices:
            by_plant.setdefault(device.plant_code, set()).add(device.type_id)
            self._counts[device.type_id] = self._counts.get(device.type_id, 0) + 1
        self._types = [frozenset(types) for types in by_plant.values()]

    def all(
        self, *, idle: bool, resting: Set[int], polled: Collection[str]
    ) -> list[Feed]:
        """Return all feeds.

        `idle` says that nothing comes from any panels, and that the plants have told
        what came before. `resting` are the devTypeIds that rest. What was not `polled` since the start
        shows values of before, which do not live long.
        """
        devices = [
            self._devices(type_id, count, resting=type_id in resting)
            for type_id, count in sorted(self._counts.items())
            if type_id in self._data.device_readings
        ]
        live = sum(feed.worth is Worth.LIVE for feed in devices)
        readings = [
            feed if feed.name in polled else _soon(feed)
            for feed in (*devices, *self._plants(idle=idle))
        ]
        return [
            *readings,
            *self._lists(),
            self._alarms(live),
            *self._settings(),
            *self._yields(),
            *self._history(),
        ]

    def _devices(self, type_id: int, count: int, *, resting: bool) -> Feed:
        feed = Feed(
            name=device_feed(type_id),
            interface=Interface.DEVICE_READINGS,
            calls=_calls(Interface.DEVICE_READINGS, count),
        )
        if not self._thrifty:
            return feed
        return replace(
            feed,
            worth=Worth.SPARE if type_id == pace.WEATHER_TYPE else Worth.LIVE,
            wish=pace.device_wish(type_id, self._types),
            rest=pace.device_rest(type_id, self._types),
            resting=resting,
            dozes=type_id in pace.INVERTER_TYPES,
        )

    def _plants(self, *, idle: bool) -> Iterable[Feed]:
        plants = self._data.plants.data
        if not plants:
            return
        feed = Feed(
            name=PLANT_READINGS,
            interface=Interface.PLANT_READINGS,
            calls=_calls(Interface.PLANT_READINGS, len(plants)),
        )
        if not self._thrifty:
            yield feed
            return
        wish = pace.plant_wish(self._types)
        feed = replace(feed, wish=wish, resting=idle, dozes=True)
        if wish == pace.EACH_BEAT:
            yield replace(feed, rest=pace.HOURLY)
            return
        if wish < pace.HOURLY:
            yield replace(
                feed, worth=Worth.PLANT, rest=_PLANTS_AT_REST, least=_PLANTS_AT_LEAST
            )
            return
        # totals of plants with a battery are made of their own counters, see `totals`
        yield replace(
            feed,
            worth=Worth.PLANT,
            rest=pace.plant_rest(self._types),
            least=pace.HOURLY,
            closes_hours=True,
        )

    def _lists(self) -> Iterable[Feed]:
        lists: Mapping[str, tuple[Interface, timedelta]] = {
            PLANT_LIST: (Interface.PLANTS, self._data.plants.wish),
            DEVICE_LIST: (Interface.DEVICES, self._data.devices.wish),
        }
        for name, (interface, interval) in lists.items():
            wish = interval.total_seconds() / BEAT
            yield Feed(
                name=name,
                interface=interface,
                worth=Worth.UPKEEP,
                calls=_calls(interface, len(self._data.plants.data)),
                wish=wish,
                least=max(wish, _LISTS_AT_LEAST),
            )

    def _alarms(self, live: int) -> Feed:
        wish = self._data.alarms.wish.total_seconds() / BEAT
        return Feed(
            name=ALARMS,
            interface=Interface.ALARMS,
            worth=Worth.UPKEEP,
            calls=_calls(Interface.ALARMS, len(self._data.plants.data)),
            wish=max(wish, pace.alarm_wish(live)) if self._thrifty else wish,
            least=_ALARMS_AT_LEAST,
        )

    def _settings(self) -> Iterable[Feed]:
        """Yield what is read of plants under control, one call for each plant."""
        features: Mapping[str, tuple[Interface, Feature]] = {
            BATTERY_MODES: (Interface.BATTERY_MODE, Feature.READ_BATTERY_MODE),
            FEED_IN_LIMITS: (Interface.FEED_IN_LIMIT, Feature.READ_FEED_IN_LIMIT),
        }
        for name, (interface, feature) in features.items():
            count = len(self._data.control.plants_with(feature))
            if count:
                yield Feed(
                    name=name,
                    interface=interface,
                    worth=Worth.SPARE,
                    calls=count,
                    wish=max(_SETTINGS, count * _SETTINGS / _SETTINGS_PLANTS),
                    least=count * _SETTINGS_AT_LEAST,
                )

    def _yields(self) -> Iterable[Feed]:
        """Yield those of the days before while one is to be asked for, once a day."""
        if self._data.yields.is_due:
            yield Feed(
                name=YIELDS,
                interface=Interface.PLANT_DAY,
                worth=Worth.SPARE,
                calls=_calls(Interface.PLANT_DAY, len(self._data.plants.data)),
            )

    def _history(self) -> Iterable[Feed]:
        """Yield the history as long as it has something to ask for, a call each time."""
        history = self._data.history
        interface = None if history is None else history.interface
        if interface is not None:
            yield Feed(
                name=HISTORY,
                interface=interface,
                worth=Worth.HISTORY,
                least=(
                    _HISTORY_DAYS_AT_LEAST
                    if interface in _OF_DAYS
                    else _HISTORY_HOURS_AT_LEAST
                ),
            )


def _soon(feed: Feed) -> Feed:
    return replace(
        feed,
        wish=min(feed.wish, pace.OTHER_BEAT),
        rest=min(feed.rest, pace.OTHER_BEAT),
        closes_hours=False,
    )


def _calls(interface: Interface, count: int) -> int:
    return max(1, ceil(count / interface.batch_size))
