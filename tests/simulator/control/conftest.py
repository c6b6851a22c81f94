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
BATTERY = "NE=33815002"
MODE_QUERY = "configuration/battery-mode"
LIMIT_QUERY = "configuration/active-power-control-mode"
SELF_CONSUMPTION = {"operationMode": "maximumSelfConsumption"}
DISPATCH_MODE = {"operationMode": "thirdPartyDispatch"}
WINDOW = {**NIGHT, "repeat": [5, 1]}
OUT_OF_RANGE = "The input parameter is out of the valid range, "
NOT_SUPPORTED = "The device in the plant does not support this setting"


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


def time_of_use(*windows: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """Return a task that sets time of use, with WINDOW unless others are given."""
    return {
        "operationMode": "TOU",
        "chargingAndDischargingTimeWindow": list(windows or (WINDOW,)),
        **changes,
    }


def limit(**info: Any) -> dict[str, Any]:
    """Return a task that sets a limit."""
    return {"controlMode": "6", "controlInfo": info}


def parameters(**info: Any) -> dict[str, Any]:
    """Return a task that sets the battery's limits."""
    return {"batteryConfigurationInfo": info}


async def query(cloud: Cloud, name: str, plant: str = HOME) -> dict[str, Any]:
    """Return the answer of a query of settings."""
    return await cloud.call(name, plantCode=plant)


async def row_text(cloud: Cloud, kind: str, task: dict[str, Any]) -> str:
    """Return why the only task of a request is not accepted."""
    answer = await deliver(cloud, kind, task)
    assert answer["failCode"] == 2
    (row,) = answer["data"]["result"]
    assert row["status"] == "FAIL"
    text: str = row["message"]
    return text


async def settled(cloud: Cloud, kind: str, task: dict[str, Any]) -> None:
    """Deliver a task and wait until it is done."""
    number = await accepted(cloud, kind, task)
    cloud.step(minutes=8)
    (row,) = (await info(cloud, kind, number))["dispatchResult"]
    assert row["status"] == "SUCCESS"


async def dispatch(
    cloud: Cloud, power: Any, plant: str = HOME, battery: str = BATTERY
) -> dict[str, Any]:
    """Tell a battery which power to hold."""
    return await cloud.call(
        f"{DISPATCH}/async-task",
        plantCode=plant,
        batteryDn=battery,
        dispatchPower=power,
    )
