"""Runs commands one after another and remembers how each ended."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
import os
from pathlib import Path
import subprocess
import time

from bootstrap.environments import NEWEST, OLDEST
from bootstrap.paths import ROOT

OLDEST_BIN = OLDEST.python.parent
NEWEST_BIN = NEWEST.python.parent


@dataclass(frozen=True, kw_only=True, slots=True)
class Outcome:
    """How one command ended."""

    name: str
    status: int
    seconds: float


@dataclass(kw_only=True, slots=True)
class Summary:
    """The commands that ran, in order."""

    outcomes: list[Outcome] = field(default_factory=list)

    @property
    def failed(self) -> bool:
        """Tell whether any command failed."""
        return any(outcome.status for outcome in self.outcomes)

    def run(
        self,
        name: str,
        command: Sequence[str | Path],
        env: Mapping[str, str] | None = None,
    ) -> None:
        """Run a command in the clone with its output shown."""
        print(f"\n== {name}", flush=True)
        started = time.monotonic()
        done = subprocess.run(
            command, cwd=ROOT, env={**os.environ, **(env or {})}, check=False
        )
        seconds = time.monotonic() - started
        self.outcomes.append(
            Outcome(name=name, status=done.returncode, seconds=seconds)
        )

    def print(self) -> None:
        """Print one line per command."""
        print("\n== summary")
        for outcome in self.outcomes:
            verdict = "failed" if outcome.status else "ok"
            print(f"  {outcome.name:<42} {verdict:<6} {outcome.seconds:6.1f} s")
