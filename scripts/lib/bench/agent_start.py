"""How fast an agent starts, and what an idle one costs."""

import asyncio
from asyncio.subprocess import DEVNULL, PIPE
from collections.abc import Iterable
import time

from custom_components.sip_intercom.lib.sipagent.client.launch import agent_launch

from .numbers import Number, percentile
from .processes import cost
from .stage import Stage

STARTS = 10
SECTION = "The agent's process"


async def starts() -> Iterable[Number]:
    """Return the time from spawning an agent to its hello."""
    times = [await _start() for _ in range(STARTS)]
    return (
        Number(
            section=SECTION, name="spawn to hello p50", value=percentile(times, 0.5)
        ),
        Number(section=SECTION, name="spawn to hello max", value=max(times)),
    )


async def idle(stage: Stage, seconds: float) -> Iterable[Number]:
    """Return memory and idle load of the agent in Home Assistant."""
    agent = stage.agent
    before = cost(agent)
    # What is measured is the time that passes.
    await asyncio.sleep(seconds)
    after = cost(agent)
    share = (after.cpu - before.cpu) / seconds * 100
    return (
        Number(section=SECTION, name="resident memory", value=after.memory, unit="MiB"),
        Number(
            section=SECTION,
            name=f"idle load over {seconds:.0f} s",
            value=share,
            unit="% core",
            aim=0.2,
        ),
    )


async def _start() -> float:
    launch = await asyncio.to_thread(agent_launch)
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
    process.stdin.close()
    await process.wait()
    return passed * 1000
