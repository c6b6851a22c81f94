"""Print the packages that Home Assistant's own components would fetch at a first start.

Home Assistant installs the requirements of a component when it sets it up. Installed
beforehand, a start of the demo needs no package index and takes seconds.
"""

import json
from pathlib import Path

import homeassistant
from homeassistant.bootstrap import CORE_INTEGRATIONS, DEFAULT_INTEGRATIONS

# What scripts/demo_home.py configures beside the components that are always there.
CONFIGURED = {"config", "energy", "frontend", "history", "logbook", "recorder"}


def component_requirements() -> set[str]:
    """Return the requirements of all components of the demo and their dependencies."""
    components = Path(homeassistant.__file__).parent / "components"
    requirements: set[str] = set()
    seen: set[str] = set()
    waiting = {*CORE_INTEGRATIONS, *DEFAULT_INTEGRATIONS, *CONFIGURED}
    while waiting:
        domain = waiting.pop()
        seen.add(domain)
        manifest = json.loads((components / domain / "manifest.json").read_text())
        requirements.update(manifest.get("requirements", []))
        waiting.update(set(manifest.get("dependencies", [])) - seen)
    return requirements


if __name__ == "__main__":
    print("\n".join(sorted(component_requirements())))
