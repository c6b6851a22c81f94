"""The tables of sensors hold what the documents say, neither less nor more."""

from collections.abc import Iterator
import csv
from dataclasses import dataclass
from itertools import chain
import json
from pathlib import Path
import re
import string
from typing import Final

from homeassistant.components.sensor import (
    SensorDeviceClass,
    SensorEntityDescription,
    SensorStateClass,
)
from homeassistant.components.sensor.const import (
    DEVICE_CLASS_STATE_CLASSES,
    DEVICE_CLASS_UNITS,
)
import pytest

from custom_components.smartpvms.binary_sensor import (
    CONNECTION,
    TYPES_THAT_MAY_HAVE_CONNECTION,
    TYPES_WITH_CONNECTION,
)
from custom_components.smartpvms.northbound.device_types import (
    DEVICE_TYPES,
    serves_readings,
)
from custom_components.smartpvms.polling import (
    ALARMS,
    BATTERY_MODES,
    DEVICE_LIST,
    FEED_IN_LIMITS,
    PLANT_LIST,
    PLANT_READINGS,
    device_feed,
)
from custom_components.smartpvms.sensor import DEVICE_SENSORS
from custom_components.smartpvms.sensor.account import ACCOUNT_SENSORS
from custom_components.smartpvms.sensor.alarms import ALARM_COUNTS
from custom_components.smartpvms.sensor.battery import BATTERY_PACK_HEALTH
from custom_components.smartpvms.sensor.calls import CALLS_LEFT, interval_description
from custom_components.smartpvms.sensor.control import BATTERY_MODE, LAST_TASK
from custom_components.smartpvms.sensor.description import (
    SmartPVMSSensorEntityDescription,
)
from custom_components.smartpvms.sensor.enums import INVERTER_STATE
from custom_components.smartpvms.sensor.flows import FLOW_SENSORS
from custom_components.smartpvms.sensor.freshness import LAST_CHANGE
from custom_components.smartpvms.sensor.history import HISTORY_PROGRESS
from custom_components.smartpvms.sensor.outliers import PLANTS_BELOW_MEDIAN
from custom_components.smartpvms.sensor.plan import PLAN_SLOT, PLAN_SLOT_END
from custom_components.smartpvms.sensor.plant import PLANT_SENSORS

FIXTURES: Final = Path(__file__).parents[1] / "fixtures"
INTEGRATION: Final = Path(__file__).parents[2] / "custom_components" / "smartpvms"

PLANT: Final = "plant"
TABLES: Final = {
    PLANT: PLANT_SENSORS,
    **{str(type_id): table for type_id, table in DEVICE_SENSORS.items()},
}
FEEDS: Final = (
    PLANT_READINGS,
    device_feed(38),
    ALARMS,
    PLANT_LIST,
    DEVICE_LIST,
    BATTERY_MODES,
    FEED_IN_LIMITS,
)

# what the documents print, and what Home Assistant calls it
UNITS: Final = {
    "": None,
    "plant currency": None,
    "ms epoch": None,
    "Var": "var",
    "times": None,
}
KILO: Final = {"kW": "W", "kVar": "var", "kVA": "VA"}
PACKS: Final = re.compile("battery_(unit_)?info")
# registers of reactive energy, for which some documents print another quantity
REACTIVE_ENERGY: Final = re.compile(r"(forward|positive|reverse)_reactive_(?!power_)")

KINDS: Final = {
    "measurement": SensorStateClass.MEASUREMENT,
    "total_increasing": SensorStateClass.TOTAL_INCREASING,
    "total": SensorStateClass.TOTAL,
    "timestamp": None,
    "status": None,
}

