"""The pages that are made of the integration's own tables."""

import json
import re

from scripts.documentation.entities import PAGE, page
from scripts.documentation.names import TRANSLATIONS


def test_page_of_entities_is_what_the_tables_say() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "outdated: scripts/document"


def test_page_has_every_entity_that_has_a_name() -> None:
    named = {
        (platform.replace("_", " "), key)
        for platform, texts in json.loads(TRANSLATIONS.read_text())["entity"].items()
        for key in texts
    }

    listed = set(re.findall(r"^\| [^|]+ \| ([^|]+) \| `([^`]+)`", page(), re.MULTILINE))

    assert named - listed == set()
