"""What the parts of the engine share: the records, the disk, the cloud, the time."""

from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
import secrets
from typing import Final, Unpack

from ..northbound.client import NorthboundClient
from ..northbound.interfaces import Interface, InterfaceClass
from ..northbound.json_types import JsonObject, JsonValue
from .changes import TaskChanges
from .commands import Command, Family
from .evidence import Live
from .records import PlantRecord
from .settings import Rules
from .tasks import Origin, Task, TaskState

_VERSION = 1
INTERFACES: Final = {
    Family.MODE: Interface.BATTERY_MODE_TASK,
    Family.PARAMETERS: Interface.BATTERY_PARAMETERS_TASK,
    Family.FORCED: Interface.CHARGE_TASK,
    Family.LIMIT: Interface.ACTIVE_POWER_TASK,
    Family.DISPATCH: Interface.BATTERY_DISPATCH_TASK,
}
"""Where the commands of each family are delivered."""
_QUERIES: Final = {
    Family.MODE: Interface.BATTERY_MODE,
    Family.LIMIT: Interface.FEED_IN_LIMIT,
    Family.DISPATCH: Interface.BATTERY_MODE,
}
CALLS_A_TAKE_BACK = 2
"""Control calls that are kept back for each: the command, and a look at its task."""

type Save = Callable[[JsonObject], Awaitable[None]]
type Listener = Callable[[Task], None]


@dataclass(slots=True, kw_only=True)
class Book:
    """The records of all plants, and what is needed to act on them.

    `login_errors` are the exceptions that the owner's authentication raises by itself
    before a request leaves.
    """

    client: NorthboundClient
    save_state: Save
    clock: Callable[[], float]
    live: Callable[[str], Live | None]
    rules: Callable[[str], Rules]
    login_errors: tuple[type[Exception], ...] = ()
    records: dict[str, PlantRecord] = field(default_factory=dict)
    listeners: list[Listener] = field(default_factory=list)
    _is_saved: bool = True

    def load(self, state: Mapping[str, JsonValue] | None) -> None:
        """Take over what was saved."""
        stored = (state or {}).get("plants")
        for code, record in stored.items() if isinstance(stored, dict) else ():
            self.records[code] = PlantRecord.from_json(code, record)

    def state(self) -> JsonObject:
        """Return what must be on disk."""
        return {
            "version": _VERSION,
            "plants": {code: record.as_json() for code, record in self.records.items()},
        }

    def record(self, code: str) -> PlantRecord:
        """Return the record of a plant, a new one where there is none."""
        return self.records.setdefault(code, PlantRecord.empty(code))

    def new_task(self, command: Command, origin: Origin) -> Task:
        """Return a task that is about to be put into its record."""
        return Task(
            id=secrets.token_hex(8),
            command=command,
            origin=origin,
            state=TaskState.WAITING,
            requested=self.clock(),
        )

    def put(self, task: Task) -> Task:
        """Remember a task, and tell who listens."""
        self.record(task.plant_code).put(task)
        self.changed()
        for listener in tuple(self.listeners):
            listener(task)
        return task

    def update(self, task: Task, **changes: Unpack[TaskChanges]) -> Task:
        """Change a task."""
        return self.put(replace(task, **changes))

    def changed(self) -> None:
        """Note that something has to be saved."""
        self._is_saved = False

    async def save(self) -> None:
        """Have everything on disk when this returns."""
        if not self._is_saved:
            self._is_saved = True
            try:
                await self.save_state(self.state())
            except BaseException:
                self._is_saved = False
                raise

    def open_tasks(self) -> Iterable[Task]:
        """Return the tasks of all plants that are under way."""
        return [
            task for record in self.records.values() for task in record.open_tasks()
        ]

    def calls_left(self) -> int:
        """Return how many control calls fit now."""
        return self.client.ledger.remaining(InterfaceClass.CONTROL)

    def fits_again(self, family: Family) -> float | None:
        """Return when a command of a family fits, with what is read first; None for now."""
        interfaces = INTERFACES[family], _QUERIES.get(family)
        times = (
            self.client.ledger.retry_at(interface)
            for interface in interfaces
            if interface is not None
        )
        known = [time.timestamp() for time in times if time is not None]
        return max(known, default=None)

    def calls_kept_back(self, *, but: tuple[str, Family] | None = None) -> int:
        """Return how many control calls the pending take-backs need."""
        pending = sum(
            (code, family) != but and holding.next_due() is not None
            for code, record in self.records.items()
            for family, holding in record.holdings.items()
        )
        return pending * CALLS_A_TAKE_BACK
