"""The native library for this machine; native/ knows how it is built."""

from pathlib import Path
import subprocess
import sys

from .paths import ROOT
from .steps import SetupError

BUILD = ROOT / "native" / "build.py"
VARIANTS = ("release", "checked")


def prepare(variants: tuple[str, ...] = VARIANTS) -> None:
    """Build the variants, or find them built."""
    for variant in variants:
        build(variant)


def build(variant: str) -> Path:
    """Return the folder of the variant; the build shows its progress itself."""
    done = subprocess.run(
        [sys.executable, BUILD, "--variant", variant],
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
