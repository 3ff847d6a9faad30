"""A machine of its own: a network namespace with one cable to here."""

from contextlib import suppress
import os
import shutil
import subprocess
from typing import Self

import pytest

_NETWORK = f"198.18.{os.getpid() % 256}"


class Namespace:
    """A network namespace; we are `.1` of its network, it is what a test says."""

    def __init__(self) -> None:
        """Find what it is made with; skips (in CI: fails) where that is not there."""
        self.name = f"sip{os.getpid()}"
        self.here = f"{_NETWORK}.1"
        self._ip = shutil.which("ip", path=f"{os.environ['PATH']}:/usr/sbin:/sbin")
        if self._ip is None or os.geteuid() != 0:
            self._give_up("it takes root and iproute2")

    def __enter__(self) -> Self:
        """Make it, without an address yet."""
        try:
            self._run("netns", "add", self.name)
        except subprocess.CalledProcessError as err:
            self._give_up(err.stderr.strip())
        try:
            self._connect()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        """Remove it, and the cable first: with it, that would take its time."""
        with suppress(subprocess.CalledProcessError):
            self._run("link", "del", self.name)
        self._run("netns", "del", self.name)

    def have(self, number: int) -> str:
        """Give it this address in place of the one that it has, and return it."""
        address = f"{_NETWORK}.{number}"
        self._inside("address", "flush", "dev", "cable")
        self._inside("address", "add", f"{address}/24", "dev", "cable")
        return address

    def command(self, *command: str) -> tuple[str, ...]:
        """Return what runs a command inside."""
        assert self._ip
        return (self._ip, "netns", "exec", self.name, *command)

    def _connect(self) -> None:
        """Lay the cable."""
        cable = ("link", "add", self.name, "type", "veth", "peer", "name", "cable")
        self._run(*cable, "netns", self.name)
        self._run("address", "add", f"{self.here}/24", "dev", self.name)
        self._run("link", "set", self.name, "up")
        for device in ("lo", "cable"):
            self._inside("link", "set", device, "up")

    def _inside(self, *words: str) -> None:
        self._run("-netns", self.name, *words)

    def _run(self, *words: str) -> None:
        assert self._ip
        subprocess.run([self._ip, *words], check=True, capture_output=True, text=True)

    def _give_up(self, reason: str) -> None:
        text = f"no network namespace: {reason}"
        if os.environ.get("CI"):
            pytest.fail(text)
        pytest.skip(text)
