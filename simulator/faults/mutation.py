"""An answer on its way out, and what a misbehaviour needs to change it."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from ..endpoints.call import Call
from ..plants.plant import Device, Plant
from ..types import Json

type Row = dict[str, Json]

REAL_TIME = frozenset({"getStationRealKpi", "getDevRealKpi"})
PLANT_REPORTS = frozenset(
    {"getKpiStationHour", "getKpiStationDay", "getKpiStationMonth", "getKpiStationYear"}
)
DEVICE_REPORTS = frozenset({"getDevKpiDay", "getDevKpiMonth", "getDevKpiYear"})
REPORTS = PLANT_REPORTS | DEVICE_REPORTS


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """The items of a plant or device in a real-time answer, and their instant."""

    items: Row
    plant: Plant
    device: Device | None
    sample: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Mutation:
    """A successful answer, the call it answers, and a switch's parameters.

    The parameters `device` (a devDn), `type_id` and `plant` (a code) limit a
    misbehaviour to the rows of one device, type or plant; `keys` (a list) to
    some keys.
    """

    call: Call
    body: dict[str, Json]
    parameters: Mapping[str, Json]
    since: datetime

    def number(self, name: str, default: float) -> float:
        """Return a numeric parameter."""
        value = self.parameters.get(name, default)
        return value if isinstance(value, int | float) else default

    def readings(self) -> Iterator[Reading]:
        """Yield the rows of real-time answers with what they belong to."""
        for row, items in self.maps():
            device, plant = self.device_of(row), self.plant_of(row)
            if plant is not None:
                feed = None if device is None else device.type_id
                sample = plant.published(feed, self.call.now)
                yield Reading(items=items, plant=plant, device=device, sample=sample)

    def rows(self) -> list[Row]:
        """Return the rows of `data`, wherever they lie, that the switch concerns."""
        return [row for row in _rows(self.body.get("data")) if self.concerns(row)]

    def maps(self) -> Iterator[tuple[Row, Row]]:
        """Yield each row with its dataItemMap or dataItems."""
        for row in self.rows():
            items = row.get("dataItemMap", row.get("dataItems"))
            if isinstance(items, dict):
                yield row, items

    def concerns(self, row: Row) -> bool:
        """Tell whether the parameters choose this row."""
        device = self.device_of(row)
        wanted = self.parameters
        if "device" in wanted and (device is None or device.dn != wanted["device"]):
            return False
        if "type_id" in wanted and (
            device is None or device.type_id != wanted["type_id"]
        ):
            return False
        if "plant" in wanted:
            plant = self.plant_of(row)
            return plant is not None and plant.code == wanted["plant"]
        return True

    def chosen(self, key: str) -> bool:
        """Tell whether the parameter `keys` chooses a key."""
        keys = self.parameters.get("keys")
        return not isinstance(keys, list) or key in keys

    def device_of(self, row: Row) -> Device | None:
        """Return the device of a row, None for plants."""
        for device in self.call.devices:
            if row.get("devId") == device.id or device.dn in (
                row.get("devDn"),
                row.get("dn"),
            ):
                return device
        return None

    def plant_of(self, row: Row) -> Plant | None:
        """Return the plant a row belongs to."""
        device = self.device_of(row)
        if device is not None:
            return device.plant
        code = row.get("stationCode", row.get("plantCode"))
        return next((plant for plant in self.call.plants if plant.code == code), None)

    def keep_rows(self, keep: Callable[[Row], bool]) -> None:
        """Leave only some of the rows in the answer."""
        data = self.body.get("data")
        if isinstance(data, list):
            self.body["data"] = [row for row in _rows(data) if keep(row)]
        elif isinstance(data, dict) and isinstance(data.get("list"), list):
            data["list"] = [row for row in _rows(data) if keep(row)]
            data["total"] = len(data["list"])


def _rows(data: Json) -> list[Row]:
    if isinstance(data, dict):
        data = data.get("list")
    if not isinstance(data, list):
        return []
    return [row for row in data if isinstance(row, dict)]
