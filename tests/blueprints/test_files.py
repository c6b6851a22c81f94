"""Each blueprint is described, and used in a test."""

from pathlib import Path

import pytest

PROJECT = Path(__file__).parents[2]
FILES = sorted((PROJECT / "blueprints").rglob("*.yaml"))


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_blueprint_is_described_and_used(file: Path) -> None:
    page = (PROJECT / "docs" / "blueprints.md").read_text()
    tests = "".join(each.read_text() for each in Path(__file__).parent.glob("*.py"))

    assert f"`{file.stem}`" in page
    assert f'"{file.stem}"' in tests


def test_there_are_blueprints() -> None:
    assert {file.parent.parent.name for file in FILES} == {"automation", "script"}
