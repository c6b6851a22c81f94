"""Checks that a step of a flow has words for everything it shows."""

import json
from pathlib import Path
import re
from typing import Any, Final

from homeassistant.config_entries import ConfigFlowResult
from homeassistant.data_entry_flow import FlowResultType

from custom_components.smartpvms.const import DOMAIN

FOLDER: Final = Path(__file__).parents[2] / "custom_components" / DOMAIN
WORDS: Final[dict[str, Any]] = json.loads(
    (FOLDER / "translations" / "en.json").read_text()
)
# its fields bear the names of plants
STEP_OF_NAMED_PLANTS: Final = "time_zones"


def check_words(section: str, result: ConfigFlowResult) -> None:
    """Fail where a title, field, error or placeholder of a result has no translation."""
    words = WORDS[section]
    if result["type"] is FlowResultType.ABORT:
        if result.get("translation_domain") is None:
            _check_placeholders(words["abort"][result["reason"]], result)
        return
    if result["type"] not in (FlowResultType.FORM, FlowResultType.MENU):
        return
    step = words["step"][result["step_id"]]
    assert step["title"]
    _check_placeholders(step.get("description", ""), result)
    if result["type"] is FlowResultType.MENU:
        # an item is left out while there is nothing behind it
        assert set(step["menu_options"]) >= set(result["menu_options"])
        return
    for error in (result["errors"] or {}).values():
        _check_placeholders(words["error"][error], result)
    schema = result["data_schema"]
    fields = {str(field) for field in schema.schema} if schema else set()
    if result["step_id"] != STEP_OF_NAMED_PLANTS:
        assert (
            fields == set(step.get("data", {})) == set(step.get("data_description", {}))
        )
    for text in step.get("data_description", {}).values():
        _check_placeholders(text, result)


def _check_placeholders(text: str, result: ConfigFlowResult) -> None:
    # Home Assistant itself puts in the name of the entry that is to be mended
    given = {*(result.get("description_placeholders") or {}), "name"}
    assert set(re.findall(r"{(\w+)}", text)) <= given, text
