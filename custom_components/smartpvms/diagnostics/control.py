"""The last commands, what became of them, and what of ours is in force."""

from collections.abc import Collection
from typing import Final

from ..control import Task
from ..control.codec import as_json
from ..coordinator import SmartPVMSConfigEntry
from ..northbound.call_journal import ControlAnswer
from ..northbound.control.masking import masked
from ..northbound.json_types import JsonObject, JsonValue
from ..plant_control.permission import refusal
from .aliases import Aliases, as_object
from .times import iso

TASKS: Final = 50
_TIMES: Final = ("requested", "sent", "accepted", "confirmed", "ended")
_IN_FORCE: Final = ("holdings", "confirmed", "time_of_use")


def control_section(
    entry: SmartPVMSConfigEntry, aliases: Aliases, plant_codes: Collection[str]
) -> JsonObject:
    """Return the last tasks of these plants, newest first, and the cloud's answers.

    The answers are those to all plants since Home Assistant was started, oldest first.
    """
    data = entry.runtime_data
    engine = data.control.engine
    tasks = [task for code in plant_codes for task in engine.tasks(code)]
    tasks.sort(key=lambda task: task.requested, reverse=True)
    for task in tasks:
        if task.reference is not None:
            aliases.add("cloud's task", [task.reference.id])
    records = as_object(engine.state["plants"])
    return {
        "not_allowed": refusal(entry),
        "tasks": [_task(task, aliases) for task in tasks[:TASKS]],
        "in_force": {
            aliases.of(code): {
                name: aliases.without_names(as_object(records[code]).get(name))
                for name in _IN_FORCE
            }
            for code in sorted(plant_codes)
            if code in records
        },
        "answers": [
            aliases.without_names(_answer(answer))
            for answer in data.account.journal.control_answers
        ],
    }


def _task(task: Task, aliases: Aliases) -> JsonValue:
    stored = as_object(as_json(task))
    for name in _TIMES:
        stored[name] = iso(getattr(task, name))
    stored["message"] = masked(task.message, "message")
    if task.reference is not None:
        stored["reference"] = aliases.of(task.reference.id)
    return aliases.without_names(stored)


def _answer(answer: ControlAnswer) -> JsonObject:
    return {
        "at": answer.at.isoformat(timespec="seconds"),
        "interface": answer.interface.value,
        "code": answer.code,
        "message": answer.message,
        "content": answer.content,
    }
