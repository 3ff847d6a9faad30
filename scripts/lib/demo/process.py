"""Home Assistant as a child that never outlives the script."""

import asyncio
from asyncio.subprocess import Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
import os
from pathlib import Path
import signal
import sys

STOP_TIMEOUT = 60  # seconds


@asynccontextmanager
async def home_assistant(folder: Path) -> AsyncIterator[Process]:
    """Run Home Assistant on the folder; on exit it is gone, with its children."""
    env = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "homeassistant", "--config", str(folder)),
        env=env,
        # A group of its own: Ctrl-C reaches this script, which stops it in order.
        start_new_session=True,
    )
    try:
        yield process
    finally:
        await asyncio.shield(_stop(process))


async def _stop(process: Process) -> None:
    if process.returncode is None:
        process.send_signal(signal.SIGTERM)
        with suppress(TimeoutError):
            await asyncio.wait_for(process.wait(), STOP_TIMEOUT)
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    await process.wait()
