"""Home Assistant's ffmpeg; where it connects to, and how, it reads from a pipe."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager, suppress
from typing import Final

from homeassistant.components.ffmpeg import get_ffmpeg_manager
from homeassistant.core import HomeAssistant

END_LIMIT: Final = 3.0  # seconds
MAX_JPEG: Final = 8 * 1024 * 1024  # bytes
_PROTOCOLS: Final = "pipe,file,crypto,http,https,httpproxy,rtp,rtsp,rtsps,tcp,tls,udp"
_CHUNK: Final = 64 * 1024  # bytes
_START: Final = b"\xff\xd8"
_END: Final = b"\xff\xd9"


def url_input(url: str) -> tuple[tuple[str, ...], str]:
    """Return the options that read a stream, and the text that says which."""
    lines = ["ffconcat version 1.0", f"file '{url}'"]
    if url.startswith(("rtsp:", "rtsps:")):
        lines.append("option rtsp_transport tcp")
    options = ("-f", "concat", "-safe", "0", "-i", "pipe:0")
    return options, "\n".join(lines) + "\n"


def rtp_input(port: int) -> tuple[tuple[str, ...], str]:
    """Return the options that read H.264 at a port of this machine, and its description.

    It looks at nothing before it begins, and decodes each picture on its own: a second
    thread would keep a picture until the next one has come.
    """
    lines = ["v=0", "o=- 0 0 IN IP4 127.0.0.1", "s=-", "c=IN IP4 127.0.0.1", "t=0 0"]
    lines += [f"m=video {port} RTP/AVP 96", "a=rtpmap:96 H264/90000"]
    options = (
        *("-fflags", "nobuffer", "-flags", "low_delay", "-analyzeduration", "0"),
        *("-probesize", "32", "-threads", "1", "-f", "sdp", "-i", "pipe:0"),
    )
    return options, "\r\n".join(lines) + "\r\n"


@asynccontextmanager
async def async_ffmpeg(
    hass: HomeAssistant, before: Sequence[str], text: str, after: Sequence[str]
) -> AsyncGenerator[asyncio.subprocess.Process]:
    """Run ffmpeg on what a text names, and end it afterwards; OSError."""
    process = await _async_start(
        hass,
        ("-protocol_whitelist", _PROTOCOLS, *before, *after),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        if process.stdin:
            with suppress(ConnectionError):
                process.stdin.write(text.encode())
                await process.stdin.drain()
            process.stdin.close()
        yield process
    finally:
        await _async_end(process)


async def async_run_ffmpeg(
    hass: HomeAssistant,
    arguments: Sequence[str],
    *,
    limit: float,
    content: bytes | None = None,
) -> str | None:
    """Run ffmpeg to its end on what it is given; return why it has failed, if it has.

    It may take `limit` seconds; OSError, TimeoutError.
    """
    process = await _async_start(
        hass,
        arguments,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        async with asyncio.timeout(limit):
            _, errors = await process.communicate(content)
    except BaseException:
        process.kill()
        await process.wait()
        raise
    return errors.decode(errors="replace") if process.returncode else None


async def _async_start(
    hass: HomeAssistant, arguments: Sequence[str], *, stdout: int, stderr: int
) -> asyncio.subprocess.Process:
    """Start ffmpeg; OSError."""
    return await asyncio.create_subprocess_exec(
        get_ffmpeg_manager(hass).binary,
        *("-hide_banner", "-loglevel", "error"),
        *arguments,
        stdin=asyncio.subprocess.PIPE,
        stdout=stdout,
        stderr=stderr,
        close_fds=False,
    )


async def _async_end(process: asyncio.subprocess.Process) -> None:
    """End a process, whatever it does."""
    if process.returncode is not None:
        return
    with suppress(ProcessLookupError):
        process.terminate()
    try:
        async with asyncio.timeout(END_LIMIT):
            await process.wait()
    except TimeoutError:
        with suppress(ProcessLookupError):
            process.kill()
        await process.wait()


async def async_output(
    process: asyncio.subprocess.Process,
) -> AsyncGenerator[bytes]:
    """Yield what a process writes, as it comes."""
    while process.stdout and (chunk := await process.stdout.read(_CHUNK)):
        yield chunk


async def async_jpegs(
    process: asyncio.subprocess.Process,
) -> AsyncGenerator[bytes]:
    """Yield the pictures that a process writes one after the other."""
    buffer = bytearray()
    async for chunk in async_output(process):
        buffer += chunk
        while (end := buffer.find(_END)) >= 0:
            start = buffer.find(_START)
            if 0 <= start < end:
                yield bytes(buffer[start : end + 2])
            del buffer[: end + 2]
        if len(buffer) > MAX_JPEG:
            buffer.clear()
