"""Every recorded answer of the real cloud: through client, coordinators and entities."""

from collections.abc import AsyncGenerator
from datetime import UTC, datetime, timedelta
from typing import Final

from freezegun.api import FrozenDateTimeFactory
from homeassistant.config_entries import SOURCE_REAUTH, ConfigEntryState
from homeassistant.const import Platform
from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers.entity import Entity
import pytest

from custom_components.smartpvms.const import DOMAIN
from custom_components.smartpvms.northbound.models import ReportPeriod

from .playback import (
    PAYLOADS,
    PLANT,
    PlaybackCloud,
    api_account_entry,
    async_oauth_entry,
    async_set_up,
    recorded,
    recorded_rows,
    states_by_key,
)

COLOMBIAN_PLANT: Final = "NE=51038540"

# inverters, as every one has these sensors whether or not they have values
INVERTER_WITHOUT_VALUES: Final = dict.fromkeys(
    (
        "inverter_state",
        "active_power",
        "mppt_power",
        "day_cap",
        "total_cap",
        "efficiency",
        "temperature",
        "open_time",
        "close_time",
        "reactive_power",
        "power_factor",
        "elec_freq",
    ),
    "unknown",
)

DEVICE_READINGS: Final[dict[str, tuple[dict[str, str], str]]] = {
    "getDevRealKpi_1_SUN2000-10KTL_closeTimeNA.json": (
        {
            "inverter_state": "grid_connected",
            "active_power": "180.0",
            "mppt_power": "180.0",
            "day_cap": "1.48",
            "total_cap": "1380.5",
            "mppt_total_cap": "1501.37",
            "mppt_1_cap": "897.77",
            "mppt_2_cap": "603.6",
            "efficiency": "100.0",
            "temperature": "45.0",
            "open_time": "2022-10-13T06:35:54+00:00",
            "close_time": "unknown",
            "reactive_power": "0.0",
            "power_factor": "1.0",
            "elec_freq": "50.01",
            "a_u": "227.8",
            "b_u": "227.4",
            "c_u": "229.4",
            "ab_u": "394.2",
            "bc_u": "395.7",
            "ca_u": "395.8",
            "a_i": "0.307",
            "b_i": "0.308",
            "c_i": "0.3",
            "pv1_u": "429.2",
            "pv1_i": "0.3",
            "pv2_u": "350.4",
            "pv2_i": "0.26",
        },
        "on",
    ),
    "getDevRealKpi_1_hybrid_measured.json": (
        INVERTER_WITHOUT_VALUES
        | {
            "inverter_state": "grid_connected",
            "active_power": "7028.0",
            "mppt_power": "7028.0",
            "day_cap": "19.01",
            "total_cap": "47407.43",
            "temperature": "58.2",
            "pv1_u": "554.2",
            "pv1_i": "7.33",
            "pv2_u": "397.3",
            "pv2_i": "7.97",
            "elec_freq": "50.02",
            "efficiency": "100.0",
        },
        "on",
    ),
    "getDevRealKpi_1_night_allNull.json": (INVERTER_WITHOUT_VALUES, "off"),
    "getDevRealKpi_39_LUNA_soh0_soc100.json": (
        {
            "battery_status": "running",
            "ch_discharge_model": "maximum_self_consumption",
            "battery_soc": "100.0",
            "ch_discharge_power": "0.0",
            "max_charge_power": "5000.0",
            "max_discharge_power": "5000.0",
            "charge_cap": "10.81",
            "discharge_cap": "2.23",
            "busbar_u": "782.7",
        },
        "on",
    ),
    "getDevRealKpi_39_lifetimeTotals_measured.json": (
        {
            "battery_status": "running",
            "ch_discharge_model": "maximum_self_consumption",
            "battery_soc": "100.0",
            "ch_discharge_power": "0.0",
            "max_charge_power": "5000.0",
            "max_discharge_power": "5000.0",
            "charge_cap": "13.12",
            "discharge_cap": "4.53",
            "total_charged_energy": "15834.93",
            "total_discharged_energy": "15659.47",
            "busbar_u": "787.3",
        },
        "on",
    ),
    "getDevRealKpi_47_meter_singlephase.json": (
        {
            "active_power": "1537.0",
            "active_cap": "322.32",
            "reverse_active_cap": "583.08",
            "reactive_power": "380.0",
            "power_factor": "-0.916",
            "meter_status": "normal",
            "meter_u": "226.8",
            "meter_i": "2.21",
            "grid_frequency": "49.99",
        },
        "on",
    ),
    "getDevRealKpi_47_threephase_export_measured.json": (
        {
            "active_power": "4650.0",
            "active_power_a": "1735.0",
            "active_power_b": "602.0",
            "active_power_c": "2312.0",
            "active_cap": "17062.67",
            "reverse_active_cap": "23167.8",
            "reactive_power": "unknown",
            "power_factor": "unknown",
            "meter_status": "unknown",
            "meter_u": "239.0",
            "b_u": "237.6",
            "c_u": "239.1",
            "meter_i": "7.44",
            "b_i": "2.86",
            "c_i": "9.69",
            "grid_frequency": "50.0",
        },
        "unknown",
    ),
}

