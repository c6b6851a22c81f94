"""Alarms of the simulated devices."""

from dataclasses import dataclass
from datetime import datetime

from .plants.plant import Device

LANGUAGES = frozenset(
    [
        "zh_CN",
        "en_US",
        "ja_JP",
        "it_IT",
        "nl_NL",
        "pt_BR",
        "de_DE",
        "fr_FR",
        "es_ES",
        "pl_PL",
        "ro_RO",
        "cs_CZ",
        "hu_HU",
        "vi_VN",
        "tr_TR",
        "uk_UA",
        "zh_TW",
        "ko_KR",
    ]
)


@dataclass(frozen=True, slots=True, kw_only=True)
class AlarmText:
    """What an alarm says in one language."""

    name: str
    cause: str
    repair: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AlarmKind:
    """A kind of alarm: `number` is the alarmId, `level` 1 critical to 4 warning.

    Texts are known in English and German; other languages read English.
    """

    number: int
    cause_id: int
    category: int
    level: int
    english: AlarmText
    german: AlarmText


KINDS = {
    "grid_loss": AlarmKind(
        number=2032,
        cause_id=1,
        category=2,
        level=2,
        english=AlarmText(
            name="Grid Loss",
            cause="The grid is out or the AC circuit is open.",
            repair="1. Wait for the grid.\n2. Check the AC breaker.",
        ),
        german=AlarmText(
            name="Netzausfall",
            cause="Das Netz ist ausgefallen oder der AC-Stromkreis ist offen.",
            repair="1. Auf das Netz warten.\n2. Den AC-Schalter prüfen.",
        ),
    ),
    "network_lost": AlarmKind(
        number=999999999,
        cause_id=-1,
        category=0,
        level=2,
        english=AlarmText(
            name="Network Connection Error",
            cause="The server hears nothing from the device.",
            repair="1. Check the device's power.\n2. Check its network settings.",
        ),
        german=AlarmText(
            name="Fehler der Netzwerkverbindung",
            cause="Der Server hört nichts vom Gerät.",
            repair="1. Stromversorgung prüfen.\n2. Netzwerkeinstellungen prüfen.",
        ),
    ),
    "battery_temperature": AlarmKind(
        number=3012,
        cause_id=4,
        category=2,
        level=3,
        english=AlarmText(
            name="Battery Temperature High",
            cause="The battery is warmer than it may be.",
            repair="Check that air can flow around the battery.",
        ),
        german=AlarmText(
            name="Batterietemperatur hoch",
            cause="Die Batterie ist wärmer als zulässig.",
            repair="Prüfen, ob Luft um die Batterie strömen kann.",
        ),
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Alarm:
    """An active alarm of a device."""

    kind: AlarmKind
    device: Device
    raised: datetime

    def text(self, language: str) -> AlarmText:
        """Return the texts in a language."""
        return self.kind.german if language == "de_DE" else self.kind.english


class Alarms:
    """The active alarms; a cleared one is gone, as in the real API."""

    def __init__(self) -> None:
        """Begin without alarms."""
        self.active: list[Alarm] = []

    def raise_alarm(self, kind: str, device: Device, at: datetime) -> Alarm:
        """Raise an alarm. Raises KeyError for an unknown kind."""
        alarm = Alarm(kind=KINDS[kind], device=device, raised=at)
        self.active.append(alarm)
        return alarm

    def clear(self) -> None:
        """End every alarm."""
        self.active.clear()
