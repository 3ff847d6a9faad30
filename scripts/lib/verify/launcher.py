"""Interpreters of another C library or processor, started as this machine's own."""

from pathlib import Path
import shutil

from bootstrap import system_packages
from bootstrap.steps import SetupError

from .platforms import Platform

NAME = "python"
EMULATORS = system_packages.Packages(
    programs={
        f"qemu-{machine}-static": "qemu-user-static"
        for machine in ("x86_64", "aarch64")
    },
    files={},
)
EMULATED = 'exec "{emulator}" -0 "{launcher}" -L "{root}" "{program}" "$@"'
LOADED = (
    'exec "{loader}" --argv0 "{launcher}" --library-path "{libraries}" "{program}" "$@"'
)


def prepare(platform: Platform) -> None:
    """Install the emulator if the platform needs it; SetupError."""
    if platform.emulated and (missing := system_packages.prepare(EMULATORS)):
        raise SetupError(
            f"{platform.key} needs an emulator: install {missing[0]} (Debian's name)."
        )


def write(platform: Platform, program: Path, root: Path, final: Path) -> None:
    """Write what runs the program with the C library that lies in its root.

    It stands beside the program as `python` and takes its place as
    `sys.executable`, so that a Python which starts itself again gets there too.
    The root will be at `final`.
    """
    inside = final / program.relative_to(root)
    libraries = final / "usr" / "lib" / platform.key
    line = (EMULATED if platform.emulated else LOADED).format(
        emulator=shutil.which(f"qemu-{platform.machine}-static"),
        launcher=inside.with_name(NAME),
        root=final,
        program=inside,
        loader=final / _loader(root),
        libraries=libraries,
    )
    script = program.with_name(NAME)
    script.write_text(f"#!/bin/sh\n{line}\n")
    script.chmod(0o755)


def _loader(root: Path) -> Path:
    """Return the C library's own program that starts others."""
    found = [*root.glob("usr/lib/ld-*.so.*"), *root.glob("usr/lib64/ld-*.so.*")]
    return found[0].relative_to(root)
