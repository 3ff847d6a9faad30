"""PJSIP's own INVITE → 180 on this machine: the limit."""

import asyncio
from asyncio.subprocess import DEVNULL, PIPE
from collections.abc import Iterable
import os
import socket
import sys

from custom_components.sip_intercom.lib.sipagent.client.native import (
    find_native_library,
)

from .numbers import Number, spread
from .rings import ring_bare

SECTION = "PJSIP alone, the limit"


async def measure(calls: int) -> Iterable[Number]:
    """Return the times of a program that does nothing but ring."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    path = os.pathsep.join((os.environ["PYTHONPATH"], str(find_native_library())))
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bench.bare", str(port)),
        stdout=PIPE,
        stderr=DEVNULL,
        env={**os.environ, "PYTHONPATH": path},
    )
    try:
        assert process.stdout is not None
        while b"ready" not in await process.stdout.readline():
            assert process.returncode is None
        return list(
            spread(SECTION, "INVITE to 180", await ring_bare(port, count=calls), {})
        )
    finally:
        process.kill()
        await process.wait()
