"""Tests of the diagnostics download."""

import json

from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.components.diagnostics import (
    get_diagnostics_for_config_entry,
)
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.sip_intercom.lib.sipagent.protocol.calls import RegistrationState
from tests.conftest import ACCOUNT_ID, DOORBELL_ID
from tests.fake_agent import FakeAgent


async def test_tells_everything_but_secrets_and_numbers(
    hass: HomeAssistant,
    hass_client: ClientSessionGenerator,
    init_integration: MockConfigEntry,
    fake_agent: FakeAgent,
) -> None:
    assert await async_setup_component(hass, "diagnostics", {})
    fake_agent.register(ACCOUNT_ID, RegistrationState.REJECTED, status=403)
    fake_agent.ring(DOORBELL_ID, caller="+49301234")

    told = await get_diagnostics_for_config_entry(hass, hass_client, init_integration)

    assert told["agent"]["hello"]["pjsip"] == "2.17"
    assert told["agent"]["hello"]["build"]["patches"] == ["one"]
    assert told["registrations"][0]["state"] == "rejected"
    assert told["calls"][0]["state"] == "ringing"
    assert told["calls"][0]["caller"] == "**REDACTED**"
    assert told["transports"][0]["port"] == 5060
    assert told["log"] == ["INFO pjsip: hello", "WARNING pjsip: no route"]
    subentries = told["config"]["subentries"]
    assert [each["subentry_type"] for each in subentries] == [
        "account",
        "device",
        "device",
        "device",
    ]
    text = json.dumps(told)
    for secret in ("secret", "+49301234", "620", "192.0.2.20"):
        assert secret not in text
