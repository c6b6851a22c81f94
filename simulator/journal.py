"""The log of requests."""

from dataclasses import dataclass
from datetime import datetime

from .types import Json

SECRET_NAMES = frozenset(
    {
        "systemCode",
        "xsrfToken",
        "client_secret",
        "code",
        "refresh_token",
        "token",
        "password",
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestRecord:
    """A request to the cloud and how it was answered; secrets are masked.

    `at` is plant time. `access` is "oauth", "api_account" or None.
    """

    at: datetime
    method: str
    path: str
    body: Json
    status: int
    fail_code: int | None
    interface: str
    access: str | None

    def as_json(self) -> dict[str, Json]:
        """Return the record for /_simulator/requests."""
        return {
            "at": self.at.isoformat(),
            "method": self.method,
            "path": self.path,
            "body": self.body,
            "status": self.status,
            "fail_code": self.fail_code,
            "interface": self.interface,
            "access": self.access,
        }


def masked(body: object) -> Json:
    """Return a request body that is safe to keep."""
    if isinstance(body, dict):
        return {
            str(name): "***" if name in SECRET_NAMES else masked(value)
            for name, value in body.items()
        }
    if isinstance(body, list):
        return [masked(value) for value in body]
    if body is None or isinstance(body, str | int | float):
        return body
    return str(body)
