"""SIP messages as text, and a socket that sends them."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
import re
import select
import socket

HOST = "127.0.0.1"
PATIENCE = 5.0
SDP = (
    "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n"
    "m=audio {port} RTP/AVP 0\r\n"
)
_numbers = count(1)


@dataclass(frozen=True, kw_only=True)
class Response:
    """One answer: its status code and its whole text."""

    status: int
    text: str

    def header(self, name: str) -> str:
        """Return the value of a header, or nothing."""
        found = re.search(
            rf"^{name}: *(.*?)\r$", self.text, re.MULTILINE | re.IGNORECASE
        )
        return found[1] if found else ""


class Peer:
    """A UDP socket that speaks SIP to one port."""

    def __init__(self, port: int) -> None:
        self._to = (HOST, port)
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind((HOST, 0))
        self._socket.settimeout(PATIENCE)
        self.port: int = self._socket.getsockname()[1]

    def close(self) -> None:
        """Give the port back."""
        self._socket.close()

    def request(
        self,
        method: str,
        user: str = "pass",
        *,
        headers: str = "",
        body: str = "",
        kind: str = "application/sdp",
        branch: str = "",
        call: str = "",
        cseq: int = 1,
        to_tag: str = "",
    ) -> str:
        """Return a request of this peer, with a new call and transaction if unnamed."""
        number = next(_numbers)
        content = f"Content-Type: {kind}\r\n" if body else ""
        return (
            f"{method} sip:{user}@{HOST}:{self._to[1]} SIP/2.0\r\n"
            f"Via: SIP/2.0/UDP {HOST}:{self.port};rport;"
            f"branch={branch or f'z9hG4bK-{number}-{self.port}'}\r\n"
            "Max-Forwards: 70\r\n"
            f'From: "Front door" <sip:door@{HOST}>;tag=from-{self.port}\r\n'
            f"To: <sip:{user}@{HOST}>{f';tag={to_tag}' if to_tag else ''}\r\n"
            f"Call-ID: {call or f'call-{number}-{self.port}'}\r\n"
            f"CSeq: {cseq} {method}\r\n"
            f"Contact: <sip:door@{HOST}:{self.port}>\r\n"
            f"{headers}{content}Content-Length: {len(body.encode())}\r\n\r\n{body}"
        )

    def send(self, message: str | bytes) -> None:
        """Send one datagram."""
        raw = message.encode() if isinstance(message, str) else message
        self._socket.sendto(raw, self._to)

    def answer(
        self, request: str, status: str, *, headers: str = "", body: str = ""
    ) -> None:
        """Answer a request."""
        copied = re.findall(
            r"^(?:Via|Record-Route|From|To|Call-ID|CSeq):.*\r\n", request, re.MULTILINE
        )
        tagged = "".join(
            one.replace("\r\n", f";tag=peer-{self.port}\r\n")
            if one.startswith("To") and "tag=" not in one
            else one
            for one in copied
        )
        length = f"Content-Length: {len(body)}\r\n\r\n"
        self.send(f"SIP/2.0 {status}\r\n{tagged}{headers}{length}{body}")

    def asked(self, method: str) -> str:
        """Return the next request of that method."""
        while not (text := self.receive().text).startswith(f"{method} "):
            pass
        return text

    def receive(self) -> Response:
        """Return the next message."""
        text = self._socket.recv(65535).decode()
        found = re.match(r"SIP/2.0 (\d+)", text)
        return Response(status=int(found[1]) if found else 0, text=text)

    def silent(self) -> bool:
        """Tell whether nothing has come, nor comes soon."""
        return not select.select([self._socket], [], [], 0.1)[0]

    def final(self) -> Response:
        """Return the next final answer."""
        while (response := self.receive()).status < 200:
            pass
        return response


@contextmanager
def peer(port: int) -> Iterator[Peer]:
    """Open a peer of the port."""
    one = Peer(port)
    try:
        yield one
    finally:
        one.close()
