"""The actions: what they return, what they cost, and what they refuse."""

from collections.abc import AsyncGenerator
from datetime import UTC, datetime, timedelta
from itertools import pairwise
import json
from pathlib import Path
from typing import Any, Final, override

from aiohttp import web
from freezegun.api import FrozenDateTimeFactory
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
from homeassistant.helpers import device_registry as dr
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
import voluptuous as vol
import yaml

from custom_components.smartpvms.const import DOMAIN
from custom_components.smartpvms.northbound.interfaces import Interface
from simulator import Simulator

from .alarms.cloud import FARM, HOME, START, AlarmCloud, account_entry, oauth_entry
from .conftest import SimulatorFactory
from .playback import Answer, api_account_entry, async_set_up, recorded, success

PROJECT: Final = Path(__file__).parents[1]
INTEGRATION: Final = PROJECT / "custom_components" / "smartpvms"
DAY: Final = timedelta(days=1)


class ReportCloud(AlarmCloud):
    """Keeps the bodies of requests for reports."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[tuple[str, dict[str, Any]]] = []

    @override
    async def _answer(self, request: web.Request) -> web.Response:
        if "Kpi" in request.path:
            interface = request.path.rsplit("/", 1)[-1]
            self.asked.append((interface, await request.json()))
        return await super()._answer(request)

    def reports(self) -> list[tuple[str, datetime]]:
        """Return which reports were asked for, and the instant they name."""
        return [
            (interface, datetime.fromtimestamp(body["collectTime"] / 1000, UTC))
            for interface, body in self.asked
            if "collectTime" in body
        ]


@pytest.fixture
async def cloud(freezer: FrozenDateTimeFactory) -> AsyncGenerator[ReportCloud]:
    """Serve two plants; the first has an inverter, a battery and a dongle."""
    freezer.move_to(START)
    report_cloud = ReportCloud()
    report_cloud.list_plants(HOME, FARM)
    report_cloud.answers["getDevList"] = success(
        [
            device(1, 38, "Inverter-1", "SN1"),
            device(2, 39, "Battery-1", None),
            device(3, 62, "Dongle-1", "SN3"),
        ]
    )
    async with report_cloud.serve():
        yield report_cloud


def device(number: int, type_id: int, name: str, serial: str | None) -> dict[str, Any]:
    return {
        "id": number,
        "devDn": f"NE=10{number}",
        "devName": name,
        "devTypeId": type_id,
        "esnCode": serial,
        "stationCode": HOME,
    }


def rows(*starts: datetime, owner: dict[str, Any], **values: object) -> Answer:
    """Answer with a report of one plant or device."""
    return success(
        [
            {
                **owner,
                "collectTime": round(start.timestamp() * 1000),
                "dataItemMap": values,
            }
            for start in starts
        ]
    )


def device_id(hass: HomeAssistant, entry: MockConfigEntry, key: str) -> str:
    """Return Home Assistant's id of a plant or device."""
    found = dr.async_get(hass).async_get_device_by_identifier(
        (DOMAIN, key), entry.entry_id
    )
    assert found is not None
    return found.id


async def call(hass: HomeAssistant, action: str, **data: object) -> Any:
    """Call an action, and check that its response can be sent as JSON."""
    response = await hass.services.async_call(
        DOMAIN, action, data, blocking=True, return_response=True
    )
    assert json.loads(json.dumps(response)) == response
    return response


@pytest.fixture
async def entry(hass: HomeAssistant, cloud: ReportCloud) -> MockConfigEntry:
    """Set up an owner's entry for both plants."""
    served = await oauth_entry(hass, cloud, [HOME, FARM])
    await async_set_up(hass, served)
    return served


async def test_actions_exist_without_an_entry(hass: HomeAssistant) -> None:
    assert await async_setup_component(hass, DOMAIN, {})
    assert set(hass.services.async_services()[DOMAIN]) == {
        *("fill_energy_dashboard", "get_alarms", "get_report"),
        *("set_battery_mode", "set_battery_parameters"),
        *("forcible_charge", "forcible_discharge", "stop_forcible_charge"),
        *("set_feed_in_limit", "remove_feed_in_limit", "dispatch_battery"),
        *("get_battery_mode", "get_feed_in_limit", "get_tasks"),
        *("get_outliers", "hold_battery", "set_battery_plan"),
        *("import_history", "delete_history", "check_access"),
    }

    with pytest.raises(ServiceValidationError):
        await call(hass, "get_alarms")


