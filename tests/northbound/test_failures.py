"""Each failCode of the documents has a meaning, an area, and the right exception."""

import csv
from datetime import UTC, datetime
from pathlib import Path

import pytest

from custom_components.smartpvms.northbound import errors
from custom_components.smartpvms.northbound.errors import (
    FAILURE_KEYS,
    Area,
    FailureKey,
    error_for,
    failure_of,
    failure_of_code,
)
from custom_components.smartpvms.northbound.failures import KEY_OF_CODE

ERRORS = Path(__file__).parents[1] / "fixtures" / "errors.csv"
NEVER_MET = ("plant creation", "I-V diagnosis", "upgrade")


def documented_codes() -> set[int]:
    with ERRORS.open(encoding="utf-8", newline="") as file:
        return {
            int(row["code"])
            for row in csv.DictReader(file)
            if row["code"].isdecimal()
            and row["code"] != "0"
            and not row["area"].startswith(NEVER_MET)
        }


def retryable_codes() -> set[int]:
    with ERRORS.open(encoding="utf-8", newline="") as file:
        return {
            int(row["code"])
            for row in csv.DictReader(file)
            if row["code"].isdecimal() and row["retryable"].startswith(("yes", "next"))
        }


def test_every_code_of_the_documents_is_mapped_and_no_other() -> None:
    assert set(KEY_OF_CODE) == documented_codes()


def test_what_mends_itself_is_what_the_documents_say() -> None:
    ours = {code for code in KEY_OF_CODE if failure_of_code(code).retryable}

    assert ours == retryable_codes()


def test_every_key_has_an_area() -> None:
    assert {failure_of(key).area for key in FailureKey} == set(Area)
    assert {key.value for key in FailureKey} == FAILURE_KEYS


@pytest.mark.parametrize(
    ("code", "key", "error"),
    [
        (20400, "credentials_rejected", errors.AuthenticationError),
        (20001, "account_unknown", errors.AuthenticationError),
        (20002, "account_disabled", errors.AuthenticationError),
        (20003, "account_expired", errors.AuthenticationError),
        (20403, "login_restricted", errors.AuthenticationError),
        (305, "session_ended", errors.SessionExpiredError),
        (306, "session_ended", errors.SessionExpiredError),
        (401, "interface_not_granted", errors.PermissionDeniedError),
        (20056, "owner_not_authorised", errors.PermissionDeniedError),
        (20621, "owner_not_authorised", errors.PermissionDeniedError),
        (20045, "plant_not_accessible", errors.PermissionDeniedError),
        (20046, "device_not_accessible", errors.PermissionDeniedError),
        (20622, "plant_not_accessible", errors.PermissionDeniedError),
        (20623, "plant_not_accessible", errors.PermissionDeniedError),
        (30029, "plant_not_accessible", errors.PermissionDeniedError),
        (20004, "server_error", errors.TemporaryError),
        (30008, "server_error", errors.TemporaryError),
        (20200, "server_busy", errors.TemporaryError),
        (20005, "request_invalid", errors.RequestRejectedError),
        (20006, "device_type_mismatch", errors.RequestRejectedError),
        (20013, "device_type_unsupported", errors.RequestRejectedError),
        (20609, "networking_unsupported", errors.RequestRejectedError),
        (20629, "feature_unsupported", errors.RequestRejectedError),
        (20631, "device_missing", errors.RequestRejectedError),
        (20614, "device_offline", errors.RequestRejectedError),
        (20615, "control_task_running", errors.RequestRejectedError),
        (99999, "request_refused", errors.RequestRejectedError),
        (None, "request_refused", errors.RequestRejectedError),
    ],
)
def test_codes(code: int | None, key: str, error: type[errors.NorthboundError]) -> None:
    found = error_for(failure_of_code(code), "getDevList")

    assert type(found) is error
    assert found.failure.key == key
    assert found.failure.code == code
    assert found.interface == "getDevList"


@pytest.mark.parametrize("code", [403, 407, 429, 20618])
def test_flow_control_says_when_it_is_over(code: int) -> None:
    retry_at = datetime(2026, 11, 21, tzinfo=UTC)

    found = error_for(failure_of_code(code), retry_at=retry_at)

    assert isinstance(found, errors.FlowControlError)
    assert found.retry_at == retry_at
    assert found.failure.area is Area.FLOW_CONTROL


def test_text_of_an_error() -> None:
    named = error_for(failure_of_code(20056), "getDevList")
    unnamed = error_for(failure_of(FailureKey.INVALID_RESPONSE))

    assert str(named) == "getDevList: owner_not_authorised (20056)"
    assert str(unnamed) == "invalid_response"


@pytest.mark.parametrize(
    ("code", "kept"),
    [
        ("http:503", "http:503"),
        ("framwork.remote.Paramerror", "framwork.remote.Paramerror"),
        ("plant NE=33554875", None),
        ("a" * 80, None),
        ("", None),
        (7, 7),
    ],
)
def test_code_of_the_cloud_brings_no_identifier(
    code: int | str, kept: int | str | None
) -> None:
    assert failure_of(FailureKey.REQUEST_INVALID, code).code == kept
