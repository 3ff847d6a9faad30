"""What registering with us costs, beside Kamailio on the same machine.

`python -m bench.stations --minutes 60` keeps 200 stations registered instead,
with a restart of the agent in the middle.
"""

import argparse
import asyncio
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
import random
import signal
import sys
import tempfile
import time
from typing import Final

from bootstrap.paths import ROOT
from tests.peers.addresses import LOOPBACK4, Endpoint, new_endpoint
from tests.peers.agent import Agent
from tests.peers.certificates import Authority
from tests.peers.kamailio import Kamailio
from tests.peers.station import NoAnswerError, Station
from tests.peers.stations import PASSWORD, registrar, station

from .numbers import Number, spread, table, write
from .processes import cost, memory

SECTION: Final = "Stations that register"
STATIONS: Final = 200
ROUNDS: Final = 20
AT_ONCE: Final = 50
EXPIRES: Final = 60  # seconds
REFRESH: Final = 50.0  # seconds; what is refreshed later than EXPIRES is missed
REPORT: Final = 300.0  # seconds between two lines about a long run
RESULTS: Final = ROOT / "bench" / "stations.json"


@dataclass(kw_only=True)
class Run:
    """What stations saw of a registrar."""

    name: str
    times: list[float] = field(default_factory=list)
    seconds: float = 0.0
    memory_before: float = 0.0
    memory_after: float = 0.0
    cpu: float = 0.0


async def measure(folder: Path) -> Iterable[Number]:
    """Return the numbers of ours and of Kamailio, in one run."""
    runs = [await _ours(), await _kamailio(folder)]
    numbers = [number for run in runs for number in _numbers(run)]
    ours, theirs = (len(run.times) / run.seconds for run in runs)
    numbers.append(
        Number(
            section=SECTION,
            name="registrations/s, ours to Kamailio's",
            value=ours / theirs,
            unit="",
        )
    )
    return numbers


def _numbers(run: Run) -> Iterable[Number]:
    count = len(run.times)
    yield Number(
        section=SECTION,
        name=f"{run.name}: registrations per second",
        value=count / run.seconds,
        unit="/s",
    )
    times = [1000 * each for each in run.times]
    yield from spread(SECTION, f"{run.name}: REGISTER to 200", times, {})
    yield Number(
        section=SECTION,
        name=f"{run.name}: processor time",
        value=run.cpu * 1000 / count,
    )
    grown = (run.memory_after - run.memory_before) * 100 / STATIONS * 1024
    yield Number(
        section=SECTION,
        name=f"{run.name}: memory per 100 bindings",
        value=grown,
        unit="KiB",
    )
    yield Number(
        section=SECTION,
        name=f"{run.name}: memory with {STATIONS} bindings",
        value=run.memory_after,
        unit="MiB",
    )


async def _ours() -> Run:
    agent = registrar(*(station(user) for user in users()))
    async with agent:
        return await _run("ours", agent.endpoint, [_pid(agent)])


async def _kamailio(folder: Path) -> Run:
    endpoint = new_endpoint(LOOPBACK4, span=2)
    theirs = Kamailio(
        folder=folder / "kamailio",
        users=dict.fromkeys(users(), PASSWORD),
        identity=Authority(folder / "authority").issue(endpoint.address),
        endpoint=endpoint,
    )
    async with theirs:
        return await _run("Kamailio", endpoint, _family(theirs.pid))


async def _run(name: str, endpoint: Endpoint, pids: Sequence[int]) -> Run:
    """Register everyone, then refresh in rounds, so many at once."""
    run = Run(name=name)
    async with _stations(endpoint) as stations:
        run.memory_before = _memory(pids)
        for each in stations:
            await each.register(3600)
        run.memory_after = _memory(pids)
        gate = asyncio.Semaphore(AT_ONCE)
        before, begin = _cpu(pids), time.monotonic()

        async def refresh(each: Station) -> None:
            async with gate:
                run.times.append(await each.register(3600))

        for _ in range(ROUNDS):
            await asyncio.gather(*map(refresh, stations))
        run.seconds = time.monotonic() - begin
        run.cpu = _cpu(pids) - before
    return run


