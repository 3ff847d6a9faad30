"""OpenSSL, Opus, the Speex resampler and libsrtp, as static libraries."""

import tempfile
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from .compiler import FLAGS, NO_ASSERTS, Compiler, jobs
from .run import run
from .sources import unpack

LIBRARIES = ("srtp2", "opus", "speexdsp", "ssl", "crypto")
COMMON = ("--disable-shared", "--enable-static", "--disable-dependency-tracking")
OPUS = (
    "--disable-doc",
    "--disable-extra-programs",
    "--disable-rtcd",
    "--disable-intrinsics",
)
OPENSSL_WITHOUT = (
    "shared tests apps docs module engine dso legacy comp srp psk ssl3 sctp quic cmp "
    "cms ct ts rfc3779 uplink autoload-config idea seed camellia aria bf cast rc2 rc4 "
    "md4 mdc2 rmd160 whirlpool sm2 sm3 sm4 gost ml-dsa slh-dsa blake2 ec2m dsa"
).split()


def build(sources: Mapping[str, Path], compiler: Compiler, prefix: Path) -> None:
    """Build and install all of them into the prefix."""
    with (
        tempfile.TemporaryDirectory(prefix="sip-intercom-") as name,
        ThreadPoolExecutor() as pool,
    ):
        work = Path(name)
        steps = [
            pool.submit(_secure, sources, compiler, prefix, work),
            pool.submit(_sound, sources, compiler, prefix, work),
        ]
        for step in steps:
            step.result()


def _secure(
    sources: Mapping[str, Path], compiler: Compiler, prefix: Path, work: Path
) -> None:
    _openssl(sources["openssl"], compiler, prefix, work)
    _autotools(
        "srtp",
        sources["srtp"],
        compiler,
        prefix,
        work,
        "--enable-openssl",
        f"--with-openssl-dir={prefix}",
        make=("libsrtp2.a",),
        install=("install",),
    )


def _sound(
    sources: Mapping[str, Path], compiler: Compiler, prefix: Path, work: Path
) -> None:
    _autotools("opus", sources["opus"], compiler, prefix, work, *COMMON, *OPUS)
    _autotools(
        "speexdsp",
        sources["speexdsp"],
        compiler,
        prefix,
        work,
        *COMMON,
        "--disable-examples",
    )


def _openssl(source: Path, compiler: Compiler, prefix: Path, work: Path) -> None:
    tree = unpack(source, work / "openssl")
    run(
        "openssl: configuring",
        *("perl", "Configure", compiler.target.openssl, "--libdir=lib"),
        *(f"--prefix={prefix}", "--openssldir=/etc/ssl"),
        *(f"no-{feature}" for feature in OPENSSL_WITHOUT),
        *("-DOPENSSL_NO_FILENAMES", NO_ASSERTS, *FLAGS),
        cwd=tree,
        env=compiler.env,
    )
    run("openssl", "make", jobs(), "build_libs", cwd=tree, env=compiler.env)
    run("openssl: installing", "make", "install_dev", cwd=tree, env=compiler.env)


def _autotools(
    name: str,
    source: Path,
    compiler: Compiler,
    prefix: Path,
    work: Path,
    *options: str,
    make: tuple[str, ...] = (),
    install: tuple[str, ...] = ("install",),
) -> None:
    tree = unpack(source, work / name)
    env = {**compiler.env, "CFLAGS": " ".join((NO_ASSERTS, *FLAGS))}
    run(
        f"{name}: configuring",
        *("./configure", f"--host={compiler.target.host}", f"--prefix={prefix}"),
        *options,
        cwd=tree,
        env=env,
    )
    run(name, "make", jobs(), *make, cwd=tree, env=env)
    run(f"{name}: installing", "make", *install, cwd=tree, env=env)
