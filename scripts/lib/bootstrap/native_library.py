"""The native library for this machine; native/ knows how it is built."""

import os
from pathlib import Path
import subprocess
import sys

from . import system_packages
from .interpreter import find_interpreter
from .paths import ROOT, cache_folder
from .steps import SetupError

BUILD = ROOT / "native" / "build.py"
# The link by which a running working copy finds each variant.
LINKS = {"release": "current", "checked": "checked"}


def prepare() -> None:
    """Build the variants, or find them built, and let the links point at them."""
    system_packages.prepare(system_packages.BUILD)
    for variant, link in LINKS.items():
        folder = build(variant)
        point(cache_folder() / "native" / f"{link}-{platform_key()}", folder)


def platform_key() -> str:
    """Return machine and C library, e.g. x86_64-linux-gnu."""
    musl = any(Path("/lib").glob("ld-musl-*"))
    return f"{os.uname().machine}-linux-{'musl' if musl else 'gnu'}"


def build(variant: str) -> Path:
    """Return the folder of the variant; the build shows its progress itself."""
    python = find_interpreter()
    done = subprocess.run(
        [sys.executable, BUILD, "--variant", variant, "--python", python],
        stdout=subprocess.PIPE,
        text=True,
        check=False,
    )
    if done.returncode:
        raise SetupError(
            f"The native library ({variant}) could not be built; the lines above "
            "say why. native/README.md says what the build needs."
        )
    return Path(done.stdout.splitlines()[-1])


def point(link: Path, folder: Path) -> None:
    """Let the link point at the folder, without a moment in which there is none."""
    link.parent.mkdir(parents=True, exist_ok=True)
    fresh = link.with_name(f".{link.name}.{os.getpid()}")
    fresh.unlink(missing_ok=True)
    fresh.symlink_to(folder, target_is_directory=True)
    fresh.replace(link)
