"""Odd values, missing rows and missing keys in otherwise right answers."""

from collections.abc import Callable

from ..types import Json
from .mutation import REAL_TIME, REPORTS, Mutation
from .registry import Fault

_MAPS = (
    REAL_TIME | REPORTS | {"device/history", "getDevHistoryKpi", "getDevFiveMinutes"}
)
_DEVICES = frozenset({"getDevRealKpi"})
_STATIONS = frozenset({"stations"})
_DEVICE_LIST = frozenset({"getDevList"})
_ALARMS = frozenset({"getAlarmList"})
_FOREIGN: dict[str, Json] = {
    "stationCode": "NE=90000001",
    "id": 900000001,
    "devId": 900000001,
    "devDn": "NE=90000002",
    "esnCode": "FOREIGN",
    "sn": "FOREIGN",
}


def _each_number(
    replace: Callable[[float], Json],
) -> Callable[[Mutation], None]:
    def mutate(mutation: Mutation) -> None:
        for _, items in mutation.maps():
            for key, value in items.items():
                if (
                    isinstance(value, int | float)
                    and not isinstance(value, bool)
                    and mutation.chosen(key)
                ):
                    items[key] = replace(value)

    return mutate


def without(keys: frozenset[str]) -> Callable[[Mutation], None]:
    """Return a misbehaviour that leaves keys out."""

    def mutate(mutation: Mutation) -> None:
        for _, items in mutation.maps():
            for key in keys & items.keys():
                del items[key]

    return mutate


def _in_rows(changes: dict[str, Json]) -> Callable[[Mutation], None]:
    def mutate(mutation: Mutation) -> None:
        for row in mutation.rows():
            row.update(changes)

    return mutate


def _data(value: Json) -> Callable[[Mutation], None]:
    def mutate(mutation: Mutation) -> None:
        mutation.body["data"] = value

    return mutate


def _null_values(mutation: Mutation) -> None:
    for _, items in mutation.maps():
        for key in items:
            if mutation.chosen(key):
                items[key] = None


def _missing_keys(mutation: Mutation) -> None:
    for _, items in mutation.maps():
        for key in list(items):
            if mutation.chosen(key):
                del items[key]


def _missing_rows(mutation: Mutation) -> None:
    gone = [id(row) for row in mutation.rows()]
    mutation.keep_rows(lambda row: id(row) not in gone)


def _repeated_rows(mutation: Mutation) -> None:
    data = mutation.body.get("data")
    if isinstance(data, list):
        data.extend(mutation.rows())


def _foreign_row(mutation: Mutation) -> None:
    data = mutation.body.get("data")
    if isinstance(data, list):
        data.append({"devId": 1, "sn": "FOREIGN", "dataItemMap": {"run_state": 1}})


def _foreign_plant(mutation: Mutation) -> None:
    for row in mutation.rows()[:1]:
        data = mutation.body["data"]
        if isinstance(data, list):
            data.append(
                row | {key: _FOREIGN[key] for key in _FOREIGN.keys() & row.keys()}
            )


def _clock_off(mutation: Mutation) -> None:
    params = mutation.body.get("params")
    told = params.get("currentTime") if isinstance(params, dict) else None
    if isinstance(params, dict) and isinstance(told, int):
        params["currentTime"] = told + int(mutation.number("minutes", 10) * 60_000)


def _map_missing(mutation: Mutation) -> None:
    for row in mutation.rows():
        row.pop("dataItemMap", None)
        row.pop("dataItems", None)


def _map_null(mutation: Mutation) -> None:
    for row in mutation.rows():
        for key in {"dataItemMap", "dataItems"} & row.keys():
            row[key] = None


def _empty_map(mutation: Mutation) -> None:
    for _, items in mutation.maps():
        items.clear()


def _params_missing(mutation: Mutation) -> None:
    mutation.body.pop("params", None)


def _params_empty(mutation: Mutation) -> None:
    mutation.body["params"] = {}


def _string_coordinates(mutation: Mutation) -> None:
    for row in mutation.rows():
        for key in ("longitude", "latitude"):
            row[key] = str(row[key])


def _no_plants(mutation: Mutation) -> None:
    mutation.keep_rows(lambda _: False)


def _no_devices(mutation: Mutation) -> None:
    mutation.body["data"] = []


def _old_device_list(mutation: Mutation) -> None:
    for row in mutation.rows():
        row.pop("devDn", None)
        row.pop("model", None)


def _unknown_device(mutation: Mutation) -> None:
    data = mutation.body.get("data")
    if isinstance(data, list) and data:
        data.append(
            {
                "id": -214543629611879,
                "devDn": "NE=39999999",
                "devName": "Smart switch",
                "stationCode": data[0]["stationCode"],
                "esnCode": "",
                "devTypeId": mutation.number("type", 23072),
                "softwareVersion": None,
                "longitude": None,
                "latitude": None,
            }
        )


