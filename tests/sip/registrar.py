"""A registrar that answers as a test's script says."""

from collections.abc import Callable
from contextlib import suppress
import hashlib
import re
import select
import socket
import ssl
from threading import Event, Thread
from typing import Self

from .messages import Message
from .peer import NothingCameError, Peer

REALM = "test"
PASSWORD = "secret-password"

type Script = Callable[[Registrar, Message], Message | None]


class Registrar:
    """Listens over one transport and hands every request to its script.

    What has been received is kept; `connection` is the peer of the last
    request, so that a test may call over the same connection.
    """

    def __init__(
        self,
        script: Script,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        transport: str = "UDP",
        context: ssl.SSLContext | None = None,
    ) -> None:
        """Bind; the context with statement starts it."""
        self.script = script
        self.transport = transport
        self.requests: list[Message] = []
        self.connection: Peer | None = None
        self._context = context
        self._stop = Event()
        self._heard = Event()
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        kind = socket.SOCK_DGRAM if transport == "UDP" else socket.SOCK_STREAM
        self._socket = socket.socket(family, kind)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._socket.bind((host, port))
        if transport != "UDP":
            self._socket.listen()
        self.host, self.port = self._socket.getsockname()[:2]
        self._thread = Thread(target=self._run, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()
        if self.connection:
            self.connection.close()
        self._socket.close()

    def hand_over(self) -> Peer:
        """Stop reading, and return the connection to whoever reads from now on."""
        self._stop.set()
        self._thread.join()
        assert self.connection
        return self.connection

    def wait_for(self, count: int, timeout: float = 10.0) -> list[Message]:
        """Return the requests once there are so many."""
        while len(self.requests) < count:
            self._heard.clear()
            if len(self.requests) < count and not self._heard.wait(timeout):
                raise NothingCameError(f"only {len(self.requests)} requests came")
        return list(self.requests)

    def _run(self) -> None:
        while not self._stop.is_set():
            with suppress(OSError):
                if self.transport == "UDP":
                    self._serve_datagram()
                else:
                    self._serve_connection()

    def _serve_datagram(self) -> None:
        if not select.select([self._socket], [], [], 0.1)[0]:
            return
        data, source = self._socket.recvfrom(65535)
        if data.strip() and (answer := self._take(Message.parse(data), source)):
            self._socket.sendto(answer.encode(), source)

    def _serve_connection(self) -> None:
        """Serve the newest connection."""
        if select.select([self._socket], [], [], 0.02)[0]:
            connection, source = self._socket.accept()
            if self._context:
                connection.settimeout(5)
                connection = self._context.wrap_socket(connection, server_side=True)
            self.connection = Peer(
                source[:2], transport=self.transport, connection=connection
            )
        if self.connection is None:
            return
        with suppress(NothingCameError):
            request = self.connection.receive(method="REGISTER", timeout=0.05)
            if answer := self._take(request, self.connection.remote):
                self.connection.send(answer)

    def _take(self, request: Message, source: tuple[str, int]) -> Message | None:
        request.mark_source(*source[:2])
        self.requests.append(request)
        answer = self.script(self, request)
        self._heard.set()
        return answer


def accept(registrar: Registrar, request: Message) -> Message:
    """Register everybody for as long as they ask."""
    return request.answer(
        200,
        "OK",
        tag="r",
        Contact=f"{request.get('Contact')};expires={request.get('Expires')}",
    )


def challenge(
    password: str = PASSWORD, *, nonces: bool = False, stale: bool = False
) -> Script:
    """Return a script that asks for a password, with a new nonce each time or not."""

    def script(registrar: Registrar, request: Message) -> Message:
        if _is_right(request, password):
            return accept(registrar, request)
        number = len(registrar.requests) if nonces else 1
        value = f'Digest realm="{REALM}", nonce="n{number}", algorithm=MD5'
        if stale and request.get("Authorization"):
            value += ", stale=true"
        return request.answer(401, "Unauthorized", tag="r", WWW_Authenticate=value)

    return script


def refuse(status: int, text: str = "No") -> Script:
    """Return a script that refuses."""

    def script(registrar: Registrar, request: Message) -> Message:
        return request.answer(status, text, tag="r")

    return script


def forbid(registrar: Registrar, request: Message) -> Message:
    """Ask for a password and forbid to register with it."""
    if request.get("Authorization"):
        return request.answer(403, "Forbidden", tag="r")
    return challenge()(registrar, request)


def silence(registrar: Registrar, request: Message) -> None:
    """Answer nothing."""


def _is_right(request: Message, password: str) -> bool:
    """Check a digest without qop (RFC 2617 section 3.2.2.1)."""
    given = dict(re.findall(r'(\w+)="?([^",]+)"?', request.get("Authorization")))
    if not given:
        return False
    first = _md5(f"{given['username']}:{REALM}:{password}")
    second = _md5(f"REGISTER:{given['uri']}")
    right = _md5(f"{first}:{given['nonce']}:{second}")
    return bool(given["response"] == right)


def _md5(text: str) -> str:
    return hashlib.md5(text.encode()).hexdigest()
