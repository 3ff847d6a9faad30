"""Whether a port is free."""

import asyncio
from collections.abc import AsyncIterator
import errno
from unittest.mock import patch

import pytest

from custom_components.sip_intercom.lib.sipagent.client import try_bind
from custom_components.sip_intercom.lib.sipagent.protocol.errors import (
    InvalidAddressError,
    PortInUseError,
    PortNotPermittedError,
)

pytestmark = pytest.mark.usefixtures("socket_enabled")


@pytest.fixture(params=["127.0.0.1", "::1"])
def address(request: pytest.FixtureRequest) -> str:
    """Return a loopback address of each family."""
    return str(request.param)


@pytest.fixture
async def udp_port(socket_enabled: None, address: str) -> AsyncIterator[int]:
    """Return a UDP port that is taken."""
    loop = asyncio.get_running_loop()
    transport, _ = await loop.create_datagram_endpoint(
        asyncio.DatagramProtocol, local_addr=(address, 0)
    )
    yield transport.get_extra_info("sockname")[1]
    transport.close()


@pytest.fixture
async def tcp_port(socket_enabled: None, address: str) -> AsyncIterator[int]:
    """Return a TCP port that is taken."""
    loop = asyncio.get_running_loop()
    server = await loop.create_server(asyncio.Protocol, address, 0)
    yield server.sockets[0].getsockname()[1]
    server.close()


async def test_taken_by_udp(udp_port: int, address: str) -> None:
    """A UDP socket takes the port, for its address and for all."""
    for where in (address, ""):
        with pytest.raises(PortInUseError, match=str(udp_port)):
            await try_bind(where, udp_port)


async def test_taken_by_tcp(tcp_port: int, address: str) -> None:
    """A TCP listener takes the port, for its address and for all."""
    for where in (address, ""):
        with pytest.raises(PortInUseError, match=str(tcp_port)):
            await try_bind(where, tcp_port)


async def test_free_port_is_released(unused_port: int) -> None:
    """A free port is free again afterwards."""
    for where in ("", "127.0.0.1", "::1", "[::1]", "", "127.0.0.1"):
        await try_bind(where, unused_port)


@pytest.fixture
async def unused_port(socket_enabled: None) -> int:
    """Return a port that was free a moment ago."""
    loop = asyncio.get_running_loop()
    server = await loop.create_server(asyncio.Protocol, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    assert isinstance(port, int)
    server.close()
    await server.wait_closed()
    return port


@pytest.mark.parametrize("where", ["192.0.2.1", "2001:db8::1", "front", "127.0.0.1 "])
async def test_foreign_address(unused_port: int, where: str) -> None:
    """An address of another machine and a name cannot be bound."""
    with pytest.raises(InvalidAddressError):
        await try_bind(where, unused_port)


async def test_port_of_the_administrator(unused_port: int) -> None:
    """A port that only the administrator may bind is told from a taken one."""
    loop = asyncio.get_running_loop()
    denied = PermissionError(errno.EACCES, "Permission denied")
    with (
        patch.object(loop, "create_datagram_endpoint", side_effect=denied),
        pytest.raises(PortNotPermittedError, match="Permission denied"),
    ):
        await try_bind("127.0.0.1", 80)


async def test_machine_without_ipv6(unused_port: int) -> None:
    """Every address means every IPv4 address where there is no IPv6."""
    loop = asyncio.get_running_loop()
    real = loop.create_datagram_endpoint

    async def create(factory: object, *, local_addr: tuple[str, int]) -> object:
        if ":" in local_addr[0]:
            raise OSError(errno.EAFNOSUPPORT, "Address family not supported")
        return await real(factory, local_addr=local_addr)  # type: ignore[arg-type]

    with patch.object(loop, "create_datagram_endpoint", side_effect=create):
        await try_bind("", unused_port)
        with pytest.raises(InvalidAddressError):
            await try_bind("::1", unused_port)
