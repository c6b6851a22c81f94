"""Automations and scripts made of the blueprints."""

from typing import Any

from homeassistant.components.persistent_notification import (
    _async_get_or_create_notifications as async_get_or_create_notifications,
)
from homeassistant.core import (
    HomeAssistant,
    ServiceCall,
    ServiceResponse,
    SupportsResponse,
    callback,
)
from homeassistant.setup import async_setup_component

from tests.plant_control.house import House


async def async_use_scripts(
    hass: HomeAssistant, **scripts: tuple[str, dict[str, Any]]
) -> None:
    """Make scripts by their names, each of a blueprint with its inputs."""
    config = {
        name: {"use_blueprint": {"path": f"smartpvms/{blueprint}.yaml", "input": given}}
        for name, (blueprint, given) in scripts.items()
    }
    assert await async_setup_component(hass, "script", {"script": config})
    await hass.async_block_till_done()
    assert set(config) == set(hass.services.async_services()["script"]) - {
        *("reload", "turn_on", "turn_off", "toggle")
    }


async def async_use_automation(
    house: House, blueprint: str, *, plant: bool = True, **given: Any
) -> None:
    """Make an automation of a blueprint with its inputs."""
    hass = house.hass
    if plant:
        given["plant"] = house.device_id()
    config = {
        "id": blueprint,
        "alias": blueprint,
        "use_blueprint": {"path": f"smartpvms/{blueprint}.yaml", "input": given},
    }
    assert await async_setup_component(hass, "automation", {"automation": config})
    await hass.async_block_till_done()
    (state,) = hass.states.async_all("automation")
    assert state.state == "on"


async def async_use_all_modes(house: House) -> None:
    """Make the five scripts that evcc takes, by the names of its modes."""
    plant = {"plant": house.device_id()}
    await async_use_scripts(
        house.hass,
        normal=("normal", plant),
        hold=("hold", plant),
        charge=("charge", {**plant, "power": 2000}),
        holdcharge=("holdcharge", plant),
        discharge=("discharge", {**plant, "power": 1500}),
    )


async def turn_on(house: House, mode: str) -> None:
    """Run a script as evcc does: told to start, and not waited for."""
    await house.hass.services.async_call(
        "script", "turn_on", {"entity_id": f"script.{mode}"}
    )
    await house.hass.async_block_till_done(wait_background_tasks=True)


def told(house: House) -> list[str]:
    """Return the titles of what the user was told, oldest first."""
    notes = async_get_or_create_notifications(house.hass)
    return [str(note["title"]) for note in notes.values()]


def answer(
    hass: HomeAssistant, domain: str, action: str, response: dict[str, Any]
) -> list[ServiceCall]:
    """Have an action of another integration answer, and return its calls."""
    calls: list[ServiceCall] = []

    @callback
    def handle(call: ServiceCall) -> ServiceResponse:
        calls.append(call)
        return response

    hass.services.async_register(
        domain, action, handle, supports_response=SupportsResponse.ONLY
    )
    return calls
