"""What control costs of the owner's hundred control calls a day."""

from statistics import median

from .house import House


async def test_day_of_24_changes_of_mode(night: House) -> None:
    night.cloud.requests.clear()
    for hour in range(24):
        wanted = (
            {"mode": "self_consumption"}
            if hour % 2
            else {"mode": "time_of_use", "windows": "00:00-06:00/+"}
        )
        await night.do("set_battery_mode", **wanted)
        await night.pass_time(60, step=5)
    tasks = (await night.call("get_tasks", hours=48))["tasks"]

    assert [task["status"] for task in tasks] == ["success"] * 24
    assert median(task["control_calls"] for task in tasks) == 1
    assert max(task["control_calls"] for task in tasks) <= 2
    assert night.control_calls() <= 26
    # before each change what is in force, after it whether it is the new one
    assert len(night.cloud.requests_to("configuration/battery-mode")) <= 60
