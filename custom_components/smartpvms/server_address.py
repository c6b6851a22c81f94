"""Addresses: management systems, their OAuth servers, and redirects."""

from ipaddress import ip_address
from typing import Final

from yarl import URL

from .const import SERVERS

PUBLIC_DOMAIN: Final = "fusionsolar.huawei.com"
PUBLIC_OAUTH_SERVER: Final = f"https://oauth2.{PUBLIC_DOMAIN}"
OAUTH_PATH: Final = "/rest/dp/uidm/oauth2/v1"

MAXIMUM_REDIRECT_LENGTH: Final = 255
FORBIDDEN_IN_REDIRECT: Final = ("..", "redirect=", "#")


class AddressError(ValueError):
    """An address that cannot be used; `key` is the translation key of the reason."""

    def __init__(self, key: str) -> None:
        super().__init__(key)
        self.key = key


def normalised_server(address: str) -> str:
    """Return the base address of a management system, without a trailing slash.

    A missing scheme means https, and what follows the host is dropped, because owners
    copy addresses out of the portal. Plain http is for loopback and private addresses.

    Raises:
        AddressError: `invalid_address` or `https_required`.
    """
    text = address.strip()
    try:
        url = URL(text if "://" in text else f"https://{text}")
        host, port = url.host, url.port
    except ValueError as err:
        raise AddressError("invalid_address") from err
    if url.scheme not in ("http", "https") or not host or url.user or not port:
        raise AddressError("invalid_address")
    if url.scheme == "http" and not _is_near(host):
        raise AddressError("https_required")
    return str(url.origin())


def is_public(server: str) -> bool:
    """Tell whether Huawei runs this management system."""
    host = URL(server).host or ""
    return host == PUBLIC_DOMAIN or host.endswith(f".{PUBLIC_DOMAIN}")


def is_european(server: str) -> bool:
    """Tell whether OAuth Connect is known to be open here (SmartPVMS 24.2 to 26.2)."""
    return server == SERVERS["eu5"]


def oauth_server(server: str) -> str:
    """Return the OAuth server of a management system.

    All public systems share one; any other system serves the same paths itself.
    """
    return PUBLIC_OAUTH_SERVER if is_public(server) else server


def check_redirect(redirect_uri: str, server: str) -> None:
    """Check a redirect against Huawei's rules for registered ones (OAuth Connect, 24.2).

    Other management systems have rules of their own, so that there any address passes.

    Raises:
        AddressError: `redirect_invalid`, `redirect_too_long`, `redirect_forbidden` or
            `redirect_localhost`.
    """
    try:
        url = URL(redirect_uri)
    except ValueError as err:
        raise AddressError("redirect_invalid") from err
    if url.scheme not in ("http", "https") or not url.host:
        raise AddressError("redirect_invalid")
    if not is_public(server):
        return
    if len(redirect_uri) > MAXIMUM_REDIRECT_LENGTH:
        raise AddressError("redirect_too_long")
    if any(part in redirect_uri for part in FORBIDDEN_IN_REDIRECT):
        raise AddressError("redirect_forbidden")
    if "localhost" in url.host:
        raise AddressError("redirect_localhost")


def _is_near(host: str) -> bool:
    """Tell whether a host is this machine or in a private network."""
    if host == "localhost":
        return True
    try:
        address = ip_address(host)
    except ValueError:
        return False
    return address.is_loopback or address.is_private
