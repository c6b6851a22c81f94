"""Lives through the plan of a soak, in one process after the other."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from homeassistant.config_entries import ConfigEntry, ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import device_registry as dr

from custom_components.smartpvms.const import DOMAIN
from scripts.benchmarking.cloud import CloudProgram
from scripts.benchmarking.fleet import START
from scripts.benchmarking.home import (
    OAUTH,
    api_account_entry,
    async_add,
    async_start,
    oauth_entry,
    temporary_folder,
)
from scripts.benchmarking.lives import House
from scripts.benchmarking.world import World

from .energy import shown, truth
from .keeper import Journal, Keeper
from .plan import Act, Life, lives_of

_BEAT = timedelta(minutes=5)
# the values of a plant with a battery are polled once an hour
_BEATS = 15
# after the last day nothing new happens, and what is under way comes to its end
_QUIET = timedelta(hours=26)


@dataclass(frozen=True, slots=True, kw_only=True)
class Soak:
    """What is soaked, and where it is written down."""

    plant: str
    mode: str
    days: int
    seed: int
    journal: Journal

    @property
    def commands(self) -> bool:
        """Whether commands are given: an API account may not."""
        return self.mode == OAUTH

    def run(self) -> None:
        """Live through all days. Raises BenchmarkError where Home Assistant ends itself."""
        seed = f"{self.plant} {self.mode} {self.seed}"
        lives = list(lives_of(seed, START, self.days, commands=self.commands))
        with (
            CloudProgram.running(self.plant, START, self.seed) as cloud,
            temporary_folder() as folder,
        ):
            house = House(folder, cloud, START)
            for life in lives[:-1]:
                self._live(house, folder, life)
            self._live(house, folder, lives[-1], last=True)

    def _live(
        self, house: House, folder: Path, life: Life, *, last: bool = False
    ) -> None:
        async def live(hass: HomeAssistant, world: World) -> None:
            await _Life(self, hass, world, folder).live(life, last=last)

        if life.killed:
            house.live_until_killed(live, life.until)
        else:
            house.live(live)


class _Life:
    """One life of Home Assistant."""

    def __init__(
        self, soak: Soak, hass: HomeAssistant, world: World, folder: Path
    ) -> None:
        self._soak = soak
        self._journal = soak.journal
        self._hass = hass
        self._world = world
        self._folder = folder
        self._keeper = Keeper(soak.journal)

    async def live(self, life: Life, *, last: bool) -> None:
        """Do what is planned, each at its time."""
        self._keeper.watch(self._hass)
        cloud = self._world.cloud
        self._journal.note("life", until=life.until.isoformat(), killed=life.killed)
        cloud.post("faults", {"clear": True})
        await async_start(self._hass)
        if not self._hass.config_entries.async_entries(DOMAIN):
            await async_add(self._hass, self._new_entry(cloud))
        acts: dict[str, Callable[[Act], Awaitable[None]]] = {
            "fault": self._fault,
            "mend": self._mend,
            "command": self._command,
            "reload": self._reload,
            "look": self._look,
        }
        for act in life.acts:
            await self._sleep_until(act.at)
            await acts[act.kind](act)
        await self._sleep_until(life.until)
        if last:
            self._steer({"clear": True})
            await self._sleep_until(life.until + _QUIET)
        self._keeper.look_at_disk(self._folder)

    @property
    def _entry(self) -> ConfigEntry:
        (entry,) = self._hass.config_entries.async_entries(DOMAIN)
        return entry

    def _new_entry(self, cloud: CloudProgram) -> ConfigEntry:
        plants = cloud.plants()
        if self._soak.mode == OAUTH:
            now = self._world.timeline.now
            return oauth_entry(cloud.url, plants, cloud.grant(), now, control=True)
        return api_account_entry(cloud.url, plants)

    async def _sleep_until(self, moment: datetime) -> None:
        await asyncio.sleep((moment - self._world.timeline.now).total_seconds())

    def _steer(self, body: dict[str, Any]) -> None:
        self._world.catch_up()
        self._world.cloud.post("faults", body)

    async def _fault(self, act: Act) -> None:
        self._steer({"enable": act.name, "parameters": dict(act.parameters)})
        self._journal.note("fault", name=act.name)

    async def _mend(self, act: Act) -> None:
        self._steer({"disable": act.name})

    async def _reload(self, act: Act) -> None:
        while self._entry.state is ConfigEntryState.SETUP_IN_PROGRESS:
            await asyncio.sleep(1)
        await self._hass.config_entries.async_reload(self._entry.entry_id)
        self._journal.note("reload", at=act.at.isoformat())

    async def _command(self, act: Act) -> None:
        """Give a command to the plant; a refusal is an answer too."""
        devices = dr.async_entries_for_config_entry(
            dr.async_get(self._hass), self._entry.entry_id
        )
        codes = self._entry.options["plants"]
        device = next(
            each
            for each in devices
            if any(identifier[1] in codes for identifier in each.identifiers)
        )
        try:
            answer = await self._hass.services.async_call(
                DOMAIN,
                act.name,
                {"device_id": device.id, **act.parameters},
                blocking=True,
                return_response=True,
            )
        except HomeAssistantError as error:
            self._journal.note("refused", name=act.name, why=error.translation_key)
            return
        plants = answer["plants"] if answer else None
        for row in plants if isinstance(plants, list) else []:
            if isinstance(row, dict):
                self._journal.note("command", name=act.name, task=row.get("task_id"))

    async def _look(self, act: Act) -> None:
        """Note the energies beside the true ones of the last beats, and weigh the process."""
        day = (act.at - START).days
        samples: dict[str, list[dict[str, float]]] = {}
        for _ in range(_BEATS):
            await asyncio.sleep(_BEAT.total_seconds())
            self._world.catch_up()
            for code, told in self._world.cloud.get("truth").items():
                samples.setdefault(code, []).append(truth(told["published"]))
        for code, truths in samples.items():
            for key, value in shown(self._hass, code).items():
                known = [each[key] for each in truths if key in each]
                self._journal.note(
                    "energy", day=day, key=f"{code} {key}", shown=value, truths=known
                )
        self._keeper.weigh(day)
