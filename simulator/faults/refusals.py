"""Refusals that depend on who asks for what, and switches asked for by name."""

from ..alarms import KINDS
from ..answers import Answer, failure, parameter_exception, success
from ..endpoints.call import Call
from ..endpoints.configuration import refused
from .registry import BUSINESS, Fault, Parameters, World

_CONFIGURATION = frozenset(
    {"configuration/battery-mode", "configuration/active-power-control-mode"}
)
_CONFIGURATION_TEXTS = {
    20609: "The plant networking is not supported.",
    20614: "The device is offline.",
    20629: "The plant does not support viewing of the setting.",
}


def _named_plants(call: Call) -> set[str]:
    """Return the plants that a call concerns, directly or through its devices."""
    parameters = call.parameters
    named = {
        code
        for name in ("stationCodes", "plantCode", "plantCodes")
        for code in str(parameters.get(name) or "").split(",")
    }
    tasks = parameters.get("tasks")
    for task in tasks if isinstance(tasks, list) else []:
        if isinstance(task, dict):
            named.add(str(task.get("plantCode")))
    for name in ("devIds", "sns", "devDn"):
        wanted = str(parameters.get(name) or "").split(",")
        named |= {
            device.plant.code
            for device in call.devices
            if str(device.id) in wanted
            or device.dn in wanted
            or (device.serial is not None and device.serial in wanted)
        }
    return named


def _chosen(call: Call, parameters: Parameters) -> bool:
    plants = parameters.get("plants")
    return not isinstance(plants, list) or bool(set(plants) & _named_plants(call))


def _owner_access_off(call: Call, parameters: Parameters) -> Answer | None:
    return failure(20056) if _chosen(call, parameters) else None


def _device_list_refused(call: Call, parameters: Parameters) -> Answer | None:
    code = parameters.get("code", 20056)
    if call.interface != "getDevList" or not isinstance(code, int):
        return None
    return failure(code, call.echo()) if _chosen(call, parameters) else None


def _no_right(call: Call, parameters: Parameters) -> Answer | None:
    if not _named_plants(call) - {""}:
        return None
    return failure(20015, call.echo()) if _chosen(call, parameters) else None


def _configuration_refused(call: Call, parameters: Parameters) -> Answer | None:
    code = parameters.get("code", 20609)
    if call.interface not in _CONFIGURATION or not isinstance(code, int):
        return None
    return refused(code, _CONFIGURATION_TEXTS.get(code, ""))


def _string_type_only(call: Call, _: Parameters) -> Answer | None:
    numeric = isinstance(call.parameters.get("devTypeId"), int)
    if call.interface != "getDevRealKpi" or not numeric:
        return None
    return success([], call.echo())


def _page_size_50(call: Call, _: Parameters) -> Answer | None:
    size = call.parameters.get("pageSize")
    if call.interface != "getStationList" or not isinstance(size, int) or size >= 50:
        return None
    text = "pageSize must be greater than or equal to 50"
    return parameter_exception(text, text)


def _power_m_refused(call: Call, _: Parameters) -> Answer | None:
    wanted = str(call.parameters.get("devTypeId"))
    if call.interface != "getDevRealKpi" or not wanted.startswith("600"):
        return None
    return failure(20013, call.echo())


def _dongle_empty_map(call: Call, _: Parameters) -> Answer | None:
    if call.interface != "getDevRealKpi" or call.parameters.get("devTypeId") != 62:
        return None
    ids = str(call.parameters.get("devIds")).split(",")
    return success([{"devId": int(one), "dataItemMap": {}} for one in ids], call.echo())


def _dongle_refused(call: Call, _: Parameters) -> Answer | None:
    if call.interface != "getDevRealKpi" or call.parameters.get("devTypeId") != 62:
        return None
    return failure(20013, call.echo())


def _change_codes(world: World, parameters: Parameters) -> None:
    old = parameters.get("style") == "hex"
    for plant in world.plants:
        number = plant.definition.number
        plant.code = (
            f"{number * 7_919_311:032x}" if old else f"NE={number + 17_000_000}"
        )


def _restore_codes(world: World) -> None:
    for plant in world.plants:
        plant.code = plant.definition.code


def _rename_devices(world: World, parameters: Parameters) -> None:
    prefix = parameters.get("prefix", "Renamed")
    for plant in world.plants:
        for device in plant.devices:
            device.name = f"{prefix} {device.definition.name}"


def _restore_names(world: World) -> None:
    for plant in world.plants:
        for device in plant.devices:
            device.name = device.definition.name


