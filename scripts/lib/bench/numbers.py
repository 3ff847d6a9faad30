"""Numbers, their aims, and how they are shown."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
import json
import os
from pathlib import Path
import platform
import time


@dataclass(frozen=True, kw_only=True, slots=True)
class Number:
    """One measured number; an aim is the most that it should be."""

    section: str
    name: str
    value: float
    unit: str = "ms"
    aim: float | None = None

    @property
    def verdict(self) -> str:
        """Return whether the aim is met."""
        if self.aim is None:
            return ""
        return "met" if self.value <= self.aim else "MISSED"


def percentile(values: Sequence[float], share: float) -> float:
    """Return the value below which a share of the values lies."""
    ordered = sorted(values)
    return ordered[min(int(len(ordered) * share), len(ordered) - 1)]


def spread(
    section: str, name: str, values: Sequence[float], aims: dict[str, float]
) -> Iterable[Number]:
    """Yield p50, p95, p99 and the worst of times in ms."""
    for label, share in (("p50", 0.5), ("p95", 0.95), ("p99", 0.99), ("max", 1.0)):
        yield Number(
            section=section,
            name=f"{name} {label}",
            value=percentile(values, share),
            aim=aims.get(label),
        )


def write(numbers: Sequence[Number], path: Path) -> None:
    """Write what was measured, and where, as JSON."""
    machine = {
        "cpus": os.cpu_count(),
        "machine": platform.machine(),
        "processor": _processor(),
        "python": platform.python_version(),
        "system": platform.platform(),
        "load": os.getloadavg()[0],
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    content = {
        "time": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        "machine": machine,
        "numbers": [asdict(number) for number in numbers],
    }
    path.write_text(json.dumps(content, indent=2) + "\n")


def table(numbers: Iterable[Number]) -> str:
    """Return the numbers as a table for people."""
    lines = []
    section = ""
    for number in numbers:
        if number.section != section:
            section = number.section
            lines += ["", section]
        aim = "" if number.aim is None else f"aim {number.aim:g} {number.unit}"
        value = f"{number.value:.3f} {number.unit}"
        lines.append(f"  {number.name:<42}{value:>14}   {aim:<16}{number.verdict}")
    return "\n".join(line.rstrip() for line in lines)


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return ""
