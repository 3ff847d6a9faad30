"""Tests of the modes, texts and the new actions on calls."""

from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
from homeassistant.helpers import device_registry as dr, entity_registry as er
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.sip_intercom.const import DOMAIN
from custom_components.sip_intercom.lib.sipagent.protocol.calls import (
    Call,
    CallEventType,
    CallReason,
    CallState,
    Direction,
    Proof,
)
from custom_components.sip_intercom.lib.sipagent.protocol.commands import Callee
from custom_components.sip_intercom.lib.sipagent.protocol.config import ModesConfig
from custom_components.sip_intercom.lib.sipagent.protocol.errors import (
    InvalidStateError,
    MessageFailedError,
    TransferFailedError,
)
from custom_components.sip_intercom.lib.sipagent.protocol.messages import CallChanged
from tests.conftest import ACCOUNT_ID, DOORBELL_ID, INTERCOM_ID, PHONE_ID
from tests.fake_agent import FakeAgent

QUIET = ModesConfig(do_not_disturb=True)


async def switch(hass: HomeAssistant, entity: str, action: str = "turn_on") -> None:
    """Turn a switch on or off."""
    await hass.services.async_call(
        "switch", action, {"entity_id": f"switch.{entity}"}, blocking=True
    )


def modes(fake_agent: FakeAgent, device: str) -> ModesConfig:
    """Return the modes that the agent knows."""
    return next(each.modes for each in fake_agent.config.devices if each.id == device)


async def test_modes_reach_the_agent(
    hass: HomeAssistant, init_integration: MockConfigEntry, fake_agent: FakeAgent
) -> None:
    await switch(hass, "front_door_do_not_disturb")
    assert modes(fake_agent, DOORBELL_ID) == QUIET
    assert modes(fake_agent, INTERCOM_ID) == ModesConfig()
    await switch(hass, "gate_automatic_answer")
    assert modes(fake_agent, INTERCOM_ID) == ModesConfig(auto_answer=True)
    await switch(hass, "sip_user_agent_do_not_disturb")
    assert fake_agent.config.modes == QUIET
    await switch(hass, "front_door_do_not_disturb", "turn_off")
    assert modes(fake_agent, DOORBELL_ID) == ModesConfig()
    assert fake_agent.starts == 1


async def test_modes_outlive_a_restart(
    hass: HomeAssistant, init_integration: MockConfigEntry, fake_agent: FakeAgent
) -> None:
    await switch(hass, "front_door_do_not_disturb")
    assert await hass.config_entries.async_reload(init_integration.entry_id)
    await hass.async_block_till_done()
    assert modes(fake_agent, DOORBELL_ID) == QUIET
    found = hass.states.get("switch.front_door_do_not_disturb")
    assert found is not None
    assert found.state == "on"


async def test_switches_that_few_want_are_off_the_list(
    hass: HomeAssistant, init_integration: MockConfigEntry
) -> None:
    registry = er.async_get(hass)
    entry = registry.async_get("switch.front_door_busy_during_a_call")
    assert entry is not None
    assert entry.disabled


async def test_call_that_is_turned_away_is_told(
    hass: HomeAssistant, init_integration: MockConfigEntry, fake_agent: FakeAgent
) -> None:
    call = Call(
        id="c9",
        direction=Direction.INBOUND,
        state=CallState.IDLE,
        device=DOORBELL_ID,
        caller="100",
        reason=CallReason.DO_NOT_DISTURB,
    )
    fake_agent.emit(CallChanged(event=CallEventType.DECLINED, call=call))
    await hass.async_block_till_done()
    event = hass.states.get("event.front_door_call")
    bell = hass.states.get("event.front_door_doorbell")
    assert event is not None
    assert bell is not None
    assert event.attributes["event_type"] == "declined"
    assert event.attributes["reason"] == "do_not_disturb"
    assert bell.state == "unknown"
    assert init_integration.runtime_data.data.calls == {}


# Texts.


async def write(hass: HomeAssistant, message: str, title: str | None = None) -> None:
    """Send a text."""
    data = {"entity_id": "notify.front_door_message", "message": message}
    if title:
        data["title"] = title
    await hass.services.async_call("notify", "send_message", data, blocking=True)


async def test_text_is_sent(
    hass: HomeAssistant, init_integration: MockConfigEntry, fake_agent: FakeAgent
) -> None:
    await write(hass, "Parcel is at the neighbours'")
    to = Callee(device=DOORBELL_ID)
    assert fake_agent.commands == [("send_message", to, "Parcel is at the neighbours'")]


