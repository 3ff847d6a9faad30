"""Zig as the compiler that autotools, make and we call."""

from collections.abc import Mapping
from dataclasses import dataclass
import os
from pathlib import Path

from .paths import cache
from .run import run
from .target import Target
from .tools import Tools

# One level for all: another one makes zig compile its C++ library again.
LEVEL = "-Os"
FLAGS = (
    LEVEL,
    "-g0",
    "-fPIC",
    "-ffunction-sections",
    "-fdata-sections",
    "-fvisibility=hidden",
    "-fstack-protector-strong",
    "-U_FORTIFY_SOURCE",
    "-D_FORTIFY_SOURCE=2",
)
# Zig switches asserts off by itself when it optimises.
ASSERTS = "-UNDEBUG"
NO_ASSERTS = "-DNDEBUG"
# When everything is built, as far as the tools know (seconds since 1970).
TIME = "315532800"


@dataclass(frozen=True, kw_only=True)
class Compiler:
    """Scripts that call zig for one target, and the environment for them."""

    bin: Path
    target: Target

    @property
    def cxx(self) -> Path:
        """Return the C++ compiler and linker."""
        return self.bin / "c++"

    @property
    def env(self) -> dict[str, str]:
        """Return the environment that makes every build use these tools.

        They go by their names: OpenSSL keeps in the library how its compiler is called.
        """
        zig = str(cache() / "zig")
        return {
            "ZIG_GLOBAL_CACHE_DIR": zig,
            "ZIG_LOCAL_CACHE_DIR": zig,
            "PATH": f"{self.bin}:{os.environ['PATH']}",
            "CC": "cc",
            "CXX": "c++",
            "AR": "ar",
            "RANLIB": "ranlib",
            # Whatever it knew would be of this machine.
            "PKG_CONFIG": "false",
            "LC_ALL": "C",
            "TZ": "UTC",
            "SOURCE_DATE_EPOCH": TIME,
        }

    def run(
        self,
        step: str,
        *command: str | Path,
        cwd: Path | None = None,
        env: Mapping[str, str] | None = None,
    ) -> None:
        """Run one tool with these compilers; raise BuildError with its last lines."""
        name = f"{self.target.host}: {step}"
        run(name, *command, cwd=cwd, env={**self.env, **(env or {})})


SCRIPTS = {
    # A plain musl target links statically, which builds musl anew for each flag set.
    "cc": 'exec "{zig}" cc -target {target} {dynamic}-fno-sanitize=undefined "$@"',
    "c++": 'exec "{zig}" c++ -target {target} {dynamic}-fno-sanitize=undefined "$@"',
    # PJSIP's makefiles pass the mode twice, which zig's ar refuses.
    "ar": '[ "$1 $2" = "rv rv" ] && shift; exec "{zig}" ar "$@"',
    "ranlib": 'exec "{zig}" ranlib "$@"',
}


def compiler(tools: Tools, target: Target, folder: Path) -> Compiler:
    """Write the scripts into the folder and return them."""
    folder.mkdir(parents=True, exist_ok=True)
    dynamic = "-dynamic " if target.musl else ""
    for name, line in SCRIPTS.items():
        text = line.format(zig=tools.zig, target=target.zig, dynamic=dynamic)
        script = folder / name
        script.write_text(f"#!/bin/sh\n{text}\n")
        script.chmod(0o755)
    return Compiler(bin=folder, target=target)


def workers() -> int:
    """Return how many compilers run at once: one per core."""
    return len(os.sched_getaffinity(0))


def jobs() -> str:
    """Return make's option for as many jobs."""
    return f"-j{workers()}"
