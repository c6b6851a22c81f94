"""Repairs for what the cloud refuses until a person does something about it."""

from typing import Final

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.helpers import issue_registry as ir

from .accounts import Account
from .const import DOMAIN
from .credentials import async_note_accepted, async_note_refused, async_note_shared
from .failures import REACTIONS
from .northbound.call_journal import CallJournal
from .northbound.errors import Area, Failure, FailureKey
from .northbound.interfaces import OLD_FORMS, Interface

REPAIRS: Final = frozenset(
    key for key, reaction in REACTIONS.items() if reaction.repair
)
# what the integration asks by itself, again and again, so that a repair can go by itself
_ASKED_BY_ITSELF: Final = (
    Interface.PLANTS,
    Interface.PLANTS_OLD,
    Interface.DEVICES,
    Interface.PLANT_READINGS,
    Interface.DEVICE_READINGS,
    Interface.ALARMS,
    Interface.PLANT_HOUR,
    Interface.PLANT_DAY,
    Interface.PLANT_YEAR,
    Interface.DEVICE_HISTORY,
    Interface.DEVICE_HISTORY_OLD,
    Interface.BATTERY_MODE,
    Interface.FEED_IN_LIMIT,
)

_NEWER_FORMS: Final = {old: newer for newer, old in OLD_FORMS.items()}


class Refusals:
    """What is refused at present to an entry, as one repair for each cause.

    A repair goes away when the cloud answers for all that it was raised for.
    """

    def __init__(
        self, hass: HomeAssistant, entry: ConfigEntry, account: Account
    ) -> None:
        """Begin with nothing refused; repairs of before stay until something is known."""
        self._hass = hass
        self._entry = entry
        self._account = account
        self._known: dict[str, tuple[FailureKey, str] | None] = {}

    @callback
    def async_follow(self, journal: CallJournal) -> CALLBACK_TYPE:
        """Look after each call which interfaces are granted; returns what ends it.

        Whoever made the call: an interface that answers a check is granted.
        """

        @callback
        def look(_: Interface) -> None:
            for interface in _ASKED_BY_ITSELF:
                refused = _is_refused(journal, interface)
                if refused is not None:
                    self._note(
                        f"interface {interface}",
                        (FailureKey.INTERFACE_NOT_GRANTED, interface.value)
                        if refused
                        else None,
                    )

        look(Interface.PLANTS)
        return journal.listen(look)

    @callback
    def note(self, what: str, failure: Failure | None, subject: str) -> None:
        """Note that `what` is refused, or with None that it is not.

        `subject` is what a person knows it by. An outage says nothing of refusals, and
        which interfaces are granted is seen by each call.
        """
        if failure is None:
            async_note_accepted(self._hass, self._entry, self._account)
            self._note(what, None)
        elif failure.area is Area.ACCOUNT:
            async_note_refused(self._hass, self._entry, failure)
        elif failure.key is FailureKey.ACCESS_SHARED:
            async_note_shared(self._hass, self._entry)
        elif (
            failure.key in REPAIRS
            and failure.key is not FailureKey.INTERFACE_NOT_GRANTED
        ):
            self._note(what, (failure.key, subject))

    def _note(self, what: str, refused: tuple[FailureKey, str] | None) -> None:
        if what in self._known and self._known[what] == refused:
            return
        self._known[what] = refused
        self._show()

    def _show(self) -> None:
        for key in REPAIRS:
            subjects = sorted(
                {each[1] for each in self._known.values() if each and each[0] is key}
            )
            issue_id = _issue_id(self._entry.entry_id, key)
            if not subjects:
                ir.async_delete_issue(self._hass, DOMAIN, issue_id)
                continue
            ir.async_create_issue(
                self._hass,
                DOMAIN,
                issue_id,
                is_fixable=False,
                severity=ir.IssueSeverity.ERROR,
                translation_key=f"refused_{key.value}",
                translation_placeholders={
                    "title": self._entry.title,
                    "subjects": ", ".join(subjects),
                },
            )


def _is_refused(journal: CallJournal, interface: Interface) -> bool | None:
    """Return whether an interface is not granted, None while nobody knows.

    One that has an older form is missed where that is not granted either, and an older
    form is not where the newer one serves.
    """
    outcome = journal.outcomes.get(interface)
    if outcome is None:
        return None
    newer = journal.outcomes.get(_NEWER_FORMS.get(interface, interface), outcome)
    if newer.failure is None:
        return False
    failure = outcome.failure
    if failure is None:
        return False
    if failure.key is FailureKey.INTERFACE_NOT_GRANTED:
        old = OLD_FORMS.get(interface)
        return True if old is None else _is_refused(journal, old)
    return False if failure.area is Area.PERMISSION else None


def _issue_id(entry_id: str, key: FailureKey) -> str:
    return f"refused_{key.value}_{entry_id}"


@callback
def async_forget_refusals(hass: HomeAssistant, entry_id: str) -> None:
    """Withdraw the repairs of an entry that is removed."""
    for key in REPAIRS:
        ir.async_delete_issue(hass, DOMAIN, _issue_id(entry_id, key))
