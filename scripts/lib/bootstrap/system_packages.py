"""Programs from the distribution: for the build, for the tests, for Home Assistant."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib.util import find_spec
import os
from pathlib import Path
import shutil

from .debian import is_debian
from .steps import SetupError, run, step


@dataclass(frozen=True, kw_only=True, slots=True)
class Packages:
    """Debian's packages by what tells that they are there: a program or a file."""

    programs: Mapping[str, str]
    files: Mapping[str, str]
    modules: Mapping[str, str] = field(default_factory=dict)


# What the set-up itself works with.
BUILD = Packages(
    programs={"make": "make", "patch": "patch", "c++": "g++"},
    # A minimal perl lacks what OpenSSL's configuration needs.
    files={"usr/share/perl*/**/FindBin.pm": "perl"},
    modules={"pip": "python3-pip"},
)
# The peers of the tests, and what Home Assistant itself likes to find.
PEERS = Packages(
    programs={
        "sipp": "sip-tester",
        "baresip": "baresip-core",
        "kamailio": "kamailio",
        "linphone-daemon": "linphone-cli",
        "ffmpeg": "ffmpeg",
        "chromium": "chromium",
        "firefox-esr": "firefox-esr",
        "turnserver": "coturn",
        "ip": "iproute2",
        "nft": "nftables",
    },
    files={
        "usr/lib*/kamailio/modules/tls.so": "kamailio-tls-modules",
        "usr/lib/*/kamailio/modules/tls.so": "kamailio-tls-modules",
        "usr/lib/*/baresip/modules/avcodec.so": "baresip-ffmpeg",
        "usr/lib*/baresip/modules/avcodec.so": "baresip-ffmpeg",
        "usr/lib/python3/dist-packages/gi/__init__.py": "python3-gi",
        "usr/lib/*/girepository-1.0/GstRtspServer-1.0.typelib": (
            "gir1.2-gst-rtsp-server-1.0"
        ),
        "usr/lib/*/gstreamer-1.0/libgstvideotestsrc.so": "gstreamer1.0-plugins-base",
        "usr/lib/*/gstreamer-1.0/libgstrtp.so": "gstreamer1.0-plugins-good",
        "usr/lib/*/gstreamer-1.0/libgstvideoparsersbad.so": "gstreamer1.0-plugins-bad",
        "usr/lib/*/gstreamer-1.0/libgstx264.so": "gstreamer1.0-plugins-ugly",
        "usr/lib*/libturbojpeg.so.0": "libturbojpeg0",
        "usr/lib/*/libturbojpeg.so.0": "libturbojpeg0",
    },
)
POLICY = Path("/usr/sbin/policy-rc.d")
ADVICE = "Debian's archive must be reachable with apt-get."


def prepare(*groups: Packages) -> list[str]:
    """Install what is missing where that is allowed; returns what stays missing."""
    missing = _missing(groups)
    if not missing or os.geteuid() != 0 or not is_debian():
        return missing
    with step(f"programs ({', '.join(missing)})"), _no_daemons():
        _install(missing)
    return _missing(groups)


def _missing(groups: Iterable[Packages]) -> list[str]:
    return [package for group in groups for package in _missing_of(group)]


def _missing_of(group: Packages) -> list[str]:
    path = f"{os.environ.get('PATH', '')}:/usr/local/sbin:/usr/sbin:/sbin"
    wanted = {*group.programs.values(), *group.files.values(), *group.modules.values()}
    there = {
        package
        for program, package in group.programs.items()
        if shutil.which(program, path=path)
    }
    there |= {
        package
        for pattern, package in group.files.items()
        if any(Path("/").glob(pattern))
    }
    there |= {package for module, package in group.modules.items() if find_spec(module)}
    return sorted(wanted - there)


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