@pytest.mark.parametrize("message", [" ", "x" * 1025, "\u00fc" * 600])
async def test_text_that_cannot_be_sent(
    hass: HomeAssistant,
    init_integration: MockConfigEntry,
    fake_agent: FakeAgent,
    message: str,
) -> None:
    with pytest.raises(ServiceValidationError) as raised:
        await write(hass, message)
    assert raised.value.translation_key == "invalid_message"
    assert fake_agent.commands == []


async def test_text_that_is_refused(
    hass: HomeAssistant, init_integration: MockConfigEntry, fake_agent: FakeAgent
) -> None:
    fake_agent.command_error = MessageFailedError("404")
    with pytest.raises(HomeAssistantError) as raised:
        await write(hass, "hello")
    assert raised.value.translation_key == "message_failed"
    assert raised.value.translation_placeholders == {"status": "404"}


async def test_text_that_arrives(
    hass: HomeAssistant, init_integration: MockConfigEntry, fake_agent: FakeAgent
) -> None:
    fake_agent.message(DOORBELL_ID, "ALERT=1", proof=Proof.TOKEN)
    fake_agent.message(None, "hi", account=ACCOUNT_ID)
    await hass.async_block_till_done()
    device = hass.states.get("event.front_door_message")
    account = hass.states.get("event.router_message")
    assert device is not None
    assert account is not None
    assert device.attributes["text"] == "ALERT=1"
    assert device.attributes["proof"] == "token"
    assert account.attributes["text"] == "hi"


# Actions on calls.


async def act(hass: HomeAssistant, action: str, **data: Any) -> None:
    """Carry out an action."""
    await hass.services.async_call(DOMAIN, action, data, blocking=True)


def device_id(hass: HomeAssistant, subentry: str) -> str:
    """Return the id in the device registry."""
    (entry,) = hass.config_entries.async_entries(DOMAIN)
    found = dr.async_get(hass).async_get_device_by_identifier(
        (DOMAIN, subentry), entry.entry_id
    )
    assert found is not None
    return found.id


@pytest.mark.parametrize(
    ("action", "data", "command"),
    [
        ("hold", {}, ("hold", "c1", True)),
        ("resume", {}, ("hold", "c1", False)),
        ("mute", {}, ("mute", "c1", True)),
        ("unmute", {}, ("mute", "c1", False)),
        ("transfer", {"number": "612"}, ("transfer", "c1", "612")),
    ],
)
async def test_actions_on_a_talk(
    hass: HomeAssistant,
    init_integration: MockConfigEntry,
    fake_agent: FakeAgent,
    action: str,
    data: dict[str, Any],
    command: tuple[object, ...],
) -> None:
    call = fake_agent.ring(DOORBELL_ID)
    with pytest.raises(ServiceValidationError) as raised:
        await act(hass, action, **data)
    assert raised.value.translation_key == "no_talk"
    fake_agent.answered(call)
    await act(hass, action, **data)
    assert fake_agent.commands == [command]
    fake_agent.command_error = InvalidStateError()
    with pytest.raises(ServiceValidationError):
        await act(hass, action, **data)


async def test_transfer_that_fails(
    hass: HomeAssistant, init_integration: MockConfigEntry, fake_agent: FakeAgent
) -> None:
    fake_agent.answered(fake_agent.ring(DOORBELL_ID))
    fake_agent.command_error = TransferFailedError("603")
    with pytest.raises(HomeAssistantError) as raised:
        await act(hass, "transfer", number="612")
    assert raised.value.translation_key == "transfer_failed"


async def test_call_is_joined_with_phones(
    hass: HomeAssistant, init_integration: MockConfigEntry, fake_agent: FakeAgent
) -> None:
    call = fake_agent.ring(DOORBELL_ID)
    await act(
        hass,
        "connect",
        phones=[device_id(hass, PHONE_ID)],
        number="**611",
        account="Router",
    )
    callees = (Callee(device=PHONE_ID), Callee(target="**611", account=ACCOUNT_ID))
    assert fake_agent.commands == [("connect", call.id, callees)]


@pytest.mark.parametrize(
    ("data", "key"),
    [
        ({}, "nobody_to_connect"),
        ({"number": "612"}, "account_required"),
        ({"number": "612", "account": "None"}, "no_such_account"),
        ({"phones": ["none"]}, "no_device_targeted"),
    ],
)
async def test_call_that_is_joined_with_nobody(
    hass: HomeAssistant,
    init_integration: MockConfigEntry,
    fake_agent: FakeAgent,
    data: dict[str, Any],
    key: str,
) -> None:
    with pytest.raises(ServiceValidationError) as raised:
        await act(hass, "connect", **data)
    assert raised.value.translation_key == "no_call_to_connect"
    fake_agent.ring(DOORBELL_ID)
    with pytest.raises(ServiceValidationError) as raised:
        await act(hass, "connect", **data)
    assert raised.value.translation_key == key
    assert fake_agent.commands == []
