"""The compiler (zig) and the binding generator (SWIG), as pinned packages."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
import shutil
import sys

from .paths import NATIVE, cache, fingerprint, made
from .run import BuildError, run, say

REQUIREMENTS = NATIVE / "requirements.txt"
NEEDED = ("make", "perl", "patch", "sh")


@dataclass(frozen=True, kw_only=True)
class Tools:
    """Where the two tools are."""

    zig: Path
    swig: Path
    swig_lib: Path

    def zig_version(self) -> str:
        """Return the version of the compiler."""
        return run("asking zig", self.zig, "version").strip()


def tools() -> Tools:
    """Return the tools, installed into the cache if they are not yet there."""
    missing = [name for name in NEEDED if shutil.which(name) is None]
    if missing:
        names = " ".join(missing)
        raise BuildError(
            f"these programs are missing: {names}\n"
            f"Install them with your system's package manager, for example: "
            f"apt-get install {names}"
        )
    folder = made(cache() / "tools" / fingerprint([REQUIREMENTS]), _install)
    share = folder / "swig" / "data" / "share" / "swig"
    return Tools(
        zig=folder / "ziglang" / "zig",
        swig=folder / "swig" / "data" / "bin" / "swig",
        swig_lib=next(share.iterdir()),
    )


def _install(folder: Path) -> None:
    say("fetching the compiler")
    errors = []
    for installer in _installers():
        try:
            run(
                "fetching zig and swig",
                *installer,
                *("--no-deps", "--require-hashes", "--target", folder),
                *("-r", REQUIREMENTS),
            )
        except BuildError as error:
            errors.append(str(error))
        else:
            return
    raise BuildError(
        "neither pip nor uv could fetch the compiler:\n" + "\n".join(errors)
    )


def _installers() -> Iterator[tuple[str, ...]]:
    if uv := shutil.which("uv"):
        yield (uv, "pip", "install", "--quiet", "--python", sys.executable)
    for python in (sys.executable, "/usr/bin/python3", "python3"):
        if shutil.which(python):
            yield (python, "-m", "pip", "install", "--quiet")
