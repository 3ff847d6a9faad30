"""What was seen on one platform."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from . import judge
from .platforms import Platform

type Call = dict[str, Any]


@dataclass(frozen=True, kw_only=True, slots=True)
class Result:
    """The calls of one platform; `alone` means with no network but loopback.

    `sha256` is that of the library, empty if it was not the zip's.
    """

    platform: Platform
    calls: Sequence[Call] = ()
    alone: bool = True
    sha256: str = ""
    error: str = ""
    failures: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Judge the calls."""
        key = self.platform.key
        if self.error or not self.calls:
            self.failures.append(f"{key}: {self.error or 'no call'}")
        for call in self.calls:
            where = f"{key}, {call['encryption']}"
            found = judge.failures(self.platform, call, alone=self.alone)
            self.failures.extend(f"{where}: {failure}" for failure in found)
        if self.completed and not self.sha256:
            self.failures.append(f"{key}: the library was not that of the zip")

    @property
    def completed(self) -> list[Call]:
        """Return the calls that came to their end."""
        return [call for call in self.calls if "error" not in call]

    def plain(self) -> dict[str, Any]:
        """Return it for JSON."""
        return {
            "how": self.platform.how,
            "only_loopback": self.alone,
            "sha256": self.sha256,
            "failures": self.failures,
            "calls": list(self.calls),
        }
