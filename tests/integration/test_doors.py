"""Tests of doors as buttons, locks, actions and events."""

from datetime import timedelta
from typing import Any

from freezegun.api import FrozenDateTimeFactory
from homeassistant.config_entries import ConfigSubentry
from homeassistant.const import EVENT_STATE_CHANGED, STATE_UNKNOWN
from homeassistant.core import Context, HomeAssistant, State
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
from homeassistant.helpers import entity_registry as er
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    MockUser,
    async_capture_events,
    async_fire_time_changed,
)

from custom_components.sip_intercom.const import DOMAIN
from custom_components.sip_intercom.lib.sipagent.protocol.errors import (
    AgentGoneError,
    CallEndedError,
    DoorCallFailedError,
    NoSuchDoorError,
    NoTonesError,
    SipAgentError,
    TonesRefusedError,
    UnprovenCallError,
)
from tests.conftest import DOORBELL_ID, INTERCOM_ID, device
from tests.fake_agent import FakeAgent

GATE = {"id": "d1", "name": "Gate", "code": "4711", "terminator": "#", "lock": True}
CELLAR = {"id": "d2", "name": "Cellar", "code": "2", "open_time": 20}
BUTTON = "button.front_door_open_gate"
LOCK = "lock.front_door_gate"
EVENT = "event.front_door_door"


@pytest.fixture
def subentries() -> list[ConfigSubentry]:
    """Return a device with two doors, and one with one."""
    return [
        device(doors=[GATE, CELLAR]),
        device(INTERCOM_ID, "Side", "intercom", "192.0.2.21", doors=[CELLAR]),
    ]


pytestmark = pytest.mark.usefixtures("init_integration")


async def press(hass: HomeAssistant, entity: str = BUTTON, **more: Any) -> None:
    """Press a button."""
    await hass.services.async_call(
        "button", "press", {"entity_id": entity}, blocking=True, **more
    )


async def lock(hass: HomeAssistant, action: str) -> None:
    """Carry out an action on the lock."""
    await hass.services.async_call("lock", action, {"entity_id": LOCK}, blocking=True)


def state(hass: HomeAssistant, entity: str) -> State:
    """Return a state that exists."""
    found = hass.states.get(entity)
    assert found is not None
    return found


async def test_button_opens_its_door(
    hass: HomeAssistant, fake_agent: FakeAgent, hass_admin_user: MockUser
) -> None:
    context = Context(user_id=hass_admin_user.id)

    await press(hass, context=context)

    assert fake_agent.commands == [("open_door", DOORBELL_ID, "d1")]
    event = state(hass, EVENT)
    assert event.attributes["event_type"] == "opened"
    assert event.attributes["door"] == "Gate"
    assert event.attributes["door_id"] == "d1"
    assert event.attributes["source"] == "button"
    assert event.attributes["call_id"] == "c1"
    assert "reason" not in event.attributes
    assert event.context is context


@pytest.mark.parametrize(
    ("error", "key", "reason"),
    [
        (DoorCallFailedError("busy"), "door_busy", "busy"),
        (DoorCallFailedError("no_answer"), "door_no_answer", "no_answer"),
        (DoorCallFailedError("media_failed"), "door_call_failed", "media_failed"),
        (TonesRefusedError("415"), "tones_refused", "tones_refused"),
        (NoTonesError(), "no_tones", "no_tones"),
        (CallEndedError(), "call_ended", "call_ended"),
        (UnprovenCallError(), "unproven_call", "unproven_call"),
        (NoSuchDoorError(), "no_such_door", "no_such_door"),
        (AgentGoneError(), "agent_unavailable", "agent_unavailable"),
    ],
)
async def test_failure_is_told(
    hass: HomeAssistant,
    fake_agent: FakeAgent,
    error: SipAgentError,
    key: str,
    reason: str,
) -> None:
    fake_agent.command_error = error

    with pytest.raises(HomeAssistantError) as raised:
        await press(hass)

    assert raised.value.translation_key == key
    event = state(hass, EVENT)
    assert event.attributes["event_type"] == "failed"
    assert event.attributes["reason"] == reason
    assert "call_id" not in event.attributes


async def test_no_lock_unless_wished(hass: HomeAssistant) -> None:
    assert hass.states.get("lock.front_door_cellar") is None
    assert hass.states.get("button.front_door_open_cellar") is not None