# played instead of an interface's answer: interface, and what the user is told
FAILURES_AT_SET_UP: Final = {
    "error_20056_dataNull.json": ("stations", "owner_not_authorised"),
    "error_305_immediately.json": ("stations", "session_ended"),
    "error_401_invalidAccess.json": ("getDevList", "interface_not_granted"),
    "error_407_dataString.json": ("stations", "call_quota_exhausted"),
    "http_200_html_wrongHost.json": ("login", "wrong_server"),
    "http_400_paramError_pageSize.json": ("getDevList", "request_invalid"),
    "http_403_quotaControl_api.json": ("stations", "cloud_overloaded"),
}

OTHERS: Final = {
    "getAlarmList_networkError.json",
    "getDevList_dongle_inv_batt_meter.json",
    "getDevList_withModelAndDevDn.json",
    "getDevRealKpi_62_dongle_emptyMap.json",
    "getKpiStationDay_battery_PL_Nov2025.json",
    "getKpiStationHour_LATAM_noBattery.json",
    "getStationList_legacy_single.json",
    "getStationRealKpi_2022_noDailyOnGrid.json",
    "login_success_withDocMessage.json",
    "oauth_token_success_shape.json",
    "stations_LATAM_stringCoords.json",
    "stations_single_emptystr_coords.json",
}

NOON: Final = datetime(2026, 6, 21, 19, tzinfo=UTC)


@pytest.fixture(autouse=True)
def noon(freezer: FrozenDateTimeFactory) -> None:
    """Let it be noon of the test's time zone: by night no day counter is believed."""
    freezer.move_to(NOON)


@pytest.fixture
async def cloud() -> AsyncGenerator[PlaybackCloud]:
    async with PlaybackCloud().serve() as playback:
        yield playback


@pytest.fixture(autouse=True)
def all_entities_enabled(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Entity, "entity_registry_enabled_default", True)


def test_each_recorded_answer_is_played() -> None:
    played = DEVICE_READINGS.keys() | FAILURES_AT_SET_UP.keys() | OTHERS
    assert played == {path.name for path in PAYLOADS.glob("*.json")}


@pytest.mark.parametrize("file_name", DEVICE_READINGS)
async def test_readings_of_a_device(
    hass: HomeAssistant, cloud: PlaybackCloud, file_name: str
) -> None:
    row = recorded_rows(file_name)[0]
    cloud.list_device(row["devId"], int(file_name.split("_")[1]))
    cloud.answers["getDevRealKpi"] = recorded(file_name)
    await async_set_up(hass, api_account_entry(cloud.url, [PLANT]))

    states, connection = DEVICE_READINGS[file_name]
    assert states_by_key(hass, "SERIAL") == states
    assert states_by_key(hass, "SERIAL", Platform.BINARY_SENSOR) == {
        "run_state": connection
    }


