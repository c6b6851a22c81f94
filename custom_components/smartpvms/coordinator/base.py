"""What all coordinators have in common: the client, and what becomes of a failure."""

from abc import abstractmethod
from datetime import timedelta
import logging
from typing import TYPE_CHECKING, Final, override

from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import (
    OAuth2TokenRequestConnectionError,
    OAuth2TokenRequestError,
    OAuth2TokenRequestReauthError,
)
from homeassistant.util import dt as dt_util

from ..connection import Connection
from ..const import DOMAIN
from ..failures import as_home_assistant_error
from ..northbound.errors import DoorClosedError, NorthboundError
from .telling import TellingCoordinator

if TYPE_CHECKING:
    from . import SmartPVMSConfigEntry

_LOGGER = logging.getLogger(__name__)

# Home Assistant starts a refresh up to a second early, and an API account that asks
# again before its five minutes are over is refused
INTERVAL_MARGIN: Final = timedelta(seconds=2)
# alarms of an API account are asked for every half-hour
LONGEST_SPACING: Final = timedelta(minutes=31)


class NorthboundCoordinator[DataT](TellingCoordinator[DataT]):
    """Fetches one kind of data, and turns the cloud's failures into Home Assistant's.

    The entry's connection log speaks of failures, once for all coordinators.
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
        update_interval: timedelta,
        empty: DataT,
        always_update: bool = False,
    ) -> None:
        """Start with nothing known."""
        super().__init__(
            hass,
            _LOGGER,
            config_entry=entry,
            name=f"{DOMAIN} {name}",
            update_interval=update_interval,
            always_update=always_update,
        )
        self.connection = connection
        self.client = connection.client
        self.data = empty
        self.answered = False
        """Whether the data are the cloud's last answer, and not held from before."""

    @abstractmethod
    async def _async_fetch(self) -> DataT:
        """Ask the cloud; may raise `NorthboundError`, or an error of a token request."""

    @override
    async def _async_update_data(self) -> DataT:
        self.answered = True
        try:
            data = await self._async_fetch()
        except NorthboundError as err:
            error = as_home_assistant_error(err)
            self._note_failure(
                str(error),
                temporary=err.failure.retryable,
                told=not _is_own_spacing(err),
            )
            raise error from err
        except (OAuth2TokenRequestError, OAuth2TokenRequestConnectionError) as err:
            final = isinstance(err, OAuth2TokenRequestReauthError)
            self._note_failure(str(err), temporary=not final)
            raise
        if self.answered:
            self.connection.log.succeeded(self.name)
        # the connection log has spoken; the base class would say it once more
        self.last_update_success = True
        return data

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
    if not isinstance(err, DoorClosedError):
        return False
    return err.retry_at - dt_util.utcnow() < LONGEST_SPACING
