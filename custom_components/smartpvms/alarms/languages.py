"""The languages in which the cloud can tell alarms (getAlarmList)."""

from typing import Final

ENGLISH: Final = "en_US"

_SIMPLIFIED_CHINESE: Final = "zh_CN"
_TRADITIONAL_CHINESE: Final = "zh_TW"
_TRADITIONAL: Final = frozenset({"hant", "hk", "mo", "tw"})

# ro and cs came with 24.8.0; hu, vi, tr, uk, ko and traditional Chinese with 25.3.0
_LANGUAGES: Final = {
    language.partition("_")[0]: language
    for language in (
        ENGLISH,
        "cs_CZ",
        "de_DE",
        "es_ES",
        "fr_FR",
        "hu_HU",
        "it_IT",
        "ja_JP",
        "ko_KR",
        "nl_NL",
        "pl_PL",
        "pt_BR",
        "ro_RO",
        "tr_TR",
        "uk_UA",
        "vi_VN",
        _SIMPLIFIED_CHINESE,
    )
}


def alarm_language(language: str) -> str:
    """Return the cloud's language for one of Home Assistant's ("de", "zh-Hant").

    It is English where the cloud does not speak it.
    """
    name, *details = language.lower().replace("_", "-").split("-")
    if name == "zh" and not _TRADITIONAL.isdisjoint(details):
        return _TRADITIONAL_CHINESE
    return _LANGUAGES.get(name, ENGLISH)
