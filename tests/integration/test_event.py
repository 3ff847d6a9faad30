"""Tests of rings, calls and tones."""

from typing import Any
from unittest.mock import patch

from homeassistant.components.event import DoorbellEventType
from homeassistant.const import (
    EVENT_STATE_CHANGED,
    STATE_UNAVAILABLE,
    STATE_UNKNOWN,
)
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import (
    async_capture_events,
)

from custom_components.sip_intercom.event import SipDoorbellEvent
from custom_components.sip_intercom.lib.sipagent.protocol.calls import (
    CallEventType,
    CallReason,
    Direction,
    Proof,
)
from tests.conftest import ACCOUNT_ID, DOORBELL_ID, INTERCOM_ID, PHONE_ID
from tests.fake_agent import FakeAgent

BELL = "event.front_door_doorbell"
CALL = "event.front_door_call"
TONE = "event.front_door_tone"
GATE_BELL = "event.gate_doorbell"
UPSTAIRS = "event.gate_upstairs"
DOWNSTAIRS = "event.gate_downstairs"
INCOMING = "event.router_incoming_call"

pytestmark = pytest.mark.usefixtures("init_integration")


def event_of(hass: HomeAssistant, entity_id: str) -> dict[str, Any]:
    """Return the event that an entity shows, without what it always shows."""
    state = hass.states.get(entity_id)
    assert state is not None
    shown = ("event_type", "call_id", "direction", "caller", "caller_name", "called")
    more = ("account", "proof", "duration", "reason", "tone")
    return {
        name: state.attributes[name]
        for name in (*shown, *more)
        if state.attributes.get(name) is not None
    }


def rang(hass: HomeAssistant, *entity_ids: str) -> list[str]:
    """Return which of these bells have rung."""
    return [
        entity_id
        for entity_id in entity_ids
        if event_of(hass, entity_id).get("event_type") == "ring"
    ]


async def test_ring_is_written_before_the_agent_goes_on(
    hass: HomeAssistant, fake_agent: FakeAgent
) -> None:
    fake_agent.ring(DOORBELL_ID, proof=Proof.ADDRESS)

    ring = {
        "event_type": DoorbellEventType.RING,
        "call_id": "c1",
        "direction": "inbound",
        "caller": "100",
        "caller_name": "Gate",
        "called": "homeassistant",
        "proof": "address",
    }
    assert event_of(hass, BELL) == ring
    assert event_of(hass, CALL) == ring | {"event_type": "incoming"}
    assert not rang(hass, GATE_BELL, UPSTAIRS, DOWNSTAIRS)


async def test_entity_that_fails_harms_no_other(
    hass: HomeAssistant, fake_agent: FakeAgent, caplog: pytest.LogCaptureFixture
) -> None:
    with patch.object(SipDoorbellEvent, "_fire", side_effect=KeyError("defect")):
        fake_agent.ring(DOORBELL_ID)

    assert event_of(hass, CALL)["event_type"] == "incoming"
    assert hass.states.is_state("sensor.front_door_call_state", "ringing")
    assert "KeyError: 'defect'" in caplog.text


async def test_doorbell_is_one_for_triggers(
    hass: HomeAssistant, entity_registry: er.EntityRegistry
) -> None:
    state = hass.states.get(BELL)
    assert state is not None
    assert state.attributes["device_class"] == "doorbell"
    assert state.attributes["event_types"] == ["ring"]
    assert state.state == STATE_UNKNOWN


@pytest.mark.parametrize(
    ("button", "bell"),
    [("b1", UPSTAIRS), ("b2", DOWNSTAIRS), (None, GATE_BELL), ("gone", GATE_BELL)],
)
async def test_each_button_rings_its_own_bell(
    hass: HomeAssistant, fake_agent: FakeAgent, button: str | None, bell: str
) -> None:
    fake_agent.ring(INTERCOM_ID, button=button)

    assert rang(hass, GATE_BELL, UPSTAIRS, DOWNSTAIRS, BELL) == [bell]
    assert event_of(hass, "event.gate_call")["event_type"] == "incoming"


async def test_phone_has_no_bell(
    hass: HomeAssistant, fake_agent: FakeAgent, entity_registry: er.EntityRegistry
) -> None:
    assert entity_registry.async_get("event.kitchen_doorbell") is None

    fake_agent.ring(PHONE_ID, account=ACCOUNT_ID)

    event = event_of(hass, "event.kitchen_call")
    assert event["event_type"] == "incoming"
    assert event["account"] == "Router"
    assert event_of(hass, INCOMING) == {}


@pytest.mark.parametrize(
    ("event", "reason"),
    [
        (CallEventType.MISSED, CallReason.CANCELLED),
        (CallEventType.DECLINED, CallReason.DECLINED),
        (CallEventType.ANSWERED_ELSEWHERE, CallReason.ANSWERED_ELSEWHERE),
        (CallEventType.FAILED, CallReason.MEDIA_FAILED),
    ],
)
async def test_call_that_is_not_answered(
    hass: HomeAssistant, fake_agent: FakeAgent, event: CallEventType, reason: CallReason
) -> None:
    call = fake_agent.ring(DOORBELL_ID)
    fake_agent.close(call, event, reason)

    written = event_of(hass, CALL)
    assert written["event_type"] == event
    assert written["reason"] == reason
    assert "duration" not in written