def test_files_agree_about_the_actions() -> None:
    services = yaml.safe_load((INTEGRATION / "services.yaml").read_text())
    english = json.loads((INTEGRATION / "translations" / "en.json").read_text())
    icons = json.loads((INTEGRATION / "icons.json").read_text())
    page = "".join(
        (PROJECT / "docs" / name).read_text()
        for name in ("actions.md", "control.md", "day-plan.md")
    )

    assert services.keys() == english["services"].keys() == icons["services"].keys()
    for name, action in services.items():
        texts = english["services"][name]
        assert texts["name"]
        assert texts["description"]
        assert texts["fields"].keys() == action["fields"].keys()
        assert all(
            field["name"] and field["description"] for field in texts["fields"].values()
        )
        assert f"`smartpvms.{name}`" in page
        for field, details in action["fields"].items():
            assert f"`{field}`" in page
            select = details["selector"].get("select")
            if select:
                options = english["selector"][select["translation_key"]]["options"]
                assert list(options) == select["options"]


async def test_alarms_of_all_plants(hass: HomeAssistant, cloud: ReportCloud) -> None:
    cloud.add(1, START - DAY, severity=1)
    cloud.add(2, START - DAY, severity=9, plant=FARM)
    await async_set_up(hass, await oauth_entry(hass, cloud, [HOME, FARM]))
    asked = len(cloud.requests)

    response = await call(hass, "get_alarms")
    assert response == {
        "plants": [
            {
                "plant": "Home",
                "plant_code": HOME,
                "known_until": "2026-03-01T04:00:00-08:00",
                "alarms": [
                    {
                        "name": "Alarm 1 in en_US",
                        "severity": "critical",
                        "cause": "A cause",
                        "repair_suggestion": "A remedy",
                        "device": "Inverter-1",
                        "serial_number": "SN1",
                        "kind": 1,
                        "raised": "2026-02-28T04:00:00-08:00",
                    }
                ],
            },
            {
                "plant": "Farm",
                "plant_code": FARM,
                "known_until": "2026-03-01T04:00:00-08:00",
                "alarms": [
                    {
                        "name": "Alarm 2 in en_US",
                        "severity": None,
                        "cause": "A cause",
                        "repair_suggestion": "A remedy",
                        "device": "Inverter-1",
                        "serial_number": "SN1",
                        "kind": 2,
                        "raised": "2026-02-28T04:00:00-08:00",
                    }
                ],
            },
        ]
    }
    assert len(cloud.requests) == asked


async def test_the_account_stands_for_all_its_plants(
    hass: HomeAssistant, cloud: ReportCloud, entry: MockConfigEntry
) -> None:
    assert entry.unique_id is not None
    account = device_id(hass, entry, entry.unique_id)
    cloud.answers["getKpiStationDay"] = success([])

    alarms = await call(hass, "get_alarms", device_id=account)
    report = await call(
        hass,
        "get_report",
        device_id=account,
        period="day",
        start_date="2026-02-10",
    )

    assert [plant["plant_code"] for plant in alarms["plants"]] == [HOME, FARM]
    assert [plant["plant_code"] for plant in report["reports"]] == [HOME, FARM]


async def test_alarms_of_chosen_devices_and_severities(
    hass: HomeAssistant, cloud: ReportCloud
) -> None:
    cloud.add(1, START - DAY, severity=1)
    cloud.add(2, START - DAY, severity=2)
    cloud.add(3, START - DAY, device="Battery-1", serial=None)
    cloud.add(4, START - DAY, plant=FARM)
    entry = await oauth_entry(hass, cloud, [HOME, FARM])
    await async_set_up(hass, entry)

    async def kinds(*keys: str, **data: object) -> list[int]:
        ids = [device_id(hass, entry, key) for key in keys]
        response = await call(hass, "get_alarms", device_id=ids, **data)
        return [
            alarm["kind"] for plant in response["plants"] for alarm in plant["alarms"]
        ]

    assert await kinds("SN1") == [1, 2]
    assert await kinds("SN1", severity="critical") == [1]
    assert await kinds("SN1", severity=["major", "minor"]) == [2]
    assert await kinds("NE=102") == [3]
    assert await kinds("SN3") == []
    assert await kinds(FARM) == [4]
    assert await kinds(HOME, "SN1") == [1, 2, 3]
    assert await kinds("NE=102", FARM, config_entry_id=entry.entry_id) == [4, 3]


