"""Tests that run each blueprint."""

import asyncio
from datetime import datetime, timedelta
from pathlib import Path
import shutil
from typing import Any

from freezegun.api import FrozenDateTimeFactory
from homeassistant.config_entries import ConfigSubentry
from homeassistant.core import HomeAssistant, ServiceCall
from homeassistant.helpers import device_registry as dr
from homeassistant.setup import async_setup_component
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import (
    async_fire_time_changed,
    async_mock_service,
)

from custom_components.sip_intercom.const import DOMAIN
from custom_components.sip_intercom.lib.sipagent.protocol.calls import (
    CallEventType,
    CallReason,
)
from custom_components.sip_intercom.lib.sipagent.protocol.commands import Callee
from tests.conftest import DOORBELL_ID, PHONE_ID, account, device
from tests.fake_agent import FakeAgent

FOLDER = Path("blueprints/automation/sip_intercom").resolve()
BELL = "event.front_door_doorbell"
DOORS = [{"id": "d1", "name": "Gate", "code": "1"}]
OPENED = ("open_door", DOORBELL_ID, "d1")


@pytest.fixture
def subentries() -> list[ConfigSubentry]:
    """Return a doorbell with a door, and a phone."""
    return [
        account(),
        device(doors=DOORS),
        device(PHONE_ID, "Kitchen", "phone", "192.0.2.30"),
    ]


@pytest.fixture(autouse=True)
def _blueprints(hass: HomeAssistant, tmp_path: Path) -> None:
    """Put the blueprints where Home Assistant has its own."""
    hass.config.config_dir = str(tmp_path)
    shutil.copytree(FOLDER, tmp_path / "blueprints/automation/sip_intercom")


pytestmark = pytest.mark.usefixtures("init_integration")


async def use(hass: HomeAssistant, name: str, **inputs: Any) -> None:
    """Set up an automation of a blueprint."""
    blueprint = {"path": f"sip_intercom/{name}.yaml", "input": inputs}
    assert await async_setup_component(
        hass, "automation", {"automation": {"use_blueprint": blueprint}}
    )
    await hass.async_block_till_done()
    assert len(hass.states.async_entity_ids("automation")) == 1
    (state,) = hass.states.async_all("automation")
    assert state.state == "on"


async def settle() -> None:
    """Let everything go on that does not wait for time or for somebody."""
    for _ in range(100):
        await asyncio.sleep(0)


async def switch_off(hass: HomeAssistant) -> None:
    """End the automation and its timers."""
    await hass.services.async_call(
        "automation", "turn_off", {"entity_id": "all"}, blocking=True
    )


def device_id(hass: HomeAssistant, subentry: str = DOORBELL_ID) -> str:
    """Return the id in the device registry."""
    (entry,) = hass.config_entries.async_entries(DOMAIN)
    found = dr.async_get(hass).async_get_device_by_identifier(
        (DOMAIN, subentry), entry.entry_id
    )
    assert found is not None
    return found.id


async def pass_time(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, seconds: float
) -> None:
    """Let time pass."""
    freezer.tick(timedelta(seconds=seconds))
    async_fire_time_changed(hass)
    await settle()


def test_each_blueprint_is_run() -> None:
    source = Path(__file__).read_text()
    for path in FOLDER.glob("*.yaml"):
        assert f'"{path.stem}"' in source


async def notified(hass: HomeAssistant) -> list[ServiceCall]:
    """Set up the notification of a ring."""
    calls = async_mock_service(hass, "notify", "phone")
    await use(
        hass,
        "notification",
        doorbell=BELL,
        station=device_id(hass),
        notify="notify.phone",
        camera="camera.front",
    )
    return calls


async def test_notification_opens_and_clears_itself(
    hass: HomeAssistant, fake_agent: FakeAgent
) -> None:
    calls = await notified(hass)
    call = fake_agent.ring(DOORBELL_ID)
    await settle()
    (first,) = calls
    data = first.data["data"]
    assert first.data["message"] == "Gate"
    assert data["image"] == "/api/camera_proxy/camera.front"
    names = {each["title"]: each["action"] for each in data["actions"]}
    for title, command in (("Open", OPENED), ("Answer", ("answer", call.id))):
        hass.bus.async_fire("mobile_app_notification_action", {"action": names[title]})
        await settle()
        assert fake_agent.commands[-1] == command
    fake_agent.close(call, CallEventType.MISSED, CallReason.CANCELLED)
    await settle()
    assert calls[-1].data["message"] == "clear_notification"
    assert calls[-1].data["data"]["tag"] == data["tag"]
    assert len(calls) == 2


async def test_notification_clears_itself_unanswered(
    hass: HomeAssistant, fake_agent: FakeAgent
) -> None:
    calls = await notified(hass)
    call = fake_agent.ring(DOORBELL_ID)
    await settle()
    hass.bus.async_fire("mobile_app_notification_action", {"action": "OPEN_other"})
    await settle()
    assert fake_agent.commands == []
    fake_agent.close(call, CallEventType.MISSED, CallReason.CANCELLED)
    await settle()
    assert [each.data["message"] for each in calls] == ["Gate", "clear_notification"]


