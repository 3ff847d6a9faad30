"""A bad network between two peers: a relay in user space that loses and delays."""

import asyncio
from collections.abc import Callable
from random import Random
import re
from typing import Final, Self, override

_CANDIDATE: Final = re.compile(
    r"(candidate:\S+ \d+ UDP \d+ )(\S+) (\d+)", re.IGNORECASE
)

type Address = tuple[str, int]


class LossyNetwork:
    """Relays UDP, and leaves out and delays what it relays, the same each time."""

    def __init__(self, *, loss: float, jitter: float) -> None:
        """Lose this share, and delay by up to so many seconds."""
        self._loss = loss
        self._jitter = jitter
        self._random = Random(1)
        self._transports: list[asyncio.DatagramTransport] = []
        self._relays: dict[Address, Address] = {}
        self.lost = 0

    async def __aenter__(self) -> Self:
        """Relay."""
        return self

    async def __aexit__(self, *_: object) -> None:
        """Relay nothing more."""
        for transport in self._transports:
            transport.close()

    async def through(self, text: str) -> str:
        """Return ICE candidates that lead here, and from here to where they led."""
        for _, host, port in set(_CANDIDATE.findall(text)):
            if (host, int(port)) not in self._relays:
                self._relays[host, int(port)] = await self._relay((host, int(port)))
        return _CANDIDATE.sub(self._led_here, text)

    def carry(self, data: bytes, send: Callable[[bytes], None]) -> None:
        """Send a packet on, later, or not."""
        if self._random.random() < self._loss:
            self.lost += 1
            return
        delay = self._random.random() * self._jitter
        asyncio.get_running_loop().call_later(delay, send, data)

    def _led_here(self, found: re.Match[str]) -> str:
        host, port = self._relays[found[2], int(found[3])]
        return f"{found[1]}{host} {port}"

    async def _relay(self, target: Address) -> Address:
        loop = asyncio.get_running_loop()
        near, far = _Side(self), _Side(self, target)
        near.other, far.other = far, near
        # Linux lets a socket of one host's address reach every other one of that host.
        for side in (near, far):
            transport, _ = await loop.create_datagram_endpoint(
                side.itself, (target[0], 0)
            )
            self._transports.append(transport)
        return near.address


class _Side(asyncio.DatagramProtocol):
    """One of the two sockets of a relay; it answers whoever has sent last."""

    other: _Side

    def __init__(self, network: LossyNetwork, peer: Address | None = None) -> None:
        """Send to a peer, or else to whom it is sent by."""
        self._network = network
        self._peer = peer

    def itself(self) -> Self:
        """Return it, as an event loop asks for its protocols."""
        return self

    @property
    def address(self) -> Address:
        """Return where it listens."""
        host, port, *_ = self._transport.get_extra_info("sockname")
        return host, port

    @override
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.DatagramTransport)
        self._transport = transport

    @override
    def datagram_received(self, data: bytes, addr: Address) -> None:
        self._peer = addr
        self._network.carry(data, self.other.send)

    def send(self, data: bytes) -> None:
        """Send to the peer, if there is one yet."""
        if self._peer and not self._transport.is_closing():
            self._transport.sendto(data, self._peer)
