"""A bell that rings at a steady pace and keeps the time: `python -m bench.bell`.

A process of its own, so that nothing else delays its clock. Each call is
cancelled a moment after its 180; one JSON line tells what happened to it.
"""

import argparse
from collections import deque
from dataclasses import dataclass
import json
import re
import select
import socket
import sys
import time

SECOND = 1_000_000_000
FORGET_AFTER = 2 * SECOND
CALL_ID = re.compile(rb"(?im)^(?:call-id|i)\s*:\s*bell-(\d+)-")
INVITE = re.compile(rb"(?im)^cseq\s*:\s*\d+\s+INVITE\s*$")
TO = re.compile(rb"(?im)^(?:to|t)\s*:.*\r\n")


@dataclass(slots=True)
class Ring:
    """One press."""

    number: int
    sent: int
    ringing: int = 0
    cancelled: bool = False
    status: int = 0


class Bell:
    """Presses, and everything that is answered."""

    def __init__(self, options: argparse.Namespace) -> None:
        """Open the socket."""
        self._options = options
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 22)
        self._socket.bind((options.source, 0))
        self._socket.connect((options.target, options.port))
        self._own = "{}:{}".format(*self._socket.getsockname())
        self._rings: dict[int, Ring] = {}
        self._open: deque[Ring] = deque()

    def run(self) -> None:
        """Ring at the pace that is asked for, then wait for the stragglers."""
        pace = round(SECOND / self._options.rate)
        start = time.monotonic_ns()
        for number in range(self._options.count):
            self._serve(start + number * pace)
            self._press(number)
        self._serve(time.monotonic_ns() + FORGET_AFTER)
        for ring in self._rings.values():
            print(
                json.dumps(
                    {
                        "number": ring.number,
                        "sent": ring.sent,
                        "ringing": ring.ringing,
                        "status": ring.status,
                    }
                )
            )

    def _press(self, number: int) -> None:
        message = self._request("INVITE", number, b"", _offer(self._options.source))
        ring = Ring(number=number, sent=time.monotonic_ns())
        self._socket.send(message)
        self._rings[number] = ring
        self._open.append(ring)
        if self._options.blind:
            self._cancel(ring)

    def _serve(self, until: int) -> None:
        """Handle answers and due CANCELs until a time."""
        while (now := time.monotonic_ns()) < until:
            due = self._cancel_due(now)
            wait = min(until, due) - now
            ready, _, _ = select.select((self._socket,), (), (), max(wait, 0) / SECOND)
            if ready:
                self._handle(self._socket.recv(65535), time.monotonic_ns())

    def _cancel_due(self, now: int) -> int:
        """Cancel what has rung long enough; return when the next one is due."""
        hold = round(self._options.ring_ms * 1_000_000)
        while self._open:
            ring = self._open[0]
            due = ring.ringing + hold if ring.ringing else ring.sent + FORGET_AFTER
            if not ring.status and not ring.cancelled and due > now:
                return due
            self._open.popleft()
            if not ring.status and not ring.cancelled:
                self._cancel(ring)
        return now + SECOND

    def _cancel(self, ring: Ring) -> None:
        ring.cancelled = True
        self._socket.send(self._request("CANCEL", ring.number, b"", b""))

    def _handle(self, message: bytes, now: int) -> None:
        match = CALL_ID.search(message)
        if match is None or not message.startswith(b"SIP/2.0 "):
            return
        ring = self._rings[int(match[1])]
        status = int(message[8:11])
        if status == 100 or INVITE.search(message) is None:
            return
        if status == 180 and not ring.ringing:
            ring.ringing = now
        elif status >= 300:
            ring.status = status
            to = TO.search(message)
            self._socket.send(self._request("ACK", ring.number, to and to[0], b""))

    def _request(
        self, method: str, number: int, to: bytes | None, body: bytes
    ) -> bytes:
        options = self._options
        uri = f"sip:{options.to}@{options.target}:{options.port}"
        cseq = f"CSeq: 1 {method}\r\n"
        head = (
            f"{method} {uri} SIP/2.0\r\n"
            f"Via: SIP/2.0/UDP {self._own};rport;branch=z9hG4bK{options.run}x{number}\r\n"
            f"From: <sip:{options.run}-{number}@{options.source}>;tag=f{number}\r\n"
        ).encode()
        rest = (
            f"Call-ID: bell-{number}-{options.run}\r\n{cseq}"
            f"Contact: <sip:bell@{self._own}>\r\n"
            "Max-Forwards: 70\r\n"
            + ("Content-Type: application/sdp\r\n" if body else "")
            + f"Content-Length: {len(body)}\r\n\r\n"
        ).encode()
        return head + (to or f"To: <{uri}>\r\n".encode()) + rest + body


def _offer(address: str) -> bytes:
    return (
        f"v=0\r\no=- 1 1 IN IP4 {address}\r\ns=-\r\nc=IN IP4 {address}\r\n"
        "t=0 0\r\nm=audio 40000 RTP/AVP 8 101\r\na=rtpmap:8 PCMA/8000\r\n"
        "a=rtpmap:101 telephone-event/8000\r\n"
    ).encode()


def main() -> int:
    """Ring as the arguments say."""
    parser = argparse.ArgumentParser(description=__doc__)
    for name in ("target", "source", "run"):
        parser.add_argument(f"--{name}", required=True)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--to", default="homeassistant")
    parser.add_argument("--count", type=int, default=10)
    parser.add_argument("--rate", type=float, default=10.0)
    parser.add_argument("--ring-ms", type=float, default=30.0)
    parser.add_argument("--blind", action="store_true", help="cancel at once")
    Bell(parser.parse_args()).run()
    return 0


if __name__ == "__main__":
    sys.exit(main())
