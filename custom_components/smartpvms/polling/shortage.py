"""A repair for as long as the calls do not even suffice for each quarter of an hour."""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import issue_registry as ir
from homeassistant.util import dt as dt_util

from ..const import DOMAIN
from ..northbound.interfaces import InterfaceClass

if TYPE_CHECKING:
    from ..coordinator import SmartPVMSConfigEntry

# what is over by then is no reason to trouble the owner
PATIENCE: Final = timedelta(minutes=30)
_MINUTE: Final = timedelta(minutes=1)


class Shortage:
    """Watches the plans of an entry's clock."""

    def __init__(self, hass: HomeAssistant, entry: SmartPVMSConfigEntry) -> None:
        """Begin with calls enough."""
        self._hass = hass
        self._entry = entry
        self._issue_id = f"calls_short_{entry.entry_id}"
        self._since: datetime | None = None
        self._is_told = False

    @callback
    def async_look(self) -> None:
        """Raise the repair once the shortage lasts, and withdraw it when it is over."""
        clock = self._entry.runtime_data.clock
        if not clock.is_short:
            self._since = None
            self.async_withdraw()
            return
        now = dt_util.utcnow()
        self._since = self._since or now
        if self._is_told or now - self._since < PATIENCE:
            return
        self._is_told = True
        limit = self._entry.runtime_data.account.ledger.limit(InterfaceClass.BASIC)
        interval = clock.live_interval(clock.feeds)
        ir.async_create_issue(
            self._hass,
            DOMAIN,
            self._issue_id,
            is_fixable=False,
            severity=ir.IssueSeverity.WARNING,
            translation_key="calls_short",
            translation_placeholders={
                "title": self._entry.title,
                "minutes": str(round(interval / _MINUTE)),
                "calls": str(limit),
            },
        )

    @callback
    def async_withdraw(self) -> None:
        """Take the repair back."""
        if self._is_told:
            self._is_told = False
            ir.async_delete_issue(self._hass, DOMAIN, self._issue_id)


@callback
def async_follow_shortage(hass: HomeAssistant, entry: SmartPVMSConfigEntry) -> None:
    """Tell the owner, in a repair that goes away by itself."""
    shortage = Shortage(hass, entry)
    entry.async_on_unload(entry.runtime_data.clock.async_listen(shortage.async_look))
    entry.async_on_unload(shortage.async_withdraw)
