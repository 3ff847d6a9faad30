"""Tests of phones that look for a server."""

from typing import Any
from unittest.mock import patch

from homeassistant.core import HomeAssistant
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.sip_intercom.const import DOMAIN
from tests.fake_agent import FakeAgent

from .helpers import form_defaults

ADAPTERS = [
    {
        "name": "eth0",
        "index": 1,
        "enabled": True,
        "auto": True,
        "default": True,
        "ipv4": [{"address": "192.168.7.2", "network_prefix": 24}],
        "ipv6": [],
    }
]


@pytest.fixture(autouse=True)
def _adapters() -> Any:
    """Let the phones be neighbours."""
    module = "custom_components.sip_intercom.discovery.async_get_loaded_adapters"
    with patch(module, return_value=ADAPTERS):
        yield


async def flows(hass: HomeAssistant) -> list[Any]:
    """Return what is offered."""
    await hass.async_block_till_done()
    return hass.config_entries.flow.async_progress_by_handler(DOMAIN)


async def test_phone_is_offered_and_added(
    hass: HomeAssistant, init_integration: MockConfigEntry, fake_agent: FakeAgent
) -> None:
    fake_agent.seek("192.168.7.40")
    fake_agent.seek("192.168.7.40")
    (flow,) = await flows(hass)
    assert flow["context"]["title_placeholders"] == {"name": "snom D785"}
    result = await hass.config_entries.flow.async_configure(flow["flow_id"])
    assert result["step_id"] == "phone_confirm"
    shown = form_defaults(result)
    assert (shown["name"], shown["kind"], shown["username"]) == (
        "snom D785",
        "phone",
        "201",
    )
    assert result["description_placeholders"]["address"] == "192.168.7.40"
    wrong = {**shown, "password": "short"}
    result = await hass.config_entries.flow.async_configure(flow["flow_id"], wrong)
    assert result["errors"] == {"password": "password_length"}
    result = await hass.config_entries.flow.async_configure(flow["flow_id"], shown)
    await hass.async_block_till_done()
    assert result["reason"] == "device_added"
    (device,) = [each for each in fake_agent.config.devices if each.credentials]
    assert device.credentials
    assert device.credentials.username == "201"
    assert shown["password"] not in str(init_integration.as_dict())


@pytest.mark.parametrize("address", ["192.0.2.40", "127.0.0.1", "192.168.7.2", "x"])
async def test_only_neighbours_are_offered(
    hass: HomeAssistant,
    init_integration: MockConfigEntry,
    fake_agent: FakeAgent,
    address: str,
) -> None:
    fake_agent.seek(address)
    assert await flows(hass) == []


async def test_phone_that_is_registered_is_not_offered(
    hass: HomeAssistant, init_integration: MockConfigEntry, fake_agent: FakeAgent
) -> None:
    fake_agent.bind("phone-1", address="192.168.7.40")
    fake_agent.seek("192.168.7.40")
    assert await flows(hass) == []


async def test_nobody_is_offered_if_not_wanted(
    hass: HomeAssistant, init_integration: MockConfigEntry, fake_agent: FakeAgent
) -> None:
    hass.config_entries.async_update_entry(
        init_integration, options={"find_phones": False}
    )
    await hass.async_block_till_done()
    assert fake_agent.config.registrar.find_phones is False
    fake_agent.seek("192.168.7.40")
    assert await flows(hass) == []


async def test_phone_without_a_name_or_an_agent(
    hass: HomeAssistant, init_integration: MockConfigEntry, fake_agent: FakeAgent
) -> None:
    fake_agent.seek("192.168.7.40", mac="", vendor="", model="**", user_agent="[x](y)")
    (flow,) = await flows(hass)
    assert flow["context"]["title_placeholders"] == {"name": "192.168.7.40"}
    result = await hass.config_entries.flow.async_configure(flow["flow_id"])
    assert "[" not in result["description_placeholders"]["user_agent"]
    await hass.config_entries.async_unload(init_integration.entry_id)
    assert await flows(hass) == []


async def test_enough_is_enough(
    hass: HomeAssistant, init_integration: MockConfigEntry, fake_agent: FakeAgent
) -> None:
    for number in range(10):
        fake_agent.seek("192.168.7.40", mac=f"00041300000{number}")
    assert len(await flows(hass)) == 5


async def offer(hass: HomeAssistant, number: int) -> Any:
    """Offer a phone as the agent's event would."""
    return await hass.config_entries.flow.async_init(
        DOMAIN,
        context={"source": "integration_discovery"},
        data={"mac": f"00041300000{number}", "address": "192.168.7.40"},
    )


async def test_offers_end_where_there_are_enough(
    hass: HomeAssistant, init_integration: MockConfigEntry
) -> None:
    for number in range(5):
        result = await offer(hass, number)
        assert result["step_id"] == "phone_confirm"
    result = await offer(hass, 6)
    assert result["reason"] == "too_many_callers"


async def test_phone_is_offered_only_by_a_running_user_agent(
    hass: HomeAssistant, mock_entry: MockConfigEntry
) -> None:
    result = await offer(hass, 1)
    assert result["reason"] == "not_loaded"
