"""Tests of starting, changing and stopping a user agent."""

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.sip_intercom.lib.sipagent.protocol.errors import (
    AgentStartError,
    NativeLibraryMissingError,
    SchemaMismatchError,
    SipAgentError,
)
from homeassistant.config_entries import ConfigEntryState
from homeassistant.const import EVENT_HOMEASSISTANT_STOP
from homeassistant.core import HomeAssistant
from tests.fake_agent import FakeAgent


async def test_starts_and_stops(
    hass: HomeAssistant, init_integration: MockConfigEntry, fake_agent: FakeAgent
) -> None:
    assert init_integration.state is ConfigEntryState.LOADED
    assert fake_agent.starts == 1

    assert await hass.config_entries.async_unload(init_integration.entry_id)

    assert init_integration.state is ConfigEntryState.NOT_LOADED
    assert fake_agent.stops == 1
