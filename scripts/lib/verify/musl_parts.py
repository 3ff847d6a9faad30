"""What a musl Python is linked with, as static libraries, and a shared zlib."""

from dataclasses import dataclass
from pathlib import Path

from bootstrap import system_packages
from bootstrap.steps import SetupError
from native.builder import sources
from native.builder.compiler import Compiler, jobs
from native.builder.run import run
from native.builder.sources import unpack

from . import debian_source

FLAGS = "-Os -g0 -fPIC"
OPENSSL_WITHOUT = (
    "shared",
    "tests",
    "apps",
    "docs",
    "module",
    "engine",
    "legacy",
    "dso",
)
# Compiled packages for musl may count on it, and on musl alone besides.
SHARED = "libz.so.1"
# Debian's libffi is what its authors keep, without a configure script.
AUTOTOOLS = system_packages.Packages(
    programs={
        "autoreconf": "autoconf",
        "automake": "automake",
        "libtoolize": "libtool",
    },
    files={"usr/share/aclocal*/ltdl.m4": "libltdl-dev"},
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Bench:
    """What every step works with; `native` compiles what runs during the build."""

    compiler: Compiler
    native: Compiler
    prefix: Path
    work: Path

    @property
    def host(self) -> str:
        """Return autoconf's name of the platform."""
        return self.compiler.target.host

    def run(
        self, step: str, *command: str | Path, cwd: Path, **environment: str
    ) -> None:
        """Run a tool of a build; BuildError."""
        run(
            f"{self.host}: {step}",
            *command,
            cwd=cwd,
            env={**self.compiler.env, "CFLAGS": FLAGS, **environment},
        )

    def source(self, package: str) -> Path:
        """Return the unpacked upstream sources of one of Debian's packages."""
        folder = self.work / package
        folder.mkdir(parents=True)
        return unpack(debian_source.fetch(package, folder), folder / "sources")


def build(bench: Bench) -> None:
    """Build all of them into the prefix; BuildError, SetupError."""
    _zlib(bench)
    _sqlite(bench)
    _openssl(bench)
    _libffi(bench)


def _zlib(bench: Bench) -> None:
    tree = bench.source("zlib")
    configure = ("./configure", "--static", f"--prefix={bench.prefix}")
    bench.run("zlib: configuring", *configure, cwd=tree, CHOST=bench.host)
    bench.run("zlib", "make", jobs(), "libz.a", cwd=tree)
    bench.run("zlib: installing", "make", "install", cwd=tree)
    whole = ("-Wl,--whole-archive", "libz.a", "-Wl,--no-whole-archive")
    shared = bench.prefix / "lib" / SHARED
    named = ("cc", "-shared", f"-Wl,-soname,{SHARED}", "-o", shared)
    bench.run("zlib: sharing", *named, *whole, cwd=tree)


def _sqlite(bench: Bench) -> None:
    tree = bench.source("sqlite3")
    without = ("shared", "tcl", "readline", "load-extension")
    bench.run(
        "sqlite: configuring",
        *("./configure", f"--host={bench.host}", f"--prefix={bench.prefix}"),
        *(f"--disable-{feature}" for feature in without),
        cwd=tree,
        CC_FOR_BUILD=str(bench.native.bin / "cc"),
    )
    bench.run("sqlite", "make", jobs(), "lib", cwd=tree)
    goals = ("install-lib", "install-headers")
    bench.run("sqlite: installing", "make", *goals, cwd=tree)


def _openssl(bench: Bench) -> None:
    tree = unpack(sources.fetch(None)["openssl"], bench.work / "openssl")
    bench.run(
        "openssl: configuring",
        *("perl", "Configure", bench.compiler.target.openssl, "--libdir=lib"),
        *(f"--prefix={bench.prefix}", "--openssldir=/etc/ssl"),
        *(f"no-{feature}" for feature in OPENSSL_WITHOUT),
        *FLAGS.split(),
        cwd=tree,
    )
    bench.run("openssl", "make", jobs(), "build_libs", cwd=tree)
    bench.run("openssl: installing", "make", "install_dev", cwd=tree)


def _libffi(bench: Bench) -> None:
    if missing := system_packages.prepare(AUTOTOOLS):
        names = ", ".join(missing)
        raise SetupError(f"A Python for musl needs {names} (Debian's names): install.")
    tree = bench.source("libffi")
    bench.run("libffi: preparing", "autoreconf", "-fi", cwd=tree)
    without = ("shared", "docs", "multi-os-directory", "builddir")
    bench.run(
        "libffi: configuring",
        *("./configure", f"--host={bench.host}", f"--prefix={bench.prefix}"),
        *(f"--disable-{feature}" for feature in without),
        cwd=tree,
        # It has no C++, for which the compiler would build a library first.
        CXX="cc",
    )
    bench.run("libffi", "make", jobs(), "install", cwd=tree)