async def test_alarms_that_nobody_knows(
    hass: HomeAssistant, cloud: ReportCloud
) -> None:
    cloud.behaviour.answer = Answer(body="", status=500)
    await async_set_up(hass, account_entry(cloud))

    with pytest.raises(HomeAssistantError) as raised:
        await call(hass, "get_alarms")
    assert raised.value.translation_key == "alarms_not_known"


async def test_days_of_plants(
    hass: HomeAssistant, cloud: ReportCloud, entry: MockConfigEntry
) -> None:
    # two midnights of Los Angeles, where this Home Assistant is
    cloud.answers["getKpiStationDay"] = success(
        [
            *json.loads(
                rows(
                    datetime(2026, 2, 10, 8, tzinfo=UTC),
                    datetime(2026, 2, 11, 8, tzinfo=UTC),
                    datetime(2026, 2, 12, 8, tzinfo=UTC),
                    owner={"stationCode": HOME},
                    PVYield=5.5,
                    power_profit=None,
                ).body
            )["data"],
            *json.loads(
                rows(
                    datetime(2026, 2, 11, 8, tzinfo=UTC),
                    owner={"stationCode": FARM},
                    PVYield=None,
                ).body
            )["data"],
        ]
    )
    response = await call(
        hass,
        "get_report",
        period="day",
        start_date="2026-02-11",
        end_date="2026-02-12",
    )

    assert response == {
        "period": "day",
        "reports": [
            {
                "plant": "Home",
                "plant_code": HOME,
                "rows": [
                    {"start": "2026-02-11T00:00:00-08:00", "PVYield": 5.5},
                    {"start": "2026-02-12T00:00:00-08:00", "PVYield": 5.5},
                ],
            },
            {"plant": "Farm", "plant_code": FARM, "rows": []},
        ],
    }
    assert [name for name, _ in cloud.reports()] == ["getKpiStationDay"]


@pytest.mark.parametrize(
    ("period", "start", "end", "calls"),
    [
        ("hour", "2026-02-26", "2026-02-28", 3),
        # tomorrow and later is not asked for
        ("hour", "2026-02-28", "2026-03-09", 2),
        ("hour", "2026-02-28", None, 1),
        ("day", "2025-12-31", "2026-02-01", 3),
        ("day", "2025-12-31", None, 1),
        ("month", "2023-12-31", "2026-02-01", 4),
        ("year", "2010-01-01", "2026-02-01", 1),
    ],
)
async def test_calls_of_a_range(
    hass: HomeAssistant,
    cloud: ReportCloud,
    entry: MockConfigEntry,
    *,
    period: str,
    start: str,
    end: str | None,
    calls: int,
) -> None:
    interface = f"getKpiStation{period.title()}"
    cloud.answers[interface] = success([])
    data = {"end_date": end} if end else {}
    response = await call(hass, "get_report", period=period, start_date=start, **data)

    assert [report["rows"] for report in response["reports"]] == [[], []]
    assert [name for name, _ in cloud.reports()] == [interface] * calls


async def test_hours_by_the_clock_of_each_plant(
    hass: HomeAssistant, cloud: ReportCloud
) -> None:
    settings = {
        HOME: {"time_zone": "Pacific/Auckland"},
        FARM: {"time_zone": "Europe/Berlin"},
    }
    entry = await oauth_entry(hass, cloud, [HOME, FARM])
    entry.add_to_hass(hass)
    hass.config_entries.async_update_entry(
        entry, options={**entry.options, "plant_settings": settings}
    )
    await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    cloud.answers["getKpiStationHour"] = rows(
        datetime(2026, 2, 19, 10, tzinfo=UTC),
        datetime(2026, 2, 19, 11, tzinfo=UTC),
        datetime(2026, 2, 20, 11, tzinfo=UTC),
        owner={"stationCode": HOME},
        inverter_power=1.0,
    )
    response = await call(hass, "get_report", period="hour", start_date="2026-02-20")

    assert [at.isoformat() for _, at in cloud.reports()] == [
        "2026-02-19T23:00:00+00:00",
        "2026-02-20T11:00:00+00:00",
    ]
    assert response["reports"][0]["rows"] == [
        {"start": "2026-02-20T00:00:00+13:00", "inverter_power": 1.0}
    ]


