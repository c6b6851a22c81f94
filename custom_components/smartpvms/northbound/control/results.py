"""What becomes of commands: their delivery, and the task that carries them out."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from ..errors import Failure
from ..models import BatteryMode, BatteryParameters, FeedInLimit
from .reasons import Reason


class TaskKind(StrEnum):
    """What a task does, and so which interface knows it."""

    FORCED_CHARGE = "forced_charge"
    BATTERY_MODE = "battery_mode"
    BATTERY_PARAMETERS = "battery_parameters"
    FEED_IN_LIMIT = "feed_in_limit"
    BATTERY_DISPATCH = "battery_dispatch"


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskReference:
    """A task of the cloud; several plants of one call share it.

    `id` is the requestID of a forced charge, the taskId of all others.
    """

    kind: TaskKind
    id: str


class DeliveryState(StrEnum):
    """Whether a plant takes what it was told."""

    ACCEPTED = "accepted"
    """A task has begun; whether it succeeds shows in minutes."""
    ALREADY = "already"
    """The setting is in force already: done, without a task."""
    REFUSED = "refused"
    """Nothing was begun, and nothing changes."""
    UNKNOWN = "unknown"
    """The request has left, and no usable answer came: a task may have begun."""


@dataclass(frozen=True, slots=True, kw_only=True)
class InverterDelivery:
    """What one inverter of a plant takes of a forced charge.

    `task_id` is the `sub_task_id` of its `PlantTask`.
    """

    serial: str | None
    accepted: bool
    task_id: str | None = None
    message: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """What the cloud says of a command for one plant, at once.

    `task` is there where it is accepted, unless the answer named none, and where an
    answer is lost but the id was ours to choose. `reason` says why
    not, `message` is the cloud's own text, which may name plants, and `failure` its
    failCode where it refused the whole call. `inverters` are those of a forced charge:
    where it is accepted, some of them may refuse all the same.
    """

    plant_code: str
    state: DeliveryState
    task: TaskReference | None = None
    reason: Reason | None = None
    message: str | None = None
    failure: Failure | None = None
    inverters: tuple[InverterDelivery, ...] = ()


class TaskState(StrEnum):
    """How far a task is."""

    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CLOSED = "closed"
    """A forced charge that the cloud closed as done, with a reason: no success."""
    UNKNOWN = "unknown"
    """The cloud uses a word that the documents do not know."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlantTask:
    """A task as far as one plant is concerned, or one inverter for a forced charge.

    `reason` is None while it runs and where it succeeded; `message` is the cloud's own
    text. A forced charge names the inverter (`serial`, `sub_task_id`), its own times and
    the energy in kWh. The other kinds tell what they set: `battery_mode`, `parameters`,
    `feed_in_limit`, or `charging_power` in W (below 0 discharges).
    """

    plant_code: str
    state: TaskState
    reason: Reason | None = None
    message: str | None = None
    started: datetime | None = None
    ended: datetime | None = None
    serial: str | None = None
    sub_task_id: str | None = None
    charged_energy: float | None = None
    discharged_energy: float | None = None
    battery_mode: BatteryMode | None = None
    parameters: BatteryParameters | None = None
    feed_in_limit: FeedInLimit | None = None
    charging_power: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """A task as the cloud tells it, which it updates about every three minutes."""

    reference: TaskReference
    plants: tuple[PlantTask, ...]

    def of_plant(self, plant_code: str) -> tuple[PlantTask, ...]:
        """Return what concerns one plant: of a forced charge a row for each inverter."""
        return tuple(row for row in self.plants if row.plant_code == plant_code)
