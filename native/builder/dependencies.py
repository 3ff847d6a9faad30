"""OpenSSL, Opus, the Speex resampler and libsrtp, as static libraries."""

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
import tempfile

from .compiler import FLAGS, NO_ASSERTS, Compiler, jobs
from .sources import unpack

# They are made for this place, wherever they are put: some keep it in the library.
PREFIX = "usr"
LIBRARIES = ("srtp2", "opus", "speexdsp", "ssl", "crypto")
COMMON = ("--disable-shared", "--enable-static", "--disable-dependency-tracking")
OPUS = (
    "--disable-doc",
    "--disable-extra-programs",
    "--disable-rtcd",
    "--disable-intrinsics",
)
OPENSSL_WITHOUT = [
    "shared",
    "tests",
    "apps",
    "docs",
    "module",
    "engine",
    "dso",
    "legacy",
    "comp",
    "srp",
    "psk",
    "ssl3",
    "sctp",
    "quic",
    "cmp",
    "cms",
    "ct",
    "ts",
    "rfc3779",
    "uplink",
    "autoload-config",
    "idea",
    "seed",
    "camellia",
    "aria",
    "bf",
    "cast",
    "rc2",
    "rc4",
    "md4",
    "mdc2",
    "rmd160",
    "whirlpool",
    "sm2",
    "sm3",
    "sm4",
    "gost",
    "ml-dsa",
    "slh-dsa",
    "blake2",
    "ec2m",
    "dsa",
]


@dataclass(frozen=True, kw_only=True)
class _Bench:
    """What every step works with."""

    sources: Mapping[str, Path]
    compiler: Compiler
    folder: Path
    work: Path

    def make(self, name: str, tree: Path, *goals: str) -> None:
        """Run make for the goals in the folder of the sources."""
        self.compiler.run(name, "make", jobs(), *goals, cwd=tree)

    def install(self, name: str, tree: Path, goal: str = "install") -> None:
        """Put what was made into the folder."""
        self.make(f"{name}: installing", tree, goal, f"DESTDIR={self.folder}")


def build(sources: Mapping[str, Path], compiler: Compiler, folder: Path) -> None:
    """Build all of them and install them into PREFIX below the folder."""
    with (
        tempfile.TemporaryDirectory(prefix="sip-intercom-") as work,
        ThreadPoolExecutor() as pool,
    ):
        bench = _Bench(
            sources=sources, compiler=compiler, folder=folder, work=Path(work)
        )
        for step in [pool.submit(_secure, bench), pool.submit(_sound, bench)]:
            step.result()


def _secure(bench: _Bench) -> None:
    _openssl(bench)
    openssl = f"--with-openssl-dir={bench.folder / PREFIX}"
    options = ("--enable-openssl", openssl)
    _autotools(bench, "srtp", *options, goals=("libsrtp2.a",))


def _sound(bench: _Bench) -> None:
    _autotools(bench, "opus", *COMMON, *OPUS)
    _autotools(bench, "speexdsp", *COMMON, "--disable-examples")


def _openssl(bench: _Bench) -> None:
    tree = unpack(bench.sources["openssl"], bench.work / "openssl")
    bench.compiler.run(
        "openssl: configuring",
        *("perl", "Configure", bench.compiler.target.openssl, "--libdir=lib"),
        *(f"--prefix=/{PREFIX}", "--openssldir=/etc/ssl"),
        *(f"no-{feature}" for feature in OPENSSL_WITHOUT),
        *("-DOPENSSL_NO_FILENAMES", NO_ASSERTS, *FLAGS),
        cwd=tree,
    )
    bench.make("openssl", tree, "build_libs")
    bench.install("openssl", tree, "install_dev")


def _autotools(
    bench: _Bench, name: str, *options: str, goals: tuple[str, ...] = ()
) -> None:
    tree = unpack(bench.sources[name], bench.work / name)
    host = f"--host={bench.compiler.target.host}"
    bench.compiler.run(
        f"{name}: configuring",
        *("./configure", host, f"--prefix=/{PREFIX}", *options),
        cwd=tree,
        env={"CFLAGS": " ".join((NO_ASSERTS, *FLAGS))},
    )
    bench.make(name, tree, *goals)
    bench.install(name, tree)
