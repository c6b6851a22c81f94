"""The log of requests."""

from simulator.journal import masked


def test_secrets_are_masked_wherever_they_are() -> None:
    body = {
        "userName": "apiuser",
        "systemCode": "secret",
        "tasks": [{"token": "secret", "pageNo": 1}],
        "odd": b"bytes",
        "empty": None,
    }
    assert masked(body) == {
        "userName": "apiuser",
        "systemCode": "***",
        "tasks": [{"token": "***", "pageNo": 1}],
        "odd": "b'bytes'",
        "empty": None,
    }
