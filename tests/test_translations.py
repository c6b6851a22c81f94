"""Every language says all that English says, with the same placeholders."""

from collections.abc import Iterator
import json
from pathlib import Path
import re
from typing import Any, Final

import pytest

TRANSLATIONS: Final = (
    Path(__file__).parents[1] / "custom_components" / "smartpvms" / "translations"
)
LANGUAGES: Final = (
    "cs",
    "de",
    "es",
    "fr",
    "hu",
    "it",
    "ja",
    "ko",
    "nl",
    "pl",
    "pt-BR",
    "ro",
    "tr",
    "uk",
    "vi",
    "zh-Hans",
    "zh-Hant",
)
"""Those that SmartPVMS itself speaks, besides English."""
SAME_IN_MOST: Final = 2
"""So many words, names and units apart, may be the same in another language."""


def texts_of(language: str) -> dict[str, str]:
    content = json.loads((TRANSLATIONS / f"{language}.json").read_text("utf-8"))
    return dict(paths(content))


def paths(content: dict[str, Any], path: str = "") -> Iterator[tuple[str, str]]:
    for key, value in content.items():
        if isinstance(value, dict):
            yield from paths(value, f"{path}{key}.")
        else:
            yield f"{path}{key}", value


def placeholders(text: str) -> list[str]:
    return sorted(re.findall(r"\{\w+\}", text))


def words(text: str) -> list[str]:
    """Return what is left to translate: words in small letters, no placeholders."""
    return re.findall(r"\b[a-z]{3,}\b", re.sub(r"\{\w+\}|`[^`]*`", "", text))


@pytest.fixture(scope="module", name="english")
def english_fixture() -> dict[str, str]:
    return texts_of("en")


def test_these_languages_are_shipped() -> None:
    assert {file.stem for file in TRANSLATIONS.glob("*.json")} == {"en", *LANGUAGES}


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_language_says_all_that_english_says(
    language: str, english: dict[str, str]
) -> None:
    texts = texts_of(language)

    assert texts.keys() - english.keys() == set()
    assert english.keys() - texts.keys() == set()


@pytest.mark.parametrize("language", LANGUAGES)
def test_placeholders_are_those_of_english(
    language: str, english: dict[str, str]
) -> None:
    wrong = {
        path: text
        for path, text in texts_of(language).items()
        if placeholders(text) != placeholders(english[path])
    }

    assert wrong == {}


@pytest.mark.parametrize("language", LANGUAGES)
def test_texts_are_as_hassfest_wants_them(language: str) -> None:
    wrong = {
        path: text
        for path, text in texts_of(language).items()
        if not text
        or text != text.strip()
        or re.search(r"</?[a-z]+[^>]*>|'\{\w+\}'|https?://|%key:", text)
    }

    assert wrong == {}


@pytest.mark.parametrize("language", LANGUAGES)
def test_nothing_is_left_in_english(language: str, english: dict[str, str]) -> None:
    left = {
        path: text
        for path, text in texts_of(language).items()
        if text == english[path] and len(words(text)) > SAME_IN_MOST
    }

    assert left == {}
