"""What hassfest, HACS and the Marketplace check of a custom integration, and more."""

import ast
from collections.abc import Iterator
import json
from pathlib import Path
import re
import struct
from typing import Any

from awesomeversion import AwesomeVersion
import homeassistant
from homeassistant import loader
from homeassistant.core import HomeAssistant
import pytest
import yaml

PROJECT = Path(__file__).parents[1]
INTEGRATION = PROJECT / "custom_components" / "smartpvms"
BRAND = INTEGRATION / "brand"
VOCABULARIES = Path(homeassistant.__file__).parent / "generated"

TOP_LEVEL = {
    "CHANGELOG.md",
    "CONTRIBUTING.md",
    "custom_components",
    "docs",
    "hacs.json",
    "info.md",
    "LICENSE",
    "README.md",
    "requirements_test.txt",
    "ruff.toml",
    "scripts",
    "SECURITY.md",
    "setup.cfg",
    "simulator",
    "tests",
}
QUALITY_RULES = {
    "action-setup",
    "appropriate-polling",
    "brands",
    "common-modules",
    "config-flow",
    "config-flow-test-coverage",
    "dependency-transparency",
    "docs-actions",
    "docs-conditions",
    "docs-high-level-description",
    "docs-installation-instructions",
    "docs-removal-instructions",
    "docs-triggers",
    "entity-event-setup",
    "entity-unique-id",
    "has-entity-name",
    "runtime-data",
    "test-before-configure",
    "test-before-setup",
    "unique-config-entry",
    "action-exceptions",
    "config-entry-unloading",
    "docs-configuration-parameters",
    "docs-installation-parameters",
    "entity-unavailable",
    "integration-owner",
    "log-when-unavailable",
    "parallel-updates",
    "reauthentication-flow",
    "test-coverage",
    "devices",
    "diagnostics",
    "discovery",
    "discovery-update-info",
    "docs-data-update",
    "docs-examples",
    "docs-known-limitations",
    "docs-supported-devices",
    "docs-supported-functions",
    "docs-troubleshooting",
    "docs-use-cases",
    "dynamic-devices",
    "entity-category",
    "entity-device-class",
    "entity-disabled-by-default",
    "entity-translations",
    "exception-translations",
    "icon-translations",
    "reconfiguration-flow",
    "repair-issues",
    "stale-devices",
    "async-dependency",
    "inject-websession",
    "strict-typing",
}


def read_json(file: Path) -> Any:
    return json.loads(file.read_text(encoding="utf-8"))


@pytest.fixture(name="manifest")
def manifest_fixture() -> dict[str, Any]:
    content: dict[str, Any] = read_json(INTEGRATION / "manifest.json")
    return content


def modules() -> Iterator[tuple[str, ast.Module]]:
    """Return every module of the integration with its path inside it."""
    for file in sorted(INTEGRATION.rglob("*.py")):
        yield str(file.relative_to(INTEGRATION)), ast.parse(file.read_text())


def test_repository_has_the_agreed_folders_and_files() -> None:
    found = {entry.name for entry in PROJECT.iterdir() if entry.name[0] not in "._"}

    # A folder comes into the repository with its first file.
    assert found - {"blueprints"} == TOP_LEVEL


def test_manifest_is_ordered_as_hassfest_wants(manifest: dict[str, Any]) -> None:
    keys = list(manifest)

    assert keys == ["domain", "name", *sorted(set(keys) - {"domain", "name"})]


def test_manifest_has_what_hacs_and_hassfest_demand(manifest: dict[str, Any]) -> None:
    assert manifest["domain"] == INTEGRATION.name
    assert manifest["name"] == "FusionSolar SmartPVMS"
    assert manifest["codeowners"]
    assert all(owner.startswith("@") for owner in manifest["codeowners"])
    assert manifest["iot_class"] == "cloud_polling"
    assert manifest["integration_type"] == "hub"
    assert manifest["documentation"].startswith("https://github.com/")
    assert manifest["issue_tracker"].startswith("https://github.com/")
    assert manifest["quality_scale"] == "custom"


async def test_manifest_version_is_one_that_home_assistant_loads(
    hass: HomeAssistant, manifest: dict[str, Any]
) -> None:
    integration = await loader.async_get_integration(hass, "smartpvms")

    assert not integration.is_built_in
    assert integration.version == manifest["version"]
    assert AwesomeVersion(manifest["version"]).valid


