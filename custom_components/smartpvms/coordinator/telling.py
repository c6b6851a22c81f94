"""How a coordinator tells what is new: in slices, as a fleet has thousands of entities."""

from collections.abc import Iterator
from typing import override

from homeassistant.core import callback
from homeassistant.helpers.update_coordinator import DataUpdateCoordinator
from homeassistant.util.logging import catch_log_exception

from ..slices import async_in_slices


class TellingCoordinator[DataT](DataUpdateCoordinator[DataT]):
    """Tells its listeners in slices, all of them before a refresh is over.

    The context of a listener is the plant or device that it shows: what belongs to one is
    told in one slice. Those without a context are told first.
    """

    _is_refreshing = False
    _has_news = False

    @callback
    @override
    def async_update_listeners(self) -> None:
        self._has_news = True
        if not self._is_refreshing:
            assert self.config_entry is not None
            self.config_entry.async_create_background_task(
                self.hass, self._async_tell(), f"{self.name}: tell what is new"
            )

    @override
    async def _async_refresh(
        self,
        log_failures: bool = True,
        raise_on_auth_failed: bool = False,
        scheduled: bool = False,
        raise_on_entry_error: bool = False,
    ) -> None:
        self._is_refreshing = True
        try:
            await super()._async_refresh(
                log_failures, raise_on_auth_failed, scheduled, raise_on_entry_error
            )
        finally:
            self._is_refreshing = False
        await self._async_tell()

    async def _async_tell(self) -> None:
        if self._has_news:
            self._has_news = False
            await async_in_slices(self.hass, self._telling())

    def _telling(self) -> Iterator[None]:
        # one that fails must not keep the others from hearing
        tell = catch_log_exception(self._tell_listener, self._failure_of)
        owners: dict[object, list[int]] = {None: []}
        for number, (_, owner) in self._listeners.items():
            owners.setdefault(owner, []).append(number)
        for number in owners.pop(None):
            tell(number)
            yield
        for numbers in owners.values():
            for number in numbers:
                tell(number)
            yield

    @callback
    def _tell_listener(self, number: int) -> None:
        """Tell a listener, unless it has left meanwhile."""
        if listener := self._listeners.get(number):
            listener[0]()

    def _failure_of(self, number: int) -> str:
        return f"Listener {number} of the {self.name} failed"