VALUES = (
    Fault(
        name="string_numbers",
        description="Numbers arrive as strings; `keys`, `device`, `type_id`, `plant`.",
        interfaces=_MAPS,
        mutate=_each_number(str),
    ),
    Fault(
        name="nan_strings",
        description='Numbers arrive as the string "NaN"; `keys`, `device` …',
        interfaces=_MAPS,
        mutate=_each_number(lambda _: "NaN"),
    ),
    Fault(
        name="nan_numbers",
        description="Numbers arrive as bare NaN, which is not JSON; `keys` …",
        interfaces=_MAPS,
        mutate=_each_number(lambda _: float("nan")),
    ),
    Fault(
        name="infinite_numbers",
        description="Numbers arrive as bare Infinity, which is not JSON; `keys` …",
        interfaces=_MAPS,
        mutate=_each_number(lambda _: float("inf")),
    ),
    Fault(
        name="not_available",
        description='Numbers arrive as the string "N/A"; `keys`, `device` …',
        interfaces=_MAPS,
        mutate=_each_number(lambda _: "N/A"),
    ),
    Fault(
        name="wrong_types",
        description="Numbers arrive as lists of maps; `keys`, `device` …",
        interfaces=_MAPS,
        mutate=_each_number(lambda value: [{"value": value}]),
    ),
    Fault(
        name="booleans",
        description="Numbers arrive as true; `keys`, `device` …",
        interfaces=_MAPS,
        mutate=_each_number(lambda _: True),
    ),
    Fault(
        name="integers",
        description="Numbers arrive without decimals; `keys`, `device` …",
        interfaces=_MAPS,
        mutate=_each_number(int),
    ),
    Fault(
        name="huge_numbers",
        description="Numbers arrive as 1e300; `keys`, `device` …",
        interfaces=_MAPS,
        mutate=_each_number(lambda _: 1e300),
    ),
    Fault(
        name="null_values",
        description="Values are null; `keys`, `device`, `type_id`, `plant`.",
        interfaces=_MAPS,
        mutate=_null_values,
    ),
    Fault(
        name="missing_keys",
        description="Keys are missing; `keys`, `device`, `type_id`, `plant`.",
        interfaces=_MAPS,
        mutate=_missing_keys,
    ),
    Fault(
        name="missing_rows",
        description="Rows are missing; `device`, `type_id`, `plant`.",
        interfaces=_MAPS | _DEVICE_LIST | _STATIONS,
        mutate=_missing_rows,
    ),
    Fault(
        name="repeated_rows",
        description="Rows come twice.",
        interfaces=_MAPS | _DEVICE_LIST,
        mutate=_repeated_rows,
    ),
    Fault(
        name="foreign_row",
        description="A row of a device nobody asked for.",
        interfaces=_DEVICES,
        mutate=_foreign_row,
    ),
    Fault(
        name="foreign_plant",
        description="A row of a plant that nobody asked for.",
        interfaces=REAL_TIME | _DEVICE_LIST | _ALARMS,
        mutate=_foreign_plant,
    ),
    Fault(
        name="clock_off",
        description="The cloud tells a time that is off by `minutes` (10).",
        mutate=_clock_off,
    ),
    Fault(
        name="empty_map",
        description="dataItemMap is empty; `device`, `type_id`, `plant`.",
        interfaces=_MAPS,
        mutate=_empty_map,
    ),
    Fault(
        name="map_missing",
        description="dataItemMap is missing.",
        interfaces=_MAPS,
        mutate=_map_missing,
    ),
    Fault(
        name="map_null",
        description="dataItemMap is null.",
        interfaces=_MAPS,
        mutate=_map_null,
    ),
    Fault(
        name="data_null",
        description="Success with data null, as for plants without data.",
        interfaces=_MAPS,
        mutate=_data(None),
    ),
    Fault(
        name="data_empty",
        description="Success with an empty list.",
        interfaces=_MAPS,
        mutate=_data([]),
    ),
    Fault(
        name="data_text",
        description="Success with a text for data.",
        interfaces=_MAPS | _DEVICE_LIST | _STATIONS,
        mutate=_data("unexpected"),
    ),
    Fault(name="params_missing", description="No params.", mutate=_params_missing),
    Fault(name="params_empty", description="params is {}.", mutate=_params_empty),
    Fault(
        name="string_coordinates",
        description="Coordinates of plants are strings.",
        interfaces=_STATIONS,
        mutate=_string_coordinates,
    ),
    Fault(
        name="empty_coordinates",
        description='Coordinates and address of plants are "".',
        interfaces=_STATIONS,
        mutate=_in_rows({"longitude": "", "latitude": "", "plantAddress": ""}),
    ),
    Fault(
        name="connection_date_missing",
        description="gridConnectionDate is null.",
        interfaces=_STATIONS,
        mutate=_in_rows({"gridConnectionDate": None}),
    ),
    Fault(
        name="no_plants",
        description="The plant list is empty.",
        interfaces=_STATIONS,
        mutate=_no_plants,
    ),
    Fault(
        name="no_devices",
        description="The device list is empty.",
        interfaces=_DEVICE_LIST,
        mutate=_no_devices,
    ),
    Fault(
        name="old_device_list",
        description="The device list has neither devDn nor model.",
        interfaces=_DEVICE_LIST,
        mutate=_old_device_list,
    ),
    Fault(
        name="unknown_device",
        description="A device of a type no interface serves; `type` (23072).",
        interfaces=_DEVICE_LIST,
        mutate=_unknown_device,
    ),
    Fault(
        name="serials_null",
        description='Serial numbers are the string "null" in real-time answers.',
        interfaces=_DEVICES,
        mutate=_in_rows({"sn": "null"}),
    ),
)
"""Switches that change rows, keys and values of successful answers."""
