"""The configuration folder of the demo."""

import json
from pathlib import Path

from bootstrap.paths import ROOT

CONFIGURATION = """\
# Written by scripts/develop at every start; put your own things into packages/.
homeassistant:
  name: SIP Intercom demo
  packages: !include_dir_named packages
  media_dirs:
    local: {media}

doorbell:
history:
logbook:
media_source:
my:
sun:

logger:
  default: warning
  logs:
    custom_components.sip_intercom: debug

automation: !include automations.yaml
"""
# The user is the step that is left; it goes through the API, which hashes the password.
ONBOARDED = {
    "version": 4,
    "minor_version": 1,
    "key": "onboarding",
    "data": {"done": ["core_config", "analytics", "integration"]},
}


def http_settings(port: int) -> dict[str, object]:
    """Return where the frontend listens, as Home Assistant's store has it.

    Settings in YAML would be on trial, and taken back after five minutes. The
    store's first version is read by every release, and holds just them.
    """
    return {
        "version": 1,
        "minor_version": 1,
        "key": "http",
        "data": {"server_host": ["127.0.0.1"], "server_port": port},
    }


def write(folder: Path, port: int) -> None:
    """Make the folder ready for a start, keeping what an earlier start left."""
    write_settings(folder, port)
    _link(folder / "custom_components", ROOT / "custom_components")


def write_settings(folder: Path, port: int) -> None:
    """Write what is there beside the integration."""
    storage = folder / ".storage"
    for needed in (storage, folder / "packages", folder / "media"):
        needed.mkdir(parents=True, exist_ok=True)
    configuration = CONFIGURATION.format(media=json.dumps(str(folder / "media")))
    (folder / "configuration.yaml").write_text(configuration)
    (storage / "http").write_text(json.dumps(http_settings(port)))
    _write_new(folder / "automations.yaml", "[]\n")
    _write_new(storage / "onboarding", json.dumps(ONBOARDED))


def sip_port(folder: Path) -> int | None:
    """Return the port of the user agent that an earlier start has configured."""
    entries = folder / ".storage" / "core.config_entries"
    if not entries.exists():
        return None
    for entry in json.loads(entries.read_text())["data"]["entries"]:
        if entry["domain"] == "sip_intercom":
            return int(entry["data"]["port"])
    return None


def _write_new(path: Path, text: str) -> None:
    if not path.exists():
        path.write_text(text)


def _link(link: Path, target: Path) -> None:
    if link.is_symlink():
        link.unlink()
    link.symlink_to(target, target_is_directory=True)
