"""Rings the bell and relates what the caller saw to what Home Assistant wrote."""

import asyncio
from asyncio.subprocess import PIPE, Process
from dataclasses import dataclass
import json
import sys
from typing import Protocol

from .processes import cost
from .stage import LISTED, STRANGER, Stage

NANOSECONDS_PER_MS = 1_000_000
FLOOD_RATE = 400.0
FLOOD_SECONDS = 25


@dataclass(frozen=True, kw_only=True, slots=True)
class Outcome:
    """Times in ms, and what was lost of `count` rings."""

    count: int
    to_180: list[float]
    to_event: list[float]
    agent_cpu: float
    home_assistant_cpu: float


class Ring(Protocol):
    """Rings so often at a pace; returns number, INVITE and 180 of each press in ns."""

    async def __call__(
        self, port: int, run: str, *, source: str, count: int, rate: float
    ) -> list[dict[str, int]]:
        """Ring at a port."""


async def presses_of_bell(
    port: int, run: str, *, source: str, count: int, rate: float
) -> list[dict[str, int]]:
    """Ring with a process that does nothing else."""
    process = await _bell(port, run, source=source, count=count, rate=rate)
    output, _ = await process.communicate()
    return [json.loads(line) for line in output.splitlines()]


async def ring_stage(
    stage: Stage,
    run: str,
    *,
    count: int,
    rate: float = 10.0,
    ring: Ring = presses_of_bell,
) -> Outcome:
    """Ring the listed doorbell and measure the way to the event entity."""
    agent = stage.agent
    before = cost(agent), cost(stage.pid)
    presses = await ring(stage.sip_port, run, source=LISTED, count=count, rate=rate)
    after = cost(agent), cost(stage.pid)
    written = await stage.all_events(run, count)
    callers = {f"{run}-{press['number']}": press for press in presses}
    return Outcome(
        count=count,
        to_180=_to_180(presses),
        to_event=[
            (written[caller] - press["sent"]) / NANOSECONDS_PER_MS
            for caller, press in callers.items()
            if caller in written
        ],
        agent_cpu=(after[0].cpu - before[0].cpu) * 1000 / count,
        home_assistant_cpu=(after[1].cpu - before[1].cpu) * 1000 / count,
    )


async def ring_bare(port: int, *, count: int) -> list[float]:
    """Ring a program that only answers 180, and return its times in ms."""
    return _to_180(
        await presses_of_bell(port, "bare", source=LISTED, count=count, rate=10.0)
    )


async def ring_in_a_flood(stage: Stage) -> Outcome:
    """Ring while a stranger sends INVITE and CANCEL as fast as it is told."""
    flood = await _bell(
        stage.sip_port,
        "flood",
        source=STRANGER,
        count=round(FLOOD_RATE * FLOOD_SECONDS),
        rate=FLOOD_RATE,
        blind=True,
    )
    try:
        return await ring_stage(stage, "calm", count=FLOOD_SECONDS * 5, rate=5.0)
    finally:
        await flood.communicate()


def _to_180(presses: list[dict[str, int]]) -> list[float]:
    return [
        (press["ringing"] - press["sent"]) / NANOSECONDS_PER_MS
        for press in presses
        if press["ringing"]
    ]


async def _bell(
    port: int, run: str, *, source: str, count: int, rate: float, blind: bool = False
) -> Process:
    return await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bench.bell", "--target", "127.0.0.1"),
        *("--port", str(port), "--source", source, "--run", run),
        *("--count", str(count), "--rate", str(rate)),
        *(["--blind"] if blind else []),
        stdout=PIPE,
    )
