"""Runs a part of the verification in a process that leaves the network."""

from collections.abc import Mapping
import json
import os
import subprocess
import sys
from typing import Any

from bootstrap.paths import ROOT

TAIL = 2000  # characters


def run(module: str, order: Mapping[str, object]) -> dict[str, Any]:
    """Return the module's result; one with `error` if it ended without any."""
    path = os.pathsep.join(map(str, (ROOT / "scripts" / "lib", ROOT)))
    done = subprocess.run(
        [sys.executable, "-m", f"verify.{module}", json.dumps(order)],
        env={**os.environ, "PYTHONPATH": path},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        return {"error": done.stderr[-TAIL:], "alone": True}
    story: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return story
