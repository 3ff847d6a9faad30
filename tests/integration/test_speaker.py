"""Tests of speaking into calls: the media player, and asking for digits."""

from array import array
import asyncio
import math
from pathlib import Path
from typing import Any
import wave

from homeassistant.config_entries import ConfigSubentry
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
from homeassistant.setup import async_setup_component
import pytest
import pytest_socket

from custom_components.sip_intercom.const import DOMAIN
from custom_components.sip_intercom.lib.sipagent.protocol.calls import (
    CallEventType,
    CallReason,
)
from custom_components.sip_intercom.lib.sipagent.protocol.commands import Dial
from custom_components.sip_intercom.lib.sipagent.protocol.errors import SoundFileError
from tests.conftest import DOORBELL_ID, INTERCOM_ID, device
from tests.fake_agent import FakeAgent

SPEAKER = "media_player.front_door_speaker"
IDLE_SPEAKER = "media_player.gate_speaker"
HELLO = "media-source://media_source/local/hello.wav"


@pytest.fixture
def subentries() -> list[ConfigSubentry]:
    """Return a door, and a gate that may be called to speak to it."""
    return [
        device(),
        device(INTERCOM_ID, "Gate", "intercom", "192.0.2.21", speak_when_idle=True),
    ]


@pytest.fixture(autouse=True)
async def _media(hass: HomeAssistant, tmp_path: Path) -> None:
    """Have a local medium; ffmpeg is a real one."""
    pytest_socket.socket_allow_hosts(["127.0.0.1"])
    await hass.async_add_executor_job(write_sound, tmp_path / "hello.wav")
    await hass.async_add_executor_job(Path(tmp_path, "bad.mp3").write_bytes, b"no")
    hass.config.media_dirs = {"local": str(tmp_path)}
    assert await async_setup_component(hass, "media_source", {})


def write_sound(path: Path) -> None:
    """Write one second of stereo at 44.1 kHz."""
    with wave.open(str(path), "wb") as sound:
        sound.setnchannels(2)
        sound.setsampwidth(2)
        sound.setframerate(44_100)
        samples = (round(9000 * math.sin(i / 20)) for i in range(88_200))
        sound.writeframes(array("h", samples).tobytes())


async def play(
    hass: HomeAssistant,
    media: str = HELLO,
    entity: str = SPEAKER,
    *,
    announce: bool = False,
) -> None:
    """Play something."""
    await hass.services.async_call(
        "media_player",
        "play_media",
        {
            "entity_id": entity,
            "media_content_id": media,
            "media_content_type": "audio/wav",
            "announce": announce,
        },
        blocking=True,
    )


def state(hass: HomeAssistant, entity: str = SPEAKER) -> str:
    """Return the state of a speaker."""
    found = hass.states.get(entity)
    assert found is not None
    return found.state


def names(fake_agent: FakeAgent) -> list[object]:
    """Return the names of the commands."""
    return [command[0] for command in fake_agent.commands]


@pytest.mark.usefixtures("init_integration")
async def test_medium_is_played_into_the_call(
    hass: HomeAssistant, fake_agent: FakeAgent
) -> None:
    call = fake_agent.answered(fake_agent.ring(DOORBELL_ID))
    fake_agent.playing = asyncio.get_running_loop().create_future()

    await play(hass)
    await hass.async_block_till_done(wait_background_tasks=False)

    assert state(hass) == "playing"
    ((name, chosen, seconds),) = fake_agent.commands
    assert (name, chosen) == ("play", call.id)
    assert seconds == pytest.approx(1.0, abs=0.05)
    fake_agent.playing.set_result(True)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert state(hass) == "idle"
    (content,) = fake_agent.played
    assert content[:4] == b"RIFF"
    assert int.from_bytes(content[24:28], "little") == 16_000
    assert int.from_bytes(content[22:24], "little") == 1


@pytest.mark.usefixtures("init_integration")
async def test_nothing_is_played_without_a_call(
    hass: HomeAssistant, fake_agent: FakeAgent
) -> None:
    with pytest.raises(ServiceValidationError) as raised:
        await play(hass)
    assert raised.value.translation_key == "no_call_to_speak"
    fake_agent.ring(INTERCOM_ID)
    with pytest.raises(ServiceValidationError):
        await play(hass, entity=IDLE_SPEAKER)
    assert fake_agent.commands == []


