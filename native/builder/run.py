"""Running the tools of a build: quiet when they work, loud when not."""

from collections.abc import Mapping
import os
from pathlib import Path
import subprocess
import sys
import time

TAIL = 4000
# What a tool of the build may know of this machine; all else could change its bytes.
KEPT = ("PATH", "HOME", "TMPDIR")


class BuildError(Exception):
    """A step failed; the message says which and what to do."""


def say(text: str) -> None:
    """Show progress on standard error: standard output is the result."""
    sys.stderr.write(f"native: {text}\n")
    sys.stderr.flush()


def run(
    step: str,
    *command: str | Path,
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
) -> str:
    """Run one tool and return its output; raise BuildError with its last lines.

    With env the tool sees that and KEPT, without it this process's whole environment.
    """
    begin = time.monotonic()
    result = subprocess.run(
        [str(word) for word in command],
        cwd=cwd,
        env=None if env is None else {**kept(), **env},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        check=False,
    )
    if result.returncode:
        shown = " ".join(str(word) for word in command)[:500]
        raise BuildError(f"{step} failed: {shown}\n{result.stdout[-TAIL:]}")
    say(f"{step}: {time.monotonic() - begin:.0f} s")
    return result.stdout


def kept() -> dict[str, str]:
    """Return what every tool of the build may know of this machine."""
    return {name: os.environ[name] for name in KEPT if name in os.environ}