@pytest.mark.parametrize(
    ("period", "wire", "row_starts"),
    [
        # plants which name 00:00 UTC, and a zone that is an hour off
        ("day", datetime(2026, 2, 10, tzinfo=UTC), "2026-02-10"),
        ("day", datetime(2026, 2, 10, 7, tzinfo=UTC), "2026-02-10"),
        ("day", datetime(2026, 2, 10, 9, tzinfo=UTC), "2026-02-10"),
        ("month", datetime(2026, 2, 1, 8, tzinfo=UTC), "2026-02-01"),
        ("month", datetime(2026, 2, 1, tzinfo=UTC), "2026-02-01"),
        ("year", datetime(2026, 1, 1, 8, tzinfo=UTC), "2026-01-01"),
        ("year", datetime(2026, 1, 1, tzinfo=UTC), "2026-01-01"),
    ],
)
async def test_row_starts_at_midnight_of_the_plant(
    hass: HomeAssistant,
    cloud: ReportCloud,
    entry: MockConfigEntry,
    *,
    period: str,
    wire: datetime,
    row_starts: str,
) -> None:
    cloud.answers[f"getKpiStation{period.title()}"] = rows(
        wire, owner={"stationCode": HOME}, PVYield=1.0
    )
    response = await call(hass, "get_report", period=period, start_date="2026-02-10")

    starts = [row["start"] for row in response["reports"][0]["rows"]]
    assert starts == [f"{row_starts}T00:00:00-08:00"]


async def test_report_of_devices(
    hass: HomeAssistant, cloud: ReportCloud, entry: MockConfigEntry
) -> None:
    start = datetime(2026, 2, 1, 8, tzinfo=UTC)
    cloud.answers["getDevKpiMonth"] = rows(start, owner={"devId": 2}, charge_cap=6.75)
    ids = [device_id(hass, entry, key) for key in ("SN1", "NE=102")]
    response = await call(
        hass, "get_report", device_id=ids, period="month", start_date="2026-02-01"
    )

    assert response["reports"] == [
        {
            "plant": "Home",
            "plant_code": HOME,
            "device": "Inverter-1",
            "serial_number": "SN1",
            "rows": [],
        },
        {
            "plant": "Home",
            "plant_code": HOME,
            "device": "Battery-1",
            "serial_number": None,
            "rows": [{"start": "2026-02-01T00:00:00-08:00", "charge_cap": 6.75}],
        },
    ]
    types = [body["devTypeId"] for _, body in cloud.asked if "collectTime" in body]
    assert types == [38, 39]


@pytest.mark.parametrize(
    ("keys", "data", "error"),
    [
        (["SN3"], {}, "device_without_report"),
        (["SN1"], {"period": "hour"}, "no_hours_of_devices"),
        ([], {"end_date": "2026-02-09"}, "end_before_start"),
        ([], {"period": "hour", "start_date": "2026-02-01"}, "report_too_long"),
        ([], {"period": "hour", "start_date": "0001-01-01"}, "report_too_long"),
        (
            [],
            {"start_date": "2026-03-02", "end_date": "2026-03-09"},
            "report_of_the_future",
        ),
        (
            [],
            {"period": "year", "start_date": "9999-12-31", "end_date": "9999-12-31"},
            "report_of_the_future",
        ),
        (["gone"], {}, "device_without_data"),
        ([HOME, "other"], {}, "devices_of_several_entries"),
        (["other"], {"config_entry_id": "ours"}, "devices_of_several_entries"),
    ],
)
async def test_mistakes_of_the_caller_cost_nothing(
    hass: HomeAssistant,
    cloud: ReportCloud,
    entry: MockConfigEntry,
    *,
    keys: list[str],
    data: dict[str, Any],
    error: str,
) -> None:
    other = api_account_entry(cloud.url, ["NE=3"], username="other")
    await async_set_up(hass, other)
    registry = dr.async_get(hass)
    for owner, key in ((other, "other"), (entry, "gone")):
        registry.async_get_or_create(
            config_entry_id=owner.entry_id, identifiers={(DOMAIN, key)}
        )
    ids = [device_id(hass, other if key == "other" else entry, key) for key in keys]
    if "config_entry_id" in data:
        data = {"config_entry_id": entry.entry_id}
    elif not ids:
        data = {**data, "config_entry_id": entry.entry_id}
    asked = len(cloud.requests)
    request = {
        "period": "day",
        "start_date": "2026-02-10",
        "end_date": "2026-02-20",
        **data,
    }
    with pytest.raises(ServiceValidationError) as raised:
        await call(hass, "get_report", device_id=ids, **request)

    assert raised.value.translation_key == error
    assert raised.value.translation_domain == DOMAIN
    assert len(cloud.requests) == asked


