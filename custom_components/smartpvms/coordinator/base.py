"""What all coordinators have in common: the client, and what becomes of a failure."""

from abc import abstractmethod
from datetime import timedelta
import logging
from typing import TYPE_CHECKING, Final, override

from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant, callback
from homeassistant.exceptions import (
    OAuth2TokenRequestConnectionError,
    OAuth2TokenRequestError,
    OAuth2TokenRequestReauthError,
)
from homeassistant.helpers.update_coordinator import UpdateFailed
from homeassistant.util import dt as dt_util

from ..connection import Connection
from ..const import DOMAIN
from ..credentials import async_note_out
from ..failures import as_home_assistant_error
from ..northbound.errors import DoorClosedError, FailureKey, NorthboundError
from .telling import TellingCoordinator

if TYPE_CHECKING:
    from ..polling import PollingClock
    from . import SmartPVMSConfigEntry

_LOGGER = logging.getLogger(__name__)

# an API account that asks again before its window is over is refused
INTERVAL_MARGIN: Final = timedelta(seconds=2)
# alarms of an API account are asked for every half-hour
LONGEST_SPACING: Final = timedelta(minutes=31)


class NorthboundCoordinator[DataT](TellingCoordinator[DataT]):
    """Fetches one kind of data, and turns the cloud's failures into Home Assistant's.

    The entry's connection log speaks of failures, once for all coordinators. It has no
    interval of its own: the entry's clock says when to fetch, and hears of each try.
    """

    config_entry: SmartPVMSConfigEntry
    blocks_set_up = False
    """Whether set-up waits for it, and then speaks of its failures itself."""

    def __init__(
        self,
        hass: HomeAssistant,
        entry: SmartPVMSConfigEntry,
        connection: Connection,
        *,
        name: str,
        wish: timedelta,
        empty: DataT,
        always_update: bool = False,
    ) -> None:
        """Start with nothing known."""
        super().__init__(
            hass,
            _LOGGER,
            config_entry=entry,
            name=f"{DOMAIN} {name}",
            update_interval=None,
            always_update=always_update,
        )
        self.wish = wish
        """How often it is worth to fetch."""
        self.interval = wish
        """How often it is fetched at present."""
        self.connection = connection
        self.client = connection.client
        self.data = empty
        self.answered = False
        """Whether the data are the cloud's last answer, and not held from before."""
        self.changed: bool | None = None
        """Whether the last answer was of another snapshot, None where nobody can tell."""
        self._failure: Exception | None = None
        self._clock: PollingClock | None = None
        self.feed = ""
        """What the clock calls it."""

    @abstractmethod
    async def _async_fetch(self) -> DataT:
        """Ask the cloud; may raise `NorthboundError`, or an error of a token request."""

    def follow_clock(self, clock: PollingClock, feed: str) -> None:
        """Tell a clock of each try, under the name of a feed."""
        self._clock = clock
        self.feed = feed

    @override
    async def async_request_refresh(self) -> None:
        """Fetch out of turn, unless what the cloud has is here already."""
        if self._clock is None or not self._clock.holds(self.feed):
            await super().async_request_refresh()

    @override
    async def _async_update_data(self) -> DataT:
        begun = dt_util.utcnow().timestamp()
        self.answered = True
        self.changed = None
        # stays where it ends in a way that is not foreseen
        self._failure = UpdateFailed()
        try:
            data = await self._async_answer()
        finally:
            if self._clock is not None:
                self._clock.polled(
                    self.feed, begun, changed=self.changed, error=self._failure
                )
        # the connection log has spoken; the base class would say it once more
        self.last_update_success = True
        return data

    @callback
    @override
    def _async_refresh_finished(self) -> None:
        if self._clock is not None:
            self._clock.refreshed(self.feed)

    async def _async_answer(self) -> DataT:
        try:
            data = await self._async_fetch()
        except NorthboundError as err:
            self._take_failure(err)
            error = as_home_assistant_error(err)
            self._note_failure(
                str(error),
                temporary=err.failure.retryable,
                told=not _is_own_spacing(err),
            )
            raise error from err
        except (OAuth2TokenRequestError, OAuth2TokenRequestConnectionError) as err:
            self._failure = err
            final = isinstance(err, OAuth2TokenRequestReauthError)
            if final:
                async_note_out(self.hass, self.config_entry)
            self._note_failure(str(err), temporary=not final)
            raise
        if self.answered:
            self._failure = None
            self.connection.log.succeeded(self.name)
            self.connection.refusals.note(self.name, None, "")
        return data

    @callback
    def async_miss(self) -> None:
        """Go on without an answer: there was no call left for one."""

    @property
    def failure(self) -> Exception | None:
        """Why the last try failed, None where it did not."""
        return self._failure

    def keep(self, failure: Exception) -> None:
        """Note that what is returned is held from before, since the cloud failed."""
        self.answered = False
        self._take_failure(failure)

    def _take_failure(self, failure: Exception) -> None:
        """Keep why a try failed, and have a repair for it where a person can mend it."""
        self._failure = failure
        if isinstance(failure, NorthboundError):
            self.connection.refusals.note(
                self.name, failure.failure, self.config_entry.title
            )

    def _note_failure(self, cause: str, *, temporary: bool, told: bool = True) -> None:
        """Leave the line in the log to the connection, and to set-up while it lasts."""
        self.answered = False
        in_set_up = self.config_entry.state is not ConfigEntryState.LOADED
        if not (in_set_up and self.blocks_set_up):
            if told:
                self.connection.log.failed(self.name, cause, temporary=temporary)
            self.last_update_success = False


def _is_own_spacing(err: NorthboundError) -> bool:
    """Return whether we only keep the distance that the cloud wants between calls."""
    if (
        not isinstance(err, DoorClosedError)
        or err.failure.key is FailureKey.ACCESS_SHARED
    ):
        return False
    return err.retry_at - dt_util.utcnow() < LONGEST_SPACING