async def test_a_dongle_has_no_readings_and_is_not_asked(
    hass: HomeAssistant, cloud: PlaybackCloud
) -> None:
    cloud.list_device(1000000078351303, 62)
    cloud.answers["getDevRealKpi"] = recorded("getDevRealKpi_62_dongle_emptyMap.json")
    entry = api_account_entry(cloud.url, [PLANT])
    await async_set_up(hass, entry)

    assert states_by_key(hass, "SERIAL") == {}
    assert "getDevRealKpi" not in cloud.requests
    readings = await entry.runtime_data.client.get_device_readings(
        62, [1000000078351303]
    )
    assert dict(readings[1000000078351303].values) == {}


async def test_readings_of_a_plant_before_24_6(
    hass: HomeAssistant, cloud: PlaybackCloud
) -> None:
    cloud.answers["getStationRealKpi"] = recorded(
        "getStationRealKpi_2022_noDailyOnGrid.json"
    )
    await async_set_up(hass, api_account_entry(cloud.url, [PLANT]))

    assert states_by_key(hass, PLANT) == {
        "last_change": "unknown",
        "day_power": "31.81",
        "month_power": "531.8",
        "total_power": "1007.27",
        "day_income": "3.827",
        "total_income": "535.794",
        "real_health_state": "healthy",
        "critical_alarms": "0",
        "major_alarms": "0",
        "minor_alarms": "0",
        "warning_alarms": "0",
    }


async def test_device_list_of_2022(hass: HomeAssistant, cloud: PlaybackCloud) -> None:
    cloud.answers["getDevList"] = recorded("getDevList_dongle_inv_batt_meter.json")
    entry = api_account_entry(cloud.url, [PLANT])
    await async_set_up(hass, entry)

    registry = dr.async_get(hass)
    plant = registry.async_get_device_by_identifier((DOMAIN, PLANT), entry.entry_id)
    assert plant is not None
    inverter = registry.async_get_device_by_identifier(
        (DOMAIN, "HV1051475490"), entry.entry_id
    )
    assert inverter is not None
    assert inverter.name == "Inverter-1"
    assert inverter.serial_number == "HV1051475490"
    assert inverter.sw_version == "V100R001C00SPC141"
    assert inverter.model == "SUN2000-10KTL-M1"
    assert inverter.via_device_id == plant.id
    # neither serial number nor DN: the id is all there is
    battery = registry.async_get_device_by_identifier(
        (DOMAIN, "1000000055254331"), entry.entry_id
    )
    assert battery is not None
    assert battery.name == "Battery-1"
    assert battery.serial_number is None
    assert battery.via_device_id == plant.id
    # the cloud told nothing of any of them
    assert states_by_key(hass, "1000000055254331")["battery_soc"] == "unavailable"
    assert states_by_key(hass, "1000000023655637")["active_power"] == "unavailable"


async def test_device_list_of_2026(hass: HomeAssistant, cloud: PlaybackCloud) -> None:
    cloud.answers["stations"] = recorded("stations_LATAM_stringCoords.json")
    cloud.answers["getDevList"] = recorded("getDevList_withModelAndDevDn.json")
    entry = api_account_entry(cloud.url, [COLOMBIAN_PLANT])
    await async_set_up(hass, entry)

    devices = {
        device.serial_number: device
        for device in dr.async_entries_for_config_entry(
            dr.async_get(hass), entry.entry_id
        )
    }
    assert devices.keys() == {None, "ES06XXXXXXXX", "ES90YYYYYYYY", "BT25ZZZZZZZZ"}
    assert devices[None].name == "Plant A"
    assert devices["ES90YYYYYYYY"].name == "Inverter-2"
    assert devices["ES90YYYYYYYY"].model == "SUN2000-20KTL-M3"
    assert devices["BT25ZZZZZZZZ"].model == "SDongleA-05"
    assert devices["BT25ZZZZZZZZ"].via_device_id == devices[None].id
    listed = entry.runtime_data.devices.data
    assert listed[1000000099442147].dn == "NE=99442147"
    assert listed[1000000099442147].optimizer_count == 0


