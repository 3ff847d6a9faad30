"""Fixtures of the tests with the real library."""

from collections.abc import Callable, Generator
from contextlib import ExitStack
import os
from pathlib import Path
import socket

import pytest
import pytest_socket

from custom_components.sip_intercom.lib.sipagent.client.native import (
    find_native_library,
)
from custom_components.sip_intercom.lib.sipagent.protocol.errors import (
    NativeLibraryMissingError,
)

from .peer import Peer
from .phones import Phone

type StartPhone = Callable[..., Phone]
type MakePeer = Callable[..., Peer]

CHECKED = "SIP_INTERCOM_NATIVE_CHECKED"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what lies in this folder."""
    here = Path(__file__).parent
    for item in items:
        if item.path.is_relative_to(here):
            item.add_marker(pytest.mark.sip)


@pytest.fixture(autouse=True)
def _sockets() -> Generator[None]:
    """Let these tests use the network of this machine."""
    pytest_socket.enable_socket()
    pytest_socket._remove_restrictions()
    yield
    pytest_socket.disable_socket(allow_unix_socket=True)


def release_build() -> Path:
    """Return the folder of the release build; fails with what to do."""
    try:
        return find_native_library()
    except NativeLibraryMissingError as err:
        pytest.fail(f"no native library for {err}: run scripts/setup")


def checked_build() -> Path:
    """Return the folder of the build with asserts."""
    if override := os.environ.get(CHECKED):
        return Path(override)
    release = release_build()
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    links = (cache / "sip-intercom" / "native").glob("checked-*")
    for link in links:
        return link.resolve()
    pytest.fail(f"no checked build beside {release}: run scripts/setup")


@pytest.fixture(params=["release", "checked"])
def library(request: pytest.FixtureRequest) -> Path:
    """Return the folder of each build in turn."""
    return release_build() if request.param == "release" else checked_build()


@pytest.fixture
def start_phone(library: Path, tmp_path: Path) -> Generator[StartPhone]:
    """Return what starts phones; they are stopped in the end, and must end well."""
    phones: list[Phone] = []
    with ExitStack() as stack:

        def start() -> Phone:
            phone = Phone(library, tmp_path / f"phone-{len(phones)}.log")
            phones.append(stack.enter_context(phone))
            return phone

        yield start
        for phone in phones:
            assert not phone.running or phone.do("failures") == 0, phone.log()[-3000:]


@pytest.fixture
def make_peer(sip_port: int) -> Generator[MakePeer]:
    """Return what makes peers that talk to the phone."""
    with ExitStack() as stack:

        def make(
            host: str = "127.0.0.1",
            transport: str = "UDP",
            port: int = sip_port,
            **values: object,
        ) -> Peer:
            remote = ("::1" if ":" in host else "127.0.0.1", port)
            peer = Peer(remote, transport=transport, host=host, **values)  # type: ignore[arg-type]
            return stack.enter_context(peer)

        yield make


def free_port() -> int:
    """Return a port that is free for UDP and TCP, IPv4 and IPv6."""
    while True:
        with ExitStack() as stack:
            probe = stack.enter_context(
                socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
            )
            probe.bind(("::", 0))
            port: int = probe.getsockname()[1]
            stream = stack.enter_context(
                socket.socket(socket.AF_INET6, socket.SOCK_STREAM)
            )
            try:
                stream.bind(("::", port))
            except OSError:
                continue
            return port


@pytest.fixture
def sip_port() -> int:
    """Return the port that the phone is to listen on."""
    return free_port()


@pytest.fixture
def phone(start_phone: StartPhone, sip_port: int) -> Phone:
    """Return a phone that listens, and passes everybody on loopback."""
    phone = start_phone()
    statuses = phone.do("open_transports", port=sip_port)
    assert all(status["listening"] for status in statuses), statuses
    phone.do("rules", rules=[{}])
    return phone


@pytest.fixture
def peer(make_peer: MakePeer) -> Peer:
    """Return a UDP peer on loopback."""
    return make_peer()


@pytest.fixture
def callee(make_peer: MakePeer) -> Peer:
    """Return another UDP peer, to be called."""
    return make_peer()
