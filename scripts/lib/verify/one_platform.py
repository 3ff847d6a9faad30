"""The calls of one platform, from the zip to the result."""

import hashlib
from pathlib import Path

from bootstrap.steps import SetupError, step
from native.builder.library import MODULE

from . import pythons, release, stage
from .platforms import Platform
from .result import Call, Result

PATIENCE = {False: 60.0, True: 400.0}  # seconds, here and emulated


def verify(platform: Platform, archive: Path, folder: Path) -> Result:
    """Unpack the zip for the platform and complete its calls."""
    try:
        python = pythons.interpreter(platform)
    except SetupError as err:
        return Result(platform=platform, error=str(err))
    integration = release.unpack(archive, folder / "config")
    order = {
        "python": str(python),
        "integration": str(integration),
        "folder": str(folder),
        "patience": PATIENCE[platform.emulated],
    }
    with step(f"calls on {platform.key}, {platform.how}"):
        story = stage.run("call", order)
    calls = story.get("calls", [])
    return Result(
        platform=platform,
        calls=calls,
        alone=story["alone"],
        sha256=_checksum(calls, integration),
        error=story.get("error", ""),
    )


def _checksum(calls: list[Call], integration: Path) -> str:
    """Return that of the library that the client has found in the zip."""
    for call in calls:
        folder = Path(call.get("found", {}).get("library", "/"))
        if integration in folder.parents:
            return hashlib.sha256((folder / MODULE).read_bytes()).hexdigest()
    return ""
