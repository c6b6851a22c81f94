"""Failures of the cloud in Home Assistant's terms."""

from datetime import datetime

from homeassistant.exceptions import (
    ConfigEntryAuthFailed,
    OAuth2TokenRequestReauthError,
)
from homeassistant.helpers.update_coordinator import UpdateFailed
from homeassistant.util import dt as dt_util

from .const import DOMAIN
from .northbound.errors import (
    AuthenticationError,
    FlowControlError,
    NorthboundError,
    SessionExpiredError,
)


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
    if isinstance(err, AuthenticationError) and not isinstance(
        err, SessionExpiredError
    ):
        return ConfigEntryAuthFailed(
            translation_domain=DOMAIN,
            translation_key=key,
            translation_placeholders=placeholders,
        )
    return UpdateFailed(
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
    if isinstance(err, SessionExpiredError):
        return False
    return isinstance(err, AuthenticationError | OAuth2TokenRequestReauthError)
