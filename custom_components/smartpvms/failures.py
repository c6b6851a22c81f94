"""Failures of the cloud in Home Assistant's terms."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from homeassistant.exceptions import (
    ConfigEntryAuthFailed,
    OAuth2TokenRequestReauthError,
)
from homeassistant.helpers.update_coordinator import UpdateFailed
from homeassistant.util import dt as dt_util

from .const import DOMAIN
from .northbound.errors import (
    Area,
    FailureKey,
    FlowControlError,
    NorthboundError,
    failure_of,
)


class Retry(StrEnum):
    """When the cloud is asked again."""

    NEXT_POLL = "next_poll"
    """When it would be anyway; a plant or device that is refused alone after an hour."""
    SELDOM = "seldom"
    """After an hour, then after twice as long each time, up to a day; at once where a
    check of the access finds it granted, or after a reload."""
    AT_TIME = "at_time"
    """Not before the time that the failure names."""
    AFTER_SIGN_IN = "after_sign_in"
    """Not before somebody has signed in again, as Home Assistant asks for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reaction:
    """What becomes of a failure in Home Assistant.

    Its message is the translation of the exception with the key of the failure. `repair`
    says that only a person can mend it, and that Home Assistant itself does not ask. An
    API account that is not let in has a repair beside that: see `credentials.py`.
    """

    retry: Retry = Retry.NEXT_POLL
    repair: bool = False


_REPAIRS: Final = frozenset(
    {
        FailureKey.OWNER_NOT_AUTHORISED,
        FailureKey.PLANT_NOT_ACCESSIBLE,
        FailureKey.WRONG_SERVER,
        FailureKey.CERTIFICATE_REJECTED,
    }
)


def _reaction(key: FailureKey) -> Reaction:
    match failure_of(key).area:
        case Area.ACCOUNT:
            return Reaction(retry=Retry.AFTER_SIGN_IN)
        case Area.FLOW_CONTROL:
            return Reaction(retry=Retry.AT_TIME)
    if key is FailureKey.INTERFACE_NOT_GRANTED:
        return Reaction(retry=Retry.SELDOM, repair=True)
    return Reaction(repair=key in _REPAIRS)


REACTIONS: Final = MappingProxyType({key: _reaction(key) for key in FailureKey})
"""What becomes of each failure; what each code means is in `northbound/failures.py`."""


def as_home_assistant_error(
    err: NorthboundError,
) -> ConfigEntryAuthFailed | UpdateFailed:
    """Return the exception that makes Home Assistant do the right thing, translated.

    Credentials that the cloud refuses need their owner. All else may mend itself, a
    session that dies at once included: another client of the same account causes that.
    """
    key = err.failure.key
    placeholders = {"code": str(err.failure.code or "-")}
    if isinstance(err, FlowControlError):
        wait = (err.retry_at - dt_util.utcnow()).total_seconds()
        placeholders["retry_at"] = in_words(err.retry_at)
        return UpdateFailed(
            translation_domain=DOMAIN,
            translation_key=key,
            translation_placeholders=placeholders,
            retry_after=max(1.0, wait),
        )
    error = ConfigEntryAuthFailed if needs_the_owner(err) else UpdateFailed
    return error(
        translation_domain=DOMAIN,
        translation_key=key,
        translation_placeholders=placeholders,
    )


def in_words(moment: datetime) -> str:
    """Return a time of day by Home Assistant's clock, with the date if not today's."""
    local = dt_util.as_local(moment)
    is_today = local.date() == dt_util.now().date()
    return local.strftime("%H:%M" if is_today else "%Y-%m-%d %H:%M")


def needs_the_owner(err: Exception) -> bool:
    """Return whether waiting does not help, since the cloud refuses the credentials."""
    if isinstance(err, NorthboundError):
        return REACTIONS[err.failure.key].retry is Retry.AFTER_SIGN_IN
    return isinstance(err, OAuth2TokenRequestReauthError)


def asked_seldom(err: Exception | None) -> bool:
    """Return whether this is final until a person acts, so that polls would be wasted."""
    return (
        isinstance(err, NorthboundError)
        and REACTIONS[err.failure.key].retry is Retry.SELDOM
    )
