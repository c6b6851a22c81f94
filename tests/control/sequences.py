"""Random lives of a house: commands, crashes, faults and an owner with the app.

Each command carries a value that no other has, so that a delivery can be traced to it.
"""

from collections import Counter
from dataclasses import dataclass, field
from datetime import time
from random import Random
from typing import Any, Final

from custom_components.smartpvms.control import (
    Cause,
    Command,
    Family,
    IfBusy,
    RemoveFeedInLimit,
    RestoreMode,
    Rules,
    StopForced,
)
from custom_components.smartpvms.northbound.models import (
    Direction,
    TimeOfUseWindow,
)
from simulator.plants.settings import PlantSettings, TimeWindow

from .house import DAY, HOUR, MINUTE, House, KilledError
from .orders import (
    EVERY_DAY,
    charge,
    discharge,
    dispatch,
    limit,
    parameters,
    self_consumption,
    third_party,
    time_of_use,
)

LEGAL_MAXIMUM: Final = 4000.0
_OUTCOMES: Final = ("FAILURE", "TIMEOUT", "BUSY", "EXCEPTION", "HANG", "NO_REPLY")
_KINDS: Final = ("mode", "limit", "mode", "limit", "parameters", "dispatch", "charge")
_ACTIONS: Final = 12


@dataclass(slots=True)
class Life:
    """One random sequence, and what is true of it beyond the engine's own word."""

    house: House
    rng: Random
    legal: float | None = None
    number: int = 0
    timed: set[str] = field(default_factory=set)
    story: list[str] = field(default_factory=list)
    outside: dict[Family, PlantSettings] = field(default_factory=dict)
    kills: int = 0
    lost: list[str] = field(default_factory=list)
    """What should have been taken back and was not, before anybody asked for it."""

    def __post_init__(self) -> None:
        self.outside = dict.fromkeys(
            (Family.MODE, Family.LIMIT), self.house.plant.settings
        )
        if self.legal is not None:
            self.house.rules[self.house.code] = Rules(legal_maximum=self.legal)

    async def live(self) -> None:
        """Act some times, and let time pass between."""
        for _ in range(_ACTIONS):
            action = self.rng.choices(
                (self.command, self.owner, self.fault, self.wait),
                weights=(6, 2, 2, 2),
            )[0]
            await self.survive(action)
            self.note(f"after {action.__name__}")
            await self.survive(self.wait)

    async def survive(self, action: Any) -> None:
        """Act; the process may be killed on the way, and starts again."""
        house = self.house
        if self.rng.random() < 0.35:
            house.power.points = self.rng.randrange(14)
        try:
            await action()
        except KilledError as killed:
            self.kills += 1
            self.note(f"killed {killed}")
            house.power.points = None
            house.tick(self.rng.choice((0, 5, 60, 900, 7200)))
            house.restart()
            if self.rng.random() < 0.3:
                house.restart()
        house.power.points = None

    async def command(self) -> None:
        command = self._random_command()
        self.note(f"ask {command}")
        tasks = await self.house.ask(
            command,
            if_busy=self.rng.choice(tuple(IfBusy)),
            overwrite_unrestorable=self.rng.random() < 0.5,
        )
        self.note(f"  {tasks[0].state} {tasks[0].why} {tasks[0].order}")

    async def wait(self) -> None:
        seconds = self.rng.choice((10.0, 150.0, 400.0, 900.0, HOUR, 3 * HOUR))
        await self.house.pass_time(seconds)

    async def owner(self) -> None:
        """Let the owner change a setting, when no command of ours is on its way.

        Nobody could know of a change that is overwritten by what is on its way.
        """
        house = self.house
        if house.simulator.control.running(house.plant) or self._is_on_its_way():
            return
        self.number += 1
        family = self.rng.choice((Family.MODE, Family.LIMIT))
        if family is Family.LIMIT:
            changes: dict[str, Any] = self.rng.choice(
                (
                    {"control_mode": "noLimit"},
                    {"control_mode": "zeroExportLimitation"},
                    {"control_mode": "limitedPowerGridPercent", "feed_in_limit": 50.0},
                    {
                        "control_mode": "limitedPowerGridKW",
                        "feed_in_limit": 3.0 + self.number / 1000,
                    },
                )
            )
            changes["limitation_mode"] = "totalPower"
        else:
            changes = self.rng.choice(
                (
                    {"operation_mode": "maximumSelfConsumption"},
                    {"operation_mode": "fullyFidToGrid"},
                    {"operation_mode": "TOU", "windows": (_owner_window(self.number),)},
                )
            )
        self.note(f"owner {changes}")
        before = self._present()
        house.owner_changes(**changes)
        if self._present() != before:
            # what is set to what it is already cannot be known
            self.outside[family] = house.plant.settings

    async def fault(self) -> None:
        """Let the next task of a kind end otherwise, or the controller be away."""
        faults = self.house.simulator.faults
        self.heal()
        choice = self.rng.randrange(7)
        if choice <= 2:
            outcome = self.rng.choice(_OUTCOMES)
            applied = self.rng.random() < 0.6
            kind = self.rng.choice(_KINDS)
            self.note(f"fault {kind} {outcome} {applied}")
            faults.enable(
                f"{kind}_task_outcome", times=1, outcome=outcome, applied=applied
            )
        elif choice == 3:
            self.note("fault offline")
            faults.enable("controller_offline")
        elif choice == 4:
            self.note("fault rejected")
            faults.enable("task_rejected", times=1)
        elif choice == 5:
            self.note("fault answer lost")
            self.house.power.lost_answer = "async-task"
        else:
            self.note("fault busy")
            faults.enable("control_refused", times=1, code=20615)

    def heal(self) -> None:
        faults = self.house.simulator.faults
        self.house.power.lost_answer = None
        for name in tuple(faults.enabled):
            faults.disable(name)

    def note(self, text: str) -> None:
        now = self.house.simulator.clock.now()
        settings = self.house.plant.settings
        self.story.append(
            f"{now:%d %H:%M:%S} {text} | {settings.operation_mode} "
            f"{settings.control_mode} {settings.feed_in_limit}"
        )

    def _is_on_its_way(self) -> bool:
        return any(
            row["applied"] is not None
            and str(row["applied"]) > self.house.simulator.clock.now().isoformat()
            for row in self.house.simulator.control.describe()
            if isinstance(row, dict) and row["kind"] != "charge"
        )

    def _until(self) -> float | None:
        return self.rng.choice(
            (
                None,
                self.house.now()
                + self.rng.choice((MINUTE, 3 * MINUTE, 20 * MINUTE, HOUR)),
            )
        )

    def _random_command(self) -> Command:
        self.number += 1
        code, number, until = self.house.code, self.number, self._until()
        match self.rng.randrange(12):
            case 0 | 1 | 2:
                power = self.rng.choice((500.0, 3500.0, 4500.0)) + number
                if until is not None:
                    self.timed.add(f"limit {power:.0f}")
                return limit(code, power, until)
            case 3 | 4:
                if until is not None:
                    self.timed.add(f"windows {number}")
                return time_of_use(code, until, window(number))
            case 5:
                return third_party(code) if number % 2 else self_consumption(code)
            case 6:
                return RemoveFeedInLimit(plant_code=code, unlimited=number % 3 == 0)
            case 7:
                return RestoreMode(plant_code=code)
            case 8:
                return charge(code, minutes=10 + number)
            case 9:
                return discharge(code, minutes=10 + number)
            case 10:
                return StopForced(plant_code=code)
        if self.rng.random() < 0.5:
            return parameters(code, maximum_charge_power=1000 + number)
        battery = next(each for each in self.house.plant.devices if each.type_id == 39)
        end = self.house.now() + HOUR
        return dispatch(code, battery.dn, 1000 + number, end)

    async def end(self) -> None:
        """Mend all, let a day pass, and give back what was set for good."""
        house = self.house
        self.heal()
        house.restart()
        await house.pass_time(DAY + 4 * HOUR)
        self.note("a day later")
        self.lost = self._not_taken_back()
        for command in (
            RemoveFeedInLimit(plant_code=house.code),
            RestoreMode(plant_code=house.code),
        ):
            task = await house.ask_one(command, if_busy=IfBusy.QUEUE)
            self.note(f"ask {command}: {task.state} {task.why}")
            await house.pass_time(HOUR)
        await house.pass_time(6 * HOUR)
        self.note("the end")

    def broken_promises(self) -> list[str]:
        """Return what of the promises was not held."""
        return [
            *self._sent_twice(),
            *self._above_legal_maximum(),
            *self.lost,
            *self._baseline_missing(),
            *(
                f"still open: {task}"
                for task in self.house.engine.tasks(self.house.code)
                if task.is_open
            ),
        ]

    def _deliveries(self) -> list[tuple[str, bool]]:
        """Return what was delivered, and whether the cloud may have taken it."""
        found: list[tuple[str, bool]] = []
        for record in self.house.deliveries():
            tasks = record.body.get("tasks", [record.body])
            found += [(_value(task), record.fail_code == 0) for task in tasks]
        return found

    def _sent_twice(self) -> list[str]:
        taken = Counter(value for value, accepted in self._deliveries() if accepted)
        return [
            f"sent twice: {value}"
            for value, count in taken.items()
            if count > 1
            and value.split()[0] in {"limit", "windows", "minutes", "most"}
            and not self._is_of_outside(value)
        ]

    def _is_of_outside(self, value: str) -> bool:
        """Return whether a value can be a baseline, which may be restored often."""
        if value.startswith("limit"):
            power = float(value.split()[1])
            return 3000 <= power < 3100 or power in (0.0, self.legal)
        return value.startswith("windows 9")

    def _above_legal_maximum(self) -> list[str]:
        if self.legal is None:
            return []
        return [
            f"above the legal maximum: {value}"
            for value, _ in self._deliveries()
            if value == "unlimited"
            or (value.startswith("limit") and float(value.split()[1]) > self.legal)
        ]

    def _present(self) -> tuple[str, str]:
        self.house.plant.steering.advance()
        settings = self.house.plant.settings
        return _shown_mode(settings), _shown_limit(settings)

    def _not_taken_back(self) -> list[str]:
        # what was before cannot be set, which is said
        hopeless = {
            item.family
            for item in self.house.engine.unreturned
            if item.why is Cause.NOT_RESTORABLE
        }
        shown = zip((Family.MODE, Family.LIMIT), self._present(), strict=True)
        return [
            f"not taken back: {word}"
            for family, word in shown
            if word in self.timed and family not in hopeless
        ]

    def _baseline_missing(self) -> list[str]:
        mode, feed_in = self._present()
        problems = []
        if mode != _shown_mode(self.outside[Family.MODE]) and not self._said(
            Family.MODE
        ):
            problems.append(f"mode is {mode}")
        if feed_in not in self._expected_limits() and not self._said(Family.LIMIT):
            problems.append(f"limit is {feed_in}")
        return problems

    def _said(self, family: Family) -> bool:
        """Return whether the engine says that the baseline cannot be set."""
        last = [
            task
            for task in self.house.engine.tasks(self.house.code)
            if task.family is family
        ]
        return bool(last) and last[-1].why == "not_restorable"

    def _expected_limits(self) -> set[str]:
        outside = self.outside[Family.LIMIT]
        expected = {_shown_limit(outside)}
        if outside.control_mode == "zeroExportLimitation":
            expected.add("limit 0")
        if outside.control_mode != "limitedPowerGridKW" and self.legal is not None:
            expected.add(f"limit {self.legal:.0f}")
        return expected


