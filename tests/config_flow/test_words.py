"""The words of the flows: none missing, none left over, none with an address in it."""

from collections.abc import Iterator
import re
from typing import Any

from homeassistant.config_entries import ConfigFlowResult
from homeassistant.data_entry_flow import FlowResultType
import pytest

from custom_components.smartpvms.northbound.errors import FAILURE_KEYS

from .translations import FOLDER, WORDS, check_words

SOURCES = "".join(path.read_text() for path in sorted(FOLDER.rglob("*.py")))


def texts(words: Any) -> Iterator[str]:
    """Return all texts below a section."""
    if isinstance(words, str):
        yield words
    else:
        for each in words.values():
            yield from texts(each)


def test_every_failure_has_words_for_states_and_repairs() -> None:
    assert set(WORDS["exceptions"]) >= FAILURE_KEYS | {"client_refused"}


@pytest.mark.parametrize(
    ("section", "kind"),
    [
        ("config", "step"),
        ("config", "error"),
        ("config", "abort"),
        ("options", "step"),
        ("options", "error"),
    ],
)
def test_no_word_is_left_over(section: str, kind: str) -> None:
    # set by Home Assistant itself
    provided = {"already_in_progress", "pick_implementation"}
    for key in set(WORDS[section][kind]) - FAILURE_KEYS - provided:
        assert re.search(rf'"{key}"|async_step_{key}\b', SOURCES), key


def test_words_hold_no_address_and_no_reference() -> None:
    own = ("config", "options", "application_credentials", "exceptions", "selector")
    for text in (text for section in own for text in texts(WORDS[section])):
        assert "://" not in text
        assert "%key" not in text
        assert "<" not in text
        assert text == text.strip()
        assert not re.search(r"'{\w+}'", text)


def test_check_of_words_can_fail() -> None:
    result = ConfigFlowResult(
        type=FlowResultType.ABORT, flow_id="1", handler="smartpvms", reason="unheard_of"
    )
    with pytest.raises(KeyError):
        check_words("config", result)
    result["reason"] = "token_refused"
    with pytest.raises(AssertionError):
        check_words("config", result)