@pytest.mark.parametrize(
    "data",
    [
        {"period": "week", "start_date": "2026-02-01"},
        {"period": "day"},
        {"period": "day", "start_date": "yesterday"},
    ],
)
async def test_schema_of_a_report(
    hass: HomeAssistant, entry: MockConfigEntry, data: dict[str, Any]
) -> None:
    with pytest.raises(vol.Invalid):
        await call(hass, "get_report", **data)


async def test_severity_is_a_known_one(
    hass: HomeAssistant, entry: MockConfigEntry
) -> None:
    with pytest.raises(vol.Invalid):
        await call(hass, "get_alarms", severity="deadly")


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (Answer(body="", status=500), "server_error"),
        (recorded("error_407_dataString.json"), "call_quota_exhausted"),
        (recorded("error_401_invalidAccess.json"), "interface_not_granted"),
        (recorded("error_20056_dataNull.json"), "owner_not_authorised"),
    ],
)
async def test_refusal_of_the_cloud_is_told(
    hass: HomeAssistant,
    cloud: ReportCloud,
    entry: MockConfigEntry,
    answer: Answer,
    error: str,
) -> None:
    cloud.answers["getKpiStationDay"] = answer
    with pytest.raises(HomeAssistantError) as raised:
        await call(hass, "get_report", period="day", start_date="2026-02-10")

    assert not isinstance(raised.value, ServiceValidationError)
    assert raised.value.translation_key == error
    assert raised.value.translation_domain == DOMAIN


async def test_report_for_which_calls_do_not_suffice_is_not_begun(
    hass: HomeAssistant, cloud: ReportCloud, entry: MockConfigEntry
) -> None:
    ledger = entry.runtime_data.client.ledger
    left = ledger.remaining(Interface.PLANT_DAY)
    await ledger.book(Interface.PLANT_DAY, left - 1)
    with pytest.raises(HomeAssistantError) as raised:
        await call(
            hass,
            "get_report",
            period="day",
            start_date="2026-01-10",
            end_date="2026-02-10",
        )

    assert raised.value.translation_key == "calls_used_up"
    assert raised.value.translation_placeholders is not None
    assert raised.value.translation_placeholders["retry_at"]
    assert cloud.reports() == []


async def test_report_is_what_the_simulator_counts(
    hass: HomeAssistant, simulator_factory: SimulatorFactory
) -> None:
    running = await simulator_factory(plant="home")
    simulator: Simulator = running.simulator
    (plant,) = simulator.plants
    entry = api_account_entry(
        running.url,
        [plant.code],
        password="simulator-password",
        plant_settings={plant.code: {"time_zone": "Europe/Berlin"}},
    )
    await async_set_up(hass, entry)
    response = await call(
        hass,
        "get_report",
        period="day",
        start_date="2026-06-18",
        end_date="2026-06-20",
    )

    (report,) = response["reports"]
    assert [row["start"] for row in report["rows"]] == [
        "2026-06-18T00:00:00+02:00",
        "2026-06-19T00:00:00+02:00",
        "2026-06-20T00:00:00+02:00",
    ]
    days = [START.replace(month=6, day=day).date() for day in (18, 19, 20, 21)]
    produced = [
        plant.history.between(day, following).pv_yield
        for day, following in pairwise(days)
    ]
    assert [row["PVYield"] for row in report["rows"]] == pytest.approx(
        produced, abs=0.001
    )