# all codes of the documents, in decimal as the cloud sends them
INVERTER_STATE_CODES: Final = {
    *range(8),
    256,
    *range(512, 526),
    *range(768, 786),
    *range(1025, 1030),
    1280,
    1281,
    1536,
    1792,
    2048,
    2304,
    2560,
    2561,
    40960,
    40961,
    45056,
    49152,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """A key of a real-time answer as the documents describe it."""

    owner: str
    key: str
    unit: str
    kind: str
    values: str
    notes: str


def expand(key: str) -> Iterator[str]:
    """Write out the families: pv{1..8}_u is pv1_u to pv8_u."""
    if match := re.search(r"\{(\d+)\.\.(\d+)\}", key):
        for number in range(int(match[1]), int(match[2]) + 1):
            yield f"{key[: match.start()]}{number}{key[match.end() :]}"
    else:
        yield key


def documented_fields() -> Iterator[Field]:
    with (FIXTURES / "fields.csv").open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            if row["api"] in {"plant_realtime", "device_realtime"}:
                for key in expand(row["key"]):
                    yield Field(
                        owner=row["dev_type_id"],
                        key=key,
                        unit=row["unit"],
                        kind=row["kind"],
                        values=row["values"],
                        notes=row["notes"],
                    )


FIELDS: Final = list(documented_fields())
SENSOR_FIELDS: Final = [
    field
    for field in FIELDS
    if field.key != CONNECTION.key and not PACKS.match(field.key)
]


def description_of(field: Field) -> SmartPVMSSensorEntityDescription:
    return next(
        description
        for description in TABLES[field.owner]
        if description.key == field.key
    )


def every_description() -> list[SensorEntityDescription]:
    return [
        *chain.from_iterable(TABLES.values()),
        BATTERY_PACK_HEALTH,
        LAST_CHANGE,
        *ACCOUNT_SENSORS,
        *ALARM_COUNTS,
        *FLOW_SENSORS,
        LAST_TASK,
        BATTERY_MODE,
        PLAN_SLOT,
        PLAN_SLOT_END,
        *CALLS_LEFT,
        *(interval_description(feed) for feed in FEEDS),
        HISTORY_PROGRESS,
        PLANTS_BELOW_MEDIAN,
    ]


@pytest.mark.parametrize("owner", TABLES)
def test_each_documented_key_has_one_sensor_and_each_sensor_is_documented(
    owner: str,
) -> None:
    keys = [description.key for description in TABLES[owner]]
    assert sorted(keys) == sorted(
        field.key for field in SENSOR_FIELDS if field.owner == owner
    )


def test_connection_state_is_a_binary_sensor_of_every_type_that_has_it() -> None:
    types = {int(field.owner) for field in FIELDS if field.key == CONNECTION.key}
    assert types == TYPES_WITH_CONNECTION | TYPES_THAT_MAY_HAVE_CONNECTION


def test_each_type_with_readings_has_a_table() -> None:
    documented = {field.owner for field in FIELDS}
    asked = {str(type_id) for type_id in DEVICE_TYPES if serves_readings(type_id)}
    assert TABLES.keys() == documented == asked | {PLANT}


def test_battery_packs_are_documented_for_batteries_and_all_in_ones() -> None:
    owners = {field.owner for field in FIELDS if PACKS.match(field.key)}
    assert owners == {"39", "23093"}


def test_each_recorded_key_has_an_entity() -> None:
    recorded = 0
    for path in (FIXTURES / "payloads").glob("getDevRealKpi_*.json"):
        owner = path.name.split("_")[1]
        if owner not in TABLES:
            continue
        keys = {description.key for description in TABLES[owner]} | {CONNECTION.key}
        for row in json.loads(path.read_text(encoding="utf-8"))["data"]:
            assert row["dataItemMap"].keys() <= keys, path.name
            recorded += 1
    assert recorded == 7


@pytest.mark.parametrize("field", SENSOR_FIELDS, ids=lambda f: f"{f.owner}-{f.key}")
def test_unit_and_state_class_are_those_of_the_documents(field: Field) -> None:
    description = description_of(field)
    if REACTIVE_ENERGY.match(field.key):
        assert description.native_unit_of_measurement == "kvarh"
        assert description.convert(0.043) == 0.043
    elif field.unit in KILO:
        assert description.native_unit_of_measurement == KILO[field.unit]
        assert description.convert(0.043) == 43.0
    else:
        unit = UNITS.get(field.unit, field.unit)
        assert description.native_unit_of_measurement == unit
    if field.unit in {"W", "Var", "kWh"}:
        assert description.convert(0.043) == 0.043
    if description.device_class is SensorDeviceClass.WIND_DIRECTION:
        # Home Assistant takes means of angles otherwise
        assert description.state_class is SensorStateClass.MEASUREMENT_ANGLE
    else:
        assert description.state_class == KINDS[field.kind]
    assert description.in_plant_currency == (field.unit == "plant currency")
    if field.kind == "timestamp":
        assert description.device_class is SensorDeviceClass.TIMESTAMP


@pytest.mark.parametrize("field", SENSOR_FIELDS, ids=lambda f: f"{f.owner}-{f.key}")
def test_what_not_every_cloud_sends_waits_for_its_first_value(field: Field) -> None:
    if re.search("added 2|addition|deprecated|invalid", field.notes):
        assert description_of(field).optional


@pytest.mark.parametrize(
    "field",
    [field for field in SENSOR_FIELDS if re.match(r"\d+=", field.values)],
    ids=lambda f: f"{f.owner}-{f.key}",
)
def test_each_documented_code_has_a_meaning_of_its_own(field: Field) -> None:
    description = description_of(field)
    codes = [int(meaning.split("=")[0]) for meaning in field.values.split(";")]
    assert description.options == [description.convert(float(code)) for code in codes]
    assert len(set(description.options)) == len(codes)


def test_only_totals_are_reset() -> None:
    reset = [each for each in chain.from_iterable(TABLES.values()) if each.reset_daily]
    assert reset
    assert {each.state_class for each in reset} == {SensorStateClass.TOTAL}


def test_each_documented_inverter_state_has_a_meaning_of_its_own() -> None:
    assert INVERTER_STATE.keys() == INVERTER_STATE_CODES
    assert len(set(INVERTER_STATE.values())) == len(INVERTER_STATE_CODES)


def test_enums_are_the_fields_with_codes() -> None:
    with_codes = {(field.owner, field.key) for field in SENSOR_FIELDS if field.values}
    enums = {
        (owner, description.key)
        for owner, table in TABLES.items()
        for description in table
        if description.device_class is SensorDeviceClass.ENUM
    }
    assert enums == with_codes


@pytest.mark.parametrize(
    "description", every_description(), ids=lambda description: description.key
)
def test_class_unit_and_precision_suit_home_assistant(
    description: SensorEntityDescription,
) -> None:
    device_class = description.device_class
    if device_class in DEVICE_CLASS_STATE_CLASSES and description.state_class:
        assert description.state_class in DEVICE_CLASS_STATE_CLASSES[device_class]
    if device_class in DEVICE_CLASS_UNITS:
        units = DEVICE_CLASS_UNITS[device_class]
        assert description.native_unit_of_measurement in units
    # a sum without statistics is a number too
    is_number = description.state_class or description.native_unit_of_measurement
    assert (description.suggested_display_precision is not None) == bool(is_number)


@pytest.mark.parametrize(
    "description", every_description(), ids=lambda description: description.key
)
def test_electrical_detail_is_disabled(
    description: SensorEntityDescription,
) -> None:
    if description.device_class in {
        SensorDeviceClass.APPARENT_POWER,
        SensorDeviceClass.CURRENT,
        SensorDeviceClass.FREQUENCY,
        SensorDeviceClass.POWER_FACTOR,
        SensorDeviceClass.REACTIVE_ENERGY,
        SensorDeviceClass.REACTIVE_POWER,
        SensorDeviceClass.VOLTAGE,
    }:
        assert not description.entity_registry_enabled_default


def test_each_name_and_state_is_translated_and_none_is_left_over() -> None:
    path = INTEGRATION / "translations" / "en.json"
    names = json.loads(path.read_text(encoding="utf-8"))["entity"]["sensor"]
    used: set[str] = set()
    for description in every_description():
        if (key := description.translation_key) is None:
            assert description.device_class is not None
            continue
        used.add(key)
        placeholders = {
            name for _, name, _, _ in string.Formatter().parse(names[key]["name"])
        } - {None}
        assert placeholders == set(description.translation_placeholders or {}), key
        assert list(names[key].get("state", {})) == (description.options or []), key
    assert used == names.keys()


def test_icons_are_only_where_the_device_class_has_none() -> None:
    icons = json.loads((INTEGRATION / "icons.json").read_text(encoding="utf-8"))
    without_icon = {
        description.translation_key: description
        for description in every_description()
        if description.device_class in {None, SensorDeviceClass.ENUM}
    }
    assert icons["entity"]["sensor"].keys() == without_icon.keys()
    for key, icon in icons["entity"]["sensor"].items():
        options = without_icon[key].options or []
        assert icon.get("state", {}).keys() <= set(options), key
        assert icon["default"] not in icon.get("state", {}).values(), key
