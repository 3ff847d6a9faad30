"""Entry point of scripts/bench."""

import argparse
import asyncio
from collections.abc import Iterable
import os
from pathlib import Path
import sys
import tempfile

from bootstrap.paths import ROOT

from . import (
    agent_start,
    bare_stage,
    calls,
    pictures,
    registrar,
    sipp,
    stations,
    viewing,
)
from .numbers import Number, spread, table, write
from .rings import Outcome, ring_in_a_flood, ring_stage
from .stage import Stage, stage

RESULTS = ROOT / "bench" / "results.json"
EVENT = "INVITE to event written"
RINGING = "INVITE to 180"
CALLS_IN_A_ROW = 2000

type Aims = dict[str, dict[str, float]]

# In ms, by the number of busy threads in Home Assistant.
AIMS: dict[int, Aims] = {
    0: {"event": {"p50": 1.5, "p99": 5}, "180": {"p50": 0.5, "p99": 2}},
    1: {"event": {"p99": 20}, "180": {"p99": 3}},
    4: {"event": {"p99": 200}, "180": {"p99": 3}},
}
FLOOD_AIMS: Aims = {"event": {"p99": 20}, "180": {}}


def main() -> int:
    """Measure, print a table and write JSON."""
    parser = argparse.ArgumentParser(prog="scripts/bench", description=__doc__)
    parser.add_argument("--calls", type=int, default=500, help="calls of each run")
    parser.add_argument("--idle", type=float, default=60.0, metavar="SECONDS")
    parser.add_argument("--output", type=Path, default=RESULTS, metavar="FILE")
    options = parser.parse_args()
    os.environ["PYTHONPATH"] = str(ROOT / "scripts" / "lib")
    numbers = asyncio.run(_measure(options.calls, options.idle))
    write(numbers, options.output)
    print(table(numbers))
    print(f"\nwritten to {options.output}")
    return 0


async def _measure(rings: int, idle: float) -> list[Number]:
    numbers: list[Number] = []
    with tempfile.TemporaryDirectory(prefix="sip-bench-") as folder:
        _say("PJSIP alone")
        numbers += await bare_stage.measure(rings)
        _say("starts of the agent")
        numbers += await agent_start.starts()
        _say("Home Assistant starts")
        async with stage(Path(folder) / "home_assistant") as running:
            numbers += await _measure_stage(running, rings, idle)
        _say("outages of a registrar")
        numbers += await registrar.measure(Path(folder) / "registrar")
        _say("stations that register, with us and with Kamailio")
        numbers += await stations.measure(Path(folder) / "stations")
        _say("doors, sounds, calls in a row")
        numbers += await calls.measure(CALLS_IN_A_ROW)
        _say("seeing and talking by a browser")
        numbers += await viewing.measure()
        numbers += await pictures.measure(Path(folder) / "pictures")
    return numbers


async def _measure_stage(running: Stage, calls: int, idle: float) -> list[Number]:
    numbers: list[Number] = []
    await ring_stage(running, "warm", count=20)
    for threads, aims in AIMS.items():
        _say(f"{calls} rings, {threads} busy threads")
        await running.burn(threads)
        outcome = await ring_stage(running, f"busy{threads}", count=calls)
        numbers += _numbers(f"{threads} busy Python threads", outcome, aims)
        if threads == 0:
            numbers += _cpu(outcome)
    await running.burn(0)
    _say(f"{calls} rings of SIPp")
    outcome = await ring_stage(running, "sipp", count=calls, ring=sipp.presses)
    numbers += _numbers("Rings of SIPp, by its own clock", outcome, AIMS[0])
    _say("rings during a flood")
    flood = await ring_in_a_flood(running)
    numbers += _numbers("400 INVITE+CANCEL per second of a stranger", flood, FLOOD_AIMS)
    _say(f"{idle:.0f} s of nothing")
    numbers += await agent_start.idle(running, idle)
    seconds = await running.set_up_again()
    section = "Home Assistant"
    numbers.append(
        Number(section=section, name="entry set-up", value=seconds * 1000, aim=1000)
    )
    return numbers


def _numbers(section: str, outcome: Outcome, aims: Aims) -> Iterable[Number]:
    lost = outcome.count - len(outcome.to_event)
    yield Number(section=section, name="rings lost", value=lost, unit="", aim=0)
    if outcome.to_event:
        yield from spread(section, EVENT, outcome.to_event, aims["event"])
    if outcome.to_180:
        yield from spread(section, RINGING, outcome.to_180, aims["180"])


def _cpu(outcome: Outcome) -> Iterable[Number]:
    section = "Processor time of a call"
    agent, home_assistant = outcome.agent_cpu, outcome.home_assistant_cpu
    yield Number(section=section, name="agent", value=agent)
    yield Number(section=section, name="Home Assistant", value=home_assistant)
    yield Number(section=section, name="both", value=agent + home_assistant, aim=4)


def _say(text: str) -> None:
    print(f"  {text} …", flush=True)


if __name__ == "__main__":
    sys.exit(main())
