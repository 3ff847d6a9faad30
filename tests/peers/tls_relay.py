"""Carries a peer's TCP over TLS; Debian's SIPp cannot speak TLS itself."""

import asyncio
from contextlib import suppress
from pathlib import Path
import ssl
from typing import Self

from .addresses import Endpoint, new_endpoint


class TlsRelay:
    """Listens for TCP and connects on over TLS, checking the certificate."""

    def __init__(self, target: Endpoint, authority: Path, address: str) -> None:
        """Listen on, and go on from, an address to a target."""
        self.endpoint = new_endpoint(address)
        self._target = target
        self._context = ssl.create_default_context(cafile=str(authority))
        self._context.minimum_version = ssl.TLSVersion.TLSv1_2
        self._tasks: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> Self:
        """Listen."""
        self._server = await asyncio.start_server(
            self._serve, self.endpoint.address, self.endpoint.port
        )
        return self

    async def __aexit__(self, *_: object) -> None:
        """Stop, and end what is still connected."""
        self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _serve(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        # The relay's own address is the caller's address for the other side.
        far_reader, far_writer = await asyncio.open_connection(
            self._target.address,
            self._target.port,
            ssl=self._context,
            local_addr=(self.endpoint.address, 0),
        )
        for source, sink in ((reader, far_writer), (far_reader, writer)):
            task = asyncio.create_task(_copy(source, sink))
            self._tasks.add(task)


async def _copy(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
    try:
        with suppress(ConnectionError, ssl.SSLError):
            while data := await source.read(65536):
                sink.write(data)
                await sink.drain()
    finally:
        sink.close()
