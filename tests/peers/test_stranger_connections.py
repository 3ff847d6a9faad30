"""Strangers over TCP and TLS: the same answer, and no place taken."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
import ssl

import pytest

from custom_components.sip_intercom.lib.sipagent.protocol.calls import (
    Call,
    CallEventType,
)
from custom_components.sip_intercom.lib.sipagent.protocol.config import DeviceConfig
from custom_components.sip_intercom.lib.sipagent.protocol.messages import CallChanged

from .addresses import new_address, new_endpoint
from .agent import Agent
from .certificates import Authority
from .stranger import Stranger, anonymous, request, sdp, status

type Connection = tuple[asyncio.StreamReader, asyncio.StreamWriter]

HOARDERS = 20
HOARD = 16  # connections of each
HANDSHAKE_TIMEOUT = 5  # seconds
ANSWER = b"SIP/2.0 403 Forbidden\r\nContent-Length:  0\r\n\r\n"


@pytest.fixture
async def agent(tmp_path: Path) -> AsyncIterator[Agent]:
    """Run an agent with TLS that knows one doorbell."""
    endpoint = new_endpoint(span=2)
    identity = Authority(tmp_path).issue(endpoint.address)
    device = DeviceConfig(id="bell", addresses=(new_address(),))
    async with Agent(device, endpoint=endpoint, identity=identity) as agent:
        yield agent


@asynccontextmanager
async def _connected(
    agent: Agent, transport: str, source: str = ""
) -> AsyncIterator[Connection]:
    """Yield a connection; one that is half open has not shaken hands."""
    target = agent.endpoint if transport == "tcp" else agent.tls_endpoint
    reader, writer = await asyncio.open_connection(
        target.address,
        target.port,
        ssl=_trusting() if transport == "tls" else None,
        local_addr=(source or new_address(), 0),
    )
    try:
        yield reader, writer
    finally:
        writer.transport.abort()


def _trusting() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def _message(agent: Agent, method: str, transport: str, source: str = "") -> bytes:
    with Stranger(agent.endpoint, source or None) as form:
        message = request(form, method, body=sdp(form.endpoint.address))
    return message.replace(b"SIP/2.0/UDP", f"SIP/2.0/{transport.upper()}".encode())


@pytest.mark.parametrize("transport", ["tcp", "tls"])
async def test_the_invite_has_the_same_answer(agent: Agent, transport: str) -> None:
    """An INVITE is answered as it is over UDP."""
    async with _connected(agent, transport) as (reader, writer):
        writer.write(_message(agent, "INVITE", transport))
        async with asyncio.timeout(10):
            assert anonymous(await reader.readuntil(b"\r\n\r\n")) == ANSWER
    assert not await agent.seen(CallChanged)


@pytest.mark.parametrize("transport", ["tcp", "tls"])
@pytest.mark.parametrize("method", ["OPTIONS", "REGISTER", "SUBSCRIBE", "REFER"])
async def test_anything_else_ends_the_connection(
    agent: Agent, transport: str, method: str
) -> None:
    """Any other request has no answer but the end of its connection."""
    async with _connected(agent, transport) as (reader, writer):
        writer.write(_message(agent, method, transport))
        async with asyncio.timeout(10):
            assert await reader.read() == b""


@pytest.mark.parametrize("transport", ["tcp", "tls"])
async def test_a_refusal_leaves_a_known_connection(
    agent: Agent, transport: str
) -> None:
    """What is refused to a listed peer does not cost it its connection."""
    (bell,) = agent.config.devices[0].addresses
    async with _connected(agent, transport, bell) as (reader, writer):
        for _ in range(2):
            invite = _message(agent, "INVITE", transport)
            replaces = b"Replaces: a@b;to-tag=1;from-tag=2\r\nMax-Forwards"
            writer.write(invite.replace(b"Max-Forwards", replaces))
            async with asyncio.timeout(10):
                assert status(await reader.readuntil(b"\r\n\r\n")) == 403


async def test_idle_connections_keep_nobody_out(agent: Agent) -> None:
    """Many connections that say nothing do not keep the doorbell from ringing."""
    hoarders = [new_address() for _ in range(HOARDERS)]
    async with AsyncExitStack() as stack:
        for transport in ("tcp", "tls", "half open") * HOARD:
            for source in hoarders:
                await stack.enter_async_context(_connected(agent, transport, source))
        for transport in ("tcp", "tls"):
            await _ring(agent, transport)
        await _ring_by_datagram(agent)
    assert agent.client.deaths == 0


async def test_half_open_connection_ends(agent: Agent) -> None:
    """Whoever does not shake hands is soon let go."""
    async with (
        _connected(agent, "half open") as (reader, _),
        asyncio.timeout(HANDSHAKE_TIMEOUT + 3),
    ):
        assert await reader.read() == b""


async def _ring(agent: Agent, transport: str) -> None:
    """Ring as the doorbell over a connection of its own."""
    address = agent.config.devices[0].addresses[0]
    async with _connected(agent, transport, address) as (reader, writer):
        writer.write(_message(agent, "INVITE", transport, address))
        call = await _incoming(agent)
        async with asyncio.timeout(10):
            while status(await reader.readuntil(b"\r\n\r\n")) != 180:
                pass
        await agent.client.decline(call.id)


async def _ring_by_datagram(agent: Agent) -> None:
    """Ring as the doorbell over UDP."""
    with Stranger(agent.endpoint, agent.config.devices[0].addresses[0]) as bell:
        bell.send(request(bell, "INVITE", body=sdp(bell.endpoint.address)))
        call = await _incoming(agent)
        while status(await bell.receive()) != 180:
            pass
        await agent.client.decline(call.id)


async def _incoming(agent: Agent) -> Call:
    rings = await agent.next(
        CallChanged, lambda one: one.event is CallEventType.INCOMING
    )
    return rings.call


@pytest.mark.parametrize(
    "garbage",
    [
        b"\r\n\r\n" * 100,
        b"\x00" * 70000,
        b"GET / HTTP/1.1\r\nHost: x\r\n\r\n",
        b"INVITE sip:x SIP/2.0\r\nContent-Length: 99999999\r\n\r\n",
        b"INVITE sip:x SIP/2.0\r\nContent-Length: -5\r\n\r\nabc",
        b"INVITE sip:x SIP/2.0\r\n" + b"X: y\r\n" * 20000,
        b"INVITE " + b"x" * 70000,
    ],
    ids=("keep-alive packets", "zeros", "http", "huge", "negative", "headers", "line"),
)
async def test_garbage_on_a_connection(agent: Agent, garbage: bytes) -> None:
    """What is no SIP harms nothing."""
    async with _connected(agent, "tcp") as (_, writer):
        writer.write(garbage)
    async with _connected(agent, "tcp") as (reader, writer):
        writer.write(_message(agent, "INVITE", "tcp"))
        async with asyncio.timeout(10):
            assert status(await reader.readuntil(b"\r\n\r\n")) == 403
    assert agent.client.deaths == 0
    assert not await agent.seen(CallChanged)
