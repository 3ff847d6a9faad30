"""Find the programs that play the peers; in CI a missing one is a failure."""

import os
from pathlib import Path
import shutil

import pytest

PACKAGES = {
    "sipp": "sip-tester",
    "baresip": "baresip-core",
    "kamailio": "kamailio kamailio-tls-modules",
    "kamcmd": "kamailio",
    "linphone-daemon": "linphone-cli",
}
EXTRA_FOLDERS = "/usr/sbin:/usr/local/sbin"


def find_program(name: str) -> Path:
    """Return the program, or skip (in CI: fail) and tell what to install."""
    folders = f"{os.environ.get('PATH', '')}:{EXTRA_FOLDERS}"
    if found := shutil.which(name, path=folders):
        return Path(found)
    advice = f"{name} is missing: install {PACKAGES[name]}"
    if os.environ.get("CI"):
        pytest.fail(advice, pytrace=False)
    pytest.skip(advice)
