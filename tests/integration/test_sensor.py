"""Tests of the sensors."""

from collections.abc import Generator
from unittest.mock import patch

from freezegun.api import FrozenDateTimeFactory
from homeassistant.const import STATE_UNAVAILABLE, STATE_UNKNOWN, EntityCategory
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_fire_time_changed,
)

from custom_components.sip_intercom.coordinator import REFUSED_INTERVAL
from custom_components.sip_intercom.lib.sipagent.protocol.calls import (
    CallEventType,
    CallReason,
    Proof,
    RegistrationState,
)
from custom_components.sip_intercom.lib.sipagent.protocol.messages import (
    RequestsRefused,
)
from tests.conftest import ACCOUNT_ID, DOORBELL_ID
from tests.fake_agent import FakeAgent

CALL_STATE = "sensor.front_door_call_state"
LAST_CALLER = "sensor.front_door_last_caller"
REGISTRATION = "sensor.router_registration"
ACTIVE_CALLS = "sensor.sip_user_agent_active_calls"
REFUSED = "sensor.sip_user_agent_refused_callers"
RESTARTS = "sensor.sip_user_agent_agent_restarts"
PJSIP = "sensor.sip_user_agent_pjsip_version"


@pytest.fixture
def every_entity_enabled() -> Generator[None]:
    """Enable entities that are disabled by default."""
    with patch(
        "homeassistant.helpers.entity.Entity.entity_registry_enabled_default",
        new=True,
    ):
        yield


def value(hass: HomeAssistant, entity_id: str) -> str:
    """Return the state of a sensor."""
    state = hass.states.get(entity_id)
    assert state is not None
    return state.state


@pytest.mark.usefixtures("init_integration")
async def test_call_state_follows_an_inbound_call(
    hass: HomeAssistant, fake_agent: FakeAgent
) -> None:
    assert value(hass, CALL_STATE) == "idle"

    call = fake_agent.ring(DOORBELL_ID, proof=Proof.ADDRESS)
    assert value(hass, CALL_STATE) == "ringing"
    state = hass.states.get(CALL_STATE)
    assert state is not None
    assert state.attributes["call_id"] == call.id
    assert state.attributes["caller"] == "100"
    assert state.attributes["proof"] == "address"

    fake_agent.answered(call)
    assert value(hass, CALL_STATE) == "in_call"

    fake_agent.close(call)
    assert value(hass, CALL_STATE) == "idle"
    state = hass.states.get(CALL_STATE)
    assert state is not None
    assert "call_id" not in state.attributes


@pytest.mark.usefixtures("init_integration")
async def test_call_state_follows_an_outbound_call(
    hass: HomeAssistant, fake_agent: FakeAgent, entity_registry: er.EntityRegistry
) -> None:
    entry = entity_registry.async_get(CALL_STATE)
    assert entry is not None
    await hass.services.async_call(
        "sip_intercom", "call", {"device_id": entry.device_id}, blocking=True
    )
    assert value(hass, CALL_STATE) == "dialing"

    call = fake_agent.change(fake_agent.calls["c1"], CallEventType.PROGRESS)
    assert value(hass, CALL_STATE) == "early_media"

    fake_agent.close(call, CallEventType.FAILED, CallReason.BUSY)
    assert value(hass, CALL_STATE) == "idle"


@pytest.mark.usefixtures("init_integration")
async def test_call_state_is_that_of_the_newest_call(
    hass: HomeAssistant, fake_agent: FakeAgent
) -> None:
    first = fake_agent.answered(fake_agent.ring(DOORBELL_ID))
    second = fake_agent.ring(DOORBELL_ID)
    assert value(hass, CALL_STATE) == "ringing"
    assert value(hass, ACTIVE_CALLS) == "2"

    fake_agent.close(second, CallEventType.MISSED, CallReason.CANCELLED)
    assert value(hass, CALL_STATE) == "in_call"
    fake_agent.close(first)
    assert value(hass, ACTIVE_CALLS) == "0"


@pytest.mark.usefixtures("init_integration")
async def test_last_caller_stays(hass: HomeAssistant, fake_agent: FakeAgent) -> None:
    assert value(hass, LAST_CALLER) == STATE_UNKNOWN

    call = fake_agent.ring(DOORBELL_ID, proof=Proof.TLS)
    fake_agent.close(call, CallEventType.MISSED, CallReason.CANCELLED)

    state = hass.states.get(LAST_CALLER)
    assert state is not None
    assert state.state == "Gate"
    assert state.attributes["caller"] == "100"
    assert state.attributes["call_id"] == call.id
    assert state.attributes["proof"] == "tls"
    assert "direction" not in state.attributes


