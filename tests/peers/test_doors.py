"""Doors, tones, sounds and joined calls with real phones at the other end."""

from array import array
import asyncio
import math
from pathlib import Path
from typing import Any
import wave

import pytest

from custom_components.sip_intercom.lib.sipagent.protocol.calls import (
    Call,
    CallEventType,
    CallReason,
    Hold,
    Proof,
)
from custom_components.sip_intercom.lib.sipagent.protocol.commands import Callee
from custom_components.sip_intercom.lib.sipagent.protocol.config import (
    DeviceConfig,
    ForwardConfig,
    MediaEncryption,
    ModesConfig,
)
from custom_components.sip_intercom.lib.sipagent.protocol.doors import DoorConfig
from custom_components.sip_intercom.lib.sipagent.protocol.errors import (
    DoorCallFailedError,
)
from custom_components.sip_intercom.lib.sipagent.protocol.messages import (
    CallChanged,
    MessageReceived,
    ToneReceived,
)
from custom_components.sip_intercom.lib.sipagent.protocol.tones import (
    ToneMethod,
    ToneStyle,
)
from verify.sound import write_tone

from .addresses import new_address, new_endpoint
from .agent import RTP_PORTS, Agent
from .baresip import Baresip
from .linphone import Linphone
from .stations import PASSWORD, bound, registrar, station
from .stranger import Stranger, request

CODE = "4711#"
RATE = 16_000
PHONE_RATE = 8_000  # of what the phones say
PITCHES = {"bell": 700, "kitchen": 1300, "hall": 1900}
SPEECH = 2.0  # seconds that are compared
AUTOMATIC = "regint=0;answermode=auto"


def door(method: ToneMethod = ToneMethod.RTP, **facts: Any) -> DoorConfig:
    """Return a door."""
    style = ToneStyle(method=method, length=100, gap=60)
    return DoorConfig(id="gate", code=CODE, style=style, **facts)


def device(phone: Baresip, name: str = "bell", **facts: Any) -> DeviceConfig:
    """Return a phone as a direct device."""
    return DeviceConfig(
        id=name,
        addresses=(phone.endpoint.address,),
        uri=f"sip:{phone.user}@{phone.endpoint}",
        media_encryption=MediaEncryption.NONE,
        **facts,
    )


def phone(folder: Path, user: str = "bell", **facts: Any) -> Baresip:
    """Return a phone on an address of its own."""
    facts = {"options": AUTOMATIC, **facts}
    return Baresip(
        folder=folder / user,
        user=user,
        endpoint=new_endpoint(new_address(), span=2),
        **facts,
    )


async def pressed(peer: Baresip, count: int = len(CODE)) -> str:
    """Return the tones that a phone hears."""
    return "".join(
        [(await peer.event("CALL_DTMF_START")).parameter for _ in range(count)]
    )


async def of(agent: Agent, name: str, *types: CallEventType) -> Call:
    """Return a device's call at its next event of these types."""
    changed = await agent.next(
        CallChanged,
        lambda event: event.call.device == name and event.event in types,
    )
    return changed.call


async def talk(agent: Agent, peer: Baresip) -> Call:
    """Have a phone call us, and answer."""
    await peer.dial(agent.uri())
    call = await of(agent, "bell", CallEventType.INCOMING)
    await agent.client.answer(call.id)
    return await of(agent, "bell", CallEventType.ANSWERED)


@pytest.mark.parametrize("method", [ToneMethod.RTP, ToneMethod.INFO_RELAY])
@pytest.mark.parametrize("how", ["idle", "ringing", "talking"])
async def test_door_is_opened(tmp_path: Path, method: ToneMethod, how: str) -> None:
    async with (
        phone(tmp_path) as bell,
        Agent(device(bell, doors=(door(method),))) as agent,
    ):
        match how:
            case "talking":
                await talk(agent, bell)
            case "ringing":
                await bell.dial(agent.uri())
                await of(agent, "bell", CallEventType.INCOMING)
        call = await agent.client.open_door("bell", "gate")
        assert await pressed(bell) == CODE
        if how == "talking":
            states = (await agent.client.list_state()).calls
            assert [each.id for each in states] == [call]
        else:
            ended = await of(agent, "bell", CallEventType.ENDED)
            assert ended.reason is CallReason.LOCAL_HANGUP


