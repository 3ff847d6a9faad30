"""Print what the Home Assistant components that we load need from the package index.

Runs with the Home Assistant release in question importable.
"""

from collections.abc import Iterable
import json
from pathlib import Path

import homeassistant
from homeassistant.bootstrap import DEFAULT_INTEGRATIONS

COMPONENTS = Path(homeassistant.__file__).parent / "components"
LOADED = (
    *DEFAULT_INTEGRATIONS,
    "assist_pipeline",
    "camera",
    "dhcp",
    "go2rtc",
    "hassio",
    "history",
    "logbook",
    "media_source",
    "mobile_app",
    "my",
    "notify",
    "recorder",
    "ssdp",
    "stream",
    "sun",
    "usb",
    "zeroconf",
)


def collect(names: Iterable[str]) -> set[str]:
    """Return the requirements of the components and of what they depend on."""
    requirements: set[str] = set()
    seen: set[str] = set()
    waiting = list(names)
    while waiting:
        name = waiting.pop()
        if name in seen or not (COMPONENTS / name / "manifest.json").exists():
            continue
        seen.add(name)
        manifest = json.loads((COMPONENTS / name / "manifest.json").read_text())
        requirements.update(manifest.get("requirements", ()))
        waiting += manifest.get("dependencies", ())
    return requirements


if __name__ == "__main__":
    print("\n".join(sorted(collect(LOADED), key=str.lower)))
