"""Tests of offering an unknown caller as a new device."""

from typing import Any
from unittest.mock import AsyncMock

from homeassistant.config_entries import (
    SOURCE_IGNORE,
    SOURCE_INTEGRATION_DISCOVERY,
    ConfigFlowResult,
)
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType, UnknownFlow
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.sip_intercom.const import DOMAIN
from tests.fake_agent import FakeAgent

from .helpers import form_defaults
from .test_device_flow import STORED, add_device

FOUND: dict[str, Any] = {
    "name": "Front door",
    "caller": "**11",
    "address": "192.168.1.20",
    "user_agent": "Grandstream GDS3710 1.0.13",
    "transport": "udp",
}
CONFIRMED: dict[str, Any] = {
    "name": "Street door",
    "kind": "intercom",
    "address": "**11@192.168.1.20",
}


async def discover(hass: HomeAssistant, **changes: object) -> ConfigFlowResult:
    """Discover a caller."""
    return await hass.config_entries.flow.async_init(
        DOMAIN, context={"source": SOURCE_INTEGRATION_DISCOVERY}, data=FOUND | changes
    )


async def confirm(
    hass: HomeAssistant, result: ConfigFlowResult, **changes: object
) -> ConfigFlowResult:
    """Send the form."""
    return await hass.config_entries.flow.async_configure(
        result["flow_id"], CONFIRMED | changes
    )


async def test_confirming_adds_the_device(
    hass: HomeAssistant, init_integration: MockConfigEntry, fake_agent: FakeAgent
) -> None:
    started = fake_agent.starts
    result = await discover(hass)
    assert result["type"] is FlowResultType.FORM
    assert result["step_id"] == "discovery_confirm"
    assert form_defaults(result) == {
        "name": "Front door",
        "kind": "doorbell",
        "address": "**11@192.168.1.20",
    }
    assert result["description_placeholders"] == {
        "name": "Front door",
        "caller": "**11",
        "address": "192.168.1.20",
        "user_agent": "Grandstream GDS3710 1.0.13",
        "transport": "UDP",
    }
    (flow,) = hass.config_entries.flow.async_progress_by_handler(DOMAIN)
    assert flow["context"]["unique_id"] == "192.168.1.20"
    assert flow["context"]["title_placeholders"] == {"name": "Front door"}

    result = await confirm(hass, result)
    await hass.async_block_till_done()

    assert result["type"] is FlowResultType.ABORT
    assert result["reason"] == "device_added"
    assert result["description_placeholders"] == {"name": "Street door"}
    (device,) = init_integration.get_subentries_of_type("device")
    assert device.title == "Street door"
    assert device.unique_id == "direct|sip:**11@192.168.1.20"
    assert dict(device.data) == STORED | CONFIRMED
    assert [each.id for each in fake_agent.config.devices] == [device.subentry_id]
    assert fake_agent.starts == started
    assert len(hass.config_entries.async_entries(DOMAIN)) == 1


@pytest.mark.parametrize(
    ("changes", "name", "address"),
    [
        ({"name": ""}, "11", "**11@192.168.1.20"),
        ({"name": "", "caller": ""}, "192.168.1.20", "192.168.1.20"),
        ({"caller": "two words"}, "Front door", "192.168.1.20"),
        ({"caller": "1" * 65}, "Front door", "192.168.1.20"),
        ({"address": "FD00::0:1"}, "Front door", "**11@[fd00::1]"),
        (
            {"name": "[x](http://e)" + "y" * 99},
            f"x (http //e){'y' * 52}",
            "**11@192.168.1.20",
        ),
    ],
)
async def test_what_a_stranger_says_is_shown_with_care(
    hass: HomeAssistant,
    init_integration: MockConfigEntry,
    changes: dict[str, str],
    name: str,
    address: str,
) -> None:
    result = await discover(hass, user_agent="", **changes)
    shown = form_defaults(result)
    assert shown["name"] == name
    assert shown["address"] == address
    assert result["description_placeholders"]["user_agent"] == "-"


@pytest.mark.parametrize("address", ["door.local", "", "fe80::1%eth0"])
async def test_address_must_be_numeric(
    hass: HomeAssistant, init_integration: MockConfigEntry, address: str
) -> None:
    result = await discover(hass, address=address)
    assert result["type"] is FlowResultType.ABORT
    assert result["reason"] == "invalid_discovery"


@pytest.mark.parametrize("address", ["192.168.1.20", "12@192.168.1.20", "door.local"])
async def test_known_device_is_not_discovered(
    hass: HomeAssistant,
    init_integration: MockConfigEntry,
    fake_agent: FakeAgent,
    look_up: AsyncMock,
    address: str,
) -> None:
    look_up.return_value = ("192.168.1.20",)
    await add_device(hass, init_integration, address=address)
    result = await discover(hass)
    assert result["type"] is FlowResultType.ABORT
    assert result["reason"] == "already_configured"


async def test_device_that_was_added_meanwhile_is_not_added_again(
    hass: HomeAssistant, init_integration: MockConfigEntry, fake_agent: FakeAgent
) -> None:
    result = await discover(hass)
    await add_device(hass, init_integration)
    with pytest.raises(UnknownFlow):
        await confirm(hass, result)
    assert len(init_integration.subentries) == 1


async def test_caller_is_asked_about_once(
    hass: HomeAssistant, init_integration: MockConfigEntry
) -> None:
    await discover(hass)
    result = await discover(hass, caller="12", name="Somebody else")
    assert result["type"] is FlowResultType.ABORT
    assert result["reason"] == "already_in_progress"


async def test_no_more_than_five_callers_are_asked_about(
    hass: HomeAssistant, init_integration: MockConfigEntry
) -> None:
    for host in range(20, 25):
        result = await discover(hass, address=f"192.168.1.{host}")
        assert result["type"] is FlowResultType.FORM
    result = await discover(hass, address="192.168.1.25")
    assert result["type"] is FlowResultType.ABORT
    assert result["reason"] == "too_many_callers"


async def test_caller_can_be_ignored_for_ever(
    hass: HomeAssistant, init_integration: MockConfigEntry
) -> None:
    await discover(hass)
    (flow,) = hass.config_entries.flow.async_progress_by_handler(DOMAIN)
    result = await hass.config_entries.flow.async_init(
        DOMAIN,
        context={"source": SOURCE_IGNORE},
        data={"unique_id": flow["context"]["unique_id"], "title": "Front door"},
    )
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert not hass.config_entries.flow.async_progress_by_handler(DOMAIN)

    result = await discover(hass, caller="12", name="Somebody else")
    assert result["type"] is FlowResultType.ABORT
    assert result["reason"] == "already_configured"


@pytest.mark.parametrize(
    ("changes", "errors"),
    [
        ({"name": ""}, {"name": "name_required"}),
        ({"address": "front door"}, {"address": "invalid_address"}),
        ({"address": "1001"}, {"address": "address_needs_host"}),
        ({"address": "192.168.1.21"}, {"address": "overlap"}),
    ],
)
async def test_device_that_cannot_be_is_told(
    hass: HomeAssistant,
    init_integration: MockConfigEntry,
    fake_agent: FakeAgent,
    changes: dict[str, str],
    errors: dict[str, str],
) -> None:
    await add_device(hass, init_integration, address="192.168.1.21")
    result = await confirm(hass, await discover(hass), **changes)
    assert result["type"] is FlowResultType.FORM
    assert result["errors"] == errors

    result = await confirm(hass, result)
    assert result["reason"] == "device_added"
