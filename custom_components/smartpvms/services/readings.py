"""The actions that read alarms and reports."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from datetime import date, datetime, tzinfo
from typing import Final

from homeassistant.core import (
    HomeAssistant,
    ServiceCall,
    ServiceResponse,
    SupportsResponse,
    callback,
)
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
from homeassistant.helpers import config_validation as cv
from homeassistant.util import dt as dt_util
from homeassistant.util.json import JsonObjectType
import voluptuous as vol

from ..alarms.records import SEVERITIES, severity_of
from ..const import CONF_PLANT_SETTINGS, CONF_TIME_ZONE, DOMAIN
from ..failures import as_home_assistant_error
from ..northbound.device_types import serves_reports
from ..northbound.errors import (
    DoorClosedError,
    FailureKey,
    NorthboundError,
    failure_of,
)
from ..northbound.flow_control import Ledger
from ..northbound.interfaces import Interface
from ..northbound.models import Alarm, ReportPeriod
from ..report import Batch, ReportRange, ReportRow, async_fetch
from .selection import SELECTION, Selection, selected

GET_ALARMS: Final = "get_alarms"
GET_REPORT: Final = "get_report"

ATTR_SEVERITY: Final = "severity"
ATTR_PERIOD: Final = "period"
ATTR_START_DATE: Final = "start_date"
ATTR_END_DATE: Final = "end_date"

MOST_CALLS: Final = 12
"""What one report may cost."""

_ALARMS_SCHEMA: Final = vol.Schema(
    {
        **SELECTION,
        vol.Optional(ATTR_SEVERITY): vol.All(
            cv.ensure_list, [vol.In(list(SEVERITIES.values()))]
        ),
    }
)
_REPORT_SCHEMA: Final = vol.Schema(
    {
        **SELECTION,
        vol.Required(ATTR_PERIOD): vol.Coerce(ReportPeriod),
        vol.Required(ATTR_START_DATE): cv.date,
        vol.Optional(ATTR_END_DATE): cv.date,
    }
)


@callback
def async_setup_reading(hass: HomeAssistant) -> None:
    """Register these actions."""
    hass.services.async_register(
        DOMAIN,
        GET_ALARMS,
        _async_get_alarms,
        schema=_ALARMS_SCHEMA,
        supports_response=SupportsResponse.ONLY,
    )
    hass.services.async_register(
        DOMAIN,
        GET_REPORT,
        _async_get_report,
        schema=_REPORT_SCHEMA,
        supports_response=SupportsResponse.ONLY,
    )


async def _async_get_alarms(call: ServiceCall) -> ServiceResponse:
    """Return the active alarms as they are known; the cloud is not asked."""
    selection = selected(call)
    severities: list[str] = call.data.get(ATTR_SEVERITY, [])
    coordinator = selection.entry.runtime_data.alarms
    homes = {plant.code: plant for plant in selection.homes()}
    if homes and not any(coordinator.read_until(code) for code in homes):
        raise HomeAssistantError(
            translation_domain=DOMAIN, translation_key="alarms_not_known"
        )
    return {
        "plants": [
            {
                "plant": plant.name,
                "plant_code": plant.code,
                "known_until": _iso(coordinator.read_until(plant.code)),
                "alarms": [
                    _alarm(alarm)
                    for alarm in coordinator.known(plant.code)
                    if selection.is_about(alarm)
                    and (not severities or severity_of(alarm) in severities)
                ],
            }
            for plant in homes.values()
        ]
    }


def _alarm(alarm: Alarm) -> JsonObjectType:
    return {
        "name": alarm.name,
        "severity": severity_of(alarm),
        "cause": alarm.cause,
        "repair_suggestion": alarm.repair_suggestion,
        "device": alarm.device_name,
        "serial_number": alarm.device_serial,
        "kind": alarm.kind,
        "raised": _iso(alarm.raised),
    }


def _iso(moment: datetime | None) -> str | None:
    return dt_util.as_local(moment).isoformat() if moment else None


async def _async_get_report(call: ServiceCall) -> ServiceResponse:
    """Return rows of a report of the cloud."""
    selection = selected(call)
    batches = await async_batches(selection)
    wanted = _range(call, batches)
    client = selection.entry.runtime_data.client
    try:
        check_cost(client.ledger, batches, wanted)
        fetched = [await async_fetch(client, batch, wanted) for batch in batches]
    except NorthboundError as err:
        cause = as_home_assistant_error(err)
        raise HomeAssistantError(
            translation_domain=DOMAIN,
            translation_key=cause.translation_key,
            translation_placeholders=cause.translation_placeholders,
        ) from err
    return {
        "period": wanted.period.value,
        "reports": [
            {**_owner(selection, member), "rows": [_row(row) for row in rows]}
            for report in fetched
            for member, rows in report.items()
        ],
    }


async def async_batches(selection: Selection) -> list[Batch]:
    """Divide plants and devices into what is asked for together."""
    settings = selection.entry.options.get(CONF_PLANT_SETTINGS, {})
    zones: dict[str, tzinfo] = {
        plant.code: await _async_time_zone(settings.get(plant.code, {}))
        for plant in selection.homes()
    }
    plants: dict[tzinfo, list[str]] = {}
    for code in selection.plants:
        plants.setdefault(zones[code], []).append(code)
    devices: dict[tuple[tzinfo, int], list[int]] = {}
    for device in selection.devices.values():
        if not serves_reports(device.type_id):
            raise ServiceValidationError(
                translation_domain=DOMAIN,
                translation_key="device_without_report",
                translation_placeholders={"device": device.name},
            )
        key = (zones[device.plant_code], device.type_id)
        devices.setdefault(key, []).append(device.id)
    return [
        *(Batch(zone=zone, plant_codes=tuple(codes)) for zone, codes in plants.items()),
        *(
            Batch(zone=zone, type_id=type_id, device_ids=tuple(ids))
            for (zone, type_id), ids in devices.items()
        ),
    ]


async def _async_time_zone(settings: Mapping[str, str]) -> tzinfo:
    """Return the zone that was set for a plant, else that of Home Assistant."""
    name = settings.get(CONF_TIME_ZONE)
    zone = await dt_util.async_get_time_zone(name) if name else None
    return zone or dt_util.get_default_time_zone()


def _range(call: ServiceCall, batches: Collection[Batch]) -> ReportRange:
    """Return the rows that are wanted, in periods which the cloud has reports of."""
    period: ReportPeriod = call.data[ATTR_PERIOD]
    start: date = call.data[ATTR_START_DATE]
    end: date = call.data.get(ATTR_END_DATE, start)
    if period is ReportPeriod.HOUR and any(batch.device_ids for batch in batches):
        raise ServiceValidationError(
            translation_domain=DOMAIN, translation_key="no_hours_of_devices"
        )
    if end < start:
        raise ServiceValidationError(
            translation_domain=DOMAIN, translation_key="end_before_start"
        )
    wanted = ReportRange(period=period, start=start, end=end)
    if batches and not any(batch.until_today(wanted).asked for batch in batches):
        raise ServiceValidationError(
            translation_domain=DOMAIN, translation_key="report_of_the_future"
        )
    return wanted


def check_cost(ledger: Ledger, batches: Iterable[Batch], wanted: ReportRange) -> None:
    """Raise before the first call where the report would need too many of them."""
    costs: Counter[Interface] = Counter()
    for batch in batches:
        costs[batch.interface(wanted.period)] += batch.calls(wanted)
    if costs.total() > MOST_CALLS:
        raise ServiceValidationError(
            translation_domain=DOMAIN,
            translation_key="report_too_long",
            translation_placeholders={
                "calls": str(costs.total()),
                "most": str(MOST_CALLS),
            },
        )
    for interface, calls in costs.items():
        retry_at = ledger.retry_at(interface, calls) if calls else None
        if retry_at is not None:
            failure = failure_of(FailureKey.CALLS_USED_UP)
            raise DoorClosedError(failure, interface, retry_at=retry_at)


def _owner(selection: Selection, member: str | int) -> JsonObjectType:
    """Return whose rows they are: a plant, by its code, or a device, by its id."""
    if isinstance(member, str):
        plant = selection.plants[member]
        return {"plant": plant.name, "plant_code": plant.code}
    device = selection.devices[member]
    plant = selection.home_of(device)
    return {
        "plant": plant.name,
        "plant_code": plant.code,
        "device": device.name,
        "serial_number": device.serial,
    }


def _row(row: ReportRow) -> JsonObjectType:
    return {"start": row.start.isoformat(), **row.values}
