"""Pictures in H.264 as a door station sends them: RTP of RFC 6184."""

import asyncio
from dataclasses import dataclass
from functools import partial
import time
from typing import Final

from .lossy_network import LossyNetwork

CLOCK: Final = 90_000  # Hz
RATE: Final = 25  # pictures per second
PAYLOAD_TYPE: Final = 96
MTU: Final = 1_200
GROUP: Final = 50  # pictures, of which the first stands alone
# NAL unit types (ITU-T H.264, table 7-1; RFC 6184, section 5.2).
DELIMITER: Final = 9
FU_A: Final = 28
# RTCP: payload-specific feedback, of which 1 is PLI and 4 is FIR (RFC 4585, RFC 5104).
FEEDBACK: Final = 206
ASKS: Final = (1, 4)

type Picture = list[bytes]


async def encode(source: str, filters: str = "null") -> list[Picture]:
    """Return a group of pictures of a source of ffmpeg's, each with its NAL units."""
    process = await asyncio.create_subprocess_exec(
        *("ffmpeg", "-loglevel", "error", "-f", "lavfi", "-i", f"{source}:rate={RATE}"),
        *("-frames:v", str(GROUP), "-vf", filters, "-pix_fmt", "yuv420p"),
        *("-c:v", "libx264", "-preset", "ultrafast", "-tune", "zerolatency"),
        *("-profile:v", "baseline", "-g", str(GROUP), "-b:v", "1M"),
        *("-x264-params", "aud=1:sliced-threads=0:slices=1"),
        *("-f", "h264", "-"),
        stdout=asyncio.subprocess.PIPE,
    )
    output, _ = await process.communicate()
    pictures: list[Picture] = []
    for unit in output.replace(b"\0\0\0\1", b"\0\0\1").split(b"\0\0\1")[1:]:
        if unit[0] & 0x1F == DELIMITER:
            pictures.append([])
        else:
            pictures[-1].append(unit)
    return pictures


def payloads(unit: bytes) -> list[bytes]:
    """Return a NAL unit as one payload, or in fragments."""
    if len(unit) <= MTU:
        return [unit]
    indicator = unit[0] & 0xE0 | FU_A
    parts = [unit[i : i + MTU] for i in range(1, len(unit), MTU)]
    last = len(parts) - 1
    return [
        bytes([indicator, (i == 0) << 7 | (i == last) << 6 | unit[0] & 0x1F]) + part
        for i, part in enumerate(parts)
    ]


@dataclass(kw_only=True)
class Shown:
    """A group of pictures that is shown over and over, and since when (Unix time)."""

    pictures: list[Picture]
    at: int = 0
    since: float = 0.0

    def next(self) -> Picture:
        """Return the picture that is sent now."""
        self.since = self.since or time.time()
        picture = self.pictures[self.at % len(self.pictures)]
        self.at += 1
        return picture


class Lens(asyncio.DatagramProtocol):
    """Sends pictures, and begins a group when the other side asks for one by RTCP."""

    def __init__(
        self, pictures: list[Picture], network: LossyNetwork | None = None
    ) -> None:
        """Send nothing yet."""
        self.shown = Shown(pictures=pictures)
        self._network = network
        self._lose = 0
        self.asked = asyncio.Event()
        """A whole picture was asked for."""
        self.port = 0
        self._sequence = 0
        self._pictures = 0
        self._news = asyncio.Condition()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep what is sent by."""
        assert isinstance(transport, asyncio.DatagramTransport)
        self._transport = transport
        self.port = transport.get_extra_info("sockname")[1]

    def datagram_received(self, data: bytes, _: object) -> None:
        """Begin a group anew if that is asked for; RTP and RTCP share the port."""
        while len(data) >= 4:
            if data[1] == FEEDBACK and data[0] & 0x1F in ASKS:
                self.shown.at = 0
                self.asked.set()
            data = data[4 * (int.from_bytes(data[2:4]) + 1) :]

    def show(self, pictures: list[Picture]) -> None:
        """Show something else from the next picture on."""
        self.shown = Shown(pictures=pictures)

    def lose(self, packets: int) -> None:
        """Do not send the next packets."""
        self._lose = packets

    async def sent(self, pictures: int) -> None:
        """Wait until so many pictures have been sent."""
        last = self._pictures + pictures
        async with self._news:
            await self._news.wait_for(lambda: self._pictures >= last)

    async def send(self, target: tuple[str, int]) -> None:
        """Send until it is cancelled."""
        due = time.monotonic()
        timestamp = 0
        while True:
            self._send(self.shown.next(), timestamp, target)
            self._pictures += 1
            async with self._news:
                self._news.notify_all()
            timestamp += CLOCK // RATE
            due += 1 / RATE
            await asyncio.sleep(max(0.0, due - time.monotonic()))

    def _send(self, picture: Picture, at: int, target: tuple[str, int]) -> None:
        parts = [part for unit in picture for part in payloads(unit)]
        for part in parts:
            marker = (part is parts[-1]) << 7
            head = bytes([0x80, marker | PAYLOAD_TYPE])
            head += (self._sequence & 0xFFFF).to_bytes(2)
            head += (at & 0xFFFFFFFF).to_bytes(4) + b"door"
            self._sequence += 1
            if self._lose:
                self._lose -= 1
            elif self._network:
                self._network.carry(head + part, partial(self._send_packet, target))
            else:
                self._send_packet(target, head + part)

    def _send_packet(self, target: tuple[str, int], packet: bytes) -> None:
        if not self._transport.is_closing():
            self._transport.sendto(packet, target)
