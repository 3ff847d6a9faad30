"""Tests of answering, declining and hanging up by button."""

from homeassistant.const import STATE_UNAVAILABLE, STATE_UNKNOWN
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
import pytest

from custom_components.sip_intercom.lib.sipagent.protocol.calls import (
    CallEventType,
    CallReason,
)
from custom_components.sip_intercom.lib.sipagent.protocol.errors import (
    AgentTimeoutError,
    InvalidStateError,
    SipAgentError,
    SipStackError,
)
from tests.conftest import DOORBELL_ID, INTERCOM_ID
from tests.fake_agent import FakeAgent

pytestmark = pytest.mark.usefixtures("init_integration")


async def press(hass: HomeAssistant, button: str) -> None:
    """Press a button of the front door."""
    await hass.services.async_call(
        "button",
        "press",
        {"entity_id": f"button.front_door_{button}"},
        blocking=True,
    )


@pytest.mark.parametrize(
    ("button", "command"),
    [
        ("answer", ("answer", "c2")),
        ("decline", ("decline", "c2", 486)),
        ("hang_up", ("hang_up", "c2")),
    ],
)
async def test_press_means_the_call_of_the_device(
    hass: HomeAssistant,
    fake_agent: FakeAgent,
    button: str,
    command: tuple[object, ...],
) -> None:
    fake_agent.ring(INTERCOM_ID)
    fake_agent.ring(DOORBELL_ID)
    fake_agent.ring(INTERCOM_ID)

    await press(hass, button)

    assert fake_agent.commands == [command]


async def test_hang_up_means_the_answered_call(
    hass: HomeAssistant, fake_agent: FakeAgent
) -> None:
    answered = fake_agent.answered(fake_agent.ring(DOORBELL_ID))
    ringing = fake_agent.ring(DOORBELL_ID)

    await press(hass, "hang_up")
    await press(hass, "answer")

    assert fake_agent.commands == [("hang_up", answered.id), ("answer", ringing.id)]


@pytest.mark.parametrize(
    ("button", "key"),
    [
        ("answer", "no_ringing_call"),
        ("decline", "no_ringing_call"),
        ("hang_up", "no_call"),
    ],
)
async def test_press_without_a_call(
    hass: HomeAssistant, fake_agent: FakeAgent, button: str, key: str
) -> None:
    fake_agent.close(
        fake_agent.ring(DOORBELL_ID), CallEventType.MISSED, CallReason.CANCELLED
    )
    fake_agent.ring(INTERCOM_ID)

    with pytest.raises(ServiceValidationError) as raised:
        await press(hass, button)

    assert raised.value.translation_key == key
    assert fake_agent.commands == []


@pytest.mark.parametrize("button", ["answer", "decline"])
async def test_answered_call_does_not_ring(
    hass: HomeAssistant, fake_agent: FakeAgent, button: str
) -> None:
    fake_agent.answered(fake_agent.ring(DOORBELL_ID))

    with pytest.raises(ServiceValidationError):
        await press(hass, button)


@pytest.mark.parametrize(
    ("error", "kind", "key"),
    [
        (InvalidStateError("late"), ServiceValidationError, "invalid_state"),
        (AgentTimeoutError(), HomeAssistantError, "agent_timeout"),
        (SipStackError("PJ_EBUSY"), HomeAssistantError, "command_failed"),
    ],
)
async def test_agent_refuses(
    hass: HomeAssistant,
    fake_agent: FakeAgent,
    error: SipAgentError,
    kind: type[HomeAssistantError],
    key: str,
) -> None:
    fake_agent.ring(DOORBELL_ID)
    fake_agent.command_error = error

    with pytest.raises(kind) as raised:
        await press(hass, "answer")

    assert raised.value.translation_key == key
    assert type(raised.value) is kind


async def test_unavailable_only_while_the_agent_is_down(
    hass: HomeAssistant, fake_agent: FakeAgent
) -> None:
    assert hass.states.is_state("button.front_door_answer", STATE_UNKNOWN)

    fake_agent.lose()
    assert hass.states.is_state("button.front_door_answer", STATE_UNAVAILABLE)

    fake_agent.ready()
    assert hass.states.is_state("button.front_door_answer", STATE_UNKNOWN)
