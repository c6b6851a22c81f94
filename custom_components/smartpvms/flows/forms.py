"""Forms of the flows, and how their input is read."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, tzinfo
from typing import Any, Final
from zoneinfo import ZoneInfo, available_timezones

from homeassistant.const import CONF_PASSWORD, CONF_USERNAME
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import http
from homeassistant.helpers.config_entry_oauth2_flow import (
    AUTH_CALLBACK_PATH,
    HEADER_FRONTEND_BASE,
    MY_AUTH_CALLBACK_PATH,
)
from homeassistant.helpers.network import NoURLAvailableError, get_url
from homeassistant.helpers.selector import (
    BooleanSelector,
    SelectOptionDict,
    SelectSelector,
    SelectSelectorConfig,
    SelectSelectorMode,
    TextSelector,
    TextSelectorConfig,
    TextSelectorType,
)
import voluptuous as vol

from ..const import (
    CONF_ADD_NEW_PLANTS,
    CONF_PLANTS,
    CONF_SERVER,
    CONF_TIME_ZONE,
    SERVERS,
)
from ..failures import in_words
from ..northbound.errors import Area, FailureKey, FlowControlError, NorthboundError
from ..northbound.models import Plant
from ..server_address import AddressError, normalised_server

CONF_OWN_ADDRESS: Final = "own_address"
OTHER_SERVER: Final = "other"

# more than this and a plant is chosen deliberately, and time zones are not asked singly
PLANTS_CHOSEN_BY_DEFAULT: Final = 10
TIME_ZONES_ASKED_SINGLY: Final = 5

type Errors = dict[str, str]
type Input = dict[str, Any]
type Fields = dict[vol.Marker, Any]


def server_fields(server: str) -> Fields:
    """Return the choice of a management system, and the field for an own address."""
    names = {address: name for name, address in SERVERS.items()}
    name = names.get(server, OTHER_SERVER)
    own_address = server if name == OTHER_SERVER else ""
    return {
        vol.Required(CONF_SERVER, default=name): SelectSelector(
            SelectSelectorConfig(
                options=[*SERVERS, OTHER_SERVER],
                mode=SelectSelectorMode.DROPDOWN,
                translation_key="server",
            )
        ),
        vol.Optional(
            CONF_OWN_ADDRESS, description={"suggested_value": own_address}
        ): TextSelector(TextSelectorConfig(type=TextSelectorType.URL)),
    }


def read_server(user_input: Input) -> str:
    """Return the address of the chosen management system.

    Raises:
        AddressError: What is wrong with an own address.
    """
    if user_input[CONF_SERVER] != OTHER_SERVER:
        return SERVERS[user_input[CONF_SERVER]]
    return normalised_server(user_input.get(CONF_OWN_ADDRESS, ""))


def try_read_server(user_input: Input, errors: Errors) -> str | None:
    """Return the address of the chosen management system, or note why there is none."""
    try:
        return read_server(user_input)
    except AddressError as err:
        errors[CONF_OWN_ADDRESS] = err.key
        return None


def account_schema(server: str, username: str) -> vol.Schema:
    """Return the form of an API account."""
    return vol.Schema(
        server_fields(server)
        | {vol.Required(CONF_USERNAME, default=username): TextSelector()}
        | password_fields()
    )


def password_fields() -> Fields:
    """Return the field for the password of an API account."""
    return {
        vol.Required(CONF_PASSWORD): TextSelector(
            TextSelectorConfig(
                type=TextSelectorType.PASSWORD, autocomplete="current-password"
            )
        )
    }


def letter_schema(letter: str) -> vol.Schema:
    """Return a form that shows a letter, to be copied."""
    return vol.Schema(
        {
            vol.Optional(
                "letter", description={"suggested_value": letter}
            ): TextSelector(TextSelectorConfig(multiline=True))
        }
    )


@callback
def default_redirect_uri(hass: HomeAssistant) -> str:
    """Return the address at which this Home Assistant takes callbacks; "" if none.

    My Home Assistant where it is set up; else the address that the user's browser, or
    Home Assistant itself, knows it by.
    """
    if "my" in hass.config.components:
        return MY_AUTH_CALLBACK_PATH
    request = http.current_request.get()
    base = request.headers.get(HEADER_FRONTEND_BASE) if request else None
    if base is None:
        try:
            base = get_url(hass, prefer_external=True)
        except NoURLAvailableError:
            return ""
    return f"{base}{AUTH_CALLBACK_PATH}"


def note_failure(
    err: NorthboundError, errors: Errors, placeholders: dict[str, str]
) -> None:
    """Put a failure of the cloud on the form.

    What concerns commands and settings has no words here: lists do not meet it.
    """
    concerned = err.failure.area not in (Area.PLANT, Area.CONTROL)
    errors["base"] = err.failure.key if concerned else FailureKey.REQUEST_REFUSED
    placeholders["code"] = str(err.failure.code or "-")
    if isinstance(err, FlowControlError):
        placeholders["retry_at"] = in_words(err.retry_at)


def plants_schema(
    names: Mapping[str, str],
    served: Mapping[str, str],
    *,
    chosen: Sequence[str],
    add_new: bool,
) -> vol.Schema:
    """Return the choice of plants; `names` by plant code, in the order to show them."""
    options = [
        SelectOptionDict(
            value=code, label=f"{name} → {served[code]}" if code in served else name
        )
        for code, name in names.items()
    ]
    return vol.Schema(
        {
            vol.Required(CONF_PLANTS, default=list(chosen)): SelectSelector(
                SelectSelectorConfig(
                    options=options, multiple=True, mode=SelectSelectorMode.DROPDOWN
                )
            ),
            vol.Required(CONF_ADD_NEW_PLANTS, default=add_new): BooleanSelector(),
        }
    )


def check_plants(chosen: Sequence[str], served: Mapping[str, str]) -> Errors:
    """Return what is wrong with a choice of plants."""
    if not chosen:
        return {CONF_PLANTS: "no_plant_chosen"}
    if any(code in served for code in chosen):
        return {CONF_PLANTS: "plant_served_elsewhere"}
    return {}


def named_plants(plants: Iterable[Plant]) -> dict[str, str]:
    """Return the names of plants by code, sorted; a name borne twice gets the code."""
    ordered = sorted(plants, key=lambda plant: (plant.name.casefold(), plant.code))
    names = [plant.name for plant in ordered]
    return {
        plant.code: plant.name
        if names.count(plant.name) == 1
        else f"{plant.name} ({plant.code})"
        for plant in ordered
    }


def contradicts(plant: Plant, time_zone: tzinfo) -> bool:
    """Tell whether a plant was connected at another UTC offset than this zone had then."""
    moment = plant.grid_connection
    return (
        moment is not None
        and moment.astimezone(time_zone).utcoffset() != moment.utcoffset()
    )


async def async_time_zones(
    hass: HomeAssistant, moments: Sequence[datetime]
) -> list[str]:
    """Return the names of time zones that had the offsets of these moments; all for none.

    If no zone had them all, the cloud's offsets are no plant's, and all are returned.
    """
    return await hass.async_add_executor_job(_time_zones, moments)


def _time_zones(moments: Sequence[datetime]) -> list[str]:
    names = sorted(
        name
        for name in available_timezones()
        if name == "UTC" or ("/" in name and not name.startswith("Etc/"))
    )
    fitting = [
        name
        for name in names
        if all(
            moment.astimezone(ZoneInfo(name)).utcoffset() == moment.utcoffset()
            for moment in moments
        )
    ]
    return fitting or names


def time_zone_selector(names: Sequence[str]) -> SelectSelector:
    """Return the choice of one time zone."""
    return SelectSelector(
        SelectSelectorConfig(options=list(names), mode=SelectSelectorMode.DROPDOWN)
    )


def common_time_zone_schema(names: Sequence[str]) -> vol.Schema:
    """Return the form that asks for one zone of many plants."""
    return vol.Schema({vol.Required(CONF_TIME_ZONE): time_zone_selector(names)})
