"""SIP messages as a small peer writes and reads them."""

from dataclasses import dataclass, field
import secrets
from typing import Self


@dataclass
class Message:
    """A request or response: first line, header fields in order, body."""

    start: str
    headers: list[tuple[str, str]]
    body: str = ""

    @classmethod
    def parse(cls, data: bytes) -> Self:
        """Read a message."""
        head, _, body = data.decode("utf-8", "replace").partition("\r\n\r\n")
        start, *lines = head.split("\r\n")
        headers = [
            (name.strip(), value.strip())
            for name, _, value in (line.partition(":") for line in lines)
        ]
        return cls(start, headers, body)

    def encode(self) -> bytes:
        """Write the message with its length."""
        headers = [
            *(each for each in self.headers if each[0].lower() != "content-length"),
            ("Content-Length", str(len(self.body.encode()))),
        ]
        lines = [self.start, *(f"{name}: {value}" for name, value in headers)]
        return ("\r\n".join(lines) + "\r\n\r\n" + self.body).encode()

    def get(self, name: str) -> str:
        """Return the first header field of this name, or nothing."""
        return next(iter(self.get_all(name)), "")

    def get_all(self, name: str) -> list[str]:
        """Return all header fields of this name."""
        return [value for key, value in self.headers if key.lower() == name.lower()]

    @property
    def status(self) -> int:
        """Return the status of a response, 0 for a request."""
        word = self.start.split(" ")
        return int(word[1]) if word[0] == "SIP/2.0" else 0

    @property
    def method(self) -> str:
        """Return the method of a request, or of the request that is answered."""
        if self.status:
            return self.get("CSeq").split(" ")[1]
        return self.start.split(" ")[0]

    @property
    def uri(self) -> str:
        """Return the Request-URI."""
        return self.start.split(" ")[1]

    def mark_source(self, host: str, port: int) -> None:
        """Note in the topmost Via where the request came from (RFC 3581)."""
        for index, (name, value) in enumerate(self.headers):
            if name.lower() == "via":
                seen = f";rport={port};received={host}"
                self.headers[index] = (name, value.replace(";rport", seen, 1))
                return

    def answer(
        self,
        status: int,
        text: str = "X",
        *,
        tag: str = "",
        body: str = "",
        **more: str,
    ) -> Message:
        """Return a response to this request."""
        headers = [
            (name, value)
            for name, value in self.headers
            if name.lower() in ("via", "from", "call-id", "cseq", "record-route")
        ]
        to = self.get("To")
        headers.append(("To", f"{to};tag={tag}" if tag and ";tag=" not in to else to))
        headers += [(name.replace("_", "-"), value) for name, value in more.items()]
        if body:
            headers.append(("Content-Type", "application/sdp"))
        return Message(f"SIP/2.0 {status} {text}", headers, body)


def branch() -> str:
    """Return a new branch."""
    return "z9hG4bK" + secrets.token_hex(8)


@dataclass
class Dialog:
    """What a peer's requests of one call share."""

    target: str
    host: str
    port: int
    transport: str = "UDP"
    user: str = "door"
    name: str = "Front door"
    call_id: str = field(default_factory=lambda: secrets.token_hex(8))
    tag: str = field(default_factory=lambda: secrets.token_hex(4))
    to: str = ""
    cseq: int = 0
    branch: str = ""

    def request(
        self,
        method: str,
        *,
        body: str = "",
        content_type: str = "application/sdp",
        same: bool = False,
        headers: tuple[tuple[str, str], ...] = (),
    ) -> Message:
        """Return a request; `same` for ACK and CANCEL of the last one."""
        if not same:
            self.branch = branch()
            if method != "ACK":
                self.cseq += 1
        host = f"[{self.host}]" if ":" in self.host else self.host
        via = f"SIP/2.0/{self.transport} {host}:{self.port};rport;branch={self.branch}"
        transport = "" if self.transport == "UDP" else f";transport={self.transport}"
        lines = [
            ("Via", via),
            ("Max-Forwards", "70"),
            ("From", f'"{self.name}" <sip:{self.user}@{host}>;tag={self.tag}'),
            ("To", self.to or f"<{self.target}>"),
            ("Call-ID", self.call_id),
            ("CSeq", f"{self.cseq} {method}"),
            ("Contact", f"<sip:{self.user}@{host}:{self.port}{transport}>"),
            *headers,
        ]
        if body:
            lines.append(("Content-Type", content_type))
        return Message(f"{method} {self.target} SIP/2.0", lines, body)


def sdp(
    host: str,
    port: int,
    *,
    formats: str = "8 0 101",
    profile: str = "RTP/AVP",
    attributes: tuple[str, ...] = (),
) -> str:
    """Return an offer or answer with one audio stream."""
    family = "IP6" if ":" in host else "IP4"
    lines = [
        "v=0",
        f"o=- 1 1 IN {family} {host}",
        "s=-",
        f"c=IN {family} {host}",
        "t=0 0",
        f"m=audio {port} {profile} {formats}",
    ]
    if "101" in formats.split():
        lines += ["a=rtpmap:101 telephone-event/8000", "a=fmtp:101 0-15"]
    return "\r\n".join([*lines, *attributes]) + "\r\n"


def media_of(body: str) -> tuple[str, int]:
    """Return address and port of an SDP's first stream."""
    lines = body.split("\r\n")
    address = next(line for line in lines if line.startswith("c=")).split(" ")[2]
    port = next(line for line in lines if line.startswith("m=")).split(" ")[1]
    return address, int(port)
