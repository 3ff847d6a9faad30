"""Fixtures of the tests with real peers."""

import pytest

from bootstrap.native_library import LINKS, platform_key
from bootstrap.paths import cache_folder

from .network import allow_loopback


@pytest.fixture(autouse=True)
def loopback() -> None:
    """Let the test talk to real peers."""
    allow_loopback()


@pytest.fixture(
    autouse=True,
    params=["release", pytest.param("checked", marks=pytest.mark.nightly)],
)
def library(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Run the agent on this variant: what is an assert in one is a crash in the other."""
    if request.param != "release":
        folder = cache_folder() / "native" / f"{LINKS[request.param]}-{platform_key()}"
        assert folder.is_dir(), "run scripts/setup"
        monkeypatch.setenv("SIP_INTERCOM_NATIVE", str(folder))
