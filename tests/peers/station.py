"""Stations that register over UDP as firmly as a phone does."""

import asyncio
from hashlib import md5
from itertools import count
import re
import socket
import time
from typing import Final, override

RETRANSMIT: Final = 0.5  # seconds, then twice as long each time (RFC 3261 timer E)
LONGEST_RETRANSMIT: Final = 4.0  # seconds
GIVE_UP: Final = 32.0  # seconds (timer F)
_CHALLENGE: Final = re.compile(r'(realm|nonce|qop|algorithm)="?([^",\r]+)')
_numbers = count(1)


class NoAnswerError(Exception):
    """A REGISTER was not answered in time."""


class Station(asyncio.DatagramProtocol):
    """One user with a socket of its own, which refreshes with the nonce it has."""

    def __init__(
        self, user: str, password: str, server: tuple[str, int], source: str = ""
    ) -> None:
        """Know who registers where, and from where."""
        self.user = user
        self._password = password
        self._server = server
        self._source = source or server[0]
        self._call_id = f"station-{user}-{next(_numbers)}"
        self._cseq = 0
        self._nonce: dict[str, str] = {}
        self._nonce_count = 0
        self._answer: asyncio.Future[str] | None = None
        self.challenges = 0
        self.retransmissions = 0
        self.requests: asyncio.Queue[str] = asyncio.Queue()
        self.sent_at = 0.0

    async def open(self, sock: socket.socket | None = None) -> None:
        """Open a socket, or use this one."""
        loop = asyncio.get_running_loop()
        place = None if sock else (self._source, 0)
        self._transport, _ = await loop.create_datagram_endpoint(
            lambda: self, local_addr=place, sock=sock
        )
        self._port = self._transport.get_extra_info("sockname")[1]

    def close(self) -> None:
        """Close the socket."""
        self._transport.close()

    def say(self, message: bytes) -> None:
        """Send a message to the server."""
        self._transport.sendto(message, self._server)

    async def register(self, expires: int) -> float:
        """Register, and return the seconds from the last REGISTER to its 200.

        Raises NoAnswerError.
        """
        for _ in range(4):
            status, answer = await self.ask(expires)
            if status == 200:
                return time.perf_counter() - self.sent_at
            if status != 401:
                raise NoAnswerError(answer)
            self.challenges += 1
            self.take(answer)
        raise NoAnswerError("it is challenged for ever")

    @override
    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        answer = data.decode(errors="replace")
        if not answer.startswith("SIP/2.0"):
            self.requests.put_nowait(answer)
            return
        mine = f"CSeq: {self._cseq} REGISTER" in answer
        if mine and self._answer and not self._answer.done():
            self._answer.set_result(answer)

    def take(self, challenge: str) -> None:
        """Use the nonce of a challenge from now on."""
        self._nonce = dict(_CHALLENGE.findall(challenge))
        self._nonce_count = 0

    async def ask(self, expires: int) -> tuple[int, str]:
        """Send a REGISTER with what credentials there are; NoAnswerError."""
        return await self.send(self.next(expires))

    def next(self, expires: int) -> bytes:
        """Return the next REGISTER."""
        self._cseq += 1
        return self.request(expires)

    async def send(self, request: bytes, seconds: float = GIVE_UP) -> tuple[int, str]:
        """Send a REGISTER, again and again until it is answered; NoAnswerError."""
        self._answer = asyncio.get_running_loop().create_future()
        self.sent_at = time.perf_counter()
        deadline, pause = time.monotonic() + seconds, RETRANSMIT
        while time.monotonic() < deadline:
            self._transport.sendto(request, self._server)
            try:
                answer = await asyncio.wait_for(asyncio.shield(self._answer), pause)
            except TimeoutError:
                self.retransmissions += 1
                pause = min(2 * pause, LONGEST_RETRANSMIT)
            else:
                return int(answer.split(" ", 2)[1]), answer
        raise NoAnswerError(f"{self.user} has no answer")

    def request(self, expires: int) -> bytes:
        """Return the last REGISTER again, with credentials of its own."""
        host, port = self._server
        identity = f"<sip:{self.user}@{host}>"
        lines = [
            f"REGISTER sip:{host}:{port} SIP/2.0",
            (
                f"Via: SIP/2.0/UDP {self._source}:{self._port};rport;"
                f"branch=z9hG4bK{self._call_id}{self._cseq}"
            ),
            "Max-Forwards: 70",
            f"From: {identity};tag={self.user}",
            f"To: {identity}",
            f"Call-ID: {self._call_id}",
            f"CSeq: {self._cseq} REGISTER",
            f"Contact: <sip:{self.user}@{self._source}:{self._port}>",
            f"Expires: {expires}",
            "User-Agent: Station/1.0",
        ]
        if self._nonce:
            lines.append(self._authorization(f"sip:{host}:{port}"))
        return ("\r\n".join([*lines, "Content-Length: 0"]) + "\r\n\r\n").encode()

    def _authorization(self, uri: str) -> str:
        self._nonce_count += 1
        realm, nonce = self._nonce["realm"], self._nonce["nonce"]
        ha1 = _hash(self.user, realm, self._password)
        ha2 = _hash("REGISTER", uri)
        value = f'Digest username="{self.user}", realm="{realm}", nonce="{nonce}"'
        value += f', uri="{uri}"'
        if "qop" not in self._nonce:
            return f'Authorization: {value}, response="{_hash(ha1, nonce, ha2)}"'
        number = f"{self._nonce_count:08x}"
        response = _hash(ha1, nonce, number, "c1", "auth", ha2)
        extra = f'qop=auth, nc={number}, cnonce="c1"'
        return f'Authorization: {value}, response="{response}", {extra}'


def _hash(*parts: str) -> str:
    return md5(":".join(parts).encode(), usedforsecurity=False).hexdigest()
