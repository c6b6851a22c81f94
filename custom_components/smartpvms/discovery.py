"""When entities are created: at set-up, with a new device, or with a first value."""

from collections.abc import Callable, Container, Iterable, Iterator, Sequence
from functools import partial
from itertools import batched
from typing import TYPE_CHECKING, Final

from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.helpers.entity import Entity
from homeassistant.helpers.entity_platform import (
    AddConfigEntryEntitiesCallback,
    async_get_platforms,
)

from .const import DOMAIN
from .coordinator import DeviceReadingsCoordinator, SmartPVMSConfigEntry
from .detail import has_flows
from .northbound.models import Device, Plant
from .slices import async_in_slices

if TYPE_CHECKING:
    from .entity import SmartPVMSEntity

ADDED_TOGETHER: Final = 5
"""Home Assistant adds what it is given at once without a pause."""

type Search = Callable[[], Iterable[Sequence[Entity]]]
"""Looks at one owner after the other, and returns what each of them lacks."""


class Created:
    """Whose entities are created, until they are removed."""

    def __init__(self) -> None:
        """Start with none."""
        self._owners: set[str] = set()

    def __contains__(self, owner: str) -> bool:
        return owner in self._owners

    def note(self, owner: str, entity: SmartPVMSEntity) -> None:
        """Take note of the entity of an owner, who may be removed and listed again."""
        self._owners.add(owner)
        async_on_lost(entity, partial(self._owners.discard, owner))


@callback
def async_on_lost(entity: SmartPVMSEntity, lost: CALLBACK_TYPE) -> None:
    """Call `lost` when an entity goes out of the registry, as it does with its device.

    One that is disabled stays there: when it is enabled, the entry is loaded anew.
    """
    entity.on_lost = lost


class Discovery:
    """Finds what the plants and devices of an entry lack on one platform, and adds it.

    All is added in slices, in the order in which it is found. What is found in the end
    of a set-up is there when `async_begin` returns.
    """

    def __init__(
        self,
        hass: HomeAssistant,
        entry: SmartPVMSConfigEntry,
        async_add_entities: AddConfigEntryEntitiesCallback,
    ) -> None:
        """Start with nothing to look for."""
        self._hass = hass
        self._entry = entry
        self._add = async_add_entities
        # in the order in which they were asked for
        self._due: dict[Search, None] = {}
        self._is_busy = True

    async def async_begin(self) -> None:
        """Add what there is; from then on also what comes later."""
        await self._async_search()

    @callback
    def follow_plants(self, create: Callable[[Plant], Sequence[Entity]]) -> None:
        """Add what `create` returns of each plant, after each change of list or readings."""
        data = self._entry.runtime_data

        def search() -> Iterator[Sequence[Entity]]:
            for plant in tuple(data.plants.data.values()):
                yield create(plant)

        changed = self._look_for(search)
        for coordinator in (data.plants, data.plant_readings):
            self._entry.async_on_unload(coordinator.async_add_listener(changed))

    @callback
    def follow_flows(self, create: Callable[[Plant], Sequence[Entity]]) -> None:
        """Add what `create` returns of each plant with flows, after each of its cycles."""
        data = self._entry.runtime_data
        followed: set[str] = set()

        @callback
        def follow_new() -> None:
            for plant in data.plants.data.values():
                if plant.code in followed or not has_flows(
                    self._entry.options, plant.code
                ):
                    continue
                followed.add(plant.code)
                changed = self._look_for(partial(_search_of, create, plant))
                self._entry.async_on_unload(
                    data.energy.async_add_listener(plant.code, changed)
                )

        follow_new()
        self._entry.async_on_unload(data.plants.async_add_listener(follow_new))

    @callback
    def follow_devices(
        self,
        types: Container[int],
        create: Callable[[DeviceReadingsCoordinator, Device], Sequence[Entity]],
    ) -> None:
        """Add what `create` returns of each device, after each change of list or readings.

        `types` are the devTypeIds of interest. Devices of plants that show their totals
        only are left out.
        """
        data = self._entry.runtime_data

        def search_type(type_id: int) -> Iterator[Sequence[Entity]]:
            coordinator = data.device_readings[type_id]
            for device in data.devices.shown(type_id):
                yield create(coordinator, device)

        def search_all() -> Iterator[Sequence[Entity]]:
            for type_id in tuple(data.device_readings):
                if type_id in types:
                    yield from search_type(type_id)

        searches = {}

        @callback
        def readings_changed(coordinator: DeviceReadingsCoordinator) -> None:
            type_id = coordinator.type_id
            if type_id not in searches:
                searches[type_id] = partial(search_type, type_id)
            self._search_soon(searches[type_id])

        self._entry.async_on_unload(
            data.devices.async_add_listener(self._look_for(search_all))
        )
        async_follow_readings(
            self._entry, types, readings_changed, self._entry.async_on_unload
        )

    @callback
    def follow(self, search: Search) -> CALLBACK_TYPE:
        """Add what `search` finds now, and each time that what is returned is called."""
        return self._look_for(search)

    @callback
    def _look_for(self, search: Search) -> CALLBACK_TYPE:
        self._search_soon(search)
        return partial(self._search_soon, search)

    @callback
    def _search_soon(self, search: Search) -> None:
        self._due[search] = None
        if not self._is_busy:
            self._is_busy = True
            self._entry.async_create_background_task(
                self._hass, self._async_search(), "search for entities"
            )

    async def _async_search(self) -> None:
        try:
            await async_in_slices(self._hass, self._steps())
        finally:
            self._is_busy = False

    def _steps(self) -> Iterator[None]:
        while self._due:
            search = next(iter(self._due))
            del self._due[search]
            for entities in search():
                for some in batched(entities, ADDED_TOGETHER, strict=False):
                    if not self._is_wanted:
                        return
                    self._add(some)
                    yield
                yield

    @property
    def _is_wanted(self) -> bool:
        """Whether the platform takes entities: not while it is unloaded."""
        return self._entry.state in (
            ConfigEntryState.SETUP_IN_PROGRESS,
            ConfigEntryState.LOADED,
        )


async def async_remove_entities(
    hass: HomeAssistant, entry: SmartPVMSConfigEntry
) -> None:
    """Remove the entities of an entry that is unloaded.

    Home Assistant would do so by itself, and all at once.
    """
    entities = [
        entity
        for platform in async_get_platforms(hass, DOMAIN)
        if platform.config_entry is entry
        for entity in platform.entities.values()
    ]
    await async_in_slices(hass, (entity.async_remove() for entity in entities))


def _search_of(
    create: Callable[[Plant], Sequence[Entity]], plant: Plant
) -> Iterator[Sequence[Entity]]:
    yield create(plant)


@callback
def async_follow_readings(
    entry: SmartPVMSConfigEntry,
    types: Container[int],
    changed: Callable[[DeviceReadingsCoordinator], None],
    at_end: Callable[[CALLBACK_TYPE], None],
) -> None:
    """Call `changed` after each change of the readings of these devTypeIds.

    A type that comes later is followed from then on. `at_end` is given what ends it.
    """
    data = entry.runtime_data
    followed: set[int] = set()

    @callback
    def follow_new() -> None:
        for type_id, coordinator in data.device_readings.items():
            if type_id in types and type_id not in followed:
                followed.add(type_id)
                at_end(coordinator.async_add_listener(partial(changed, coordinator)))

    follow_new()
    at_end(data.devices.async_add_listener(follow_new))
