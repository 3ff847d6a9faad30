"""The Python in which a platform's client and agent run."""

from pathlib import Path
import sys

from . import debian_python, musl_python
from .platforms import Platform, this_machine


def interpreter(platform: Platform) -> Path:
    """Return it, made first if it is not yet there; SetupError."""
    if platform == this_machine():
        return Path(sys.executable)
    if platform.libc == "musl":
        return musl_python.prepare(platform)
    return debian_python.prepare(platform)