@pytest.mark.parametrize("action", ["open", "unlock"])
async def test_lock_opens_for_its_time(
    hass: HomeAssistant,
    fake_agent: FakeAgent,
    freezer: FrozenDateTimeFactory,
    action: str,
) -> None:
    assert state(hass, LOCK).state == "locked"
    assert state(hass, LOCK).attributes["assumed_state"] is True
    changes = async_capture_events(hass, EVENT_STATE_CHANGED)

    await lock(hass, action)
    await hass.async_block_till_done()

    shown = [each.data["new_state"] for each in changes]
    states = [each.state for each in shown if each.entity_id == LOCK]
    assert states == ["opening", "open"]
    assert fake_agent.commands == [("open_door", DOORBELL_ID, "d1")]
    assert state(hass, LOCK).state == "open"
    assert state(hass, EVENT).attributes["source"] == "lock"
    freezer.tick(timedelta(seconds=4))
    async_fire_time_changed(hass)
    await hass.async_block_till_done()
    assert state(hass, LOCK).state == "open"
    freezer.tick(timedelta(seconds=2))
    async_fire_time_changed(hass)
    await hass.async_block_till_done()
    assert state(hass, LOCK).state == "locked"


async def test_second_opening_starts_the_time_anew(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> None:
    await lock(hass, "open")
    freezer.tick(timedelta(seconds=4))
    async_fire_time_changed(hass)
    await lock(hass, "open")
    freezer.tick(timedelta(seconds=4))
    async_fire_time_changed(hass)
    await hass.async_block_till_done()
    assert state(hass, LOCK).state == "open"


async def test_locking_does_nothing(hass: HomeAssistant, fake_agent: FakeAgent) -> None:
    await lock(hass, "lock")

    assert fake_agent.commands == []
    assert state(hass, LOCK).state == "locked"


async def test_lock_that_could_not_open_is_locked(
    hass: HomeAssistant, fake_agent: FakeAgent
) -> None:
    fake_agent.command_error = DoorCallFailedError("unreachable")

    with pytest.raises(HomeAssistantError) as raised:
        await lock(hass, "unlock")

    assert raised.value.translation_key == "door_unreachable"
    assert state(hass, LOCK).state == "locked"


async def test_lock_that_is_removed_leaves_no_timer(
    hass: HomeAssistant, init_integration: MockConfigEntry
) -> None:
    await lock(hass, "open")
    change(hass, init_integration, [{**GATE, "lock": False}])
    await hass.async_block_till_done()
    assert hass.states.get(LOCK) is None


def change(
    hass: HomeAssistant, entry: MockConfigEntry, doors: list[dict[str, Any]]
) -> None:
    """Give the front door other doors."""
    subentry = entry.subentries[DOORBELL_ID]
    data = {**subentry.data, "doors": doors}
    hass.config_entries.async_update_subentry(entry, subentry, data=data)


async def test_doors_follow_their_configuration(
    hass: HomeAssistant, init_integration: MockConfigEntry, fake_agent: FakeAgent
) -> None:
    change(hass, init_integration, [{**GATE, "name": "Drive", "code": "9"}])
    await hass.async_block_till_done()

    assert hass.states.get("button.front_door_open_cellar") is None
    assert state(hass, BUTTON).attributes["friendly_name"] == "Front door Open Drive"
    await press(hass)
    assert state(hass, EVENT).attributes["door"] == "Drive"
    (door,) = fake_agent.config.devices[0].doors
    assert door.code == "9#"


async def test_device_without_doors_has_no_door_event(
    hass: HomeAssistant, init_integration: MockConfigEntry
) -> None:
    change(hass, init_integration, [])
    await hass.async_block_till_done()

    assert hass.states.get(EVENT) is None
    registry = er.async_get(hass)
    assert registry.async_get(BUTTON) is None


async def act(hass: HomeAssistant, target: str | list[str], **data: Any) -> None:
    """Carry out the action."""
    await hass.services.async_call(
        DOMAIN, "open_door", {"entity_id": target, **data}, blocking=True
    )


@pytest.mark.parametrize("name", ["Cellar", " cellar", "d2"])
async def test_action_opens_a_door_by_name(
    hass: HomeAssistant, fake_agent: FakeAgent, name: str
) -> None:
    await act(hass, BUTTON, door=name)

    assert fake_agent.commands == [("open_door", DOORBELL_ID, "d2")]
    assert state(hass, EVENT).attributes["source"] == "action"


async def test_action_needs_no_name_for_the_only_door(
    hass: HomeAssistant, fake_agent: FakeAgent
) -> None:
    await act(hass, "event.side_door")

    assert fake_agent.commands == [("open_door", INTERCOM_ID, "d2")]


@pytest.mark.parametrize(
    ("target", "data", "key"),
    [
        (BUTTON, {}, "several_doors"),
        (BUTTON, {"door": "Attic"}, "no_such_door"),
        ([BUTTON, "event.side_door"], {}, "one_device"),
        ("sensor.sip_user_agent_active_calls", {}, "no_device_targeted"),
    ],
)
async def test_action_that_means_no_door(
    hass: HomeAssistant,
    fake_agent: FakeAgent,
    target: str | list[str],
    data: dict[str, Any],
    key: str,
) -> None:
    with pytest.raises(ServiceValidationError) as raised:
        await act(hass, target, **data)

    assert raised.value.translation_key == key
    assert fake_agent.commands == []
    assert state(hass, EVENT).state == STATE_UNKNOWN
