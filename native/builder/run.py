"""Running the tools of a build: quiet when they work, loud when not."""

from collections.abc import Mapping
import os
from pathlib import Path
import subprocess
import sys
import time

TAIL = 4000


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
    """Run one tool and return its output; raise BuildError with its last lines."""
    begin = time.monotonic()
    result = subprocess.run(
        [str(word) for word in command],
        cwd=cwd,
        env={**os.environ, **(env or {})},
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
