"""The integration's own files, with the version in its manifest."""

import json
from pathlib import Path

from .version import git

FOLDER = "custom_components/sip_intercom"


def files(root: Path, version: str) -> dict[str, bytes]:
    """Return every file of the integration by its path in the zip.

    What git ignores is left out: compiled files, and libraries of a build.
    """
    listed = git(
        root,
        *("ls-files", "--cached", "--others", "--exclude-standard", "-z"),
        FOLDER,
    )
    paths = [root / name for name in sorted(filter(None, listed.split("\0")))]
    found = {
        str(path.relative_to(root / FOLDER)): path.read_bytes()
        for path in paths
        if path.is_file()
    }
    found["manifest.json"] = stamped(found["manifest.json"], version)
    found["LICENSE"] = (root / "LICENSE").read_bytes()
    return found


def stamped(manifest: bytes, version: str) -> bytes:
    """Return a manifest with the version, its keys in Home Assistant's order."""
    values = {**json.loads(manifest), "version": version}
    first = {name: values.pop(name) for name in ("domain", "name")}
    text = json.dumps({**first, **dict(sorted(values.items()))}, indent=2)
    return f"{text}\n".encode()
