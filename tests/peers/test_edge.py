"""Stations behind a proxy, and behind a router that translates addresses."""

import asyncio
from pathlib import Path

from custom_components.sip_intercom.lib.sipagent.protocol.calls import (
    CallEventType,
    Proof,
)
from custom_components.sip_intercom.lib.sipagent.protocol.commands import Dial

from .edge import Edge
from .router import Router
from .station import Station
from .stations import PASSWORD, bound, phone, registrar, station
from .stranger import sdp
from .test_stations import of_device


async def test_station_behind_a_proxy(tmp_path: Path) -> None:
    """Its calls come and go through the proxy that its REGISTER came through."""
    async with (
        registrar(station("201"), station("202")) as agent,
        Edge(folder=tmp_path / "edge", registrar=agent.endpoint) as edge,
    ):
        outbound = f'outbound="sip:{edge.endpoint}";regint=60'
        gate = phone(tmp_path, agent, "201", options=(outbound,))
        async with gate, phone(tmp_path, agent, "202") as direct:
            (binding,) = await bound(agent, "201")
            assert binding.path
            assert binding.address == edge.endpoint.address
            assert binding.port == edge.endpoint.port
            await bound(agent, "202")

            await agent.client.dial(Dial(device="device-201"))
            await gate.event("CALL_INCOMING")
            await gate.accept()
            call = await of_device(agent, "201", CallEventType.ANSWERED)
            await agent.client.hang_up(call.id)
            await gate.event("CALL_CLOSED")
            await of_device(agent, "201", CallEventType.ENDED)

            await gate.dial(f"sip:homeassistant@{gate.domain}")
            ring = await of_device(agent, "201", CallEventType.INCOMING)
            assert ring.proof is Proof.DIGEST
            await agent.client.answer(ring.id)
            await of_device(agent, "201", CallEventType.ANSWERED)
            await gate.hang_up()
            await of_device(agent, "201", CallEventType.ENDED)
            assert direct.log


def answer(invite: str, contact: str) -> bytes:
    """Return a 200 to a request, with a description if it is an INVITE."""
    heads = [
        line
        for line in invite.split("\r\n")
        if line.split(":")[0] in ("Via", "From", "Call-ID", "CSeq")
    ]
    to = next(line for line in invite.split("\r\n") if line.startswith("To:"))
    tag = "" if "tag=" in to else ";tag=home"
    body = sdp("10.99.0.2") if invite.startswith("INVITE") else ""
    lines = ["SIP/2.0 200 OK", *heads, to + tag, f"Contact: <{contact}>"]
    if body:
        lines.append("Content-Type: application/sdp")
    return (
        "\r\n".join([*lines, f"Content-Length: {len(body)}", ""]) + "\r\n" + body
    ).encode()


async def test_station_behind_a_router() -> None:
    """Its contact, and that of its answer, lead nowhere from here."""
    with Router() as router:
        agent = registrar(station("201"))
        agent.listen_everywhere()
        async with agent:
            there = (router.here, agent.endpoint.port)
            home = Station("201", PASSWORD, there, router.inside)
            await home.open(router.socket())
            await home.register(300)
            (binding,) = await bound(agent, "201")
            assert binding.address == router.outside
            assert router.inside in binding.contact

            call = await agent.client.dial(Dial(device="device-201"))
            async with asyncio.timeout(10):
                invite = await home.requests.get()
                assert invite.startswith(f"INVITE sip:201@{router.inside}")
                home.say(answer(invite, "sip:201@10.99.0.2:5060"))
                assert (await home.requests.get()).startswith("ACK")
            await of_device(agent, "201", CallEventType.ANSWERED)
            await agent.client.hang_up(call)
            async with asyncio.timeout(10):
                bye = await home.requests.get()
            assert bye.startswith("BYE")
            home.say(answer(bye, "sip:201@10.99.0.2:5060"))
            await of_device(agent, "201", CallEventType.ENDED)
            home.close()
