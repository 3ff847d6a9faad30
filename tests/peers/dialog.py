"""A call of a bare socket, so that a test can say anything inside it."""

import re
import struct
from typing import Self

from .addresses import Endpoint
from .stranger import Stranger, request, sdp, status

TELEPHONE_EVENT = 101
OFFER = (
    f"m=audio {{port}} RTP/AVP 8 {TELEPHONE_EVENT}",
    "a=rtpmap:8 PCMA/8000",
    f"a=rtpmap:{TELEPHONE_EVENT} telephone-event/8000",
)


class Dialog:
    """An INVITE and what follows; media is sent from a socket of its own."""

    def __init__(self, caller: Stranger, media: Stranger) -> None:
        """Prepare a call from the caller's socket."""
        self._caller = caller
        self._media = media
        self._invite = b""
        self._to = ""
        self._number = 1

    def ring(self, *attributes: str) -> Self:
        """Send the INVITE, its audio with these attributes."""
        own = self._caller.endpoint.address
        port = self._media.endpoint.port
        lines = tuple(line.format(port=port) for line in (*OFFER, *attributes))
        body = sdp(own, lines=lines)
        self._invite = request(self._caller, "INVITE", body=body)
        self._caller.send(self._invite)
        return self

    def ring_again(self) -> None:
        """Send the same INVITE once more, as a retransmission."""
        self._caller.send(self._invite)

    def cancel(self) -> None:
        """Cancel the INVITE."""
        text = self._invite.decode().partition("\r\n\r\n")[0]
        text = text.replace("INVITE", "CANCEL")
        text = re.sub(r"\r\nContent-[^\r]*", "", text)
        self._caller.send(f"{text}\r\nContent-Length: 0\r\n\r\n".encode())

    async def final(self) -> bytes:
        """Return the INVITE's final response and acknowledge it."""
        while True:
            response = await self._caller.receive()
            if status(response) >= 200 and b" INVITE\r" in response:
                break
        found = re.search(rb"(?im)^to: *([^\r]+)", response)
        assert found
        self._to = found[1].decode()
        self.send("ACK", number=1)
        return response

    def send(
        self,
        method: str,
        *headers: str,
        number: int | None = None,
        sender: Stranger | None = None,
    ) -> None:
        """Send a request inside the dialog, perhaps from another socket."""
        if number is None:
            self._number += 1
            number = self._number
        sender = sender or self._caller
        head = self._invite.decode().partition("\r\n\r\n")[0].split("\r\n")
        via = f"Via: SIP/2.0/UDP {sender.endpoint};rport;branch=z9hG4bKd{id(self)}"
        kept = [line for line in head if line.startswith(("From:", "Call-ID:"))]
        lines = [
            head[0].replace("INVITE", method),
            f"{via}n{number}{method}",
            *kept,
            f"To: {self._to}",
            f"CSeq: {number} {method}",
            f"Contact: <sip:bell@{sender.endpoint}>",
            "Max-Forwards: 70",
            *headers,
            "Content-Length: 0",
        ]
        sender.send(("\r\n".join(lines) + "\r\n\r\n").encode())


def media_endpoint(response: bytes) -> Endpoint:
    """Return where an answer wants its RTP."""
    address = re.search(rb"(?m)^c=IN IP\d ([^\r]+)", response)
    port = re.search(rb"(?m)^m=audio (\d+)", response)
    assert address
    assert port
    return Endpoint(address=address[1].decode(), port=int(port[1]))


def tone_packets(digit: int, *, source: int, sequence: int = 1) -> list[bytes]:
    """Return the RTP packets of one tone (RFC 4733)."""
    packets = []
    for index in range(6):
        is_last = index >= 3
        header = struct.pack(
            "!BBHII",
            0x80,
            (0x80 if index == 0 else 0) | TELEPHONE_EVENT,
            sequence + index,
            160 * sequence,
            source,
        )
        duration = 160 * min(index + 1, 4)
        event = struct.pack("!BBH", digit, 0x80 * is_last | 10, duration)
        packets.append(header + event)
    return packets
