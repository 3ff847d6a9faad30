"""The Python in which a platform's client and agent run."""

from pathlib import Path
import subprocess
import sys

from . import debian_python, musl_python
from .platforms import Platform, this_machine

SERIES = "3.14"
ASK = "import sys; print(*sys.version_info[:2])"
OLDEST = (3, 14)


def interpreter(platform: Platform) -> Path:
    """Return it, made first if it is not yet there; SetupError."""
    if platform == this_machine():
        return Path(sys.executable)
    if platform.libc == "musl":
        return musl_python.prepare(platform)
    return debian_python.prepare(platform, SERIES)


def is_too_old(python: Path) -> bool:
    """Tell whether our code must be rewritten for it."""
    asked = subprocess.run(
        [python, "-c", ASK], capture_output=True, text=True, check=True
    )
    return tuple(map(int, asked.stdout.split())) < OLDEST
