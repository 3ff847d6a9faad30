"""A caller from an address that nobody has configured, over UDP and TLS."""

import asyncio
from pathlib import Path
import ssl

from tests.peers.addresses import Endpoint
from tests.peers.stranger import Stranger, request, sdp, status

ADDRESS = "127.0.0.99"


async def refused_over_udp(agent: Endpoint, seconds: float) -> int:
    """Return the status with which a well-formed INVITE is refused."""
    with Stranger(agent, ADDRESS) as stranger:
        stranger.send(request(stranger, "INVITE", body=sdp(ADDRESS)))
        return status(await stranger.receive(seconds))


async def refused_over_tls(agent: Endpoint, authority: Path, seconds: float) -> int:
    """Return the status with which the INVITE is refused over TLS."""
    reader, writer = await asyncio.open_connection(
        agent.address,
        agent.port,
        ssl=ssl.create_default_context(cafile=str(authority)),
        local_addr=(ADDRESS, 0),
        ssl_handshake_timeout=seconds,
    )
    with Stranger(agent, ADDRESS) as words:
        invite = request(words, "INVITE", body=sdp(ADDRESS))
    writer.write(invite.replace(b"SIP/2.0/UDP", b"SIP/2.0/TLS"))
    async with asyncio.timeout(seconds):
        answer = await reader.readuntil(b"\r\n\r\n")
    writer.transport.abort()
    return status(answer)