async def test_two_openings_wait_for_each_other(tmp_path: Path) -> None:
    async with phone(tmp_path) as bell:
        other = DoorConfig(id="other", code="99")
        async with Agent(device(bell, doors=(door(), other))) as agent:
            calls = await asyncio.gather(
                agent.client.open_door("bell", "gate"),
                agent.client.open_door("bell", "other"),
            )
            assert len(set(calls)) == 2
            assert await pressed(bell, len(CODE) + 2) == CODE + "99"


async def test_station_that_is_off(tmp_path: Path) -> None:
    nobody = new_endpoint(new_address())
    config = DeviceConfig(
        id="bell",
        addresses=(nobody.address,),
        uri=f"sip:{nobody};transport=tcp",
        doors=(door(),),
    )
    async with Agent(config) as agent:
        with pytest.raises(DoorCallFailedError) as raised:
            await agent.client.open_door("bell", "gate")
        assert str(raised.value) == "unreachable"


async def test_station_that_declines(tmp_path: Path) -> None:
    bell = phone(tmp_path, options="regint=0;answermode=manual")
    async with bell, Agent(device(bell, doors=(door(),))) as agent:
        opening = asyncio.ensure_future(agent.client.open_door("bell", "gate"))
        await bell.event("CALL_INCOMING")
        await bell.hang_up()
        with pytest.raises(DoorCallFailedError) as raised:
            await opening
        assert str(raised.value) in ("busy", "declined")


async def test_strangers_press_nothing(tmp_path: Path) -> None:
    """Who knows everything of a call but has another address is not heard."""
    async with phone(tmp_path) as bell, Agent(device(bell)) as agent:
        await talk(agent, bell)
        await bell.receives()
        first = agent.config.transports.rtp_first
        event = bytes([0x80, 0xE5, 0, 1, 0, 0, 1, 0, 0, 0, 0, 1, 7, 0x8A, 3, 32])
        with Stranger(agent.endpoint) as stranger:
            stranger.send(request(stranger, "MESSAGE", body="open", kind="text/plain"))
            stranger.send(request(stranger, "INFO", body="Signal=7"))
            for port in range(first, first + RTP_PORTS, 2):
                stranger.send_to(event, agent.endpoint.address, port)
        await bell.press("5")
        tone = await agent.next(ToneReceived)
        assert tone.tone == "5"
        assert len(await agent.seen(ToneReceived)) == 1
        assert await agent.seen(MessageReceived) == []


# Joined calls.


async def test_ring_group(tmp_path: Path) -> None:
    manual = "regint=0;answermode=manual"
    kitchen = phone(tmp_path, "kitchen", options=manual)
    hall = phone(tmp_path, "hall", options=manual)
    async with phone(tmp_path) as bell, kitchen, hall:
        group = (ForwardConfig(device="kitchen"), ForwardConfig(device="hall"))
        async with Agent(
            device(bell, forwards=group),
            device(kitchen, "kitchen"),
            device(hall, "hall"),
        ) as agent:
            await bell.dial(agent.uri())
            await kitchen.event("CALL_INCOMING")
            await hall.event("CALL_INCOMING")
            await kitchen.accept()
            answered = await of(agent, "bell", CallEventType.ANSWERED)
            assert answered.connected_to is not None
            await kitchen.hears()
            await bell.hears()
            await hall.event("CALL_CLOSED")
            await kitchen.hang_up()
            await of(agent, "bell", CallEventType.ENDED)


