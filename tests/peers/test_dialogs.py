"""What a peer, or somebody else, may do inside a call."""

from collections.abc import AsyncIterator, Iterator

import pytest

from custom_components.sip_intercom.lib.sipagent.protocol.calls import CallEventType
from custom_components.sip_intercom.lib.sipagent.protocol.config import DeviceConfig
from custom_components.sip_intercom.lib.sipagent.protocol.messages import (
    CallChanged,
    ToneReceived,
)

from .addresses import new_address
from .agent import Agent
from .dialog import Dialog, media_endpoint, tone_packets
from .stranger import Stranger, request, sdp, status


@pytest.fixture
async def agent() -> AsyncIterator[Agent]:
    """Run an agent that knows one doorbell."""
    async with Agent(DeviceConfig(id="bell", addresses=(new_address(),))) as agent:
        yield agent


def _socket(agent: Agent) -> Stranger:
    return Stranger(agent.endpoint, agent.config.devices[0].addresses[0])


@pytest.fixture
def bell(agent: Agent) -> Iterator[Stranger]:
    """Return the doorbell's socket."""
    with _socket(agent) as bell:
        yield bell


@pytest.fixture
def media(agent: Agent) -> Iterator[Stranger]:
    """Return the doorbell's socket for RTP."""
    with _socket(agent) as media:
        yield media


@pytest.fixture
def listed(agent: Agent) -> Iterator[Stranger]:
    """Return one more socket of the doorbell."""
    with _socket(agent) as listed:
        yield listed


@pytest.fixture
def stranger(agent: Agent) -> Iterator[Stranger]:
    """Return a socket on an address that nobody has configured."""
    with Stranger(agent.endpoint) as stranger:
        yield stranger


async def _answered(agent: Agent, dialog: Dialog) -> bytes:
    dialog.ring()
    call = await agent.call(CallEventType.INCOMING)
    await agent.client.answer(call.id)
    response = await dialog.final()
    await agent.call(CallEventType.ANSWERED)
    return response


async def test_a_retransmission_does_not_ring_twice(
    agent: Agent, bell: Stranger, media: Stranger, listed: Stranger
) -> None:
    """The same INVITE rings once, also after its call has ended; a new one rings."""
    dialog = Dialog(bell, media).ring()
    await agent.call(CallEventType.INCOMING)
    dialog.ring_again()
    dialog.cancel()
    assert status(await dialog.final()) == 487
    await agent.call(CallEventType.MISSED)
    dialog.ring_again()
    await listed.answers(request(listed, "OPTIONS"), listed=listed)
    events = [event.event for event in await agent.seen(CallChanged)]
    assert events.count(CallEventType.INCOMING) == 1
    Dialog(bell, media).ring()
    await agent.call(CallEventType.INCOMING)


async def test_two_legs_of_one_press_ring_once(
    agent: Agent, bell: Stranger, media: Stranger, listed: Stranger
) -> None:
    """A second INVITE while it rings joins the ring; answering takes the newest."""
    first, second = Dialog(bell, media).ring(), Dialog(listed, media)
    call = await agent.call(CallEventType.INCOMING)
    second.ring()
    while status(await listed.receive()) != 180:
        pass
    await agent.client.answer(call.id)
    assert status(await second.final()) == 200
    assert status(await first.final()) >= 400
    await agent.call(CallEventType.ANSWERED)
    events = [event.event for event in await agent.seen(CallChanged)]
    assert events == [CallEventType.INCOMING, CallEventType.ANSWERED]


async def test_a_transfer_is_refused_and_dials_nobody(
    agent: Agent, bell: Stranger, media: Stranger, stranger: Stranger
) -> None:
    """A REFER inside a call is declined, and the victim hears nothing."""
    dialog = Dialog(bell, media)
    await _answered(agent, dialog)
    dialog.send("REFER", f"Refer-To: <sip:0900@{stranger.endpoint}>")
    assert status(await bell.receive()) == 603
    dialog.send("BYE")
    assert status(await bell.receive()) == 200
    await agent.call(CallEventType.ENDED)
    assert stranger.received() == []


@pytest.mark.parametrize("method", ["BYE", "INFO", "REFER", "INVITE", "UPDATE"])
async def test_somebody_else_cannot_touch_a_call(
    agent: Agent,
    bell: Stranger,
    media: Stranger,
    listed: Stranger,
    stranger: Stranger,
    method: str,
) -> None:
    """Requests with the tags of a call, but of another sender, do nothing."""
    dialog = Dialog(bell, media)
    await _answered(agent, dialog)
    dialog.send(method, "Refer-To: <sip:0900@example.com>", sender=stranger)
    answers = await stranger.answers(request(stranger, "OPTIONS"), listed=listed)
    assert all(status(answer) == 403 for answer in answers)
    assert len((await agent.client.list_state()).calls) == 1
    dialog.send("BYE", number=9)
    assert status(await bell.receive()) == 200
    await agent.call(CallEventType.ENDED)


async def test_a_stranger_cannot_cancel(
    agent: Agent, bell: Stranger, media: Stranger, listed: Stranger, stranger: Stranger
) -> None:
    """A CANCEL with everything right but its sender does not end a ring."""
    dialog = Dialog(bell, media).ring()
    await agent.call(CallEventType.INCOMING)
    forged = Dialog(stranger, media)
    forged._invite = dialog._invite
    forged.cancel()
    await stranger.answers(request(stranger, "OPTIONS"), listed=listed)
    assert [event.event for event in await agent.seen(CallChanged)] == [
        CallEventType.INCOMING
    ]


async def test_a_stranger_cannot_send_tones(
    agent: Agent, bell: Stranger, media: Stranger, stranger: Stranger
) -> None:
    """RTP is only heard from where it was negotiated."""
    dialog = Dialog(bell, media)
    response = await _answered(agent, dialog)
    media.target = stranger.target = media_endpoint(response)
    for packet in tone_packets(1, source=11):
        media.send(packet)
    assert (await agent.next(ToneReceived)).tone == "1"
    for packet in tone_packets(9, source=22, sequence=500):
        stranger.send(packet)
    for packet in tone_packets(2, source=11, sequence=100):
        media.send(packet)
    assert (await agent.next(ToneReceived)).tone == "2"


@pytest.mark.parametrize("count", [300])
async def test_a_doorbell_that_presses_like_mad(
    agent: Agent, bell: Stranger, media: Stranger, listed: Stranger, count: int
) -> None:
    """INVITEs and CANCELs without pause harm nothing and leave nothing behind."""
    for _ in range(count):
        dialog = Dialog(bell, media).ring()
        dialog.cancel()
        bell.received()
    await listed.answers(request(listed, "OPTIONS"), listed=listed)
    while (await agent.client.list_state()).calls:
        await agent.next(CallChanged)
    assert agent.client.deaths == 0
    await agent.seen(CallChanged)
    listed.send(request(listed, "INVITE", body=sdp(listed.endpoint.address)))
    assert (await agent.call(CallEventType.INCOMING)).device == "bell"
