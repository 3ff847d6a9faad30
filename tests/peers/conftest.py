"""Fixtures of the tests with real peers."""

import pytest

from .network import allow_loopback


@pytest.fixture(autouse=True)
def loopback() -> None:
    """Let the test talk to real peers."""
    allow_loopback()