def window(number: int) -> TimeOfUseWindow:
    """Return a window that only one command has."""
    return TimeOfUseWindow(
        start=time(number // 60, number % 60),
        end=time(22, 0),
        direction=Direction.CHARGE,
        weekdays=EVERY_DAY,
    )


def _owner_window(number: int) -> TimeWindow:
    return TimeWindow(
        start=f"{15 + number // 60:02}:{number % 60:02}",
        end="23:00",
        direction="charge",
    )


def _shown_mode(settings: PlantSettings) -> str:
    if settings.operation_mode != "TOU":
        return settings.operation_mode
    return f"windows {_minutes(settings.windows[0].start)}"


def _shown_limit(settings: PlantSettings) -> str:
    if settings.control_mode != "limitedPowerGridKW":
        return settings.control_mode
    return f"limit {settings.feed_in_limit * 1000:.0f}"


def _minutes(clock: str) -> int:
    hours, minutes = clock.split(":")
    return int(hours) * 60 + int(minutes)


def _value(task: dict[str, Any]) -> str:
    """Return the value of a delivered task that tells whose it is."""
    if task.get("controlMode") == "0":
        return "unlimited"
    if "controlInfo" in task:
        return f"limit {task['controlInfo']['maxGridFeedInPower'] * 1000:.0f}"
    if windows := task.get("chargingAndDischargingTimeWindow"):
        return f"windows {_minutes(windows[0]['startTime'])}"
    if "dispatchTime" in task:
        return f"minutes {task['dispatchTime']}"
    if parameters := task.get("batteryConfigurationInfo"):
        return f"most {parameters.get('maximumChargePower')}"
    return str(task)
