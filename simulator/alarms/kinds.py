"""Kinds of alarms and what they say."""

from dataclasses import dataclass

from ..plants.definitions import BATTERY_TYPES, INVERTER_TYPES, DeviceType

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

    Texts are known in English and German; other languages read English. `types`
    are the devTypeIds that raise it of themselves, None for all.
    """

    number: int
    cause_id: int
    category: int
    level: int
    english: AlarmText
    german: AlarmText
    types: frozenset[int] | None = None


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
        types=INVERTER_TYPES,
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
        types=BATTERY_TYPES,
    ),
    "insulation_low": AlarmKind(
        number=2062,
        cause_id=1,
        category=2,
        level=1,
        english=AlarmText(
            name="Low Insulation Resistance",
            cause="A module or a cable leads current to the ground.",
            repair="1. Switch the inverter off.\n2. Measure each string to ground.",
        ),
        german=AlarmText(
            name="Isolationswiderstand niedrig",
            cause="Ein Modul oder Kabel leitet Strom zur Erde.",
            repair="1. Wechselrichter ausschalten.\n2. Jeden String gegen Erde messen.",
        ),
        types=INVERTER_TYPES,
    ),
    "optimizer_fault": AlarmKind(
        number=2081,
        cause_id=2,
        category=2,
        level=4,
        english=AlarmText(
            name="Optimizer Fault",
            cause="An optimizer does not answer.",
            repair="Look for the optimizer that is marked in the layout.",
        ),
        german=AlarmText(
            name="Optimiererfehler",
            cause="Ein Optimierer antwortet nicht.",
            repair="Den im Anlagenplan markierten Optimierer suchen.",
        ),
        types=INVERTER_TYPES | {DeviceType.OPTIMIZER},
    ),
}
"""Kinds by the name that `raise_alarm` takes."""
