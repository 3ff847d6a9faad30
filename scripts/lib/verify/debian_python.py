"""Debian's Python for one architecture, unpacked and not installed."""

from pathlib import Path
import sys

from bootstrap import debian, interpreter
from bootstrap.paths import cache_folder, fingerprint
from bootstrap.steps import build_once, run

from . import launcher
from .platforms import Platform

SERIES = interpreter.SERIES
# Raise when the way an interpreter is unpacked changes.
RECIPE = "1"


def prepare(platform: Platform) -> Path:
    """Return the interpreter, unpacked if it is not yet there; SetupError."""
    launcher.prepare(platform)
    key = fingerprint([RECIPE, *interpreter.PACKAGES])
    target = cache_folder() / "platforms" / f"{platform.key}-debian-{SERIES}-{key}"

    def build(root: Path) -> None:
        _unpack(platform, root)
        program = root / "usr" / "bin" / f"python{SERIES}"
        launcher.write(platform, program, root, target)
        _compile(root / "usr" / "lib" / f"python{SERIES}")

    title = f"Python {SERIES} for {platform.key}, from Debian's packages"
    build_once(target, build, title=title)
    return target / "usr" / "bin" / launcher.NAME


def _unpack(platform: Platform, root: Path) -> None:
    debian.unpack_packages(interpreter.PACKAGES, root, platform.debian)
    # Debian's packages count on this link of an installed system.
    (root / "lib").symlink_to("usr/lib")
    if (root / "usr" / "lib64").exists():
        (root / "lib64").symlink_to("usr/lib64")


def _compile(library: Path) -> None:
    """Compile the library by this Python of the same series, which is not emulated."""
    words = ("-m", "compileall", "-q", "-j", "0", library)
    run([sys.executable, *words], advice="Delete the folder and start again.")
