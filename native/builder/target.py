"""The platforms that a library can be built for."""

from dataclasses import dataclass
import platform


@dataclass(frozen=True, kw_only=True)
class Target:
    """One platform, by the names that each tool has for it."""

    zig: str
    host: str
    openssl: str

    @property
    def musl(self) -> bool:
        """Tell if the platform's libc is musl."""
        return "musl" in self.zig


TARGETS = {
    target.zig: target
    for machine in ("x86_64", "aarch64")
    for target in (
        Target(
            zig=f"{machine}-linux-gnu.2.28",
            host=f"{machine}-linux-gnu",
            openssl=f"linux-{machine}",
        ),
        Target(
            zig=f"{machine}-linux-musl",
            host=f"{machine}-linux-musl",
            openssl=f"linux-{machine}",
        ),
    )
}


def this_machine() -> str:
    """Return the target that runs on this machine."""
    machine = {"arm64": "aarch64", "amd64": "x86_64"}.get(
        platform.machine(), platform.machine()
    )
    glibc = platform.libc_ver()[0] == "glibc"
    return f"{machine}-linux-gnu.2.28" if glibc else f"{machine}-linux-musl"
