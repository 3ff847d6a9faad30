"""Every call ends: its event is told, its slot is free, the media clock stands."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
import re

import pytest

from custom_components.sip_intercom.lib.sipagent.protocol.calls import (
    CallEventType,
    CallReason,
)
from custom_components.sip_intercom.lib.sipagent.protocol.commands import Dial
from custom_components.sip_intercom.lib.sipagent.protocol.config import DeviceConfig

from .addresses import Endpoint, new_address
from .agent import Agent
from .dialog import Dialog, media_endpoint
from .stranger import Stranger, status

NIGHTLY = (pytest.mark.nightly, pytest.mark.timeout(400))
PACES = [pytest.param(None, marks=NIGHTLY), 2.0]
"""The limits as they are, which takes minutes, and short ones."""

SLACK = 5.0  # seconds
SILENCE = bytes.fromhex("8008000100000000000000aa") + b"\xd5" * 160


@asynccontextmanager
async def agent_with(limit: str, pace: float | None) -> AsyncIterator[Agent]:
    """Run an agent that knows one doorbell, with one short limit or none."""
    agent = Agent(DeviceConfig(id="bell", addresses=(new_address(),)))
    agent.hasten(**{limit: pace} if pace and limit else {})
    if pace and not limit:
        device = replace(agent.config.devices[0], talk_limit=int(pace))
        agent.config = replace(agent.config, devices=(device,))
    async with agent:
        yield agent


@pytest.fixture
def open_socket() -> Iterator[Callable[[Agent], Stranger]]:
    """Return what opens sockets of the doorbell."""
    sockets: list[Stranger] = []

    def open_one(agent: Agent) -> Stranger:
        address = agent.config.devices[0].addresses[0]
        sockets.append(Stranger(agent.endpoint, address))
        return sockets[-1]

    yield open_one
    for each in sockets:
        each.__exit__()


async def nothing_held(agent: Agent) -> None:
    """Wait until the SIP stack holds no leg, and its media clock stands."""
    async with asyncio.timeout(SLACK):
        while not _held(agent)[-1].endswith("legs 0, clock False"):  # noqa: ASYNC110 - a log is no event
            await asyncio.sleep(0.05)
    assert (await agent.client.list_state()).calls == ()


def _held(agent: Agent) -> list[str]:
    return [line for line in agent.client.log_lines if " held: " in line]


async def ended(agent: Agent, event: CallEventType, seconds: float) -> CallReason:
    """Return why a call ends, which must not be before its time."""
    begin = asyncio.get_running_loop().time()
    call = await agent.call(event, seconds=seconds + SLACK)
    assert asyncio.get_running_loop().time() - begin > seconds - 1.0
    assert call.reason
    return call.reason


@pytest.mark.parametrize("pace", PACES)
async def test_ring_time_out(
    pace: float | None, open_socket: Callable[[Agent], Stranger]
) -> None:
    async with agent_with("RING_LIMIT", pace) as agent:
        dialog = Dialog(open_socket(agent), open_socket(agent)).ring()
        await agent.call(CallEventType.INCOMING)
        reason = await ended(agent, CallEventType.MISSED, pace or 60.0)
        assert reason is CallReason.RING_TIMEOUT
        assert status(await dialog.final()) == 480
        await nothing_held(agent)


@pytest.mark.parametrize("pace", PACES)
async def test_dial_time_out(
    pace: float | None, open_socket: Callable[[Agent], Stranger]
) -> None:
    async with agent_with("DIAL_LIMIT", pace) as agent:
        callee = open_socket(agent)
        await agent.client.dial(Dial(target=f"sip:door@{callee.endpoint}"))
        await agent.call(CallEventType.OUTGOING)
        invite = await callee.receive()
        callee.send(response(invite, "180 Ringing"))
        await agent.call(CallEventType.PROGRESS)
        task = asyncio.create_task(cancelled(callee, invite))
        reason = await ended(agent, CallEventType.FAILED, pace or 60.0)
        assert reason is CallReason.NO_ANSWER
        await task
        await nothing_held(agent)


async def cancelled(callee: Stranger, invite: bytes) -> None:
    """Take the CANCEL of an INVITE, whenever it comes."""
    while not (cancel := await callee.receive(100.0)).startswith(b"CANCEL"):
        pass
    callee.send(response(cancel, "200 OK"))
    callee.send(response(invite, "487 Request Terminated"))


def response(request: bytes, line: str) -> bytes:
    """Return an answer to a request of the agent's."""
    names = rb"(?im)^(?:via|from|call-id|cseq):[^\r]*\r\n"
    to = re.search(rb"(?im)^to:[^\r]*", request)
    assert to
    return b"".join((
        f"SIP/2.0 {line}\r\n".encode(),
        *re.findall(names, request),
        to[0] + b";tag=callee\r\nContent-Length: 0\r\n\r\n",
    ))  # fmt: skip


@pytest.mark.parametrize("pace", PACES)
@pytest.mark.parametrize(
    ("limit", "attributes", "seconds"),
    [("SILENCE_LIMIT", (), 30.0), ("HOLD_LIMIT", ("a=sendonly",), 300.0)],
)
async def test_no_media(
    pace: float | None,
    limit: str,
    attributes: tuple[str, ...],
    seconds: float,
    open_socket: Callable[[Agent], Stranger],
) -> None:
    """A call without RTP ends, one on hold later: its talk may last longer here."""
    async with agent_with(limit, pace) as agent:
        device = replace(agent.config.devices[0], talk_limit=1000)
        await agent.client.configure(replace(agent.config, devices=(device,)))
        caller = open_socket(agent)
        await talk(agent, Dialog(caller, open_socket(agent)), *attributes)
        reason = await ended(agent, CallEventType.ENDED, pace or seconds)
        assert reason is CallReason.NO_MEDIA
        await answer_bye(caller)
        await nothing_held(agent)


@pytest.mark.parametrize("pace", PACES)
async def test_longest_talk(
    pace: float | None, open_socket: Callable[[Agent], Stranger]
) -> None:
    async with agent_with("", pace) as agent:
        caller, media = open_socket(agent), open_socket(agent)
        media.target = await talk(agent, Dialog(caller, media))
        sound = asyncio.create_task(speak(media))
        reason = await ended(agent, CallEventType.ENDED, pace or 300.0)
        assert reason is CallReason.TALK_LIMIT
        sound.cancel()
        await answer_bye(caller)
        await nothing_held(agent)


async def talk(agent: Agent, dialog: Dialog, *attributes: str) -> Endpoint:
    """Have a call answered, and return where the agent wants its RTP."""
    dialog.ring(*attributes)
    call = await agent.call(CallEventType.INCOMING)
    await agent.client.answer(call.id)
    response = await dialog.final()
    await agent.call(CallEventType.ANSWERED)
    return media_endpoint(response)


async def speak(media: Stranger) -> None:
    """Send RTP now and then."""
    with suppress(asyncio.CancelledError):
        while True:
            media.send(SILENCE)
            await asyncio.sleep(0.5)


async def answer_bye(caller: Stranger) -> None:
    """Answer the agent's BYE."""
    while not (bye := await caller.receive()).startswith(b"BYE"):
        pass
    text = response(bye, "200 OK").replace(b";tag=callee", b"")
    caller.send(text)