async def soak(minutes: float) -> Iterable[Number]:
    """Keep everyone registered for so long; kill the agent in the middle."""
    agent = registrar(*(station(user) for user in users()))
    missed: list[str] = []
    times: list[float] = []
    async with agent, _stations(agent.endpoint) as stations:
        await agent.ready()
        begin = time.monotonic()
        end = begin + 60 * minutes
        keepers = [
            asyncio.create_task(_keep(each, end, times, missed)) for each in stations
        ]
        saying = asyncio.create_task(_say_how_it_goes(agent, times, missed))
        first = await _watch(_pid(agent), 30 * minutes)
        agent.send_signal(signal.SIGKILL)
        ready = await agent.ready()
        kept = len({binding.device for binding in ready.snapshot.bindings})
        second = await _watch(_pid(agent), end - time.monotonic())
        state = await agent.client.list_state()
        saying.cancel()
        for keeper in keepers:
            keeper.cancel()
        yielded = [
            *_soak_numbers("before the restart", *first),
            *_soak_numbers("after the restart", *second),
        ]
    lasting = len({binding.device for binding in state.bindings})
    section = f"{STATIONS} stations, {EXPIRES} s, {minutes:.0f} minutes"
    return [
        Number(section=section, name="registrations", value=len(times), unit=""),
        Number(section=section, name="missed", value=len(missed), unit="", aim=0),
        Number(
            section=section,
            name="without a binding right after the restart",
            value=STATIONS - kept,
            unit="",
            aim=0,
        ),
        Number(
            section=section,
            name="without a binding at the end",
            value=STATIONS - lasting,
            unit="",
            aim=0,
        ),
        *spread(section, "REGISTER to 200", [1000 * each for each in times], {}),
        *(
            Number(section=section, name=each.name, value=each.value, unit=each.unit)
            for each in yielded
        ),
    ]


async def _keep(
    each: Station, end: float, times: list[float], missed: list[str]
) -> None:
    """Refresh a station like a phone, and note when it came too late."""
    await asyncio.sleep(random.uniform(0, REFRESH))
    last = time.monotonic()
    while time.monotonic() < end:
        try:
            times.append(await each.register(EXPIRES))
        except NoAnswerError:
            missed.append(each.user)
        now = time.monotonic()
        if now - last > EXPIRES:
            missed.append(each.user)
        last = now
        await asyncio.sleep(REFRESH)


async def _watch(pid: int, seconds: float) -> tuple[float, float, float]:
    """Wait for so long; returns load, first and last memory."""
    settling = min(10.0, seconds / 4)
    await asyncio.sleep(settling)
    before, start = cost(pid), time.monotonic()
    await asyncio.sleep(max(0.0, seconds - settling))
    after = cost(pid)
    share = (after.cpu - before.cpu) / (time.monotonic() - start)
    return share * 100, before.memory, after.memory


def _soak_numbers(
    when: str, load: float, first: float, last: float
) -> Iterable[Number]:
    yield Number(section="", name=f"load {when}", value=load, unit="% core")
    yield Number(section="", name=f"memory {when}, first", value=first, unit="MiB")
    yield Number(section="", name=f"memory {when}, last", value=last, unit="MiB")


@asynccontextmanager
async def _stations(endpoint: Endpoint) -> AsyncIterator[list[Station]]:
    server = (endpoint.address, endpoint.port)
    stations = [Station(user, PASSWORD, server) for user in users()]
    for each in stations:
        await each.open()
    try:
        yield stations
    finally:
        for each in stations:
            each.close()


def users() -> list[str]:
    """Return the users of the stations."""
    return [str(number) for number in range(1000, 1000 + STATIONS)]


async def _say_how_it_goes(
    agent: Agent, times: Sequence[float], missed: Sequence[str]
) -> None:
    """Print what has happened so far, every few minutes."""
    begin = time.monotonic()
    while True:
        await asyncio.sleep(REPORT)
        print(
            f"  {time.monotonic() - begin:6.0f} s: {len(times)} registrations, "
            f"{len(missed)} missed, {cost(_pid(agent)).memory:.1f} MiB",
            flush=True,
        )


def _pid(agent: Agent) -> int:
    """Return the id of the agent's process, which a restart changes."""
    connection = agent.client._connection  # noqa: SLF001
    if connection is None:
        raise LookupError("the agent is away")
    return int(connection.process._transport.get_pid())  # noqa: SLF001


def _family(pid: int) -> list[int]:
    """Return a process and all below it."""
    found = [pid]
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        for each in task.read_text().split():
            found += _family(int(each))
    return found


def _memory(pids: Sequence[int]) -> float:
    return sum(memory(pid).shared for pid in pids)


def _cpu(pids: Sequence[int]) -> float:
    return sum(cost(pid).cpu for pid in pids)


def main() -> int:
    """Measure, print a table and write JSON."""
    parser = argparse.ArgumentParser(prog="bench.stations", description=__doc__)
    parser.add_argument("--minutes", type=float, default=0.0)
    parser.add_argument("--output", type=Path, default=RESULTS, metavar="FILE")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="sip-bench-") as folder:
        work = soak(options.minutes) if options.minutes else measure(Path(folder))
        numbers = list(asyncio.run(work))
    write(numbers, options.output)
    print(table(numbers))
    return 0


if __name__ == "__main__":
    sys.exit(main())
