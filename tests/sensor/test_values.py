"""What the states are where the cloud's values are missing, odd or of unknown meaning."""

import logging

from freezegun.api import FrozenDateTimeFactory
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er
import pytest

from custom_components.smartpvms.const import DOMAIN
from tests.playback import (
    PLANT,
    Answer,
    PlaybackCloud,
    api_account_entry,
    async_next_poll,
    async_set_up,
    states_by_key,
    success,
)

DEVICE_ID = 1000000000000001

pytestmark = pytest.mark.usefixtures("all_entities_enabled")


@pytest.mark.parametrize(
    "value",
    [
        "null",
        '"N/A"',
        '""',
        '"null"',
        "NaN",
        '"NaN"',
        "Infinity",
        "-Infinity",
        "1e999",
        "true",
        "[]",
        "[5]",
        "{}",
        '"5 kW"',
        "1" * 400,
    ],
)
async def test_what_is_no_number_is_unknown_and_costs_no_other_value(
    hass: HomeAssistant, cloud: PlaybackCloud, value: str
) -> None:
    cloud.list_device(DEVICE_ID, 38)
    cloud.answers["getDevRealKpi"] = Answer(
        body=f'{{"success": true, "failCode": 0, "data": [{{"devId": {DEVICE_ID}, '
        f'"dataItemMap": {{"active_power": {value}, "day_cap": {value}, '
        f'"inverter_state": {value}, "open_time": {value}, "temperature": {value}, '
        f'"run_state": {value}, "total_cap": "12.5"}}}}]}}'
    )
    await async_set_up(hass, api_account_entry(cloud.url, [PLANT]))

    states = states_by_key(hass, "SERIAL")
    for key in (
        "active_power",
        "day_cap",
        "inverter_state",
        "open_time",
        "temperature",
    ):
        assert states[key] == "unknown", key
    assert states["total_cap"] == "12.5"


async def test_a_zero_of_the_cloud_is_a_zero(
    hass: HomeAssistant, cloud: PlaybackCloud
) -> None:
    cloud.list_device(DEVICE_ID, 38)
    cloud.tell(DEVICE_ID, active_power=0, day_cap="0.00", inverter_state=0.0)
    await async_set_up(hass, api_account_entry(cloud.url, [PLANT]))

    states = states_by_key(hass, "SERIAL")
    assert states["active_power"] == "0.0"
    assert states["day_cap"] == "0.0"
    assert states["inverter_state"] == "standby_initializing"
    assert states["mppt_power"] == "unknown"


async def test_a_code_of_unknown_meaning_is_unknown_and_logged_once(
    hass: HomeAssistant,
    cloud: PlaybackCloud,
    freezer: FrozenDateTimeFactory,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG, logger="custom_components.smartpvms.sensor")
    cloud.list_device(DEVICE_ID, 38)
    for day_cap, state in enumerate((9999, 9999.0, "9999", 512.5, 9999)):
        cloud.tell(DEVICE_ID, inverter_state=state, day_cap=day_cap)
        if day_cap == 0:
            await async_set_up(hass, api_account_entry(cloud.url, [PLANT]))
        else:
            await async_next_poll(hass, freezer)
        states = states_by_key(hass, "SERIAL")
        assert states["day_cap"] == f"{day_cap}.0"
        assert states["inverter_state"] == "unknown"

    logged = [
        (record.levelname, record.getMessage())
        for record in caplog.records
        if "inverter_state" in record.getMessage()
        and record.name.startswith("custom_components.smartpvms.sensor")
    ]
    assert len(logged) == 2
    assert {level for level, _ in logged} == {"DEBUG"}
    assert "9999" in logged[0][1]
    assert "512.5" in logged[1][1]

    cloud.tell(DEVICE_ID, inverter_state="512.0")
    await async_next_poll(hass, freezer)
    assert states_by_key(hass, "SERIAL")["inverter_state"] == "grid_connected"


async def test_an_instant_of_zero_or_in_seconds_is_unknown(
    hass: HomeAssistant, cloud: PlaybackCloud
) -> None:
    cloud.list_device(DEVICE_ID, 38)
    cloud.tell(DEVICE_ID, open_time=1665642954, close_time=0)
    await async_set_up(hass, api_account_entry(cloud.url, [PLANT]))

    states = states_by_key(hass, "SERIAL")
    assert states["open_time"] == "unknown"
    assert states["close_time"] == "unknown"


