"""A station that takes every call, and notes when sound and tones arrive."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
import secrets
import time

from tests.peers.addresses import Endpoint, free_port, new_address
from tests.sip.messages import Message, sdp

TONES = 101  # payload type of RFC 4733 in our answers
END = 0x80
SILENCE = b"\xd5\x55\xff\x7f"


class Media(asyncio.DatagramProtocol):
    """Where the audio of all calls arrives."""

    def __init__(self) -> None:
        """Have heard nothing yet."""
        self.reset()

    def reset(self) -> None:
        """Forget what was heard."""
        self.packets = 0
        self.sound = asyncio.get_running_loop().create_future()
        self.tone = 0.0

    def datagram_received(self, data: bytes, _: object) -> None:
        """Note when it arrived."""
        self.packets += 1
        if data[1] & 0x7F == TONES:
            if data[13] & END:
                self.tone = time.perf_counter()
        elif not self.sound.done() and any(data[12:].translate(None, SILENCE)):
            self.sound.set_result(time.perf_counter())


class Answerer(asyncio.DatagramProtocol):
    """Answers INVITE with 200 and everything else as well."""

    def __init__(self, endpoint: Endpoint, media_port: int) -> None:
        """Say in each answer where media go."""
        self._body = sdp(endpoint.address, media_port, formats=f"8 {TONES}")
        self._contact = f"<sip:station@{endpoint}>"
        self._answers: dict[str, bytes] = {}

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep what answers are sent by."""
        assert isinstance(transport, asyncio.DatagramTransport)
        self._transport = transport

    def datagram_received(self, data: bytes, address: tuple[str, int]) -> None:
        """Answer a request; one that is repeated gets the same answer."""
        message = Message.parse(data)
        if message.status or message.method == "ACK":
            return
        key = message.get("Via")
        if key not in self._answers:
            self._answers = {key: self._answer(message)}
        self._transport.sendto(self._answers[key], address)

    def _answer(self, request: Message) -> bytes:
        body = self._body if request.method == "INVITE" else ""
        return request.answer(
            200, "OK", tag=secrets.token_hex(4), body=body, Contact=self._contact
        ).encode()


@asynccontextmanager
async def answering() -> AsyncIterator[tuple[Endpoint, Media]]:
    """Have a station that answers, on an address of its own."""
    loop = asyncio.get_running_loop()
    address = new_address()
    endpoint = Endpoint(address=address, port=free_port(address))
    heard, media = await loop.create_datagram_endpoint(Media, (address, 0))
    port = heard.get_extra_info("sockname")[1]
    signalling, _ = await loop.create_datagram_endpoint(
        lambda: Answerer(endpoint, port), (endpoint.address, endpoint.port)
    )
    try:
        yield endpoint, media
    finally:
        signalling.close()
        heard.close()
