"""Zig as the compiler that autotools, make and we call."""

from dataclasses import dataclass
import os
from pathlib import Path

from .paths import cache
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


@dataclass(frozen=True, kw_only=True)
class Compiler:
    """Scripts that call zig for one target, and the environment for them."""

    bin: Path
    target: Target

    @property
    def cc(self) -> Path:
        """Return the C compiler."""
        return self.bin / "cc"

    @property
    def cxx(self) -> Path:
        """Return the C++ compiler and linker."""
        return self.bin / "c++"

    @property
    def env(self) -> dict[str, str]:
        """Return the environment that makes every build use these tools."""
        zig = str(cache() / "zig")
        return {
            "ZIG_GLOBAL_CACHE_DIR": zig,
            "ZIG_LOCAL_CACHE_DIR": zig,
            "CC": str(self.cc),
            "CXX": str(self.cxx),
            "AR": str(self.bin / "ar"),
            "RANLIB": str(self.bin / "ranlib"),
            "LC_ALL": "C",
        }


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
