"""SIPp as the bell: the same rings, timed by its own trace of messages."""

import asyncio
from asyncio.subprocess import DEVNULL
from pathlib import Path
import tempfile
import time

SCENARIO = Path(__file__).with_name("press.xml")
NANOSECONDS = 1_000_000_000
INVITE = "CSeq:1 INVITE"


async def presses(
    port: int, run: str, *, source: str, count: int, rate: float
) -> list[dict[str, int]]:
    """Return number, INVITE and 180 of each press, in ns of the monotonic clock."""
    with tempfile.TemporaryDirectory(prefix="sip-bench-") as name:
        folder = Path(name)
        scenario = folder / "press.xml"
        scenario.write_text(SCENARIO.read_text().replace("@RUN@", run))
        trace = folder / "trace.csv"
        process = await asyncio.create_subprocess_exec(
            *("sipp", f"127.0.0.1:{port}", "-sf", scenario, "-i", source, "-nostdin"),
            *("-m", str(count), "-r", str(rate), "-cid_str", "%u-%s"),
            *("-trace_shortmsg", "-shortmessage_file", trace),
            stdout=DEVNULL,
            stderr=DEVNULL,
        )
        await process.wait()
        return _read(trace.read_text(), time.time_ns() - time.monotonic_ns())


def _read(trace: str, epoch: int) -> list[dict[str, int]]:
    """Read SIPp's trace: date, time, direction, Call-ID, CSeq, first line."""
    found: dict[int, dict[str, int]] = {}
    for line in trace.splitlines():
        _, _, clock, direction, call_id, cseq, first = line.split("\t")
        number = int(call_id.partition("-")[0])
        press = found.setdefault(number, {"number": number, "sent": 0, "ringing": 0})
        at = _nanoseconds(clock) - epoch
        if direction == "S" and cseq == INVITE and first.startswith("INVITE"):
            press["sent"] = press["sent"] or at
        elif direction == "R" and first.startswith("SIP/2.0 180"):
            press["ringing"] = press["ringing"] or at
    return list(found.values())


def _nanoseconds(clock: str) -> int:
    seconds, _, microseconds = clock.partition(".")
    return int(seconds) * NANOSECONDS + int(microseconds) * 1000
