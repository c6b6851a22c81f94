"""Repairs for what the cloud refuses until a person does something about it."""

from typing import Final

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import issue_registry as ir

from .const import DOMAIN
from .failures import REACTIONS
from .northbound.errors import Failure, FailureKey

REPAIRS: Final = frozenset(
    key for key, reaction in REACTIONS.items() if reaction.repair
)


class Refusals:
    """What is refused at present to an entry, as one repair for each cause.

    A repair goes away when the cloud answers for all that it was raised for.
    """

    def __init__(self, hass: HomeAssistant, entry: ConfigEntry) -> None:
        """Begin with nothing refused; repairs of before stay until something is known."""
        self._hass = hass
        self._entry = entry
        self._known: dict[str, tuple[FailureKey, str] | None] = {}

    @callback
    def note(self, what: str, failure: Failure | None, subject: str) -> None:
        """Note that `what` is refused, or with None that it is not.

        `subject` is what a person knows it by. An outage says nothing of refusals.
        """
        if failure is not None and failure.key not in REPAIRS:
            return
        refused = None if failure is None else (failure.key, subject)
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


def _issue_id(entry_id: str, key: FailureKey) -> str:
    return f"refused_{key.value}_{entry_id}"


@callback
def async_forget_refusals(hass: HomeAssistant, entry_id: str) -> None:
    """Withdraw the repairs of an entry that is removed."""
    for key in REPAIRS:
        ir.async_delete_issue(hass, DOMAIN, _issue_id(entry_id, key))
