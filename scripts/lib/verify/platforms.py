"""The platforms that a release has a library for."""

from dataclasses import dataclass
import os

from native.builder.target import TARGETS, Target

MACHINES = {"x86_64": "amd64", "aarch64": "arm64"}


@dataclass(frozen=True, kw_only=True, slots=True)
class Platform:
    """One platform by the names that others have for it."""

    machine: str
    libc: str

    @property
    def key(self) -> str:
        """Return the name that the client and the release have for it."""
        return f"{self.machine}-linux-{self.libc}"

    @property
    def target(self) -> Target:
        """Return what its library is built for."""
        return next(one for one in TARGETS.values() if one.host == self.key)

    @property
    def debian(self) -> str:
        """Return Debian's name of the architecture."""
        return MACHINES[self.machine]

    @property
    def emulated(self) -> bool:
        """Tell whether another processor is played for it."""
        return self.machine != os.uname().machine

    @property
    def how(self) -> str:
        """Return where it was verified, in words."""
        return "emulated (qemu-user)" if self.emulated else "this machine"


ALL = tuple(
    Platform(machine=machine, libc=libc)
    for machine in MACHINES
    for libc in ("gnu", "musl")
)


def this_machine() -> Platform:
    """Return this machine's own platform; the project's tools need glibc."""
    return Platform(machine=os.uname().machine, libc="gnu")
