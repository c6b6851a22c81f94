"""Add the integration as an owner does: the config flow, and the cloud's consent page."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any, override
from urllib.parse import urljoin

import aiohttp

from . import simulated_cloud
from .errors import DemonstrationError
from .home import Home

DOMAIN = "smartpvms"
CALLBACK_PATH = "/auth/external/callback"
MOST_STEPS = 20
MOST_PAGES = 4

type Answer = dict[str, Any]


@dataclass(slots=True)
class WebForm:
    """A form of an HTML page as a browser would send it with `button` clicked."""

    action: str = ""
    fields: list[tuple[str, str]] = field(default_factory=list)
    buttons: list[tuple[str, str, str]] = field(default_factory=list)
    """Name, value and text of each button."""

    def clicked(self, text: str) -> list[tuple[str, str]]:
        """Return what is sent when the button with this text is clicked.

        Raises DemonstrationError if there is none.
        """
        for name, value, label in self.buttons:
            if label.strip().lower() == text.lower():
                return [*self.fields, (name, value)] if name else self.fields
        raise DemonstrationError(f"The page has no button {text}: {self.buttons}")


class _FormReader(HTMLParser):
    """Reads the first form of a page, with the owner's name and password filled in."""

    def __init__(self) -> None:
        super().__init__()
        self.form: WebForm | None = None
        self._button: tuple[str, str] | None = None
        self._ended = False

    @override
    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        if tag == "form" and self.form is None:
            self.form = WebForm(action=values.get("action", ""))
        if self.form is None or self._ended:
            return
        if tag == "button":
            self._button = (values.get("name", ""), values.get("value", ""))
        if tag == "input":
            self._read_input(self.form, values)

    def _read_input(self, form: WebForm, values: dict[str, str]) -> None:
        name = values.get("name", "")
        value = values.get("value", "")
        match values.get("type", "text"):
            case "submit":
                form.buttons.append((name, value, value))
            case "checkbox" | "radio":
                if "checked" in values:
                    form.fields.append((name, value or "on"))
            case "password":
                form.fields.append((name, simulated_cloud.OWNER_PASSWORD))
            case "text" | "email":
                form.fields.append((name, value or simulated_cloud.OWNER_NAME))
            case _:
                form.fields.append((name, value))

    @override
    def handle_data(self, data: str) -> None:
        if self.form is not None and self._button is not None and data.strip():
            self.form.buttons.append((*self._button, data))
            self._button = None

    @override
    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._ended = True


def read_form(page: str) -> WebForm | None:
    """Return the first form of a page."""
    reader = _FormReader()
    reader.feed(page)
    return reader.form


async def consent(authorize_url: str, home_url: str) -> None:
    """Do in a browser's stead what an owner does: log in, and allow.

    Raises DemonstrationError unless it ends at Home Assistant's callback.
    """
    jar = aiohttp.CookieJar(unsafe=True)
    async with aiohttp.ClientSession(cookie_jar=jar) as browser:
        response = await browser.get(authorize_url)
        for _ in range(MOST_PAGES):
            page = await response.text()
            if not response.ok:
                break
            if str(response.url).startswith(f"{home_url}{CALLBACK_PATH}"):
                return
            if (form := read_form(page)) is None:
                break
            target = urljoin(str(response.url), form.action)
            response = await browser.post(target, data=form.clicked("Allow"))
    raise DemonstrationError(
        f"The consent ended with {response.status} at {response.url.path}: {page}"
    )


class SignIn:
    """Drives the config flow from its menu to the entry."""

    def __init__(
        self,
        home: Home,
        cloud_url: str,
        time_zones: Mapping[str, str],
        show: Callable[[str], None],
    ) -> None:
        """Show each step with `show`; `time_zones` are those of plants, by name."""
        self._home = home
        self._cloud_url = cloud_url
        self._time_zones = time_zones
        self._show = show

    async def run(self) -> str:
        """Return the title of the new entry.

        Raises DemonstrationError at a step that is not known, or an abort.
        """
        result = await self._home.flow(content={"handler": DOMAIN})
        for _ in range(MOST_STEPS):
            self._show(f"config flow: {result['type']} {result.get('step_id') or ''}")
            if result["type"] == "create_entry":
                title: str = result["title"]
                return title
            if result["type"] == "abort":
                raise DemonstrationError(f"The flow aborts: {result['reason']}")
            result = await self._next(result)
        raise DemonstrationError(f"The flow does not end: {result}")

    async def _next(self, result: dict[str, Any]) -> dict[str, Any]:
        flow_id: str = result["flow_id"]
        match result["type"]:
            case "external":
                await consent(result["url"], self._home.url)
                return await self._home.flow(flow_id)
            case "external_done" | "progress" | "progress_done":
                return await self._home.flow(flow_id)
            case "menu":
                return await self._home.flow(flow_id, self._chosen(result))
            case _:
                return await self._home.flow(flow_id, self._filled_in(result))

    def _chosen(self, result: dict[str, Any]) -> Answer:
        for wanted in ("oauth", "browser"):
            if wanted in result["menu_options"]:
                return {"next_step_id": wanted}
        raise DemonstrationError(f"Nothing known in the menu: {result}")

    def _filled_in(self, result: dict[str, Any]) -> Answer:
        """Answer a form: the simulator as server, every plant, control; else as proposed."""
        if result.get("errors"):
            raise DemonstrationError(
                f"The form {result['step_id']} is refused: {result['errors']}"
            )
        known: Answer = {
            "server": "other",
            "own_address": self._cloud_url,
            "control": True,
            # Asked once for all where they are many: as good as any.
            "time_zone": next(iter(self._time_zones.values())),
            **self._time_zones,
        }
        answer: Answer = {}
        for one in result["data_schema"]:
            name = one["name"]
            if name == "plants":
                answer[name] = [
                    option["value"] for option in one["selector"]["select"]["options"]
                ]
            elif name in known:
                answer[name] = known[name]
            elif "default" in one:
                answer[name] = one["default"]
            elif suggested := (one.get("description") or {}).get("suggested_value"):
                answer[name] = suggested
            elif one.get("required"):
                raise DemonstrationError(f"The form asks for {name}: {result}")
        return answer
