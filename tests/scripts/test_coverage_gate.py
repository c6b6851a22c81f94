"""The coverage gate: what each module has to reach."""

import json
from pathlib import Path

import pytest

from scripts.coverage_gate import main

NORTHBOUND = "custom_components/smartpvms/northbound/client.py"
CONFIG_FLOW = "custom_components/smartpvms/config_flow.py"
PAGES = "custom_components/smartpvms/flows/plants.py"
OTHER = "custom_components/smartpvms/coordinator.py"
SIMULATOR = "simulator/clock.py"


def report(tmp_path: Path, shares: dict[str, float]) -> Path:
    """Write a report in which modules are covered to these shares."""
    file = tmp_path / "coverage.json"
    files = {
        module: {
            "summary": {"percent_covered": share},
            "missing_lines": [7],
            "missing_branches": [[7, 9]],
        }
        for module, share in shares.items()
    }
    file.write_text(json.dumps({"files": files}))
    return file


def test_enough_passes(tmp_path: Path) -> None:
    shares = {NORTHBOUND: 100.0, CONFIG_FLOW: 100.0, OTHER: 95.0, SIMULATOR: 95.0}

    assert main(report(tmp_path, shares)) == 0


@pytest.mark.parametrize(
    ("module", "share"),
    [
        (NORTHBOUND, 99.9),
        (CONFIG_FLOW, 99.9),
        (PAGES, 99.9),
        (OTHER, 94.9),
        (SIMULATOR, 94.9),
    ],
)
def test_one_module_too_little_fails_and_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], module: str, share: float
) -> None:
    shares = {NORTHBOUND: 100.0, module: share}

    assert main(report(tmp_path, shares)) == 1
    assert f"{module} {share} %" in capsys.readouterr().out


def test_report_without_the_integration_fails(tmp_path: Path) -> None:
    assert main(report(tmp_path, {SIMULATOR: 100.0})) == 1
