"""Fixtures of the tests of the flows."""

from collections.abc import Generator
from unittest.mock import AsyncMock, patch

from homeassistant.config_entries import ConfigSubentry
import pytest


@pytest.fixture
def subentries() -> list[ConfigSubentry]:
    """Start without accounts and devices: the flows add them."""
    return []


@pytest.fixture
def try_bind() -> Generator[AsyncMock]:
    """Bind no port; every one is free."""
    with patch(
        "custom_components.sip_intercom.flows.ports.try_bind", autospec=True
    ) as mock:
        yield mock


@pytest.fixture(autouse=True)
def look_up() -> Generator[AsyncMock]:
    """Ask no DNS; every name has the same address."""
    with patch(
        "custom_components.sip_intercom.resolver.SipResolver.async_look_up",
        AsyncMock(return_value=("192.0.2.9",)),
    ) as mock:
        yield mock
