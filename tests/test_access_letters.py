"""The letters: complete, filled in, and the same on the page about getting access."""

from pathlib import Path

from homeassistant.core import HomeAssistant

from custom_components.smartpvms.access_letters import (
    ACCESS_PAGE,
    async_letter_to_community,
    async_letter_to_installer,
    letter_to_huawei,
)

PAGE = Path(__file__).parent.parent / "docs" / "getting-access.md"
MY_REDIRECT = "https://my.home-assistant.io/redirect/oauth"


def test_huawei_gets_every_field_of_its_form() -> None:
    letter = letter_to_huawei("https://home.example/auth/external/callback")
    fields = [line.partition(": ") for line in letter.splitlines() if ": " in line]
    filled_in = {name: value for name, _, value in fields}
    assert set(filled_in) >= {
        "Company name",
        "Registered address",
        "Address",
        "Legal entity",
        "Tax number",
        "Phone",
        "Registration e-mail",
        "App name",
        "App overview",
        "Callback URL",
    }
    assert filled_in["Callback URL"] == "https://home.example/auth/external/callback"
    # Huawei takes letters, digits, - and _ in the name that owners see
    assert filled_in["App name"].replace("-", "").replace("_", "").isalnum()
    assert filled_in["To"] == "huaweipartners@huawei.com"


async def test_installer_is_told_what_to_tick(hass: HomeAssistant) -> None:
    letter = await async_letter_to_installer(hass)
    assert "Northbound Management" in letter
    for interface in ("plant list", "device list", "real-time", "reports", "alarms"):
        assert interface in letter


async def test_community_is_told_that_the_calls_are_the_owners(
    hass: HomeAssistant,
) -> None:
    letter = await async_letter_to_community(hass, "https://home.example/back")
    assert "for each plant owner" in letter
    assert "https://home.example/back" in letter


async def test_page_shows_the_same_letters(hass: HomeAssistant) -> None:
    page = PAGE.read_text()

    assert letter_to_huawei(MY_REDIRECT) in page
    assert await async_letter_to_installer(hass) in page
    assert await async_letter_to_community(hass, MY_REDIRECT) in page


def test_page_is_where_the_flow_says() -> None:
    assert ACCESS_PAGE.endswith("/docs/getting-access.md")
    assert PAGE.name == "getting-access.md"
