"""A bare UDP socket that says whatever a test wants it to say."""

import asyncio
from contextlib import suppress
from itertools import count
import re
import socket
from typing import Self

from .addresses import Endpoint, new_address

ANSWER_TIMEOUT = 5.0  # seconds
_numbers = count(1)


class Stranger:
    """A peer with a bare socket; nobody has configured its address, as a rule."""

    def __init__(self, target: Endpoint, source: str | None = None) -> None:
        """Open the socket; messages go to target."""
        family = socket.AF_INET6 if ":" in target.address else socket.AF_INET
        self.target = target
        self._socket = socket.socket(family, socket.SOCK_DGRAM)
        self._socket.setblocking(False)
        self._socket.bind((source or new_address(), 0))
        address, port = self._socket.getsockname()[:2]
        self.endpoint = Endpoint(address=address, port=port)

    def __enter__(self) -> Self:
        """Return the stranger."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close the socket."""
        self._socket.close()

    def send(self, message: bytes) -> None:
        """Send a message."""
        self._socket.sendto(message, (self.target.address, self.target.port))

    def send_to(self, message: bytes, address: str, port: int) -> None:
        """Send something elsewhere, for instance RTP."""
        self._socket.sendto(message, (address, port))

    async def receive(self, seconds: float = ANSWER_TIMEOUT) -> bytes:
        """Return the next message that arrives."""
        async with asyncio.timeout(seconds):
            return await asyncio.get_running_loop().sock_recv(self._socket, 65535)

    def received(self) -> list[bytes]:
        """Return what has arrived already."""
        messages = []
        with suppress(BlockingIOError):
            while True:
                messages.append(self._socket.recv(65535))
        return messages

    async def answers(self, message: bytes, *, listed: Stranger) -> list[bytes]:
        """Return every immediate answer to a message, perhaps none.

        The agent takes datagrams in order, so that nothing more comes at once
        when a listed peer's later OPTIONS has its answer.
        """
        self.received()
        self.send(message)
        listed.send(request(listed, "OPTIONS"))
        assert status(await listed.receive()) == 200
        return self.received()


def request(
    sender: Stranger,
    method: str,
    *,
    user: str = "homeassistant",
    caller: str = "sip:stranger@example.net",
    headers: tuple[str, ...] = (),
    body: str = "",
    kind: str = "application/sdp",
    uri: str = "",
    to: str = "",
    to_tag: str = "",
) -> bytes:
    """Return a well-formed request of a new transaction and dialog."""
    number = next(_numbers)
    target = uri or f"sip:{user}@{sender.target}"
    lines = [
        f"{method} {target} SIP/2.0",
        f"Via: SIP/2.0/UDP {sender.endpoint};rport;branch=z9hG4bKstranger{number}",
        f"From: <{caller}>;tag=from{number}",
        f"To: <{to or target}>{f';tag={to_tag}' if to_tag else ''}",
        f"Call-ID: call{number}@{sender.endpoint.address}",
        f"CSeq: 1 {method}",
        f"Contact: <sip:stranger@{sender.endpoint}>",
        "Max-Forwards: 70",
        *headers,
        *([f"Content-Type: {kind}"] if body else []),
        f"Content-Length: {len(body.encode())}",
    ]
    return ("\r\n".join(lines) + "\r\n\r\n" + body).encode()


def sdp(address: str, *, port: int = 40000, lines: tuple[str, ...] = ()) -> str:
    """Return an offer of G.711."""
    kind = "IP6" if ":" in address else "IP4"
    media = lines or (f"m=audio {port} RTP/AVP 8 0", "a=rtpmap:8 PCMA/8000")
    head = ("v=0", f"o=- 1 1 IN {kind} {address}", "s=-", f"c=IN {kind} {address}")
    return "\r\n".join((*head, "t=0 0", *media)) + "\r\n"


def status(response: bytes) -> int:
    """Return a response's status code."""
    return int(response.split(b" ", 2)[1])


def anonymous(response: bytes) -> bytes:
    """Return what a response says beyond the echoed headers."""
    echoed = rb"(?im)^(via|from|to|call-id|cseq):[^\r]*\r\n"
    return re.sub(echoed, b"", response)


def within(
    invite: bytes, method: str, *, to: bytes = b"", branch: bytes = b""
) -> bytes:
    """Return a request of an INVITE's transaction, or of its dialog with a To."""
    head, _, _ = invite.partition(b"\r\n\r\n")
    verb = method.encode()
    head = head.replace(b"INVITE", verb, 1)
    number = b"2" if to and verb != b"ACK" else b"1"
    head = re.sub(rb"CSeq: 1 INVITE", b"CSeq: " + number + b" " + verb, head)
    head = re.sub(rb"\r\nContent-[^\r]*", b"", head)
    if to:
        head = re.sub(rb"\r\nTo: [^\r]*", b"\r\nTo: " + to, head)
    head += b"\r\nRefer-To: <sip:900@example.com>" if verb == b"REFER" else b""
    return head.replace(b"z9hG4bK", b"z9hG4bK" + branch) + b"\r\n\r\n"


def to_of(response: bytes) -> bytes:
    """Return the To of a response, with our tag."""
    found = re.search(rb"\r\nTo: ([^\r]*)", response)
    assert found
    return found[1]


async def final_of_invite(socket: Stranger) -> bytes:
    """Return the final response to an INVITE, skipping what else comes."""
    while True:
        response = await socket.receive()
        if status(response) >= 200 and re.search(
            rb"(?i)\r\nCSeq: \d+ INVITE", response
        ):
            return response
