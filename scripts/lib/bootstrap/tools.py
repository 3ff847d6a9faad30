"""uv and patchelf, in a small environment of their own."""

from pathlib import Path
import sys

from .paths import REQUIREMENTS, cache_folder, fingerprint
from .steps import build_once, run

LOCK = REQUIREMENTS / "bootstrap.txt"


def tools_folder() -> Path:
    """Return the folder of the set-up's own tools, installing them first if needed."""
    key = fingerprint([LOCK, sys.version])
    return build_once(
        cache_folder() / f"tools-{key}", _install, title="tools of the set-up (uv)"
    )


def uv() -> Path:
    """Return the uv program."""
    return tools_folder() / "bin" / "uv"


def patchelf() -> Path:
    """Return the patchelf program."""
    return tools_folder() / "bin" / "patchelf"


def _install(folder: Path) -> None:
    run(
        [
            *(sys.executable, "-m", "pip", "install", "--quiet"),
            *("--require-hashes", "--no-deps", "--target", folder),
            *("-r", LOCK),
        ],
        advice="pip must be there (Debian: python3-pip) and reach its package index.",
    )