def test_manifest_requires_only_what_is_pinned(manifest: dict[str, Any]) -> None:
    unpinned = [one for one in manifest["requirements"] if "==" not in one]

    assert unpinned == []


@pytest.mark.skipif(
    not (VOCABULARIES / "integration_categories.json").exists(),
    reason="categories came with Home Assistant 2026.11",
)
def test_manifest_uses_known_categories_and_connectivities(
    manifest: dict[str, Any],
) -> None:
    categories = {
        f"{category['slug']}.{sub['slug']}"
        for category in read_json(VOCABULARIES / "integration_categories.json")
        for sub in category["subcategories"]
    }
    connectivities = {
        one["slug"] for one in read_json(VOCABULARIES / "integration_connectivity.json")
    }

    assert set(manifest["categories"]) <= categories
    assert set(manifest["connectivity"]) <= connectivities


def test_flow_and_credentials_exist_where_the_manifest_says_so(
    manifest: dict[str, Any],
) -> None:
    flow = INTEGRATION / "config_flow.py", INTEGRATION / "config_flow" / "__init__.py"

    assert manifest["config_flow"] == any(file.exists() for file in flow)
    assert (INTEGRATION / "application_credentials.py").exists() == (
        "application_credentials" in manifest["dependencies"]
    )


def test_components_in_use_are_dependencies(manifest: dict[str, Any]) -> None:
    known = {*manifest["dependencies"], *manifest.get("after_dependencies", [])}
    platforms = {
        *("binary_sensor", "button", "calendar", "event", "number", "repairs"),
        *("select", "sensor", "switch", "system_health"),
    }
    always_there = {"persistent_notification"}
    used = {
        name.split(".")[2]
        for _, module in modules()
        for name in imported(module)
        if name.startswith("homeassistant.components.")
    }

    assert used <= known | platforms | always_there


def imported(module: ast.Module) -> Iterator[str]:
    """Return the absolute names that a module imports."""
    for node in ast.walk(module):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def test_hacs_file_has_only_keys_that_hacs_knows() -> None:
    content = read_json(PROJECT / "hacs.json")

    assert content["name"] == "FusionSolar SmartPVMS"
    assert set(content) <= {"name", "hacs", "homeassistant"}
    assert AwesomeVersion(content["homeassistant"]) == "2026.10.0"
    assert AwesomeVersion(content["hacs"]).valid


@pytest.mark.parametrize("theme", ["", "dark_"])
@pytest.mark.parametrize(("density", "side"), [("", 256), ("@2x", 512)])
def test_brand_images_have_the_sizes_of_the_brands_repository(
    theme: str, density: str, side: int
) -> None:
    icon = png_size(BRAND / f"{theme}icon{density}.png")
    logo = png_size(BRAND / f"{theme}logo{density}.png")

    assert icon == (side, side)
    assert min(logo) == side


def png_size(file: Path) -> tuple[int, int]:
    """Return width and height out of the header of a PNG."""
    header = file.read_bytes()[:24]
    assert header.startswith(b"\x89PNG\r\n\x1a\n")
    width, height = struct.unpack(">II", header[16:])
    return width, height


def test_quality_ledger_has_every_rule_done_or_exempt_with_a_reason() -> None:
    ledger = yaml.safe_load((INTEGRATION / "quality_scale.yaml").read_text())["rules"]
    unproved = {
        rule: entry
        for rule, entry in ledger.items()
        if entry["status"] not in ("done", "exempt") or not entry["comment"]
    }
    proofs = {
        proof
        for entry in ledger.values()
        if entry["status"] == "done"
        for proof in entry["comment"].split(", ")
    }

    assert set(ledger) == QUALITY_RULES
    assert unproved == {}
    assert {proof for proof in proofs if not (PROJECT / proof).is_file()} == set()


def test_readme_has_the_commands_first_and_the_sections_of_the_quality_scale() -> None:
    readme = (PROJECT / "README.md").read_text()
    headings = re.findall(r"^## (.+)$", readme, re.MULTILINE)

    assert readme.index("scripts/demo") < readme.index(f"## {headings[0]}")
    assert readme.index("scripts/test") < readme.index(f"## {headings[0]}")
    assert {"What it is", "Installation", "Removal"} <= set(headings)


