"""OAuth Connect inside Home Assistant: short state, own token request, kept tokens."""

from .consents import (
    Consent,
    async_hand_over_consent,
    async_note_consent,
    async_take_up_consent,
    async_withdraw_consent,
)
from .errors import (
    ClientRefusedError,
    ConsentEndedError,
    TokenRefusedError,
    TokenUnavailableError,
)
from .implementation import SmartPVMSImplementation
from .session import async_forget_token, async_get_bearer_authentication

__all__ = [
    "ClientRefusedError",
    "Consent",
    "ConsentEndedError",
    "SmartPVMSImplementation",
    "TokenRefusedError",
    "TokenUnavailableError",
    "async_forget_token",
    "async_get_bearer_authentication",
    "async_hand_over_consent",
    "async_note_consent",
    "async_take_up_consent",
    "async_withdraw_consent",
]
