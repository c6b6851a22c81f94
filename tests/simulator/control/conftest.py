"""The control endpoints, spelled as the documents spell them."""

from typing import Any

from simulator.plants.plant import Plant

from ..conftest import Cloud

HOME = "NE=33554875"
MODE = "control/battery/mode"
PARAMETERS = "control/battery/configuration"
LIMIT = "control/active-power-control"
DISPATCH = "control/battery/battery-dispatch"
CHARGE = "control/charge-and-discharge/async-task"
STATUS = "vpp/chargeAndDischargeStatus"
NIGHT = {"startTime": "00:30", "endTime": "05:00", "chargeOrDischarge": "charge"}
EVERY_DAY = [1, 2, 3, 4, 5, 6, 7]


def home(cloud: Cloud) -> Plant:
    """Return the first plant."""
    return cloud.simulator.plants[0]


def truth(cloud: Cloud, part: str = "control") -> dict[str, Any]:
    """Return what is so at the first plant: "control" or "now"."""
    found: Any = cloud.simulator.truth()[home(cloud).code][part]
    return dict(found)


async def deliver(cloud: Cloud, kind: str, *tasks: dict[str, Any]) -> dict[str, Any]:
    """Deliver tasks of a kind for plants, HOME where they name none."""
    named = [{"plantCode": HOME, **task} for task in tasks]
    return await cloud.call(f"{kind}/async-task", tasks=named)


async def accepted(cloud: Cloud, kind: str, *tasks: dict[str, Any]) -> str:
    """Deliver tasks that all have to be accepted, and return the task id."""
    answer = await deliver(cloud, kind, *tasks)
    assert answer["failCode"] == 0, answer
    assert answer["success"] is True
    number: str = answer["data"]["taskId"]
    assert len(number) == 16
    assert number.isdigit()
    return number


async def info(cloud: Cloud, kind: str, number: str) -> dict[str, Any]:
    """Return the data of a task query."""
    answer = await cloud.call(f"{kind}/task-info", taskId=number)
    assert answer["failCode"] == 0, answer
    data: dict[str, Any] = answer["data"]
    return data


async def charge(cloud: Cloud, **task: Any) -> dict[str, Any]:
    """Deliver a forced charge or discharge."""
    return await cloud.call(CHARGE, tasks=[{"plantCode": HOME, **task}])


async def status(cloud: Cloud, request: int) -> dict[str, Any]:
    """Return the only row of a charge's status."""
    answer = await cloud.call(STATUS, requestID=request)
    assert answer["failCode"] == 0, answer
    (row,) = answer["data"]
    found: dict[str, Any] = row
    return found
