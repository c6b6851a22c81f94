"""OAuth Connect inside Home Assistant: short state, own token request, kept tokens."""

from .implementation import (
    ClientRefusedError,
    SmartPVMSImplementation,
    TokenRefusedError,
)
from .session import (
    async_forget_token,
    async_get_bearer_authentication,
    async_keep_token,
)

__all__ = [
    "ClientRefusedError",
    "SmartPVMSImplementation",
    "TokenRefusedError",
    "async_forget_token",
    "async_get_bearer_authentication",
    "async_keep_token",
]