async def test_call_that_is_up_is_joined(tmp_path: Path) -> None:
    async with phone(tmp_path) as bell, phone(tmp_path, "kitchen") as kitchen:
        config = device(bell), device(kitchen, "kitchen")
        async with Agent(*config) as agent:
            call = await talk(agent, bell)
            await agent.client.connect(call.id, (Callee(device="kitchen"),))
            await of(agent, "bell", CallEventType.UPDATED)
            await kitchen.hears()
            await bell.hears()
            await agent.client.mute(call.id, muted=True)
            muted = await of(agent, "bell", CallEventType.UPDATED)
            assert muted.muted


async def test_voices_of_three(tmp_path: Path) -> None:
    """Who is joined hears the other one and nobody else; so does the recording."""
    heard, sent = tmp_path / "heard.wav", tmp_path / "sent.wav"
    bell, kitchen, hall = [
        phone(
            tmp_path,
            name,
            sound=spoken(tmp_path / f"{name}.wav", pitch, PHONE_RATE, 20),
            options="regint=0;answermode=manual",
        )
        for name, pitch in PITCHES.items()
    ]
    async with (
        bell,
        kitchen,
        hall,
        Agent(
            device(bell, forwards=(ForwardConfig(device="kitchen"),)),
            device(kitchen, "kitchen"),
            device(hall, "hall"),
        ) as agent,
    ):
        await hall.dial(agent.uri())
        other = await of(agent, "hall", CallEventType.INCOMING)
        await agent.client.answer(other.id)
        await bell.dial(agent.uri())
        await kitchen.event("CALL_INCOMING")
        await kitchen.accept()
        call = await of(agent, "bell", CallEventType.ANSWERED)
        recording = asyncio.ensure_future(
            agent.client.record(call.id, str(heard), str(sent))
        )
        await kitchen.hears()
        await bell.hears()
        await asyncio.sleep(SPEECH)
        await bell.hang_up()
        await of(agent, "bell", CallEventType.ENDED)
        await recording
    assert await asyncio.to_thread(pitches, heard) == {PITCHES["bell"]}
    assert await asyncio.to_thread(pitches, sent) == {PITCHES["kitchen"]}
    for listener, speaker in ((kitchen, "bell"), (bell, "kitchen")):
        (decoded,) = listener.folder.glob("dump-*-dec.wav")
        assert await asyncio.to_thread(pitches, decoded) == {PITCHES[speaker]}
    assert not [
        path
        for path in hall.folder.glob("dump-*-dec.wav")
        if await asyncio.to_thread(pitches, path)
    ]


def spoken(path: Path, pitch: int, rate: int, seconds: int) -> Path:
    """Return a file with a tone."""
    write_tone(path, pitch, rate=rate, channels=1, seconds=seconds)
    return path


def pitches(path: Path) -> set[int]:
    """Return which of the phones' tones a WAV file holds (Goertzel)."""
    with wave.open(str(path)) as sound:
        rate = sound.getframerate()
        samples = array("h", sound.readframes(sound.getnframes()))
    return {pitch for pitch in PITCHES.values() if level(samples, rate, pitch) > 0.1}


def level(samples: array[int], rate: int, pitch: int) -> float:
    """Return the share that a tone has of full scale."""
    turn = 2 * math.pi * pitch / rate
    real = sum(each * math.cos(turn * i) for i, each in enumerate(samples))
    imaginary = sum(each * math.sin(turn * i) for i, each in enumerate(samples))
    return 2 * math.hypot(real, imaginary) / max(len(samples), 1) / 32768


# Sounds.


