"""Alarms, devices and plants under /_simulator/."""

from datetime import datetime
from typing import TYPE_CHECKING

from aiohttp import web

from .types import Json

if TYPE_CHECKING:
    from .alarms import Alarm
    from .plants.plant import Plant
    from .simulator import Simulator


def alarm_state(alarm: Alarm) -> dict[str, Json]:
    """Return an alarm as /_simulator/alarms shows it."""
    return {
        "plant": alarm.device.plant.code,
        "device": alarm.device.dn,
        "number": alarm.kind.number,
        "name": alarm.kind.english.name,
        "severity": alarm.severity,
        "raised": alarm.raised.isoformat(),
        "cleared": None if alarm.cleared is None else alarm.cleared.isoformat(),
    }


def change_alarms(simulator: Simulator, body: dict[str, Json]) -> None:
    """Raise or end alarms, or let them come by themselves; see the README.

    Raises HTTPBadRequest for an unknown plant, device or kind.
    """
    try:
        if "spontaneous" in body:
            simulator.alarms.spontaneous(bool(body["spontaneous"]))
        plants = _plants(simulator, body)
        device = _text(body, "device")
        if "raise" in body:
            severity = body.get("severity")
            plants[0].alarms.raise_alarm(
                str(body["raise"]),
                device,
                severity if isinstance(severity, int) else None,
                at=_instant(body, "at"),
                until=_instant(body, "until"),
            )
        if "clear" in body:
            kind = None if body["clear"] is True else str(body["clear"])
            for plant in plants:
                plant.alarms.clear_alarm(kind, device)
    except (LookupError, ValueError) as problem:
        raise web.HTTPBadRequest(text=str(problem)) from problem


def change_devices(simulator: Simulator, body: dict[str, Json]) -> str:
    """Install or remove a device; return its devDn.

    Raises HTTPBadRequest where that cannot be done.
    """
    try:
        if "add" in body:
            plant = _plants(simulator, body)[0]
            return simulator.add_device(plant, int(str(body["add"]))).dn
        return simulator.remove_device(str(body.get("remove"))).dn
    except (LookupError, ValueError) as problem:
        raise web.HTTPBadRequest(text=str(problem)) from problem


def change_plants(simulator: Simulator, body: dict[str, Json]) -> str:
    """Connect or remove a plant; return its code.

    Raises HTTPBadRequest where that cannot be done.
    """
    try:
        if "add" in body:
            return simulator.add_plant(str(body["add"])).code
        return simulator.remove_plant(str(body.get("remove"))).code
    except (LookupError, ValueError) as problem:
        raise web.HTTPBadRequest(text=str(problem)) from problem


def _plants(simulator: Simulator, body: dict[str, Json]) -> list[Plant]:
    """Return the plants that a body names by `plant` or `device`, else all."""
    code, device = body.get("plant"), body.get("device")
    found = [
        plant
        for plant in simulator.plants
        if code in (None, plant.code)
        and (device is None or device in {one.dn for one in plant.devices})
    ]
    if not found:
        raise LookupError("no such plant or device")
    return found


def _text(body: dict[str, Json], name: str) -> str | None:
    value = body.get(name)
    return None if value is None else str(value)


def _instant(body: dict[str, Json], name: str) -> datetime | None:
    value = body.get(name)
    return None if value is None else datetime.fromisoformat(str(value))