async def test_call_that_is_answered(
    hass: HomeAssistant, fake_agent: FakeAgent
) -> None:
    call = fake_agent.answered(fake_agent.ring(DOORBELL_ID))
    assert event_of(hass, CALL)["event_type"] == "answered"

    fake_agent.close(call, duration=12.5)
    event = event_of(hass, CALL)
    assert event["event_type"] == "ended"
    assert event["duration"] == 12.5
    assert event["reason"] == "remote_hangup"


async def test_outbound_call(hass: HomeAssistant, fake_agent: FakeAgent) -> None:
    call = fake_agent.ring(DOORBELL_ID)
    fake_agent.close(call, CallEventType.MISSED, CallReason.CANCELLED)
    await hass.services.async_call(
        "sip_intercom", "call", {"device_id": _device(hass, BELL)}, blocking=True
    )
    event = event_of(hass, CALL)
    assert event["event_type"] == "outgoing"
    assert event["direction"] == Direction.OUTBOUND

    dialled = fake_agent.calls["c2"]
    before = hass.states.get(CALL)
    fake_agent.change(dialled, CallEventType.PROGRESS)
    assert hass.states.get(CALL) == before


async def test_unknown_caller_over_an_account(
    hass: HomeAssistant, fake_agent: FakeAgent
) -> None:
    call = fake_agent.ring(account=ACCOUNT_ID, caller="+491234")
    event = event_of(hass, INCOMING)
    assert event["event_type"] == "incoming"
    assert event["caller"] == "+491234"
    assert event["account"] == "Router"
    assert not rang(hass, BELL, GATE_BELL)

    fake_agent.close(call, CallEventType.MISSED, CallReason.CANCELLED)
    assert event_of(hass, INCOMING)["event_type"] == "missed"


async def test_account_that_is_gone_has_no_name(
    hass: HomeAssistant, fake_agent: FakeAgent
) -> None:
    fake_agent.ring(DOORBELL_ID, account="gone")

    assert "account" not in event_of(hass, BELL)


async def test_tone(hass: HomeAssistant, fake_agent: FakeAgent) -> None:
    call = fake_agent.answered(fake_agent.ring(DOORBELL_ID))
    fake_agent.tone(call, "#")
    assert event_of(hass, TONE) == {
        "event_type": "tone",
        "tone": "#",
        "call_id": call.id,
    }

    before = hass.states.get(TONE)
    fake_agent.close(call)
    fake_agent.tone(call, "1")
    assert hass.states.get(TONE) == before


async def test_agent_dies_during_a_call_and_comes_back(
    hass: HomeAssistant, fake_agent: FakeAgent
) -> None:
    fake_agent.ring(DOORBELL_ID)
    fake_agent.answered(fake_agent.ring(INTERCOM_ID))
    await hass.async_block_till_done()
    changes = async_capture_events(hass, EVENT_STATE_CHANGED)
    fake_agent.lose()
    await hass.async_block_till_done()

    written = [change.data["new_state"] for change in changes]
    for entity_id, event in ((CALL, "failed"), ("event.gate_call", "ended")):
        last, gone = [state for state in written if state.entity_id == entity_id]
        assert last.attributes["event_type"] == event
        assert last.attributes["reason"] == "agent_lost"
        assert gone.state == STATE_UNAVAILABLE
    for state in hass.states.async_all(("event", "button", "sensor", "binary_sensor")):
        assert state.state == STATE_UNAVAILABLE, state.entity_id

    fake_agent.ready()
    for state in hass.states.async_all(("event", "button", "sensor", "binary_sensor")):
        assert state.state != STATE_UNAVAILABLE, state.entity_id


async def test_every_state_is_written_before_a_ring_that_follows_an_outage(
    hass: HomeAssistant, fake_agent: FakeAgent
) -> None:
    fake_agent.lose()
    await hass.async_block_till_done()
    changes = async_capture_events(hass, EVENT_STATE_CHANGED)
    call = fake_agent.ring(DOORBELL_ID)
    assert hass.states.is_state(BELL, STATE_UNAVAILABLE)

    fake_agent.ready()
    await hass.async_block_till_done()

    written = [change.data["new_state"] for change in changes]
    bell = [state for state in written if state.entity_id == BELL]
    assert [state.attributes.get("event_type") for state in bell] == [None, "ring"]
    assert bell[0].state == STATE_UNKNOWN
    others = {state.entity_id for state in written[: written.index(bell[1])]}
    assert "sensor.router_registration" in others
    assert bell[1].attributes["call_id"] == call.id


async def test_ring_starts_an_automation_also_after_an_outage(
    hass: HomeAssistant, fake_agent: FakeAgent
) -> None:
    assert await async_setup_component(hass, "doorbell", {})
    assert await async_setup_component(
        hass,
        "automation",
        {
            "automation": {
                "trigger": {
                    "trigger": "doorbell.rang",
                    "target": {"entity_id": BELL},
                },
                "action": {"event": "rang"},
            }
        },
    )
    await hass.async_block_till_done()
    rings = async_capture_events(hass, "rang")
    fake_agent.ring(DOORBELL_ID)
    await hass.async_block_till_done()
    assert len(rings) == 1

    fake_agent.lose()
    await hass.async_block_till_done()
    fake_agent.ready()
    await hass.async_block_till_done()
    assert len(rings) == 1

    fake_agent.ring(DOORBELL_ID)
    await hass.async_block_till_done()
    assert len(rings) == 2


def _device(hass: HomeAssistant, entity_id: str) -> str:
    entry = er.async_get(hass).async_get(entity_id)
    assert entry is not None
    assert entry.device_id is not None
    return entry.device_id