@pytest.mark.parametrize(
    "page",
    [
        "CONTRIBUTING.md",
        "README.md",
        "info.md",
        *(f"docs/{p.name}" for p in (PROJECT / "docs").glob("*.md")),
    ],
)
def test_links_inside_the_repository_lead_somewhere(page: str) -> None:
    file = PROJECT / page
    targets = re.findall(r"\]\((?!https?:|#)([^)#]+)", file.read_text())
    missing = [target for target in targets if not (file.parent / target).exists()]

    assert missing == []


def test_versions_agree(manifest: dict[str, Any]) -> None:
    changelog = (PROJECT / "CHANGELOG.md").read_text()
    newest = re.search(r"^## (\S+)", changelog, re.MULTILINE)

    assert newest is not None
    assert newest[1] == manifest["version"]


def test_platforms_say_how_many_updates_run_at_once() -> None:
    silent = [
        path
        for path, module in modules()
        if any(
            isinstance(node, ast.AsyncFunctionDef)
            and node.name == "async_setup_entry"
            and len(node.args.args) == 3
            for node in module.body
        )
        and not any(
            isinstance(target, ast.Name) and target.id == "PARALLEL_UPDATES"
            for node in module.body
            if isinstance(node, ast.Assign)
            for target in node.targets
        )
    ]

    assert silent == []


def test_only_english_strings_are_shipped_where_others_lack_them() -> None:
    english = read_json(INTEGRATION / "translations" / "en.json")
    extra = {
        file.name: sorted(set(paths(read_json(file))) - set(paths(english)))
        for file in (INTEGRATION / "translations").glob("*.json")
    }

    assert not (INTEGRATION / "strings.json").exists()
    assert {name: keys for name, keys in extra.items() if keys} == {}


def paths(content: dict[str, Any], path: str = "") -> Iterator[str]:
    """Return the path of every text in a translation."""
    for key, value in content.items():
        if isinstance(value, dict):
            yield from paths(value, f"{path}{key}.")
        else:
            yield f"{path}{key}"


def texts(content: Any) -> Iterator[str]:
    """Return every text in a translation."""
    for value in content.values():
        if isinstance(value, dict):
            yield from texts(value)
        else:
            yield value


def test_texts_are_as_hassfest_wants_them() -> None:
    english = read_json(INTEGRATION / "translations" / "en.json")
    wrong = [
        text
        for text in texts(english)
        if text != text.strip()
        or not text
        or re.search(r"</?[a-z]+[^>]*>", text)
        or re.search(r"'\{\w+\}'", text)
        or "%key:" in text
        or re.search(r"https?://", text)
    ]

    assert wrong == []


def test_keys_of_translations_are_as_hassfest_wants_them() -> None:
    english = read_json(INTEGRATION / "translations" / "en.json")
    key = re.compile(r"^(?!.*[_-]{2})[a-z0-9](?:[a-z0-9_-]*[a-z0-9])?$")
    wrong = [
        path
        for path in paths(english)
        if not all(key.match(part) for part in path.split("."))
    ]

    assert wrong == []


def test_each_field_of_a_flow_is_described() -> None:
    english = read_json(INTEGRATION / "translations" / "en.json")
    undescribed = [
        f"{flow}.{name}.{field}"
        for flow in ("config", "options")
        for name, step in english.get(flow, {}).get("step", {}).items()
        for field in step.get("data", {})
        if field not in step.get("data_description", {})
    ]

    assert undescribed == []


def test_icons_are_of_the_material_set_and_differ_by_state() -> None:
    icons = read_json(INTEGRATION / "icons.json")
    wrong = [text for text in texts(icons) if not text.startswith("mdi:")]
    same = [
        f"{platform}.{key}"
        for platform, entities in icons["entity"].items()
        for key, entity in entities.items()
        if entity.get("default") in entity.get("state", {}).values()
    ]

    assert wrong == []
    assert same == []


def test_exceptions_and_their_translations_agree() -> None:
    """A translated exception has a text, and each text an exception or a failure."""
    english = read_json(INTEGRATION / "translations" / "en.json")
    used = {
        keyword.value.value
        for _, module in modules()
        for node in ast.walk(module)
        if isinstance(node, ast.Call)
        and {"translation_domain", "translation_key"}
        <= {keyword.arg for keyword in node.keywords}
        for keyword in node.keywords
        if keyword.arg == "translation_key" and isinstance(keyword.value, ast.Constant)
    }

    assert used <= set(english.get("exceptions", {}))
