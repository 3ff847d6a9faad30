"""The whole agent: client, pipes, policy and the real stack."""

from asyncio import Queue, timeout, to_thread
from collections.abc import AsyncGenerator
from pathlib import Path

import pytest

from custom_components.sip_intercom.lib.sipagent.client.client import AgentClient
from custom_components.sip_intercom.lib.sipagent.client.events import ClientEvent
from custom_components.sip_intercom.lib.sipagent.protocol.calls import CallEventType
from custom_components.sip_intercom.lib.sipagent.protocol.config import (
    DeviceConfig,
    TransportsConfig,
    UserAgentConfig,
)
from custom_components.sip_intercom.lib.sipagent.protocol.messages import (
    CallChanged,
    CallerRefused,
    ToneReceived,
)

from .calls import media_address, rtp_socket
from .conftest import MakePeer
from .messages import Message, sdp
from .peer import Peer

type Events = Queue[ClientEvent]


class Names:
    """Knows no name."""

    async def resolve(self, name: str) -> tuple[str, ...]:
        return ()


@pytest.fixture
async def agent(
    library: Path, sip_port: int, monkeypatch: pytest.MonkeyPatch
) -> AsyncGenerator[AgentClient]:
    """Return an agent that knows a doorbell on loopback."""
    monkeypatch.setenv("SIP_INTERCOM_NATIVE", str(library))
    config = UserAgentConfig(
        transports=TransportsConfig(port=sip_port),
        devices=(DeviceConfig(id="door", addresses=("127.0.0.1",)),),
    )
    client = AgentClient(config, Names())
    await client.start()
    yield client
    await client.stop()


@pytest.fixture
def events(agent: AgentClient) -> Events:
    """Return what the agent tells."""
    queue: Events = Queue()
    agent.subscribe(queue.put_nowait)
    return queue


async def next_of[E](events: Events, kind: type[E]) -> E:
    """Return the next event of a kind."""
    async with timeout(10):
        while True:
            event = await events.get()
            if isinstance(event, kind):
                return event


async def receive(peer: Peer, **what: object) -> Message:
    """Have the peer receive without stopping the agent's client."""
    return await to_thread(lambda: peer.receive(**what))  # type: ignore[arg-type]


async def test_a_press_is_heard_answered_and_ended(
    agent: AgentClient, events: Events, make_peer: MakePeer
) -> None:
    peer = make_peer()
    with rtp_socket() as rtp:
        dialog = peer.dialog()
        peer.send(dialog.request("INVITE", body=sdp(peer.host, rtp.port)))
        event = await next_of(events, CallChanged)
        assert (event.event, event.call.device) == (CallEventType.INCOMING, "door")
        assert (await receive(peer, status=180)).get("Call-ID") == dialog.call_id
        await agent.answer(event.call.id)
        response = await receive(peer, status=200, method="INVITE")
        dialog.to = response.get("To")
        peer.send(dialog.request("ACK"))
        assert (await next_of(events, CallChanged)).event is CallEventType.ANSWERED
        rtp.send_tone(media_address(response), 7)
        assert (await next_of(events, ToneReceived)).tone == "7"
        await agent.hang_up(event.call.id)
        bye = await receive(peer, method="BYE")
        peer.send(bye.answer(200))
        assert (await next_of(events, CallChanged)).event is CallEventType.ENDED
    assert (await agent.list_state()).calls == ()


async def test_retransmission_rings_once(
    agent: AgentClient, events: Events, make_peer: MakePeer
) -> None:
    peer = make_peer()
    dialog = peer.dialog()
    invite = dialog.request("INVITE", body=sdp(peer.host, 40000))
    for _ in range(3):
        peer.send(invite)
    await next_of(events, CallChanged)
    response = await receive(peer, status=180)
    peer.send(dialog.request("CANCEL", same=True))
    await receive(peer, status=487, method="INVITE")
    dialog.to = response.get("To")
    peer.send(dialog.request("ACK", same=True))
    assert (await next_of(events, CallChanged)).event is CallEventType.MISSED
    peer.send(invite)
    other = peer.dialog()
    peer.send(other.request("INVITE", body=sdp(peer.host, 40000)))
    event = await next_of(events, CallChanged)
    assert event.event is CallEventType.INCOMING
    assert len((await agent.list_state()).calls) == 1


async def test_stranger_is_told_not_heard(
    agent: AgentClient, events: Events, make_peer: MakePeer
) -> None:
    stranger = make_peer("127.0.0.5")
    stranger.send(stranger.dialog().request("INVITE", body=sdp(stranger.host, 4000)))
    assert (await receive(stranger, status=403)).body == ""
    refused = await next_of(events, CallerRefused)
    assert (refused.source, refused.caller) == ("127.0.0.5", "door")
    assert (await agent.list_state()).calls == ()
