"""Debian's Python for one architecture, unpacked and not installed."""

from pathlib import Path
import shutil
import sys

from bootstrap import debian, interpreter
from bootstrap.paths import cache_folder, fingerprint
from bootstrap.steps import build_once, run

from . import launcher
from .platforms import Platform

SERIES = f"{sys.version_info[0]}.{sys.version_info[1]}"
# Raise when the way an interpreter is unpacked changes.
RECIPE = "1"


def prepare(platform: Platform, series: str) -> Path:
    """Return the interpreter of a series such as 3.14; SetupError."""
    launcher.prepare(platform)
    names = tuple(
        name.replace(interpreter.SERIES, series) for name in interpreter.PACKAGES
    )
    key = fingerprint([RECIPE, *names])
    target = cache_folder() / "platforms" / f"{platform.key}-debian-{series}-{key}"

    def build(root: Path) -> None:
        _unpack(platform, names, root)
        program = root / "usr" / "bin" / f"python{series}"
        launcher.write(platform, program, root, target)
        if series == SERIES:
            _compile(root / "usr" / "lib" / f"python{series}")

    title = f"Python {series} for {platform.key}, from Debian's packages"
    build_once(target, build, title=title)
    return target / "usr" / "bin" / launcher.NAME


def _unpack(platform: Platform, names: tuple[str, ...], root: Path) -> None:
    downloads = root / "downloads"
    downloads.mkdir()
    debian.fetch_packages(names, downloads, platform.debian)
    for archive in sorted(downloads.glob("*.deb")):
        debian.unpack(archive, root)
    shutil.rmtree(downloads)
    # Debian's packages count on this link of an installed system.
    (root / "lib").symlink_to("usr/lib")
    if (root / "usr" / "lib64").exists():
        (root / "lib64").symlink_to("usr/lib64")


def _compile(library: Path) -> None:
    """Compile the library by this Python of the same series, which is not emulated."""
    words = ("-m", "compileall", "-q", "-j", "0", library)
    run([sys.executable, *words], advice="Delete the folder and start again.")