async def test_pin(
    hass: HomeAssistant, fake_agent: FakeAgent, freezer: FrozenDateTimeFactory
) -> None:
    asked = async_mock_service(
        hass,
        DOMAIN,
        "ask_digits",
        supports_response=hass.services.supports_response(DOMAIN, "ask_digits"),
        response={"digits": "1234", "outcome": "complete", "call_id": "c1"},
    )
    await use(hass, "pin", doorbell=BELL, tts_engine="tts.voice")
    call = fake_agent.ring(DOORBELL_ID)
    await settle()
    assert fake_agent.commands == [("answer", call.id)]
    assert asked[0].data["call_id"] == call.id
    assert asked[0].data["tts_engine"] == "tts.voice"
    await pass_time(hass, freezer, 4)
    assert fake_agent.commands[-1] == ("hang_up", call.id)


async def test_forward(
    hass: HomeAssistant, fake_agent: FakeAgent, freezer: FrozenDateTimeFactory
) -> None:
    phone = device_id(hass, PHONE_ID)
    await use(
        hass,
        "forward",
        doorbell=BELL,
        call_state="sensor.front_door_call_state",
        phones=[phone],
        after=15,
    )
    first = fake_agent.ring(DOORBELL_ID)
    await settle()
    fake_agent.close(first, CallEventType.MISSED, CallReason.CANCELLED)
    await pass_time(hass, freezer, 20)
    answered = fake_agent.ring(DOORBELL_ID)
    await settle()
    fake_agent.answered(answered)
    await pass_time(hass, freezer, 20)
    assert fake_agent.commands == []
    fake_agent.close(answered)
    second = fake_agent.ring(DOORBELL_ID)
    await settle()
    await pass_time(hass, freezer, 16)
    callee = Callee(device=PHONE_ID)
    assert fake_agent.commands == [("connect", second.id, (callee,))]


async def test_chime(hass: HomeAssistant, fake_agent: FakeAgent) -> None:
    played = async_mock_service(hass, "media_player", "play_media")
    await use(
        hass,
        "chime",
        doorbell=BELL,
        speakers={"entity_id": "media_player.hall"},
        sound={
            "media_content_id": "media-source://x",
            "media_content_type": "audio/mp3",
        },
    )
    fake_agent.ring(DOORBELL_ID)
    await settle()
    assert played[0].data["media_content_id"] == "media-source://x"
    assert played[0].data["announce"] is True


async def test_announce(hass: HomeAssistant, fake_agent: FakeAgent) -> None:
    spoken = async_mock_service(hass, "tts", "speak")
    await use(
        hass,
        "announce",
        doorbell=BELL,
        speakers=["media_player.hall"],
        tts_engine="tts.voice",
    )
    fake_agent.ring(DOORBELL_ID)
    await settle()
    assert spoken[0].data["message"] == "Gate is at the door."


@pytest.mark.parametrize(("ago", "commands"), [(2, [OPENED]), (10, [])])
async def test_open_by_presence(
    hass: HomeAssistant,
    fake_agent: FakeAgent,
    freezer: FrozenDateTimeFactory,
    ago: int,
    commands: list[Any],
) -> None:
    hass.states.async_set("person.anna", "home")
    freezer.tick(timedelta(minutes=ago))
    await use(
        hass,
        "open_by_presence",
        doorbell=BELL,
        station=device_id(hass),
        people=["person.anna"],
    )
    fake_agent.ring(DOORBELL_ID)
    await settle()
    assert fake_agent.commands == commands


async def move_to(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, hour: int
) -> None:
    """Move to the next time that it is this hour, in local time."""
    now: datetime = dt_util.now()
    then = now.replace(hour=hour, minute=0, second=1)
    if then <= now:
        then += timedelta(days=1)
    freezer.move_to(then)
    async_fire_time_changed(hass)
    await settle()


async def test_night_mute(
    hass: HomeAssistant, fake_agent: FakeAgent, freezer: FrozenDateTimeFactory
) -> None:
    freezer.move_to("2026-11-26 20:00:00+00:00")
    switch = "switch.front_door_do_not_disturb"
    await use(hass, "night_mute", switches=[switch])
    for hour, state in ((22, "on"), (7, "off")):
        await move_to(hass, freezer, hour)
        found = hass.states.get(switch)
        assert found is not None
        assert found.state == state
    await switch_off(hass)


async def test_missed_digest(
    hass: HomeAssistant, fake_agent: FakeAgent, freezer: FrozenDateTimeFactory
) -> None:
    freezer.move_to("2026-11-26 20:00:00+00:00")
    told = async_mock_service(hass, "notify", "phone")
    sensor = "sensor.front_door_missed_calls"
    await use(
        hass,
        "missed_digest",
        missed=sensor,
        reset="button.front_door_reset_missed_calls",
        notify="notify.phone",
    )
    await move_to(hass, freezer, 19)
    assert told == []
    for _ in range(2):
        call = fake_agent.ring(DOORBELL_ID)
        fake_agent.close(call, CallEventType.MISSED, CallReason.CANCELLED)
    await settle()
    await move_to(hass, freezer, 19)
    assert told[0].data["message"] == "2 visitors rang and nobody answered."
    found = hass.states.get(sensor)
    assert found is not None
    assert found.state == "0"
    await switch_off(hass)
