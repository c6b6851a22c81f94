"""Addresses of management systems, as owners type them."""

import pytest

from custom_components.smartpvms.const import SERVERS
from custom_components.smartpvms.server_address import (
    AddressError,
    is_european,
    is_public,
    normalised_server,
    oauth_server,
)


@pytest.mark.parametrize(
    ("typed", "address"),
    [
        ("eu5.fusionsolar.huawei.com", "https://eu5.fusionsolar.huawei.com"),
        (" https://pvms.example/ ", "https://pvms.example"),
        ("https://PVMS.example:443/uniportal/x?y=1", "https://pvms.example"),
        ("pvms.example:31943", "https://pvms.example:31943"),
        ("http://localhost:8765", "http://localhost:8765"),
        ("http://127.0.0.1:8765/", "http://127.0.0.1:8765"),
        ("http://[::1]:8765", "http://[::1]:8765"),
        ("http://192.168.1.5", "http://192.168.1.5"),
    ],
)
def test_address_is_normalised(typed: str, address: str) -> None:
    assert normalised_server(typed) == address


@pytest.mark.parametrize(
    ("typed", "reason"),
    [
        ("", "invalid_address"),
        ("   ", "invalid_address"),
        ("ftp://pvms.example", "invalid_address"),
        ("https://user@pvms.example", "invalid_address"),
        ("https://pvms.example:x", "invalid_address"),
        ("https://[broken", "invalid_address"),
        ("http://pvms.example", "https_required"),
        ("http://8.8.8.8", "https_required"),
    ],
)
def test_what_is_no_address(typed: str, reason: str) -> None:
    with pytest.raises(AddressError) as caught:
        normalised_server(typed)
    assert caught.value.key == reason


def test_oauth_server() -> None:
    public = "https://oauth2.fusionsolar.huawei.com"
    assert {oauth_server(server) for server in SERVERS.values()} == {public}
    assert oauth_server("https://jp5.fusionsolar.huawei.com") == public
    assert oauth_server("http://127.0.0.1:8765") == "http://127.0.0.1:8765"
    assert not is_public("https://fusionsolar.huawei.com.example")
    assert [name for name in SERVERS if is_european(SERVERS[name])] == ["eu5"]
