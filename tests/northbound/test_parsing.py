"""Any JSON value becomes a value of ours or None."""

from datetime import UTC, datetime, timedelta, timezone
import json

import pytest

from custom_components.smartpvms.northbound import parsing
from custom_components.smartpvms.northbound.json_types import JsonValue

NOTHING: list[JsonValue] = [
    None,
    True,
    False,
    "",
    "  ",
    "N/A",
    "null",
    "NaN",
    "inf",
    "-Infinity",
    "1,5",
    "1_000",
    "0x10",
    "١٢",
    "1e999",
    "1" * 60,
    [],
    [1],
    {},
    {"value": 1},
    float("nan"),
    float("inf"),
    10**400,
    json.loads("1" * 4000),
    json.loads("NaN"),
]


@pytest.mark.parametrize("value", NOTHING, ids=lambda value: repr(value)[:20])
def test_what_is_no_number(value: JsonValue) -> None:
    assert parsing.number(value) is None
    assert parsing.integer(value) is None
    assert parsing.moment_ms(value) is None
    assert parsing.moment_iso(value) is None


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (3, 3.0),
        (-0.5, -0.5),
        ("21.46", 21.46),
        (" 7 ", 7.0),
        ("-1.5e3", -1500.0),
        (".5", 0.5),
        ("5.", 5.0),
        ("+2", 2.0),
        (2**53, 2.0**53),
    ],
)
def test_numbers(value: JsonValue, expected: float) -> None:
    assert parsing.number(value) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (512.0, 512),
        ("39", 39),
        ("39.0", 39),
        (" -5 ", -5),
        (2**63 - 1, 2**63 - 1),
        ("1000000033815001", 1000000033815001),
        (2**63, None),
        ("9" * 19, None),
        (1.5, None),
        (1e300, None),
    ],
)
def test_integers(value: JsonValue, expected: int | None) -> None:
    assert parsing.integer(value) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (" Home \n", "Home"),
        ("a\x00b\ud800c", "abc"),
        ("line\nline", "line\nline"),
        ("null", None),
        ("NULL", None),
        ("", None),
        ("\x00", None),
        (None, None),
        (True, None),
        (12, "12"),
        (1.5, "1.5"),
        (float("nan"), None),
        ([], None),
        ({}, None),
    ],
)
def test_texts(value: JsonValue, expected: str | None) -> None:
    assert parsing.text(value) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (True, True),
        (False, False),
        ("True", True),
        ("false ", False),
        ("1", None),
        (1, None),
    ],
)
def test_flags(value: JsonValue, expected: bool | None) -> None:
    assert parsing.flag(value) is expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (1735689600000, datetime(2025, 1, 1, tzinfo=UTC)),
        ("1735689600000", datetime(2025, 1, 1, tzinfo=UTC)),
        (1735689600123, datetime(2025, 1, 1, 0, 0, 0, 123000, tzinfo=UTC)),
        (1735689600, None),
        (0, None),
        (-1, None),
        (10**18, None),
    ],
)
def test_moments_in_milliseconds(value: JsonValue, expected: datetime | None) -> None:
    assert parsing.moment_ms(value) == expected


def test_moment_keeps_the_offset_of_the_plant() -> None:
    moment = parsing.moment_iso("2023-05-11T10:12:30+02:00")

    assert moment == datetime(
        2023, 5, 11, 10, 12, 30, tzinfo=timezone(timedelta(hours=2))
    )
    assert moment.utcoffset() == timedelta(hours=2)


@pytest.mark.parametrize(
    "value", ["2023-05-11T10:12:30", "0001-01-01T00:00:00Z", "2100-01-01T00:00:00Z", 5]
)
def test_what_is_no_moment(value: JsonValue) -> None:
    assert parsing.moment_iso(value) is None


def test_members_and_objects_of_anything() -> None:
    assert parsing.members({"a": 1}) == {"a": 1}
    assert parsing.members([1]) == {}
    assert parsing.objects([{"a": 1}, 2, None, "x"]) == [{"a": 1}]
    assert parsing.objects({"a": 1}) == []


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, None),
        ("120", 120.0),
        ("-5", 0.0),
        ("Fri, 15 Jan 2027 08:01:00 GMT", 60.0),
        ("Fri, 15 Jan 2027 07:00:00 GMT", 0.0),
        ("soon", None),
    ],
)
def test_retry_after(value: str | None, expected: float | None) -> None:
    now = datetime(2027, 1, 15, 8, 0, tzinfo=UTC).timestamp()

    assert parsing.retry_after(value, now) == expected
