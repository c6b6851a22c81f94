"""Files that are damaged: each begins anew, says so once, and keeps nothing from starting."""

from collections.abc import Callable, Mapping
from copy import deepcopy
from itertools import product
import logging
from pathlib import Path
from random import Random
from typing import Any, Final, override

from freezegun.api import FrozenDateTimeFactory
from homeassistant.components.recorder import Recorder
from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.helpers.storage import Store
import pytest

from custom_components.smartpvms.accounts import async_purge_accounts
from custom_components.smartpvms.const import DOMAIN
from custom_components.smartpvms.stored import async_load_stored
from tests.battery_plan.test_actions import PLAN
from tests.conftest import RunningSimulator
from tests.plant_control.house import House, async_build_house

FILES: Final = frozenset(
    {
        "account",
        "alarms",
        "control",
        "energy",
        "history",
        "memory",
        "moving",
        "plans",
        "polling",
        "removed_accounts",
        "tokens",
    }
)
# what may stand instead of anything that we wrote
VALUES: Final = (None, "text", [7, None, ["x"]], {"x": {}})
NUMBERS: Final = (-1e300, 0, True, 1e300)
DEPTHS: Final = range(1, 7)
SEEDS: Final = 8

type Document = dict[str, Any]


def of_a_later_version(document: Document) -> None:
    document["version"] = 99


def of_an_older_version(document: Document) -> None:
    document["version"] = 0


def of_text(document: Document) -> None:
    document["data"] = "text"


def of_a_list(document: Document) -> None:
    document["data"] = ["text"]


SHAPES: Final = (
    of_a_later_version,
    of_an_older_version,
    of_text,
    of_a_list,
)


class Disk:
    """Our files as they are when whole, and a house that starts from them again."""

    def __init__(self, house: House, storage: dict[str, Any]) -> None:
        """Keep a copy of the files, with those that are there only for moments."""
        entry_id = house.entry.entry_id
        self._house = house
        self._storage = storage
        self._whole: dict[str, Document] = {
            key: deepcopy(document)
            for key, document in storage.items()
            if key.startswith(f"{DOMAIN}.")
        }
        moments: Mapping[str, Document] = {
            f"{DOMAIN}.moving.{entry_id}": {
                "steps": [{"entity_id": "sensor.theirs", "integration": "theirs"}],
                "removed": ["their_entry"],
                "silenced": {"their_entry": ["NE=1"]},
            },
            f"{DOMAIN}.removed_accounts": {"owner": 1.0},
        }
        for key, data in moments.items():
            self._whole[key] = {"version": 1, "key": key, "data": data}

    @property
    def names(self) -> frozenset[str]:
        """What the files are called, without the ids of entry and account."""
        return frozenset(key.split(".")[1] for key in self._whole)

    async def start(self, damage: Callable[[Document], None]) -> ConfigEntryState:
        """Start Home Assistant anew with each file damaged; return what then is."""
        hass, entry = self._house.hass, self._house.entry
        await hass.config_entries.async_unload(entry.entry_id)
        for key in [key for key in hass.data if key.startswith(f"{DOMAIN}_")]:
            if not key.endswith("repair_ids"):
                del hass.data[key]
        for key, document in self._whole.items():
            self._storage[key] = deepcopy(document)
            damage(self._storage[key])
        await async_purge_accounts(hass)
        await hass.config_entries.async_setup(entry.entry_id)
        await hass.async_block_till_done(wait_background_tasks=True)
        return entry.state


@pytest.fixture
async def disk(
    recorder_mock: Recorder,
    hass: HomeAssistant,
    hass_storage: dict[str, Any],
    freezer: FrozenDateTimeFactory,
    simulator: RunningSimulator,
) -> Disk:
    """Return the files of a house, all of which have something in them."""
    hass.loop.set_debug(False)
    house = await async_build_house(hass, freezer, simulator)
    await house.do("set_battery_plan", **PLAN)
    await house.pass_time(20, step=5)
    assert await hass.config_entries.async_unload(house.entry.entry_id)
    return Disk(house, hass_storage)


