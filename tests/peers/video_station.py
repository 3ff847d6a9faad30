"""A door station with a camera, that rings."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
import re
from typing import override

from custom_components.sip_intercom.lib.sipagent.protocol.config import (
    DeviceConfig,
    MediaEncryption,
)
from tests.sip.messages import Dialog, Message, sdp

from .addresses import Endpoint, free_port
from .h264 import PAYLOAD_TYPE, Lens, Picture
from .lossy_network import LossyNetwork

VIDEO_LINES = (
    "m=video {port} RTP/AVP {type}",
    "a=rtpmap:{type} H264/90000",
    "a=fmtp:{type} profile-level-id=42e01e;packetization-mode=1",
    "a=rtcp-mux",
    "a=rtcp-fb:* nack pli",
    "a=sendonly",
)


class VideoStation(asyncio.DatagramProtocol):
    """Rings, and shows what its lens sees as soon as it knows where to."""

    def __init__(self, endpoint: Endpoint, target: Endpoint, lens: Lens) -> None:
        """Call a user agent."""
        self._endpoint = endpoint
        self._target = target
        self._lens = lens
        self._dialog: Dialog | None = None
        self._sending: asyncio.Task[None] | None = None
        self._ended = asyncio.Event()

    @override
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.DatagramTransport)
        self._transport = transport

    @override
    def datagram_received(self, data: bytes, _: object) -> None:
        message = Message.parse(data)
        if not message.status:
            if message.method != "ACK":
                self._transport.sendto(message.answer(200).encode(), self._to)
            if message.method == "BYE":
                self._ended.set()
        elif message.method == "INVITE":
            self._answered(message)

    def ring(self) -> None:
        """Send an INVITE."""
        self._ended.clear()
        self._dialog = Dialog(
            f"sip:homeassistant@{self._target}",
            self._endpoint.address,
            self._endpoint.port,
        )
        lines = [
            line.format(port=self._lens.port, type=PAYLOAD_TYPE) for line in VIDEO_LINES
        ]
        # Nothing listens for the voice: it is not what is measured.
        body = sdp(self._endpoint.address, 9, attributes=tuple(lines))
        self._send(self._dialog.request("INVITE", body=body))

    async def hang_up(self) -> None:
        """Cancel the ring, and wait until it is over."""
        assert self._dialog
        self._send(self._dialog.request("CANCEL", same=True))
        async with asyncio.timeout(10):
            await self._ended.wait()

    def stop(self) -> None:
        """Show nothing more."""
        if self._sending:
            self._sending.cancel()
            self._sending = None

    def _answered(self, message: Message) -> None:
        assert self._dialog
        if message.status >= 200:
            self._dialog.to = message.get("To")
            self._send(self._dialog.request("ACK", same=message.status >= 300))
        if message.status >= 300:
            self.stop()
            self._ended.set()
        elif self._sending is None and (target := _video_target(message.body)):
            self._sending = asyncio.create_task(self._lens.send(target))

    def _send(self, message: Message) -> None:
        self._transport.sendto(message.encode(), self._to)

    @property
    def _to(self) -> tuple[str, int]:
        return self._target.address, self._target.port


@asynccontextmanager
async def video_station(
    address: str,
    target: Endpoint,
    pictures: list[Picture],
    network: LossyNetwork | None = None,
) -> AsyncIterator[tuple[VideoStation, Lens]]:
    """Have a station on an address."""
    loop = asyncio.get_running_loop()
    seeing, lens = await loop.create_datagram_endpoint(
        lambda: Lens(pictures, network), (address, 0)
    )
    endpoint = Endpoint(address=address, port=free_port(address))
    signalling, station = await loop.create_datagram_endpoint(
        lambda: VideoStation(endpoint, target, lens), (address, endpoint.port)
    )
    try:
        yield station, lens
    finally:
        station.stop()
        signalling.close()
        seeing.close()


def video_device(address: str) -> DeviceConfig:
    """Return the device that stands for such a station."""
    return DeviceConfig(
        id="door",
        addresses=(address,),
        media_encryption=MediaEncryption.NONE,
        video=True,
        early_media=True,
    )


def _video_target(body: str) -> tuple[str, int] | None:
    """Return where an answer wants the video, if it does."""
    host = re.search(r"c=IN IP4 (\S+)", body)
    port = re.search(r"m=video ([1-9]\d*)", body)
    return (host[1], int(port[1])) if host and port else None
