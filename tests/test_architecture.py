"""The rules of the house: which part may know which, and how long things may get."""

import ast
from collections.abc import Iterator
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

PROJECT = Path(__file__).parents[1]
INTEGRATION = PROJECT / "custom_components" / "smartpvms"
NORTHBOUND = INTEGRATION / "northbound"
SIMULATOR = PROJECT / "simulator"
LONGEST_MODULE = 500
LONGEST_FUNCTION = 50

FILES = sorted(
    file
    for folder in (INTEGRATION, SIMULATOR, PROJECT / "scripts")
    for file in folder.rglob("*.py")
)


def imports(folder: Path) -> Iterator[tuple[str, str]]:
    """Return file and module name of every absolute import below a folder."""
    for file in sorted(folder.rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.Import):
                yield from ((file.name, alias.name) for alias in node.names)
            elif isinstance(node, ast.ImportFrom) and node.level == 0:
                yield file.name, node.module or ""


def relative_imports_leaving(folder: Path) -> Iterator[str]:
    """Return imports that lead by dots out of a package."""
    for file in sorted(folder.rglob("*.py")):
        depth = len(file.relative_to(folder).parts)
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.ImportFrom) and node.level > depth:
                yield f"{file.name}: {node.module}"


def test_client_of_the_cloud_knows_nothing_of_home_assistant() -> None:
    wrong = [
        (file, name)
        for file, name in imports(NORTHBOUND)
        if name.split(".")[0] in {"homeassistant", "custom_components", "voluptuous"}
    ]

    assert wrong == []
    assert list(relative_imports_leaving(NORTHBOUND)) == []


def test_simulator_and_integration_share_no_code() -> None:
    simulator = [
        (file, name)
        for file, name in imports(SIMULATOR)
        if name.split(".")[0] in {"custom_components", "homeassistant"}
    ]
    integration = [
        (file, name)
        for file, name in imports(INTEGRATION)
        if name.split(".")[0] == "simulator"
    ]

    assert simulator == []
    assert integration == []


def rooms_imported(file: Path) -> set[str]:
    """Return the packages and modules of the integration that a file needs to run."""
    depth = len(file.relative_to(INTEGRATION).parts)
    tree = ast.parse(file.read_text())
    for node in ast.walk(tree):
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            node.body = []
    return {
        (node.module or name.name).split(".")[0]
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.level == depth
        for name in node.names
    }


def test_dependencies_run_one_way() -> None:
    needs: dict[str, set[str]] = {}
    for file in INTEGRATION.rglob("*.py"):
        room = file.relative_to(INTEGRATION).with_suffix("").parts[0]
        if room != "__init__":
            needs.setdefault(room, set()).update(rooms_imported(file) - {room})

    assert needs["entity"]
    assert list(TopologicalSorter(needs).static_order())


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(PROJECT)))
def test_modules_and_functions_stay_short(file: Path) -> None:
    text = file.read_text()
    long_functions = [
        node.name
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and node.end_lineno is not None
        and node.end_lineno - node.lineno >= LONGEST_FUNCTION
    ]

    assert len(text.splitlines()) < LONGEST_MODULE
    assert long_functions == []


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(PROJECT)))
def test_modules_say_what_they_are(file: Path) -> None:
    text = file.read_text()

    assert not text or ast.get_docstring(ast.parse(text))