@pytest.mark.usefixtures("init_integration")
@pytest.mark.parametrize(
    ("facts", "shown"),
    [
        ({"caller_name": ""}, "100"),
        ({"caller_name": "", "caller": ""}, STATE_UNKNOWN),
        ({"caller_name": "x" * 300}, "x" * 255),
    ],
)
async def test_last_caller_without_a_usable_name(
    hass: HomeAssistant, fake_agent: FakeAgent, facts: dict[str, str], shown: str
) -> None:
    fake_agent.ring(DOORBELL_ID, **facts)

    assert value(hass, LAST_CALLER) == shown


async def test_last_caller_is_restored(
    hass: HomeAssistant, init_integration: MockConfigEntry, fake_agent: FakeAgent
) -> None:
    fake_agent.close(fake_agent.ring(DOORBELL_ID))
    before = hass.states.get(LAST_CALLER)
    await hass.config_entries.async_reload(init_integration.entry_id)
    await hass.async_block_till_done()

    after = hass.states.get(LAST_CALLER)
    assert before is not None
    assert after is not None
    assert after.state == "Gate"
    assert after.attributes == before.attributes


async def test_last_caller_is_restored_after_an_outage(
    hass: HomeAssistant, init_integration: MockConfigEntry, fake_agent: FakeAgent
) -> None:
    fake_agent.ring(DOORBELL_ID)
    before = hass.states.get(LAST_CALLER)
    fake_agent.lose()
    await hass.config_entries.async_reload(init_integration.entry_id)
    await hass.async_block_till_done()

    after = hass.states.get(LAST_CALLER)
    assert before is not None
    assert after is not None
    assert after.state == "Gate"
    assert after.attributes == before.attributes


@pytest.mark.usefixtures("init_integration")
async def test_registration_tells_the_reason(
    hass: HomeAssistant, fake_agent: FakeAgent
) -> None:
    assert value(hass, REGISTRATION) == STATE_UNKNOWN

    fake_agent.register(
        ACCOUNT_ID, RegistrationState.REJECTED, status=403, text="Forbidden"
    )

    state = hass.states.get(REGISTRATION)
    assert state is not None
    assert state.state == "rejected"
    assert state.attributes["status"] == 403
    assert state.attributes["reason"] == "Forbidden"


@pytest.mark.usefixtures("every_entity_enabled", "init_integration")
async def test_user_agent(hass: HomeAssistant, fake_agent: FakeAgent) -> None:
    assert value(hass, PJSIP) == "2.17"
    assert value(hass, REFUSED) == "0"
    assert value(hass, RESTARTS) == "0"

    fake_agent.refuse("203.0.113.7", 1)
    assert value(hass, REFUSED) == "1"

    fake_agent.lose()
    assert value(hass, RESTARTS) == STATE_UNAVAILABLE
    fake_agent.ready()
    assert value(hass, RESTARTS) == "1"


@pytest.mark.usefixtures("init_integration")
async def test_refused_requests_that_are_no_calls(
    hass: HomeAssistant, fake_agent: FakeAgent
) -> None:
    fake_agent.emit(RequestsRefused(total=4))
    assert value(hass, REFUSED) == "4"


@pytest.mark.usefixtures("init_integration")
async def test_flood_of_strangers_is_told_now_and_then(
    hass: HomeAssistant, fake_agent: FakeAgent, freezer: FrozenDateTimeFactory
) -> None:
    for host in range(1, 9):
        fake_agent.refuse(f"203.0.113.{host}")
    assert value(hass, REFUSED) == "1"

    for count in ("8", "8"):
        freezer.tick(REFUSED_INTERVAL)
        async_fire_time_changed(hass)
        assert value(hass, REFUSED) == count
    fake_agent.refuse("203.0.113.9")
    assert value(hass, REFUSED) == "9"


@pytest.mark.usefixtures("init_integration")
@pytest.mark.parametrize(
    ("entity_id", "disabled_by"),
    [
        (REGISTRATION, None),
        (REFUSED, None),
        (RESTARTS, er.RegistryEntryDisabler.INTEGRATION),
        (PJSIP, er.RegistryEntryDisabler.INTEGRATION),
    ],
)
async def test_diagnostic_sensors(
    entity_registry: er.EntityRegistry,
    entity_id: str,
    disabled_by: er.RegistryEntryDisabler | None,
) -> None:
    entry = entity_registry.async_get(entity_id)
    assert entry is not None
    assert entry.entity_category is EntityCategory.DIAGNOSTIC
    assert entry.disabled_by is disabled_by