@pytest.mark.usefixtures("init_integration")
async def test_idle_device_is_called_and_hung_up(
    hass: HomeAssistant, fake_agent: FakeAgent
) -> None:
    task = hass.async_create_task(play(hass, entity=IDLE_SPEAKER))
    while not fake_agent.calls:  # noqa: ASYNC110 - ffmpeg is a process
        await asyncio.sleep(0.01)
    (call,) = fake_agent.calls.values()
    fake_agent.answered(call)
    await task
    await hass.async_block_till_done(wait_background_tasks=True)

    assert fake_agent.commands[0] == ("dial", Dial(device=INTERCOM_ID))
    assert names(fake_agent) == ["dial", "play", "hang_up"]


@pytest.mark.usefixtures("init_integration")
async def test_idle_device_that_does_not_answer(
    hass: HomeAssistant, fake_agent: FakeAgent
) -> None:
    task = hass.async_create_task(play(hass, entity=IDLE_SPEAKER))
    while not fake_agent.calls:  # noqa: ASYNC110 - ffmpeg is a process
        await asyncio.sleep(0.01)
    (call,) = fake_agent.calls.values()
    fake_agent.close(call, CallEventType.FAILED, CallReason.BUSY)
    with pytest.raises(HomeAssistantError) as raised:
        await task
    assert raised.value.translation_key == "speaker_not_answered"
    await play_in_a_call(hass, fake_agent)


async def play_in_a_call(hass: HomeAssistant, fake_agent: FakeAgent) -> None:
    """See that the speaker works."""
    fake_agent.answered(fake_agent.ring(INTERCOM_ID))
    await play(hass, entity=IDLE_SPEAKER)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert names(fake_agent)[-1] == "play"


@pytest.mark.usefixtures("init_integration")
@pytest.mark.parametrize(
    ("media", "key"),
    [
        ("media-source://media_source/local/bad.mp3", "sound_unavailable"),
        ("/etc/passwd", "sound_unavailable"),
        ("file:///etc/passwd", "invalid_media"),
        ("concat:/etc/passwd", "invalid_media"),
        ("http://127.0.0.1:9/none.mp3", "sound_unavailable"),
    ],
)
async def test_what_cannot_be_played(
    hass: HomeAssistant, fake_agent: FakeAgent, media: str, key: str
) -> None:
    fake_agent.answered(fake_agent.ring(DOORBELL_ID))
    hass.config.internal_url = "http://127.0.0.1:9"
    with pytest.raises(HomeAssistantError) as raised:
        await play(hass, media)
    assert raised.value.translation_key == key
    assert fake_agent.commands == []
    assert state(hass) == "idle"


@pytest.mark.usefixtures("init_integration")
async def test_announcements_wait_for_each_other(
    hass: HomeAssistant, fake_agent: FakeAgent
) -> None:
    fake_agent.answered(fake_agent.ring(DOORBELL_ID))
    loop = asyncio.get_running_loop()
    first = fake_agent.playing = loop.create_future()
    await play(hass, announce=True)
    await hass.async_block_till_done(wait_background_tasks=False)
    second = hass.async_create_background_task(play(hass, announce=True), "second")
    await asyncio.sleep(0)
    assert names(fake_agent) == ["play"]
    fake_agent.playing = None
    first.set_result(True)
    await second
    await hass.async_block_till_done(wait_background_tasks=True)
    assert names(fake_agent) == ["play", "play"]


@pytest.mark.usefixtures("init_integration")
async def test_medium_takes_the_place_of_another(
    hass: HomeAssistant, fake_agent: FakeAgent
) -> None:
    fake_agent.answered(fake_agent.ring(DOORBELL_ID))
    fake_agent.playing = asyncio.get_running_loop().create_future()
    await play(hass)
    await hass.async_block_till_done(wait_background_tasks=False)
    await play(hass)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert names(fake_agent) == ["play", "stop_playing", "play"]


@pytest.mark.usefixtures("init_integration")
async def test_stop_and_volume(hass: HomeAssistant, fake_agent: FakeAgent) -> None:
    fake_agent.answered(fake_agent.ring(DOORBELL_ID))
    fake_agent.playing = asyncio.get_running_loop().create_future()
    await play(hass)
    await hass.async_block_till_done(wait_background_tasks=False)
    for action, data in (("volume_set", {"volume_level": 0.4}), ("media_stop", {})):
        await hass.services.async_call(
            "media_player", action, {"entity_id": SPEAKER, **data}, blocking=True
        )
    await hass.async_block_till_done(wait_background_tasks=True)
    assert fake_agent.volume == 0.4
    assert names(fake_agent) == ["play", "stop_playing"]
    assert state(hass) == "idle"


