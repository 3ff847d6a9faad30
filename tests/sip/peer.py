"""A SIP peer of raw sockets that says what a test tells it to say."""

from collections.abc import Container
from contextlib import suppress
import select
import socket
import ssl
from time import monotonic
from typing import Self

from .messages import Dialog, Message

PATIENCE = 5.0  # seconds


class NothingCameError(AssertionError):
    """What the peer waited for did not come."""


class Peer:
    """Sends and receives SIP messages over one UDP socket or one connection."""

    def __init__(
        self,
        remote: tuple[str, int],
        *,
        transport: str = "UDP",
        host: str = "127.0.0.1",
        context: ssl.SSLContext | None = None,
        connection: socket.socket | None = None,
    ) -> None:
        """Bind, and connect if there is something to connect."""
        self.remote = remote
        self.transport = transport
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        if connection is not None:
            self.socket = connection
        elif transport == "UDP":
            self.socket = socket.socket(family, socket.SOCK_DGRAM)
            self.socket.bind((host, 0))
        else:
            self.socket = socket.create_connection(
                remote, PATIENCE, source_address=(host, 0)
            )
            if context:
                self.socket = context.wrap_socket(
                    self.socket, server_hostname=remote[0]
                )
        self.host, self.port = self.socket.getsockname()[:2]
        self._buffer = b""
        self._received: list[Message] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the socket."""
        with suppress(OSError):
            self.socket.close()

    def dialog(self, user: str = "homeassistant") -> Dialog:
        """Return a dialog with the remote."""
        host = f"[{self.remote[0]}]" if ":" in self.remote[0] else self.remote[0]
        return Dialog(
            target=f"sip:{user}@{host}:{self.remote[1]}",
            host=self.host,
            port=self.port,
            transport=self.transport,
        )

    def send(self, message: Message | bytes, to: tuple[str, int] | None = None) -> None:
        """Send a message."""
        data = message if isinstance(message, bytes) else message.encode()
        if self.transport == "UDP":
            self.socket.sendto(data, to or self.remote)
        else:
            self.socket.sendall(data)

    def receive(
        self,
        *,
        status: int | None = None,
        statuses: Container[int] = (),
        method: str | None = None,
        timeout: float = PATIENCE,
    ) -> Message:
        """Return the next message with this status, or one of these, or method.

        Others before it are kept, so that what comes in any order can be
        waited for in any order.
        """
        deadline = monotonic() + timeout
        while True:
            for message in self._received:
                if self._fits(message, status, statuses, method):
                    self._received.remove(message)
                    return message
            if not self._read(deadline - monotonic()):
                raise NothingCameError(
                    f"no {status or ''} {method or ''}; "
                    f"came {[each.start for each in self._received]}"
                )

    def closed(self) -> bool:
        """Tell whether the other side closes the connection in time."""
        if not select.select([self.socket], [], [], PATIENCE)[0]:
            return False
        return not self.socket.recv(1)

    def drain(self, timeout: float) -> list[Message]:
        """Return everything that came, and comes within a time."""
        deadline = monotonic() + timeout
        while self._read(deadline - monotonic()):
            continue
        received, self._received = self._received, []
        return received

    @staticmethod
    def _fits(
        message: Message,
        status: int | None,
        statuses: Container[int],
        method: str | None,
    ) -> bool:
        if message.status in statuses:
            return method in (None, message.method)
        if status is None:
            return not message.status and method in (None, message.method)
        return message.status == status and method in (None, message.method)

    def _read(self, timeout: float) -> bool:
        """Read once; False if nothing came in time."""
        pending = isinstance(self.socket, ssl.SSLSocket) and self.socket.pending()
        if timeout <= 0 or not (
            pending or select.select([self.socket], [], [], timeout)[0]
        ):
            return False
        data = self.socket.recv(65535)
        if self.transport == "UDP":
            if data.strip():
                self._received.append(Message.parse(data))
            return True
        if not data:
            return False
        self._buffer += data
        self._split()
        return True

    def _split(self) -> None:
        """Take the whole messages out of what a connection brought."""
        while True:
            self._buffer = self._buffer.lstrip(b"\r\n")
            head, found, rest = self._buffer.partition(b"\r\n\r\n")
            if not found:
                return
            length = int(Message.parse(head).get("Content-Length") or 0)
            if len(rest) < length:
                return
            self._received.append(Message.parse(head + b"\r\n\r\n" + rest[:length]))
            self._buffer = rest[length:]
