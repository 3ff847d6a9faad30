"""The calls of one platform, from the zip to the result."""

import hashlib
import json
import os
from pathlib import Path
import subprocess
import sys

from bootstrap.paths import ROOT
from bootstrap.steps import SetupError, step

from . import older_python, pythons, release
from .platforms import Platform
from .result import Result

MODULE = "_pjsua2.abi3.so"
PATIENCE = {False: 40.0, True: 300.0}  # seconds, here and emulated
TAIL = 2000  # characters


def verify(platform: Platform, archive: Path, folder: Path) -> Result:
    """Unpack the zip for the platform and complete its calls."""
    try:
        python = pythons.interpreter(platform)
    except SetupError as err:
        return Result(
            platform=platform, calls=(), alone=True, rewritten=False, error=str(err)
        )
    integration = release.unpack(archive, folder / "config")
    rewritten = pythons.is_too_old(python)
    if rewritten:
        older_python.rewrite(integration / "lib" / "sipagent")
    order = {
        "python": str(python),
        "integration": str(integration),
        "folder": str(folder),
        "patience": PATIENCE[platform.emulated],
    }
    with step(f"calls on {platform.key}, {platform.how}"):
        done = _run(order)
    if done.returncode:
        return Result(
            platform=platform,
            calls=(),
            alone=True,
            rewritten=rewritten,
            error=done.stderr[-TAIL:],
        )
    story = json.loads(done.stdout.splitlines()[-1])
    library, sha256 = _library(story["calls"])
    return Result(
        platform=platform,
        calls=story["calls"],
        alone=story["alone"],
        rewritten=rewritten,
        library=library,
        sha256=sha256,
    )


def _run(order: dict[str, object]) -> subprocess.CompletedProcess[str]:
    path = os.pathsep.join(map(str, (ROOT / "scripts" / "lib", ROOT)))
    return subprocess.run(
        [sys.executable, "-m", "verify.call", json.dumps(order)],
        env={**os.environ, "PYTHONPATH": path},
        capture_output=True,
        text=True,
        check=False,
    )


def _library(calls: list[dict[str, dict[str, str]]]) -> tuple[str, str]:
    """Return the folder and the checksum of the library that the client has found."""
    for call in calls:
        if "found" in call:
            folder = Path(call["found"]["library"])
            data = (folder / MODULE).read_bytes()
            return folder.name, hashlib.sha256(data).hexdigest()
    return "", ""
