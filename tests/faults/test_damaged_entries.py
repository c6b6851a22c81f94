"""Entries whose options or data are damaged: what is left out, and what a user sees."""

from collections.abc import Mapping
from typing import Any, Final

import pytest

from .site import Site

OPTIONS: Final = (
    "plants",
    "add_new_plants",
    "plant_settings",
    "detail",
    "control",
    "admins_only",
    "history",
    "history_on_removal",
    "energy_dashboard",
)
OF_A_PLANT: Final = (
    "time_zone",
    "currency",
    "detail",
    "legal_maximum",
    "dispatch",
    "meters",
)
# none of which any option can be
VALUES: Final = (None, -1.5, [7], {"x": [None]}, {"plants": 7}, "\0")


@pytest.mark.parametrize("value", VALUES, ids=repr)
async def test_damaged_options_are_left_out(site: Site, value: Any) -> None:
    own = dict.fromkeys(OF_A_PLANT, value)
    options = {
        **dict.fromkeys(set(OPTIONS) - {"history_on_removal"}, value),
        "plant_settings": {site.plant.code: own},
    }
    site.hass.config_entries.async_update_entry(site.entry, options=options)
    await site.set_up()
    (line,) = site.lines()

    assert site.state.startswith(("loaded", "no power"))
    named = line.partition("left out: ")[2].split(", ")
    text = {"currency"} if value == "\0" else set()
    assert set(named) >= ({*options, *own} - {"plant_settings"}) - text
    assert site.entry.options["plants"] == [site.plant.code]
    assert site.entry.options["control"] is False

    # it is written down: said once
    assert (await site.unload()).startswith("not_loaded")
    await site.set_up()
    assert site.lines() == []


@pytest.mark.parametrize("settings", [None, 7, "text", [], {"NE=1": 7}])
async def test_damaged_settings_of_plants_are_left_out(
    site: Site, settings: Any
) -> None:
    options = {**site.entry.options, "plant_settings": settings}
    site.hass.config_entries.async_update_entry(site.entry, options=options)
    await site.set_up()

    assert site.state.startswith(("loaded", "no power"))
    assert site.entry.options["plant_settings"] == {}
    # a limit may have been among them
    assert site.entry.options["control"] is False
    assert len(site.lines()) == 1


async def test_missing_options_are_as_chosen_by_nobody(site: Site) -> None:
    site.hass.config_entries.async_update_entry(site.entry, options={})
    await site.set_up()

    assert site.state.startswith(("loaded", "no power"))
    assert site.entry.options["plants"] == [site.plant.code]
    assert len(site.lines()) == 1


async def test_damaged_lists_begin_anew(site: Site) -> None:
    data = {**site.entry.data, "known_plants": None, "known_serials": ["SN", 7]}
    site.hass.config_entries.async_update_entry(site.entry, data=data)
    await site.set_up()

    assert site.state == "loaded"
    assert site.entry.data["known_plants"] == [site.plant.code]
    assert "SN" in site.entry.data["known_serials"]
    assert len(site.lines()) == 1


async def see(site: Site, **data: Any) -> str:
    """Set up with other data, and return what is seen."""
    site.hass.config_entries.async_update_entry(
        site.entry, data={**site.entry.data, **data}
    )
    await site.set_up()
    return site.state


async def restore(site: Site, data: Mapping[str, Any]) -> None:
    """Restore a backup of the entry."""
    # Home Assistant itself shows where any error of a set-up comes from
    site.caplog.clear()
    site.hass.config_entries.async_update_entry(site.entry, data=dict(data))
    assert await site.hass.config_entries.async_reload(site.entry.entry_id)
    await site.settle()
    assert site.state == "loaded"
    assert site.lines() == []


@pytest.mark.parametrize("value", [None, 7, [], "", "nowhere"])
@pytest.mark.parametrize("key", ["access", "server"])
async def test_nobody_to_ask(site: Site, key: str, value: Any) -> None:
    whole = site.entry.data
    assert await see(site, **{key: value}) == "setup_error entry_damaged"
    assert key in str(site.entry.reason)
    await restore(site, whole)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("token", None),
        ("token", "text"),
        ("token", {"access_token": 7, "expires_at": 1}),
        ("token", {"access_token": "a"}),
        ("auth_implementation", None),
    ],
)
async def test_sign_in_brings_it_back(site: Site, key: str, value: Any) -> None:
    seen = await see(site, **{key: value})
    assert seen == "setup_error credentials_damaged sign_in"

    assert await site.sign_in() == "reauth_successful"
    assert site.state == "loaded"
    assert site.lines() == []
