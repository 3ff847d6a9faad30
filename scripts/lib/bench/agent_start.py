"""How fast an agent starts, and what an idle one costs."""

import asyncio
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
import socket
import sys
import time

from custom_components.sip_intercom.lib.sipagent.client.launch import (
    Launch,
    agent_launch,
)
from custom_components.sip_intercom.lib.sipagent.protocol.codec import (
    decode_message,
    encode_request,
)
from custom_components.sip_intercom.lib.sipagent.protocol.commands import Configure
from custom_components.sip_intercom.lib.sipagent.protocol.config import (
    DeviceConfig,
    TransportsConfig,
    UserAgentConfig,
)
from custom_components.sip_intercom.lib.sipagent.protocol.messages import (
    Request,
    Result,
)

from .numbers import Number, percentile
from .processes import Memory, cost, memory
from .stage import Stage

STARTS = 20
START_AIM = 120  # ms
MEMORY_AIM = 28  # MiB
SECTION = "The agent's process"
BARE = ("-P", "-S", "-c", "print(flush=True)")


async def starts() -> Iterable[Number]:
    """Return what a start takes beside that of bare Python, and what it leaves."""
    launch = await asyncio.to_thread(agent_launch)
    bare = Launch(command=(sys.executable, *BARE), environment=launch.environment)
    times: list[float] = []
    bare_times: list[float] = []
    memories: list[Memory] = []
    for _ in range(STARTS):
        # In turns: what else the machine does then slows both.
        async with _started(bare) as (_, passed):
            bare_times.append(passed)
        async with _started(launch) as (process, passed):
            times.append(passed)
            await _configure(process)
            memories.append(memory(process.pid))
    return (*_times(times, bare_times), *_memory(memories))


async def idle(stage: Stage, seconds: float) -> Iterable[Number]:
    """Return memory and idle load of the agent in Home Assistant."""
    agent = stage.agent
    before = cost(agent)
    # What is measured is the time that passes.
    await asyncio.sleep(seconds)
    after = cost(agent)
    share = (after.cpu - before.cpu) / seconds * 100
    return (
        Number(
            section=SECTION,
            name="resident memory after all runs",
            value=after.memory,
            unit="MiB",
        ),
        Number(
            section=SECTION,
            name=f"idle load over {seconds:.0f} s",
            value=share,
            unit="% core",
            aim=0.2,
        ),
    )


def _times(times: list[float], bare: list[float]) -> Iterable[Number]:
    name = "spawn to hello"
    yield Number(
        section=SECTION, name=f"{name} p50", value=percentile(times, 0.5), aim=START_AIM
    )
    yield Number(section=SECTION, name=f"{name} min", value=min(times))
    yield Number(section=SECTION, name=f"{name} max", value=max(times))
    name = "bare Python to its first line"
    yield Number(section=SECTION, name=f"{name} p50", value=percentile(bare, 0.5))
    yield Number(section=SECTION, name=f"{name} min", value=min(bare))


def _memory(memories: list[Memory]) -> Iterable[Number]:
    for name, values, aim in (
        ("resident memory after configure", [m.resident for m in memories], MEMORY_AIM),
        ("its share, what others map too divided", [m.shared for m in memories], None),
        ("its own alone", [m.own for m in memories], None),
    ):
        value = percentile(values, 0.5)
        yield Number(section=SECTION, name=name, value=value, unit="MiB", aim=aim)


@asynccontextmanager
async def _started(launch: Launch) -> AsyncIterator[tuple[Process, float]]:
    """Yield a process that has written its first line, and how many ms that took."""
    begin = time.monotonic()
    process = await asyncio.create_subprocess_exec(
        *launch.command,
        stdin=PIPE,
        stdout=PIPE,
        stderr=DEVNULL,
        env=launch.environment,
        cwd=launch.folder,
    )
    assert process.stdout is not None
    assert process.stdin is not None
    await process.stdout.readline()
    passed = time.monotonic() - begin
    try:
        yield process, passed * 1000
    finally:
        process.stdin.close()
        await process.wait()


async def _configure(process: Process) -> None:
    """Have an agent listen, with one doorbell, and wait until it does."""
    assert process.stdout is not None
    assert process.stdin is not None
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    config = UserAgentConfig(
        transports=TransportsConfig(bind_address="127.0.0.1", port=port),
        devices=(DeviceConfig(id="door", addresses=("127.0.8.1",)),),
    )
    process.stdin.write(encode_request(Request(id=1, command=Configure(config=config))))
    while not isinstance(decode_message(await process.stdout.readline()), Result):
        pass