async def test_plant_list_with_coordinates_as_text(
    hass: HomeAssistant, cloud: PlaybackCloud
) -> None:
    cloud.answers["stations"] = recorded("stations_LATAM_stringCoords.json")
    entry = api_account_entry(cloud.url, [COLOMBIAN_PLANT, "NE=38063839"])
    await async_set_up(hass, entry)

    assert entry.state is ConfigEntryState.LOADED
    plant = entry.runtime_data.plants.data["NE=38063839"]
    assert plant.longitude == -75.123456
    assert plant.capacity == 19.62
    assert plant.grid_connection is not None
    assert plant.grid_connection.isoformat() == "2023-12-14T16:31:15-05:00"
    # two plants of one name, and nothing is told of either
    assert states_by_key(hass, "NE=38063839")["day_power"] == "unavailable"


async def test_plant_list_with_a_plant_without_code(
    hass: HomeAssistant, cloud: PlaybackCloud
) -> None:
    cloud.answers["stations"] = recorded("stations_single_emptystr_coords.json")
    entry = api_account_entry(cloud.url, [PLANT])
    await async_set_up(hass, entry)

    assert entry.state is ConfigEntryState.SETUP_RETRY
    assert entry.error_reason_translation_key == "plants_missing"


async def test_old_plant_list_serves_where_the_new_one_is_refused(
    hass: HomeAssistant, cloud: PlaybackCloud
) -> None:
    cloud.answers["stations"] = recorded("error_401_invalidAccess.json")
    cloud.answers["getStationList"] = recorded("getStationList_legacy_single.json")
    entry = api_account_entry(cloud.url, ["xxxxxxxxxxxx"])
    await async_set_up(hass, entry)

    assert entry.state is ConfigEntryState.LOADED
    plant = entry.runtime_data.plants.data["xxxxxxxxxxxx"]
    assert plant.name == "Plant A"
    assert plant.capacity == pytest.approx(9.0)


async def test_a_message_beside_a_success_is_no_error(
    hass: HomeAssistant, cloud: PlaybackCloud
) -> None:
    assert "message" in cloud.answers["login"].body
    assert (
        cloud.answers["login"].body
        == recorded("login_success_withDocMessage.json").body
    )
    entry = api_account_entry(cloud.url, [PLANT])
    await async_set_up(hass, entry)

    assert entry.state is ConfigEntryState.LOADED
    assert cloud.requests[:2] == ["login", "stations"]
    assert set(cloud.tokens[1:]) == {"x-playback"}


@pytest.mark.usefixtures("current_request_with_host")
async def test_token_answer(hass: HomeAssistant, cloud: PlaybackCloud) -> None:
    cloud.answers["token"] = recorded("oauth_token_success_shape.json")
    entry = await async_oauth_entry(
        hass,
        cloud.url,
        [PLANT],
        {
            "access_token": "expired",
            "refresh_token": "first",
            "expires_in": 3600,
            "expires_at": 0,
            "token_type": "Bearer",
            "scope": "pvms.openapi.basic",
        },
    )
    await async_set_up(hass, entry)

    assert entry.state is ConfigEntryState.LOADED
    assert cloud.requests[:2] == ["token", "stations"]
    assert set(cloud.tokens[1:]) == {"Bearer x-masked-access"}
    assert entry.data["token"]["refresh_token"] == "x-masked-refresh"
    assert entry.data["token"]["scope"] == "pvms.openapi.basic pvms.openapi.control"


@pytest.mark.parametrize("file_name", FAILURES_AT_SET_UP)
async def test_failure_at_set_up_is_told_and_mends_itself(
    hass: HomeAssistant, cloud: PlaybackCloud, file_name: str
) -> None:
    interface, reason = FAILURES_AT_SET_UP[file_name]
    cloud.answers[interface] = recorded(file_name)
    if interface == "stations":
        cloud.answers["getStationList"] = recorded(file_name)
    entry = api_account_entry(cloud.url, [PLANT])
    await async_set_up(hass, entry)

    assert entry.state is ConfigEntryState.SETUP_RETRY
    assert entry.error_reason_translation_key == reason
    # what was refused is not asked for again at once, except once in a new session
    asked = cloud.requests.count(interface)
    assert asked == (2 if reason == "session_ended" else 1)
    # none of these is for the owner to mend by new credentials
    assert not [*entry.async_get_active_flows(hass, {SOURCE_REAUTH})]


