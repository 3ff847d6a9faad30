"""What was seen on one platform."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from . import judge
from .platforms import Platform

type Call = dict[str, Any]


@dataclass(frozen=True, kw_only=True, slots=True)
class Result:
    """The calls of one platform; `alone` means with no network but loopback."""

    platform: Platform
    calls: Sequence[Call]
    alone: bool
    rewritten: bool
    library: str = ""
    sha256: str = ""
    error: str = ""
    failures: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Judge the calls."""
        if self.error:
            self.failures.append(f"{self.platform.key}: {self.error}")
        for call in self.calls:
            for failure in judge.failures(self.platform, call):
                self.failures.append(
                    f"{self.platform.key}, {call['encryption']}: {failure}"
                )

    @property
    def completed(self) -> list[Call]:
        """Return the calls that came to their end."""
        return [call for call in self.calls if "error" not in call]

    def plain(self) -> dict[str, Any]:
        """Return it for JSON."""
        return {
            "how": self.platform.how,
            "only_loopback": self.alone,
            "rewritten_for_python_3_13": self.rewritten,
            "library": self.library,
            "sha256": self.sha256,
            "failures": self.failures,
            "calls": list(self.calls),
            "error": self.error,
        }