def take_lines(caplog: pytest.LogCaptureFixture) -> list[str]:
    """Take what was logged above info of ours, none of it with a traceback."""
    records = [
        record
        for record in caplog.get_records("call")
        if record.levelno > logging.INFO and DOMAIN in record.name
    ]
    caplog.clear()
    assert [record.getMessage() for record in records if record.exc_info] == []
    return [record.getMessage() for record in records]


async def test_files_that_cannot_be_read_begin_anew(
    disk: Disk, caplog: pytest.LogCaptureFixture, subtests: pytest.Subtests
) -> None:
    assert disk.names == FILES
    take_lines(caplog)
    for damage in SHAPES:
        with subtests.test(damage=damage.__name__):
            assert await disk.start(damage) is ConfigEntryState.LOADED
            told = [line.split(" ")[0].split(".")[1] for line in take_lines(caplog)]
            assert sorted(told) == sorted(FILES)


def replaced(value: Any, by: Any, depth: int) -> Any:
    """Return JSON in which all that lies at a depth is something else."""
    if depth == 0:
        return deepcopy(by)
    match value:
        case dict():
            return {key: replaced(each, by, depth - 1) for key, each in value.items()}
        case list():
            return [replaced(each, by, depth - 1) for each in value]
    return value


def spoiled(value: Any, chance: Random) -> Any:
    """Return JSON in which one thing in ten is something else."""
    if chance.random() < 0.1:
        return deepcopy(chance.choice(VALUES + NUMBERS))
    match value:
        case dict():
            return {key: spoiled(each, chance) for key, each in value.items()}
        case list():
            return [spoiled(each, chance) for each in value]
    return value


async def test_what_is_damaged_in_a_file_is_left_out(
    disk: Disk, caplog: pytest.LogCaptureFixture, subtests: pytest.Subtests
) -> None:
    take_lines(caplog)
    for value, depth in product(VALUES, DEPTHS):

        def damage(document: Document, value: Any = value, depth: int = depth) -> None:
            document["data"] = replaced(document["data"], value, depth)

        with subtests.test(value=value, depth=depth):
            assert await disk.start(damage) is ConfigEntryState.LOADED
            assert take_lines(caplog) == []


async def test_what_is_damaged_here_and_there_is_left_out(
    disk: Disk, caplog: pytest.LogCaptureFixture, subtests: pytest.Subtests
) -> None:
    take_lines(caplog)
    for seed in range(SEEDS):
        chance = Random(seed)

        def damage(document: Document, chance: Random = chance) -> None:
            data = document["data"]
            document["data"] = {key: spoiled(data[key], chance) for key in data}

        with subtests.test(seed=seed):
            assert await disk.start(damage) is ConfigEntryState.LOADED
            assert take_lines(caplog) == []


class FileStore(Store[dict[str, Any]]):
    """Reads the file itself, which the test plugin keeps away."""

    @override
    async def _async_load(self) -> dict[str, Any] | None:
        stored: dict[str, Any] | None = await self._async_load_data()
        return stored


@pytest.mark.parametrize(
    ("content", "lines"),
    [
        (b"", 0),
        (b'{"version": 1, "data": {"a"', 0),
        (b"{}", 0),
        (b"7", 1),
        (b'"text"', 1),
        (b"null", 1),
        (b"[]", 1),
        (b'["version"]', 1),
        (b'{"version": 1}', 1),
        (b'{"data": {"a": 1}}', 1),
        (b'{"version": "1", "data": {"a": 1}}', 1),
        (b'{"version": 1, "data": 7}', 1),
        (b'{"version": 1, "data": null}', 0),
        (b"\xff\xfe\x00", 0),
    ],
)
async def test_file_that_is_no_file_of_ours_holds_nothing(
    hass: HomeAssistant,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    content: bytes,
    lines: int,
) -> None:
    """What is no JSON at all, Home Assistant puts aside, and says so itself."""
    hass.config.config_dir = str(tmp_path)
    (tmp_path / ".storage").mkdir()
    (tmp_path / ".storage" / f"{DOMAIN}.damaged").write_bytes(content)
    store = FileStore(hass, 1, f"{DOMAIN}.damaged")

    assert await async_load_stored(store) == {}
    assert len(take_lines(caplog)) == lines