async def test_rejected_interface_costs_only_what_it_serves(
    hass: HomeAssistant, cloud: PlaybackCloud
) -> None:
    cloud.list_device(1000000055254331, 39)
    cloud.answers["getDevRealKpi"] = recorded("error_401_invalidAccess.json")
    cloud.answers["getStationRealKpi"] = recorded(
        "getStationRealKpi_2022_noDailyOnGrid.json"
    )
    entry = api_account_entry(cloud.url, [PLANT])
    await async_set_up(hass, entry)

    assert entry.state is ConfigEntryState.LOADED
    assert states_by_key(hass, PLANT)["day_power"] == "31.81"
    assert states_by_key(hass, "SERIAL")["battery_soc"] == "unavailable"


async def test_alarm_of_a_lost_connection(
    hass: HomeAssistant, cloud: PlaybackCloud, freezer: FrozenDateTimeFactory
) -> None:
    cloud.answers["getAlarmList"] = recorded("getAlarmList_networkError.json")
    entry = api_account_entry(cloud.url, [PLANT])
    await async_set_up(hass, entry)

    # an API account has one call in half an hour
    freezer.tick(timedelta(minutes=31))
    alarms = await entry.runtime_data.client.get_alarms(
        plant_codes=[COLOMBIAN_PLANT],
        begin=datetime(2026, 4, 11, tzinfo=UTC),
        end=datetime(2026, 4, 18, tzinfo=UTC),
        language="en_US",
    )
    assert len(alarms) == 1
    alarm = alarms[0]
    assert alarm.kind == 999999999
    assert alarm.name == "Network Connection Error"
    assert alarm.severity == 2
    assert alarm.device_serial == "BT25ZZZZZZZZ"
    assert alarm.device_type_id == 62
    assert alarm.raised == datetime(2026, 4, 15, 23, 57, 19, 42000, tzinfo=UTC)
    assert alarm.repair_suggestion is not None
    assert alarm.repair_suggestion.count("\n") == 2


async def test_day_report_of_a_plant_with_battery(
    hass: HomeAssistant, cloud: PlaybackCloud
) -> None:
    cloud.answers["getKpiStationDay"] = recorded(
        "getKpiStationDay_battery_PL_Nov2025.json"
    )
    entry = api_account_entry(cloud.url, [PLANT])
    await async_set_up(hass, entry)

    first, second = await entry.runtime_data.client.get_plant_report(
        ReportPeriod.DAY, ["NE=205314378"], datetime(2025, 11, 14, tzinfo=UTC)
    )
    assert first.plant_code == "NE=205314378"
    # midnight in Poland
    assert first.start == datetime(2025, 10, 31, 23, tzinfo=UTC)
    assert first.values["PVYield"] == 17.98
    assert first.values["inverterYield"] == 14.59
    assert first.values["power_profit"] == -5.99
    assert second.start == datetime(2025, 11, 1, 23, tzinfo=UTC)
    assert "ongrid_power" not in second.values


async def test_hour_report_of_a_plant_without_battery(
    hass: HomeAssistant, cloud: PlaybackCloud
) -> None:
    cloud.answers["getKpiStationHour"] = recorded(
        "getKpiStationHour_LATAM_noBattery.json"
    )
    entry = api_account_entry(cloud.url, [PLANT])
    await async_set_up(hass, entry)

    first, second = await entry.runtime_data.client.get_plant_report(
        ReportPeriod.HOUR, [COLOMBIAN_PLANT], datetime(2026, 4, 18, tzinfo=UTC)
    )
    assert first.start == datetime(2026, 4, 18, 5, tzinfo=UTC)
    assert first.values["radiation_intensity"] == 542.3
    assert second.values["selfProvide"] == 0.49
    assert "chargeCap" not in first.values
