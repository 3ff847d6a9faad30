"""Doors, PINs, sounds and recordings with a real Home Assistant and a real phone."""

import asyncio
from pathlib import Path

import pytest

from tests.peers.addresses import Endpoint
from tests.peers.baresip import Baresip
from verify.sound import write_tone

from .home_assistant import HomeAssistant
from .sip_intercom import SipIntercom, Subentry
from .stations import AUTO, station

GUESSES_PER_CALL = 15
GATE = {"name": "Gate", "code": "4711", "terminator": "#", "lock": True}


def entity(device: Subentry, prefix: str) -> str:
    """Return the entity whose key begins so."""
    (found,) = [each for key, each in device.entities.items() if key.startswith(prefix)]
    return found


async def pressed(phone: Baresip, count: int) -> str:
    """Return the tones that a phone hears."""
    return "".join(
        [(await phone.event("CALL_DTMF_START")).parameter for _ in range(count)]
    )


async def talk(ha: SipIntercom, phone: Baresip, device: Subentry, at: Endpoint) -> None:
    """Have the station call, and answer."""
    await phone.dial(f"sip:homeassistant@{at}")
    await ha.becomes(device.entities["sensor.call_state"], "ringing")
    await ha.act("button.press", entity_id=device.entities["button.answer"])
    await ha.becomes(device.entities["sensor.call_state"], "in_call")


def put_tone(home_assistant: HomeAssistant, name: str) -> None:
    """Give Home Assistant three seconds of a tone to play."""
    media = home_assistant.folder / "media"
    media.mkdir(exist_ok=True)
    write_tone(media / name, 700, rate=16_000, channels=1, seconds=3)


async def test_door_is_opened_from_idle(ha: SipIntercom, tmp_path: Path) -> None:
    async with station(ha, tmp_path, options=AUTO, doors=[GATE]) as (phone, device):
        await ha.act("button.press", entity_id=entity(device, "button.door_"))
        assert await pressed(phone, 5) == "4711#"
        opened = await ha.event(device.entities["event.door"], "opened", skip=())
        assert opened.attributes["door"] == "Gate"
        assert opened.attributes["source"] == "button"
        await ha.becomes(device.entities["sensor.call_state"], "idle")

        lock = entity(device, "lock.")
        await ha.act("lock.unlock", entity_id=lock)
        assert await pressed(phone, 5) == "4711#"
        await ha.becomes(lock, "open")
        await ha.becomes(lock, "locked")


async def test_pin_opens_the_door(
    ha: SipIntercom, agent_endpoint: Endpoint, tmp_path: Path
) -> None:
    pins = [{"name": "Anna", "pin": "8642"}]
    async with station(ha, tmp_path, options=AUTO, doors=[GATE], pins=pins) as (
        phone,
        device,
    ):
        await talk(ha, phone, device, agent_endpoint)
        for entry, event in (("1234#", "refused"), ("8642#", "accepted")):
            for tone in entry:
                await phone.press(tone)
            told = await ha.event(device.entities["event.pin"], event, skip=())
            assert "8642" not in str(told.attributes)
        assert await pressed(phone, 5) == "4711#"
        opened = await ha.event(device.entities["event.door"], "opened", skip=())
        assert opened.attributes["name"] == "Anna"
        await phone.hang_up()


@pytest.mark.nightly
@pytest.mark.timeout(300)
async def test_hundred_guesses_open_nothing(
    ha: SipIntercom, agent_endpoint: Endpoint, tmp_path: Path
) -> None:
    pins = [{"name": "Anna", "pin": "8642"}]
    async with station(ha, tmp_path, options=AUTO, doors=[GATE], pins=pins) as (
        phone,
        device,
    ):
        outcomes = []
        # The right one comes last: guessing has locked it, too.
        entries = [*(f"{guess:04}#" for guess in range(100)), "8642#"]
        for first in range(0, len(entries), GUESSES_PER_CALL):
            await talk(ha, phone, device, agent_endpoint)
            for entry in entries[first : first + GUESSES_PER_CALL]:
                for tone in entry:
                    await phone.press(tone)
                told = await ha.observer.next(
                    lambda change: (
                        change.entity_id == device.entities["event.pin"] and change.rang
                    )
                )
                outcomes.append(told.attributes["event_type"])
            await phone.hang_up()
            await ha.becomes(device.entities["sensor.call_state"], "idle")
        assert len(outcomes) == 101
        assert outcomes[:3] == ["refused"] * 3
        assert outcomes[3:6] == ["locked_out"] * 3
        assert "accepted" not in outcomes
        assert await ha.state(device.entities["event.door"]) == "unknown"


async def test_sound_is_heard_and_recorded(
    ha: SipIntercom,
    agent_endpoint: Endpoint,
    home_assistant: HomeAssistant,
    tmp_path: Path,
) -> None:
    put_tone(home_assistant, "tone.wav")
    advanced = {"record": "answered"}
    async with station(ha, tmp_path, options=AUTO, advanced=advanced) as (
        phone,
        device,
    ):
        await talk(ha, phone, device, agent_endpoint)
        await ha.act(
            "media_player.play_media",
            entity_id=device.entities["media_player.speaker"],
            media_content_id="media-source://media_source/local/tone.wav",
            media_content_type="audio/wav",
        )
        await phone.hears()
        await phone.hang_up()
        await ha.becomes(device.entities["sensor.call_state"], "idle")
        recordings = home_assistant.folder / "sip_intercom" / "recordings" / device.id
        async with asyncio.timeout(20):
            # Files have no event that another process could wait for.
            while not list(recordings.glob("*.ogg")):  # noqa: ASYNC110
                await asyncio.sleep(0.1)
        duration = await ha.state(device.entities["sensor.last_call_duration"])
        assert float(duration) > 0


async def test_digits_are_asked_for(
    ha: SipIntercom,
    agent_endpoint: Endpoint,
    home_assistant: HomeAssistant,
    tmp_path: Path,
) -> None:
    # Whoever hears the message is listened to.
    put_tone(home_assistant, "ask.wav")
    async with station(ha, tmp_path, options=AUTO) as (phone, device):
        await talk(ha, phone, device, agent_endpoint)
        device_id = await ha.device_id(device.entities["event.call"])
        asking = asyncio.ensure_future(
            ha.api.post(
                "/api/services/sip_intercom/ask_digits?return_response",
                {
                    "device_id": device_id,
                    "count": 3,
                    "media": {
                        "media_content_id": "media-source://media_source/local/ask.wav",
                        "media_content_type": "audio/wav",
                    },
                },
            )
        )
        await phone.hears()
        for tone in "159":
            await phone.press(tone)
        response = (await asking)["service_response"]
        assert (response["digits"], response["outcome"]) == ("159", "complete")
        await phone.hang_up()


async def test_do_not_disturb(
    ha: SipIntercom, agent_endpoint: Endpoint, tmp_path: Path
) -> None:
    async with station(ha, tmp_path, options=AUTO) as (phone, device):
        switch = device.entities["switch.do_not_disturb"]
        await ha.act("switch.turn_on", entity_id=switch)
        await phone.dial(f"sip:homeassistant@{agent_endpoint}")
        declined = await ha.event(device.entities["event.call"], "declined", skip=())
        assert declined.attributes["reason"] == "do_not_disturb"
        assert await ha.state(device.entities["event.doorbell"]) == "unknown"
        await ha.act("switch.turn_off", entity_id=switch)
        await phone.dial(f"sip:homeassistant@{agent_endpoint}")
        await ha.event(device.entities["event.doorbell"], "ring", skip=())
        await phone.hang_up()
