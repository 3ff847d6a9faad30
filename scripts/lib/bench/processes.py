"""What processes cost, read from /proc."""

from dataclasses import dataclass
import os
from pathlib import Path

TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, kw_only=True, slots=True)
class Cost:
    """Processor time so far in seconds, and resident memory in MiB."""

    cpu: float
    memory: float


def cost(pid: int) -> Cost:
    """Return what a process has cost so far, its children not counted."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return Cost(
        cpu=(int(fields[11]) + int(fields[12])) / TICKS_PER_SECOND,
        memory=pages * os.sysconf("SC_PAGE_SIZE") / 2**20,
    )


@dataclass(frozen=True, kw_only=True, slots=True)
class Memory:
    """Memory in MiB: all that is resident, the fair share of it, what is private."""

    resident: float
    shared: float
    own: float


def memory(pid: int) -> Memory:
    """Return what a process has in memory (RSS, PSS and USS)."""
    rows = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()[1:]
    parts = (row.partition(":") for row in rows)
    kib = {name: int(value.split()[0]) for name, _, value in parts}
    return Memory(
        resident=kib["Rss"] / 1024,
        shared=kib["Pss"] / 1024,
        own=(kib["Private_Clean"] + kib["Private_Dirty"]) / 1024,
    )


def pin(pid: int) -> None:
    """Let a process run on one core only, with all the threads that it has."""
    core = min(os.sched_getaffinity(pid))
    for path in Path(f"/proc/{pid}/task").iterdir():
        os.sched_setaffinity(int(path.name), {core})


def child(pid: int, word: str) -> int:
    """Return the id of the child whose command line holds the word.

    Raises LookupError if there is none.
    """
    for path in Path(f"/proc/{pid}/task").glob("*/children"):
        for candidate in map(int, path.read_text().split()):
            if word in Path(f"/proc/{candidate}/cmdline").read_text():
                return candidate
    raise LookupError(f"process {pid} has no child {word}")