async def test_state_of_health_of_zero_means_unsupported(
    hass: HomeAssistant, cloud: PlaybackCloud, freezer: FrozenDateTimeFactory
) -> None:
    cloud.list_device(DEVICE_ID, 39)
    cloud.tell(DEVICE_ID, battery_soh=0.0)
    await async_set_up(hass, api_account_entry(cloud.url, [PLANT]))
    assert "battery_soh" not in states_by_key(hass, "SERIAL")

    cloud.tell(DEVICE_ID, battery_soh=97.0)
    await async_next_poll(hass, freezer)
    assert states_by_key(hass, "SERIAL")["battery_soh"] == "97.0"

    cloud.tell(DEVICE_ID, battery_soh=0.0)
    await async_next_poll(hass, freezer)
    assert states_by_key(hass, "SERIAL")["battery_soh"] == "unknown"


async def test_a_bad_row_costs_no_other_device_its_update(
    hass: HomeAssistant, cloud: PlaybackCloud
) -> None:
    cloud.answers["getDevList"] = success(
        [
            {
                "id": DEVICE_ID + number,
                "devName": f"Inverter-{number}",
                "devTypeId": 38,
                "esnCode": f"SERIAL-{number}",
                "stationCode": PLANT,
            }
            for number in range(4)
        ]
    )
    cloud.answers["getDevRealKpi"] = success(
        [
            {"devId": DEVICE_ID, "dataItemMap": "none"},
            {"devId": None, "dataItemMap": {"active_power": 9.0}},
            None,
            {"devId": DEVICE_ID + 1},
            {"devId": DEVICE_ID + 3, "dataItemMap": {"active_power": 1.25}},
        ]
    )
    await async_set_up(hass, api_account_entry(cloud.url, [PLANT]))

    assert states_by_key(hass, "SERIAL-3")["active_power"] == "1250.0"
    assert states_by_key(hass, "SERIAL-0")["active_power"] != "9000.0"
    assert states_by_key(hass, "SERIAL-2")["active_power"] == "unavailable"


async def test_failed_polls_keep_the_last_values_for_a_while(
    hass: HomeAssistant, cloud: PlaybackCloud, freezer: FrozenDateTimeFactory
) -> None:
    cloud.list_device(DEVICE_ID, 38)
    cloud.tell(DEVICE_ID, active_power=1.0)
    await async_set_up(hass, api_account_entry(cloud.url, [PLANT]))

    cloud.answers["getDevRealKpi"] = Answer(body="", status=500)
    seen = []
    for _ in range(4):
        await async_next_poll(hass, freezer)
        seen.append(states_by_key(hass, "SERIAL")["active_power"])
    assert seen[0] == "1000.0"
    assert seen[-1] == "unavailable"

    cloud.tell(DEVICE_ID, active_power=2.0)
    await async_next_poll(hass, freezer)
    assert states_by_key(hass, "SERIAL")["active_power"] == "2000.0"


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({}, ("CHF", "2026-06-21T00:00:00+09:00")),
        (
            {"currency": "COP", "time_zone": "America/Bogota"},
            ("COP", "2026-06-20T00:00:00-05:00"),
        ),
        ({"time_zone": "Nowhere/Land"}, ("CHF", "2026-06-21T00:00:00+09:00")),
    ],
    ids=["Home Assistant's", "the plant's", "unknown zone"],
)
async def test_revenue_is_in_the_currency_and_of_the_day_of_the_plant(
    hass: HomeAssistant,
    cloud: PlaybackCloud,
    freezer: FrozenDateTimeFactory,
    settings: dict[str, str],
    expected: tuple[str, str],
) -> None:
    currency, midnight = expected
    freezer.move_to("2026-06-21T03:00:00+00:00")
    await hass.config.async_update(currency="CHF", time_zone="Asia/Tokyo")
    cloud.tell_plant(day_income="-0.25", total_income="1234.5")
    await async_set_up(
        hass,
        api_account_entry(cloud.url, [PLANT], plant_settings={PLANT: settings}),
    )

    registry = er.async_get(hass)
    revenue = {}
    for key in ("day_income", "total_income"):
        entity_id = registry.async_get_entity_id("sensor", DOMAIN, f"{PLANT}_{key}")
        assert entity_id is not None
        state = hass.states.get(entity_id)
        assert state is not None
        assert state.attributes["unit_of_measurement"] == currency
        assert state.attributes["state_class"] == "total"
        revenue[key] = state
    assert revenue["day_income"].state == "-0.25"
    assert revenue["day_income"].attributes["last_reset"] == midnight
    assert revenue["total_income"].state == "1234.5"
    assert "last_reset" not in revenue["total_income"].attributes
