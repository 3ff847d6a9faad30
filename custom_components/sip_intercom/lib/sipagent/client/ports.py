"""Try whether a port is free."""

import asyncio
import errno
import socket
from typing import override

from ..protocol.errors import (
    InvalidAddressError,
    PortInUseError,
    PortNotPermittedError,
)
from ..protocol.sip_uri import numeric_address

_EVERY_ADDRESS = ("0.0.0.0", "::")  # noqa: S104
_NO_SUCH_FAMILY = frozenset({errno.EAFNOSUPPORT, errno.EADDRNOTAVAIL})
_NOT_PERMITTED = frozenset({errno.EACCES, errno.EPERM})


async def try_bind(address: str, port: int) -> None:
    """Bind a port once for UDP and TCP; an empty address means every one.

    Raises PortInUseError, PortNotPermittedError or InvalidAddressError.
    """
    if not address:
        for every in _EVERY_ADDRESS:
            await _try_both(every, port)
        return
    if (numeric := numeric_address(address)) is None:
        raise InvalidAddressError(f"{address} is no address")
    await _try_both(numeric, port)


async def _try_both(address: str, port: int) -> None:
    """Bind one address."""
    try:
        await _try_udp(address, port)
        await _try_tcp(address, port)
    except OSError as err:
        if err.errno == errno.EADDRINUSE:
            raise PortInUseError(f"port {port} is taken: {err.strerror}") from err
        if err.errno in _NOT_PERMITTED:
            raise PortNotPermittedError(f"port {port}: {err.strerror}") from err
        if address == "::" and err.errno in _NO_SUCH_FAMILY:
            return
        raise InvalidAddressError(f"cannot bind {address}: {err.strerror}") from err


async def _try_udp(address: str, port: int) -> None:
    """Bind and release a UDP port."""
    loop = asyncio.get_running_loop()
    transport, closing = await loop.create_datagram_endpoint(
        lambda: _Closing(loop.create_future()), local_addr=(address, port)
    )
    transport.close()
    await closing.closed


async def _try_tcp(address: str, port: int) -> None:
    """Bind and release a TCP port."""
    loop = asyncio.get_running_loop()
    server = await loop.create_server(asyncio.Protocol, address, port)
    server.close()
    await server.wait_closed()


class _Closing(asyncio.DatagramProtocol):
    """Tells when its socket is closed."""

    def __init__(self, closed: asyncio.Future[None]) -> None:
        self.closed = closed

    @override
    def connection_lost(self, exc: Exception | None) -> None:
        """Notice that the port is free again."""
        self.closed.set_result(None)


def free_rtp_port() -> int:
    """Return an even port of this machine that is free, as is the one after it."""
    while True:
        with (
            socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as rtp,
            socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as rtcp,
        ):
            rtp.bind(("127.0.0.1", 0))
            port = int(rtp.getsockname()[1]) & ~1
            try:
                rtcp.bind(("127.0.0.1", port + 1))
            except OSError:
                continue
            return port
