"""The native library in both variants, run in a process that may crash."""

from collections import deque
from collections.abc import Callable, Iterator
import json
import os
from pathlib import Path
from queue import Queue
import subprocess
import sys
from threading import Thread
from typing import Any

import pytest
import pytest_socket

from native.builder.recipe import VARIANTS, Order
from native.builder.target import TARGETS, this_machine

from .sip import PATIENCE, Peer, peer

GATEKEEPER = Path(__file__).with_name("gatekeeper.py")


def library(variant: str) -> Path:
    """Return the folder of a variant for this machine."""
    target = TARGETS[this_machine()]
    order = Order(target=target, variant=variant, sources=None, python=None)
    if not order.folder().is_dir():
        pytest.fail("the native library is not built: run scripts/setup")
    return order.folder()


@pytest.fixture(scope="session")
def release() -> Path:
    """Return the folder of the library without asserts."""
    return library("release")


@pytest.fixture(autouse=True)
def _sockets() -> Iterator[None]:
    """Let these tests use the network of this machine."""
    pytest_socket.enable_socket()
    pytest_socket._remove_restrictions()
    yield
    pytest_socket.disable_socket(allow_unix_socket=True)


class Gatekeeper:
    """The process of gatekeeper.py: commands go in, events come out."""

    def __init__(self, folder: Path, **environment: str) -> None:
        self._process = subprocess.Popen(
            [sys.executable, GATEKEEPER, folder],
            env={**os.environ, **environment},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self._events: Queue[dict[str, Any] | None] = Queue()
        self.log: deque[str] = deque(maxlen=200)
        Thread(target=self._read, daemon=True).start()
        Thread(target=self._read_log, daemon=True).start()
        ready = self.wait("ready")
        self.info: dict[str, Any] = ready["info"]
        self.udp: int = ready["udp"]
        self.udp6: int = ready["udp6"]
        self.tcp: int = ready["tcp"]

    def _read(self) -> None:
        assert self._process.stdout
        for line in self._process.stdout:
            self._events.put(json.loads(line))
        self._events.put(None)

    def _read_log(self) -> None:
        assert self._process.stderr
        self.log.extend(self._process.stderr)

    def command(self, name: str, **values: Any) -> None:
        """Send one command."""
        assert self._process.stdin
        self._process.stdin.write(json.dumps({"command": name, **values}) + "\n")
        self._process.stdin.flush()

    def wait(
        self, event: str, fits: Callable[[dict[str, Any]], bool] = lambda _: True
    ) -> dict[str, Any]:
        """Return the next event of that kind that fits; earlier ones are let go."""
        while (found := self._events.get(timeout=PATIENCE)) is not None:
            if found["event"] == event and fits(found):
                return found
        raise AssertionError(f"the process ended:\n{''.join(self.log)}")

    def waiting(self) -> list[dict[str, Any]]:
        """Return the events that nobody has waited for."""
        return [one for one in self._events.queue if one]

    def stop(self) -> int:
        """End the process as the agent ends; returns its exit code."""
        assert self._process.stdin
        self._process.stdin.close()
        return self._process.wait(timeout=PATIENCE)

    def kill(self) -> None:
        """End the process whatever it does."""
        self._process.kill()
        self._process.wait()


@pytest.fixture(scope="module", params=VARIANTS)
def process(request: pytest.FixtureRequest) -> Iterator[Gatekeeper]:
    """Yield a running gatekeeper that must end well."""
    keeper = Gatekeeper(library(request.param))
    try:
        yield keeper
        assert keeper.stop() == 0, "".join(keeper.log)
    finally:
        keeper.kill()


@pytest.fixture
def keeper(process: Gatekeeper) -> Iterator[Gatekeeper]:
    """Yield the gatekeeper, and see that it still answers afterwards."""
    yield process
    with peer(process.udp) as one:
        one.send(one.request("OPTIONS", "busy"))
        assert one.receive().status == 486
        process.wait("request", lambda facts: facts["remotePort"] == one.port)


@pytest.fixture
def door(keeper: Gatekeeper) -> Iterator[Peer]:
    """Yield a peer of the gatekeeper."""
    with peer(keeper.udp) as one:
        yield one