def _raise_alarm(world: World, parameters: Parameters) -> None:
    kind = parameters.get("kind", "network_lost")
    severity = parameters.get("severity")
    dn = parameters.get("device", world.plants[0].devices[0].dn)
    for plant in world.plants:
        for device in plant.devices:
            if device.dn == dn:
                plant.alarms.raise_alarm(
                    str(kind), device, severity if isinstance(severity, int) else None
                )


def _clear_alarms(world: World) -> None:
    world.alarms.clear()


def _named(
    name: str, description: str, interfaces: frozenset[str] = frozenset({BUSINESS})
) -> Fault:
    return Fault(name=name, description=description, interfaces=interfaces)


REFUSALS = (
    Fault(
        name="owner_access_off",
        description="failCode 20056: the owner's switch is off; `plants` limits it "
        "to calls for these plant codes.",
        refusal=_owner_access_off,
    ),
    Fault(
        name="no_right_20015",
        description="failCode 20015 for calls that name a plant (`plants`: these).",
        refusal=_no_right,
    ),
    Fault(
        name="configuration_refused",
        description="Configuration queries fail; `code` 20609, 20614 or 20629.",
        refusal=_configuration_refused,
    ),
    Fault(
        name="device_list_refused",
        description="getDevList fails with `code` (20056); `plants`, a list of codes.",
        refusal=_device_list_refused,
    ),
    Fault(
        name="string_type_only",
        description="getDevRealKpi: a numeric devTypeId gives an empty list.",
        refusal=_string_type_only,
    ),
    Fault(
        name="page_size_50",
        description="getStationList: HTTP 400 for a pageSize below 50.",
        refusal=_page_size_50,
    ),
    Fault(
        name="power_m_refused",
        description="getDevRealKpi of Power-M types (600xx): 20013.",
        refusal=_power_m_refused,
    ),
    Fault(
        name="dongle_empty_map",
        description="getDevRealKpi of a dongle: empty map also for OAuth.",
        refusal=_dongle_empty_map,
    ),
    Fault(
        name="dongle_refused",
        description="getDevRealKpi of a dongle: 20013 also for API accounts.",
        refusal=_dongle_refused,
    ),
    Fault(
        name="plant_codes_changed",
        description='All plant codes change; `style` "hex" for 32 digits.',
        turn_on=_change_codes,
        turn_off=_restore_codes,
    ),
    Fault(
        name="devices_renamed",
        description="The owner renames all devices; `prefix`.",
        turn_on=_rename_devices,
        turn_off=_restore_names,
    ),
    Fault(
        name="alarm",
        description=f"An alarm is active; `kind` of {', '.join(KINDS)}; `device`, "
        "`severity`.",
        turn_on=_raise_alarm,
        turn_off=_clear_alarms,
    ),
    _named("hang", "No answer for `seconds` (3600)."),
    _named(
        "slow_body", "Half of the right answer, and the rest after `seconds` (3600)."
    ),
    _named("huge_body", "HTTP 200 with JSON of `megabytes` (50)."),
    _named("connection_cut", "The connection closes; `half` after half an answer."),
    _named("parallel_refused", "407 for a call while another of the caller runs."),
    _named(
        "realtime_spacing",
        "407 for a real-time call of the same kind within `seconds` (300).",
        frozenset({"getStationRealKpi", "getDevRealKpi"}),
    ),
    _named(
        "alarm_spacing",
        "407 for getAlarmList within `seconds` (900) of the last one.",
        frozenset({"getAlarmList"}),
    ),
    _named("quota_spent", "Every quota counts as spent."),
    _named(
        "quota_answer",
        "What a spent quota answers; `shape` data, message, 429, http_429 or 20618.",
    ),
    _named(
        "hammering_extends_block", "RefusedError calls count against the quota too."
    ),
    _named("session_of_five_minutes", "Sessions end after 5 minutes without a call."),
    _named(
        "refresh_token_kept",
        "Refreshing does not rotate the refresh token.",
        frozenset({"token"}),
    ),
    _named(
        "refresh_token_omitted",
        "The refresh answer has no refresh_token; the old one stays valid.",
        frozenset({"token"}),
    ),
    _named(
        "expires_in_omitted",
        "The token answer has no expires_in.",
        frozenset({"token"}),
    ),
    _named(
        "client_credentials_accepted",
        "grant_type client_credentials returns a token without an owner.",
        frozenset({"token"}),
    ),
    _named(
        "control_disabled_by_company",
        "The control scope is not granted, whatever the owner ticks.",
        frozenset({"token", "authorize", "login-page"}),
    ),
    _named(
        "authorize_drops_state",
        "The callback comes without the state.",
        frozenset({"authorize", "login-page"}),
    ),
)
"""Switches that refuse after looking, change the world, or are asked for by name."""
