"""Tasks for up to ten plants in one request, and what became of them."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from ...answers import Answer
from ...control.control import Control
from ...control.networking import Obstacle
from ...control.tasks import Apply, Kind, Part, SetUpTask
from ...plants.plant import Plant
from ...types import Json
from ..call import Call
from ..configuration import refused
from .fields import Fields, RejectedError, required_text, task_list

PARTLY, NOTHING = 1, 2
DUPLICATE_PLANTS = 20608
SAME_TASK_RUNNING = 20615
TASK_UNKNOWN = 20620
SAME_VALUE = "The configured value is the same as the current value."
SAME_TASK_TEXT = "The same task is being executed in the plant."
_DUPLICATE_TEXT = "The plant codes are repeated."
_MOST = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What a plant is to do, and how the task query repeats it."""

    apply: Apply
    shown: dict[str, Json]


type Reader = Callable[[Plant, Fields], Order]
"""Reads a plant's task. Raises RejectedError or MalformedError."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wording:
    """How the answers about a kind of task are worded and shaped."""

    name: str
    failed: str
    no_permission: str
    data_without_permission: bool = True
    """Whether the answer about foreign plants has the key `data`."""
    rows_are_short: bool = False
    """Whether rows leave out a message, and failures the task id, that is null."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One kind of task: who can do it, how it is read and worded."""

    kind: Kind
    wording: Wording
    obstacle: Callable[[Plant], Obstacle | None]
    read: Reader


def client_of(call: Call) -> str:
    """Return for whom tasks are kept: nobody else can ask for them."""
    return call.principal.key


def timestamp(instant: datetime | None, plant: Plant) -> str | None:
    """Return an instant as tasks show it, in the plant's zone."""
    if instant is None:
        return None
    return instant.astimezone(plant.zone).isoformat(timespec="seconds")


def deliver(control: Control, delivery: Delivery) -> Callable[[Call], Answer]:
    """Return the endpoint that accepts tasks of a kind."""

    def endpoint(call: Call) -> Answer:
        fields = task_list(call.parameters, _MOST)
        codes = [required_text(one, "plantCode") for one in fields]
        if len(set(codes)) < len(codes):
            return refused(DUPLICATE_PLANTS, _DUPLICATE_TEXT)
        known = {plant.code: plant for plant in call.plants}
        foreign = [code for code in codes if code not in known]
        if foreign:
            return _no_permission(delivery.wording, foreign)
        plants = [known[code] for code in codes]
        return _Request(control, delivery, call).answer(plants, fields)

    return endpoint


def _no_permission(wording: Wording, codes: list[str]) -> Answer:
    body: dict[str, Json] = {
        "failCode": NOTHING,
        "success": False,
        "message": wording.no_permission.format(", ".join(codes)),
    }
    if wording.data_without_permission:
        body["data"] = None
    return Answer(body=body)


class _Request:
    """A request whose plants all belong to the caller."""

    def __init__(self, control: Control, delivery: Delivery, call: Call) -> None:
        self._control = control
        self._delivery = delivery
        self._call = call
        self._parts: list[Part] = []
        self._rejections: list[RejectedError] = []

    def answer(self, plants: list[Plant], fields: list[Fields]) -> Answer:
        """Accept what can be accepted."""
        rows = [
            self._row(plant, task) for plant, task in zip(plants, fields, strict=True)
        ]
        codes = {rejection.code for rejection in self._rejections}
        code = next(iter(codes), None)
        if not self._parts and len(codes) == 1 and code is not None:
            return refused(code, self._rejections[0].text)
        return self._with_rows(rows)

    def _with_rows(self, rows: list[Json]) -> Answer:
        wording, kind = self._delivery.wording, self._delivery.kind
        code, text = 0, f"The {wording.name} task is delivered successfully."
        if self._rejections:
            code = PARTLY
            text = f"The {wording.name} task is partially delivered successfully."
        data: dict[str, Json] = {"taskId": None, "result": rows}
        if self._parts:
            client, now = client_of(self._call), self._call.now
            parts = tuple(self._parts)
            data["taskId"] = self._control.tasks.add(kind, client, now, parts).number
        else:
            code, text = NOTHING, wording.failed
            if wording.rows_are_short:
                del data["taskId"]
        return Answer(
            body={
                "failCode": code,
                "success": bool(self._parts),
                "message": text,
                "data": data,
            }
        )

    def _row(self, plant: Plant, task: Fields) -> Json:
        status, message = "RUNNING", None
        try:
            self._parts.append(self._accept(plant, task))
        except RejectedError as rejection:
            self._rejections.append(rejection)
            status, message = "FAIL", rejection.text
        row: dict[str, Json] = {"plantCode": plant.code, "status": status}
        if message is not None or not self._delivery.wording.rows_are_short:
            row["message"] = message
        return row

    def _accept(self, plant: Plant, task: Fields) -> Part:
        delivery, control, now = self._delivery, self._control, self._call.now
        order = delivery.read(plant, task)
        obstruct(control, delivery.kind, plant, delivery.obstacle(plant), now)
        return control.tasks.part(
            delivery.kind,
            plant,
            now,
            ending=control.switches.ending(delivery.kind, plant),
            apply=order.apply,
            shown=order.shown,
        )


def obstruct(
    control: Control,
    kind: Kind,
    plant: Plant,
    obstacle: Obstacle | None,
    now: datetime,
) -> None:
    """Raise RejectedError where a plant cannot take a task now."""
    if obstacle is not None:
        raise RejectedError(obstacle.text, obstacle.code)
    if any(task.kind is kind for task, _ in control.tasks.running(plant, now)):
        raise RejectedError(SAME_TASK_TEXT, SAME_TASK_RUNNING)
    reason = control.switches.rejection(kind, plant)
    if reason is not None:
        raise RejectedError(reason)


def found_task(control: Control, kind: Kind, call: Call) -> SetUpTask | Answer:
    """Return the task that a query asks for, or the answer that there is none."""
    number = required_text(call.parameters, "taskId")
    task = control.tasks.find(number, kind, client_of(call))
    if task is None:
        return refused(TASK_UNKNOWN, "The taskId is not exist.")
    return task


def task_info(control: Control, delivery: Delivery) -> Callable[[Call], Answer]:
    """Return the endpoint that tells how a task of a kind is getting on."""

    def endpoint(call: Call) -> Answer:
        task = found_task(control, delivery.kind, call)
        if isinstance(task, Answer):
            return task
        first, now = task.parts[0].plant, call.now
        rows: list[Json] = [
            {
                "plantCode": part.plant.code,
                "status": part.status(now),
                "message": part.message(now),
                **part.shown,
            }
            for part in task.parts
        ]
        return Answer(
            body={
                "failCode": 0,
                "success": True,
                "message": f"The {delivery.wording.name} task status queried "
                "successfully.",
                "data": {
                    "dispatchResult": rows,
                    "startTime": timestamp(task.accepted, first),
                    "endTime": timestamp(task.ended(now), first),
                },
            }
        )

    return endpoint