@pytest.mark.usefixtures("init_integration")
async def test_file_that_the_agent_refuses(
    hass: HomeAssistant, fake_agent: FakeAgent
) -> None:
    fake_agent.answered(fake_agent.ring(DOORBELL_ID))
    fake_agent.command_error = SoundFileError("no")
    await play(hass)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert state(hass) == "idle"


# Digits.


async def ask(hass: HomeAssistant, **data: Any) -> asyncio.Task[Any]:
    """Begin to ask for digits."""
    task = hass.async_create_task(
        hass.services.async_call(
            DOMAIN,
            "ask_digits",
            {"timeout": 0.5, "digit_timeout": 0.5, **data},
            blocking=True,
            return_response=True,
        )
    )
    await asyncio.sleep(0)
    return task


@pytest.mark.usefixtures("init_integration")
@pytest.mark.parametrize(
    ("data", "pressed", "digits", "outcome"),
    [
        ({}, "12#34", "12", "complete"),
        ({"terminator": "*"}, "12*", "12", "complete"),
        ({"count": 3}, "1234", "123", "complete"),
        ({"terminator": "", "count": 2}, "#1", "#1", "complete"),
        ({}, "12", "12", "timeout"),
        ({}, "", "", "timeout"),
        ({}, "#", "", "complete"),
    ],
)
async def test_digits_are_collected(
    hass: HomeAssistant,
    fake_agent: FakeAgent,
    data: dict[str, Any],
    pressed: str,
    digits: str,
    outcome: str,
) -> None:
    call = fake_agent.answered(fake_agent.ring(DOORBELL_ID))
    task = await ask(hass, **data)
    for tone in pressed:
        fake_agent.tone(call, tone)
    assert await task == {"digits": digits, "outcome": outcome, "call_id": call.id}


@pytest.mark.usefixtures("init_integration")
async def test_call_that_ends_while_digits_are_collected(
    hass: HomeAssistant, fake_agent: FakeAgent
) -> None:
    call = fake_agent.answered(fake_agent.ring(DOORBELL_ID))
    task = await ask(hass)
    fake_agent.tone(call, "1")
    fake_agent.close(call)
    response = await task
    assert (response["digits"], response["outcome"]) == ("1", "call_ended")


@pytest.mark.usefixtures("init_integration")
@pytest.mark.parametrize(("barge_in", "digits"), [(True, "12"), (False, "2")])
async def test_digits_during_the_message(
    hass: HomeAssistant, fake_agent: FakeAgent, barge_in: bool, digits: str
) -> None:
    call = fake_agent.answered(fake_agent.ring(DOORBELL_ID))
    playing = fake_agent.playing = asyncio.get_running_loop().create_future()
    task = await ask(hass, media=HELLO, barge_in=barge_in)
    while not fake_agent.commands:  # noqa: ASYNC110 - ffmpeg is a process
        await asyncio.sleep(0.01)
    fake_agent.tone(call, "1")
    await asyncio.sleep(0)
    if not barge_in:
        playing.set_result(True)
    await asyncio.gather(playing)
    for _ in range(5):
        await asyncio.sleep(0)
    fake_agent.tone(call, "2")
    fake_agent.tone(call, "#")
    assert (await task)["digits"] == digits
    assert ("stop_playing" in names(fake_agent)) is barge_in


@pytest.mark.usefixtures("init_integration")
async def test_call_that_is_just_being_answered(
    hass: HomeAssistant, fake_agent: FakeAgent
) -> None:
    call = fake_agent.ring(DOORBELL_ID)
    task = await ask(hass, call_id=call.id)
    fake_agent.answered(call)
    fake_agent.tone(call, "7")
    fake_agent.tone(call, "#")
    assert (await task)["digits"] == "7"


@pytest.mark.usefixtures("init_integration")
async def test_digits_need_one_call(hass: HomeAssistant, fake_agent: FakeAgent) -> None:
    with pytest.raises(ServiceValidationError) as raised:
        await (await ask(hass))
    assert raised.value.translation_key == "no_call_to_ask_in"
    fake_agent.answered(fake_agent.ring(DOORBELL_ID))
    fake_agent.answered(fake_agent.ring(INTERCOM_ID))
    with pytest.raises(ServiceValidationError) as raised:
        await (await ask(hass))
    assert raised.value.translation_key == "several_calls"
    with pytest.raises(ServiceValidationError) as raised:
        await (await ask(hass, entity_id=SPEAKER, message="hello"))
    assert raised.value.translation_key == "no_speech_engine"
