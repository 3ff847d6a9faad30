"""Find the programs that play the peers; in CI a missing one is a failure."""

import os
from pathlib import Path
import shutil
from typing import NoReturn

import pytest

PACKAGES = {
    "sipp": "sip-tester",
    "baresip": "baresip-core",
    "kamailio": "kamailio kamailio-tls-modules",
    "kamcmd": "kamailio",
    "linphone-daemon": "linphone-cli",
    "chromium": "chromium",
    "firefox-esr": "firefox-esr",
    "turnserver": "coturn",
    "ip": "iproute2",
}
FILES = {
    "GstRtspServer-1.0.typelib": (
        "python3-gi gir1.2-gst-rtsp-server-1.0 gstreamer1.0-plugins-ugly"
    ),
}
EXTRA_FOLDERS = "/usr/sbin:/usr/local/sbin"


def find_program(name: str) -> Path:
    """Return the program, or skip (in CI: fail) and tell what to install."""
    folders = f"{os.environ.get('PATH', '')}:{EXTRA_FOLDERS}"
    found = shutil.which(name, path=folders)
    if found is None:
        _miss(name, PACKAGES[name])
    return Path(found)


def find_file(program: str, pattern: str) -> Path:
    """Return a program that needs a file, or skip (in CI: fail) without that."""
    if not any(Path("/").glob(pattern.lstrip("/"))):
        name = pattern.rpartition("/")[2]
        _miss(name, FILES[name])
    return Path(program)


def _miss(name: str, package: str) -> NoReturn:
    """Skip, or fail in CI, for something that is missing."""
    advice = f"{name} is missing: install {package}"
    if os.environ.get("CI"):
        pytest.fail(advice, pytrace=False)
    pytest.skip(advice)
