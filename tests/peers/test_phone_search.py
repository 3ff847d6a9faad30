"""A phone asks the network for a server (SIP PnP)."""

from collections.abc import Iterator
from dataclasses import replace
import socket

import pytest

from custom_components.sip_intercom.lib.sipagent.protocol.messages import ServerSought

from .namespace import Namespace
from .stations import registrar, station

GROUP = ("224.0.1.75", 5060)
SEARCH = """\
SUBSCRIBE sip:MAC%3a000413aabbcc@224.0.1.75 SIP/2.0
Via: SIP/2.0/UDP {here}:{port};branch=z9hG4bKsearch;rport
From: <sip:MAC%3a000413aabbcc@224.0.1.75>;tag=1
To: <sip:MAC%3a000413aabbcc@224.0.1.75>
Call-ID: search@{here}
CSeq: 1 SUBSCRIBE
Contact: <sip:{here}:{port}>
Event: ua-profile;profile-type="device";vendor="snom";model="D785";version="10.1"
Expires: 0
Max-Forwards: 70
Content-Length: 0

"""


@pytest.fixture
def machine() -> Iterator[Namespace]:
    """Return a machine with a network of its own, where port 5060 is free."""
    with Namespace() as machine:
        machine.have(2)
        yield machine


async def test_search_is_heard_and_not_answered(machine: Namespace) -> None:
    agent = registrar(station("201"), find_phones=True)
    transports = replace(agent.config.transports, bind_address="", port=5060)
    agent.config = replace(agent.config, transports=transports)
    agent.hasten()
    assert agent.command
    agent.command = machine.command(*agent.command)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as phone:
        phone.bind((machine.here, 0))
        phone.setsockopt(
            socket.IPPROTO_IP, socket.IP_MULTICAST_IF, socket.inet_aton(machine.here)
        )
        text = SEARCH.format(here=machine.here, port=phone.getsockname()[1])
        async with agent:
            phone.sendto(text.replace("\n", "\r\n").encode(), GROUP)
            sought = await agent.next(ServerSought)
            assert (sought.address, sought.mac) == (machine.here, "000413aabbcc")
            assert (sought.vendor, sought.model, sought.version) == (
                "snom",
                "D785",
                "10.1",
            )
        phone.setblocking(False)
        with pytest.raises(BlockingIOError):
            phone.recv(2048)