async def test_sound_and_recording(tmp_path: Path) -> None:
    sound = spoken(tmp_path / "tone.wav", 700, RATE, 2)
    heard, sent = tmp_path / "heard.wav", tmp_path / "sent.wav"
    async with phone(tmp_path) as bell, Agent(device(bell)) as agent:
        call = await talk(agent, bell)
        recording = asyncio.ensure_future(
            agent.client.record(call.id, str(heard), str(sent))
        )
        updated = await of(agent, "bell", CallEventType.UPDATED)
        assert updated.recording
        assert await agent.client.play(call.id, str(sound), 2.0)
        await bell.hears()
        await bell.hang_up()
        await of(agent, "bell", CallEventType.ENDED)
        await recording
    for path in (heard, sent):
        level, seconds = await asyncio.to_thread(loudest, path)
        assert level > 3000
        assert seconds > 1.5


def loudest(path: Path) -> tuple[int, float]:
    """Return the loudest sample of a WAV file, and its length."""
    with wave.open(str(path)) as sound:
        samples = array("h", sound.readframes(sound.getnframes()))
        return max(map(abs, samples)), sound.getnframes() / sound.getframerate()


async def test_hold(tmp_path: Path) -> None:
    async with phone(tmp_path) as bell, Agent(device(bell)) as agent:
        call = await talk(agent, bell)
        await agent.client.hold(call.id, held=True)
        held = await of(agent, "bell", CallEventType.UPDATED)
        assert held.hold is Hold.LOCAL
        await agent.client.hold(call.id, held=False)
        back = await of(agent, "bell", CallEventType.UPDATED)
        assert back.hold is Hold.NONE
        await bell.command("hold")
        theirs = await of(agent, "bell", CallEventType.UPDATED)
        assert theirs.hold is Hold.REMOTE


async def test_transfer(tmp_path: Path) -> None:
    async with (
        phone(tmp_path) as bell,
        phone(tmp_path, "kitchen") as kitchen,
        Agent(device(bell)) as agent,
    ):
        call = await talk(agent, bell)
        target = f"sip:kitchen@{kitchen.endpoint}"
        await agent.client.transfer(call.id, target)
        ended = await of(agent, "bell", CallEventType.ENDED)
        assert ended.reason in (CallReason.TRANSFERRED, CallReason.REMOTE_HANGUP)
        await kitchen.event("CALL_ESTABLISHED")


async def test_do_not_disturb(tmp_path: Path) -> None:
    async with phone(tmp_path) as bell:
        quiet = ModesConfig(do_not_disturb=True)
        config = device(bell, modes=quiet, doors=(door(),))
        async with Agent(config) as agent:
            await bell.dial(agent.uri())
            turned = await of(agent, "bell", CallEventType.DECLINED)
            assert turned.reason is CallReason.DO_NOT_DISTURB
            await bell.event("CALL_CLOSED")
            await agent.client.open_door("bell", "gate")
            assert await pressed(bell) == CODE


async def test_automatic_answer(tmp_path: Path) -> None:
    async with phone(tmp_path) as bell:
        config = device(bell, modes=ModesConfig(auto_answer=True))
        async with Agent(config) as agent:
            await bell.dial(agent.uri())
            await of(agent, "bell", CallEventType.ANSWERED)
            await bell.event("CALL_ESTABLISHED")


async def test_texts_both_ways(tmp_path: Path) -> None:
    async with registrar(station("203")) as agent:
        linphone = Linphone(
            folder=tmp_path / "linphone",
            user="203",
            password=PASSWORD,
            server=agent.endpoint,
        )
        async with linphone:
            await bound(agent, "203")
            await agent.client.send_message(Callee(device="device-203"), "thank you")
            await linphone.command(f"message sip:homeassistant@{agent.endpoint} parcel")
            message = await agent.next(MessageReceived)
            assert message.device == "device-203"
            assert message.text == "parcel"
            assert message.proof is Proof.DIGEST


@pytest.mark.nightly
async def test_two_hundred_openings_without_a_miss(tmp_path: Path) -> None:
    async with (
        phone(tmp_path) as bell,
        Agent(device(bell, doors=(door(),))) as agent,
    ):
        for _ in range(200):
            await agent.client.open_door("bell", "gate")
            assert await pressed(bell) == CODE
            await of(agent, "bell", CallEventType.ENDED)
