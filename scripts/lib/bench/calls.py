"""What doors, sounds and calls cost: `python -m bench.calls --calls 10000`."""

import argparse
import asyncio
from collections.abc import Iterable
from pathlib import Path
import sys
import tempfile
import time
from typing import Final

from bootstrap.paths import ROOT
from custom_components.sip_intercom.lib.sipagent.protocol.calls import CallEventType
from custom_components.sip_intercom.lib.sipagent.protocol.commands import Dial
from custom_components.sip_intercom.lib.sipagent.protocol.config import (
    DeviceConfig,
    MediaEncryption,
)
from custom_components.sip_intercom.lib.sipagent.protocol.doors import DoorConfig
from custom_components.sip_intercom.lib.sipagent.protocol.messages import CallChanged
from tests.peers.addresses import Endpoint
from tests.peers.agent import Agent
from verify.sound import write_tone

from .answerer import Media, answering
from .numbers import Number, spread, table, write
from .processes import child, cost, memory

DOORS: Final = "A door whose five tones take 1400 ms"
SOUNDS: Final = "Sounds"
PLAYERS: Final = "Calls with a player in each"
ROW: Final = "Calls in a row"
CODE: Final = "4711#"
ROUNDS: Final = 20
STEPS: Final = (1, 8, 16, 32)
SECONDS: Final = 5.0  # of each step; calls without sound from afar end after 30
PACE: Final = 100  # calls per second
LINGER: Final = 40.0  # seconds; transactions stay for 32 (RFC 3261, Timer J)
RATE: Final = 16_000
RESULTS: Final = ROOT / "bench" / "calls.json"


async def measure(calls: int) -> list[Number]:
    """Return all numbers; `calls` are made in a row."""
    async with answering() as (station, media):
        devices = [_device(station, index) for index in range(max(STEPS))]
        async with Agent(*devices) as agent:
            with tempfile.TemporaryDirectory(prefix="sip-bench-") as folder:
                sound = Path(folder) / "tone.wav"
                write_tone(sound, 440, rate=RATE, channels=1, seconds=60)
                numbers = [
                    *await _doors(agent, media),
                    *await _sounds(agent, media, sound),
                    *await _players(agent, media, sound),
                    *await _row(agent, calls),
                ]
    return numbers


def _device(station: Endpoint, index: int) -> DeviceConfig:
    user = f"door{index}"
    return DeviceConfig(
        id=user,
        addresses=(station.address,),
        user=user,
        uri=f"sip:{user}@{station}",
        media_encryption=MediaEncryption.NONE,
        doors=(DoorConfig(id="gate", code=CODE),),
    )


async def _dial(agent: Agent, device: str = "door0") -> str:
    call = await agent.client.dial(Dial(device=device))
    await agent.next(
        CallChanged,
        lambda event: event.call.id == call and event.event is CallEventType.ANSWERED,
    )
    return call


async def _hang_up(agent: Agent, call: str) -> None:
    await agent.client.hang_up(call)
    await agent.next(
        CallChanged,
        lambda event: event.call.id == call and event.event is CallEventType.ENDED,
    )


async def _doors(agent: Agent, media: Media) -> Iterable[Number]:
    numbers: list[Number] = []
    for where in ("idle", "in a call"):
        call = await _dial(agent) if where != "idle" else None
        times = [await _open(agent, media) for _ in range(ROUNDS)]
        numbers += spread(DOORS, f"{where}: action to last tone", times, {})
        if call:
            await _hang_up(agent, call)
    return numbers


async def _open(agent: Agent, media: Media) -> float:
    media.reset()
    start = time.perf_counter()
    await agent.client.open_door("door0", "gate")
    return 1000 * (media.tone - start)


async def _sounds(agent: Agent, media: Media, sound: Path) -> Iterable[Number]:
    call = await _dial(agent)
    times = []
    for _ in range(ROUNDS):
        media.reset()
        start = time.perf_counter()
        playing = asyncio.ensure_future(agent.client.play(call, str(sound), 60.0))
        times.append(1000 * (await media.sound - start))
        await agent.client.stop_playing(call)
        await asyncio.gather(playing, return_exceptions=True)
        await asyncio.sleep(0.2)
    await _hang_up(agent, call)
    return spread(SOUNDS, "file ready to first sound", times, {"p95": 300})


async def _players(agent: Agent, media: Media, sound: Path) -> Iterable[Number]:
    numbers: list[Number] = []
    pid = _pid()
    before = memory(pid).own
    calls: list[str] = []
    playing: list[asyncio.Future[bool]] = []
    for step in STEPS:
        for index in range(len(calls), step):
            calls.append(await _dial(agent, f"door{index}"))
            play = agent.client.play(calls[-1], str(sound), 60.0)
            playing.append(asyncio.ensure_future(play))
        media.reset()
        start, cpu = time.perf_counter(), cost(pid).cpu
        await asyncio.sleep(SECONDS)
        seconds, cpu = time.perf_counter() - start, cost(pid).cpu - cpu
        whole = media.packets / (50 * step * seconds)
        for name, value, unit in (
            ("processor", 100 * cpu / seconds, "%"),
            ("memory more than idle", memory(pid).own - before, "MiB"),
            ("RTP sent of what is due", 100 * whole, "%"),
        ):
            named = f"{step} calls: {name}"
            numbers.append(Number(section=PLAYERS, name=named, value=value, unit=unit))
    for call in calls:
        await _hang_up(agent, call)
    await asyncio.gather(*playing, return_exceptions=True)
    return numbers


async def _row(agent: Agent, count: int) -> Iterable[Number]:
    pid = _pid()
    # What the allocator keeps of the peak is no growth.
    await _calls(agent, round(PACE * LINGER))
    await asyncio.sleep(LINGER)
    before, cpu, start = memory(pid).own, cost(pid).cpu, time.perf_counter()
    await _calls(agent, count)
    seconds, cpu = time.perf_counter() - start, cost(pid).cpu - cpu
    await asyncio.sleep(LINGER)
    grown = 1024 * (memory(pid).own - before) / count
    return (
        Number(section=ROW, name="calls", value=count, unit=""),
        Number(section=ROW, name="calls per second", value=count / seconds, unit="/s"),
        Number(section=ROW, name="processor of a call", value=1000 * cpu / count),
        Number(section=ROW, name="memory per call", value=grown, unit="KiB", aim=1),
    )


async def _calls(agent: Agent, count: int) -> None:
    start = time.perf_counter()
    for index in range(count):
        await _hang_up(agent, await _dial(agent))
        agent.events.clear()
        await asyncio.sleep(start + (index + 1) / PACE - time.perf_counter())


def _pid() -> int:
    return child(_own_pid(), "sipagent")


def _own_pid() -> int:
    return int(Path("/proc/self").resolve().name)


def main() -> int:
    """Measure, print a table and write JSON."""
    parser = argparse.ArgumentParser(prog="bench.calls", description=__doc__)
    parser.add_argument("--calls", type=int, default=10_000)
    options = parser.parse_args()
    numbers = asyncio.run(measure(options.calls))
    write(numbers, RESULTS)
    print(table(numbers))
    return 0


if __name__ == "__main__":
    sys.exit(main())
