"""A home router: a network behind one address, which it translates."""

from contextlib import suppress
import os
from pathlib import Path
import shutil
import socket
import subprocess
from threading import Thread
from typing import Self

import pytest

_NUMBER = os.getpid() % 200 + 20
_PATH = f"{os.environ['PATH']}:/usr/sbin:/sbin"
_RULES = """\
table ip home {
    chain out {
        type nat hook postrouting priority 100
        masquerade
    }
}
"""


class Router:
    """Two network namespaces: the router, and a station behind it.

    We are `here` to both; what the station sends comes from `outside`.
    """

    here = f"198.19.{_NUMBER}.1"
    outside = f"198.19.{_NUMBER}.2"
    inside = "10.99.0.2"

    def __init__(self) -> None:
        """Find what it is made with; skips (in CI: fails) where that is not there."""
        self._router, self._home = f"rt{os.getpid()}", f"hm{os.getpid()}"
        self._ip = shutil.which("ip", path=_PATH) or ""
        self._nft = shutil.which("nft", path=_PATH) or ""
        if not self._ip or not self._nft or os.geteuid() != 0:
            self._give_up("it takes root, iproute2 and nftables")

    def __enter__(self) -> Self:
        """Build it."""
        try:
            self._build()
        except subprocess.CalledProcessError as err:
            self.__exit__()
            self._give_up(err.stderr.strip())
        return self

    def __exit__(self, *_: object) -> None:
        """Tear it down, the cable to here first."""
        for words in (
            ("link", "del", self._router),
            ("netns", "del", self._home),
            ("netns", "del", self._router),
        ):
            with suppress(subprocess.CalledProcessError):
                self._run(*words)

    def socket(self) -> socket.socket:
        """Return a UDP socket of the station's."""
        made: list[socket.socket] = []

        def make() -> None:
            with (Path("/var/run/netns") / self._home).open() as namespace:
                os.setns(namespace.fileno(), os.CLONE_NEWNET)
            opened = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            opened.bind((self.inside, 5060))
            opened.setblocking(False)
            made.append(opened)

        # A thread of its own is in the namespace; it never comes back.
        thread = Thread(target=make)
        thread.start()
        thread.join()
        return made[0]

    def _build(self) -> None:
        for name in (self._router, self._home):
            self._run("netns", "add", name)
            self._run("-netns", name, "link", "set", "lo", "up")
        cable = ("type", "veth", "peer", "name", "wan", "netns", self._router)
        self._run("link", "add", self._router, *cable)
        self._run("address", "add", f"{self.here}/24", "dev", self._router)
        self._run("link", "set", self._router, "up")
        cable = ("type", "veth", "peer", "name", "wan", "netns", self._home)
        self._run("-netns", self._router, "link", "add", "lan", *cable)
        self._set_up(self._router, "wan", f"{self.outside}/24")
        self._set_up(self._router, "lan", "10.99.0.1/24")
        self._set_up(self._home, "wan", f"{self.inside}/24")
        self._run("-netns", self._home, "route", "add", "default", "via", "10.99.0.1")
        self._within("sysctl", "-qw", "net.ipv4.ip_forward=1")
        self._within(self._nft, _RULES)

    def _set_up(self, name: str, device: str, address: str) -> None:
        self._run("-netns", name, "address", "add", address, "dev", device)
        self._run("-netns", name, "link", "set", device, "up")

    def _within(self, *command: str) -> None:
        self._run("netns", "exec", self._router, *command)

    def _run(self, *words: str) -> None:
        subprocess.run([self._ip, *words], check=True, capture_output=True, text=True)

    def _give_up(self, reason: str) -> None:
        text = f"no router: {reason}"
        if os.environ.get("CI"):
            pytest.fail(text)
        pytest.skip(text)
