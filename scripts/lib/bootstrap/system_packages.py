"""Programs from the distribution: the peers of the tests, Home Assistant's helpers."""

from collections.abc import Iterator
from contextlib import contextmanager
import os
from pathlib import Path
import shutil

from .debian import is_debian
from .steps import SetupError, run, step

PROGRAMS = {
    "sipp": "sip-tester",
    "baresip": "baresip-core",
    "kamailio": "kamailio",
    "sipsak": "sipsak",
    "openssl": "openssl",
    "ip": "iproute2",
    "ffmpeg": "ffmpeg",
}
LIBRARIES = {
    "kamailio-tls-modules": "usr/lib/*/kamailio/modules/tls.so",
    "libturbojpeg0": "usr/lib/*/libturbojpeg.so.0",
}
POLICY = Path("/usr/sbin/policy-rc.d")
ADVICE = "Debian's archive must be reachable with apt-get."


def prepare() -> list[str]:
    """Install what is missing where that is allowed; returns what stays missing."""
    missing = _missing()
    if not missing:
        return []
    if os.geteuid() != 0 or not is_debian():
        return missing
    with step(f"programs ({', '.join(missing)})"), _no_daemons():
        _install(missing)
    return _missing()


def _missing() -> list[str]:
    path = f"{os.environ.get('PATH', '')}:/usr/local/sbin:/usr/sbin:/sbin"
    programs = [
        package
        for program, package in PROGRAMS.items()
        if shutil.which(program, path=path) is None
    ]
    libraries = [
        package for package, glob in LIBRARIES.items() if not any(Path("/").glob(glob))
    ]
    return programs + libraries


def _install(packages: list[str]) -> None:
    env = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    apt = ["apt-get", "-qq", "-oDPkg::Lock::Timeout=300", "-oAcquire::Retries=2"]
    install = [*apt, "install", "--yes", "--no-install-recommends", *packages]
    try:
        run(install, advice=ADVICE, env=env)
    except SetupError:
        # A fresh machine has no index yet, an old one an outdated index.
        run([*apt, "update"], advice=ADVICE, env=env)
        run(install, advice=ADVICE, env=env)


@contextmanager
def _no_daemons() -> Iterator[None]:
    """Keep Debian from starting the registrar as a service of this machine."""
    if POLICY.exists():
        yield
        return
    POLICY.write_text("#!/bin/sh\nexit 101\n")
    POLICY.chmod(0o755)
    try:
        yield
    finally:
        POLICY.unlink(missing_ok=True)
        if Path("/run/systemd/system").exists():
            run(["systemctl", "disable", "--quiet", "kamailio"], advice="")
