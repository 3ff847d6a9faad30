"""Fixtures of every test that runs inside Home Assistant."""

from collections.abc import Generator
from types import MappingProxyType
from typing import Any
from unittest.mock import patch

from homeassistant.config_entries import ConfigSubentry
from homeassistant.core import HomeAssistant
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.sip_intercom.const import (
    DOMAIN,
    SUBENTRY_ACCOUNT,
    SUBENTRY_DEVICE,
)
from tests.fake_agent import FakeAgent

ACCOUNT_ID = "account-1"
OTHER_ACCOUNT_ID = "account-2"
DOORBELL_ID = "doorbell-1"
INTERCOM_ID = "intercom-1"
PHONE_ID = "phone-1"

SEAMS = (
    "custom_components.sip_intercom.coordinator.AgentClient",
    "custom_components.sip_intercom.flows.trial.AgentClient",
)


def subentry(
    subentry_id: str, kind: str, title: str, data: dict[str, Any]
) -> ConfigSubentry:
    """Return a subentry."""
    return ConfigSubentry(
        subentry_id=subentry_id,
        subentry_type=kind,
        title=title,
        unique_id=f"unique {subentry_id}",
        data=MappingProxyType({"name": title} | data),
    )


def account(subentry_id: str = ACCOUNT_ID, title: str = "Router") -> ConfigSubentry:
    """Return an account with a router whose address is known."""
    return subentry(
        subentry_id,
        SUBENTRY_ACCOUNT,
        title,
        {
            "server": "192.0.2.1",
            "username": "620",
            "password": "secret",
            "transport": "udp",
        },
    )


def device(
    subentry_id: str = DOORBELL_ID,
    title: str = "Front door",
    kind: str = "doorbell",
    address: str = "192.0.2.20",
    **data: Any,
) -> ConfigSubentry:
    """Return a device that calls directly, unless the data says otherwise."""
    return subentry(
        subentry_id,
        SUBENTRY_DEVICE,
        title,
        {"kind": kind, "address": address, "account": "direct"} | data,
    )


BUTTONS = [
    {"id": "b1", "name": "Upstairs", "number": "11"},
    {"id": "b2", "name": "Downstairs", "number": "12"},
]


@pytest.fixture(autouse=True)
def _custom_integrations(request: pytest.FixtureRequest) -> None:
    """Let Home Assistant load the integration, and store only in memory."""
    if "hass" in request.fixturenames:
        request.getfixturevalue("hass_storage")
        request.getfixturevalue("enable_custom_integrations")


@pytest.fixture
def fake_agent() -> Generator[FakeAgent]:
    """Put a faked agent into every place that starts one."""
    agent = FakeAgent()
    with patch(SEAMS[0], agent), patch(SEAMS[1], agent):
        yield agent


@pytest.fixture
def subentries() -> list[ConfigSubentry]:
    """Return one of everything; a test file may have others."""
    return [
        account(),
        device(),
        device(INTERCOM_ID, "Gate", "intercom", "192.0.2.21", buttons=BUTTONS),
        device(PHONE_ID, "Kitchen", "phone", "621", account=ACCOUNT_ID),
    ]


@pytest.fixture
def mock_entry(
    hass: HomeAssistant, subentries: list[ConfigSubentry]
) -> MockConfigEntry:
    """Return the entry of the user agent, not set up."""
    entry = MockConfigEntry(
        domain=DOMAIN,
        unique_id=DOMAIN,
        title="SIP user agent",
        data={"port": 5060, "username": "homeassistant"},
        subentries_data=[each.as_dict() for each in subentries],
    )
    entry.add_to_hass(hass)
    return entry


@pytest.fixture
async def init_integration(
    hass: HomeAssistant, mock_entry: MockConfigEntry, fake_agent: FakeAgent
) -> MockConfigEntry:
    """Set up the user agent with a faked agent."""
    assert await hass.config_entries.async_setup(mock_entry.entry_id)
    await hass.async_block_till_done()
    return mock_entry
