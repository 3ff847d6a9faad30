"""How the agent is started."""

from collections.abc import Sequence
from dataclasses import dataclass
import os
from pathlib import Path
import sys

from .native import LIBRARY_ROOT, find_native_library

_INHERITED = (
    "HOME",
    "LANG",
    "LC_ALL",
    "LD_LIBRARY_PATH",
    "PATH",
    "SSL_CERT_DIR",
    "SSL_CERT_FILE",
    "TMPDIR",
    "TZ",
)


_OPTIONS = ("-P", "-S")
"""No module from the folder it starts in, none that Home Assistant has installed."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Launch:
    """Command line, environment and folder of the child; none holds a secret."""

    command: tuple[str, ...]
    environment: dict[str, str]
    folder: str = "/"


def agent_launch(command: Sequence[str] | None = None) -> Launch:
    """Return how to start the agent, or another command in its place.

    Blocks on the file system; NativeLibraryMissingError.
    """
    path = [LIBRARY_ROOT]
    if command is None:
        path.append(find_native_library())
        command = (sys.executable, *_OPTIONS, "-m", "sipagent.agent")
    return Launch(command=tuple(command), environment=_environment(path))


def _environment(path: Sequence[Path]) -> dict[str, str]:
    """Return an environment without Home Assistant's tokens and options."""
    environment = {name: os.environ[name] for name in _INHERITED if name in os.environ}
    environment["PYTHONPATH"] = os.pathsep.join(map(str, path))
    return environment
