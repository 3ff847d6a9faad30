"""The machine's addresses, real and changing."""

from pathlib import Path
import socket

import pytest

from custom_components.sip_intercom.lib.sipagent.agent import network
from custom_components.sip_intercom.lib.sipagent.agent.addresses import (
    parse_endpoint,
    source_key,
)
from custom_components.sip_intercom.lib.sipagent.agent.network import (
    NetworkWatch,
    local_addresses,
)

from .house import Clock

pytestmark = pytest.mark.usefixtures("socket_enabled")


def test_local_addresses_are_stable_and_no_loopback(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(network, "_PROBES", ())
    addresses = local_addresses()
    assert addresses == local_addresses()
    assert not any(address.startswith("127.") for address in addresses)


def test_change_is_told_once_it_has_settled() -> None:
    clock, now = Clock(), {"192.0.2.1"}
    watch = NetworkWatch(clock, lambda: frozenset(now))
    told = []
    for second in range(20):
        clock.now += 1
        if second == 5:
            now.add("192.0.2.2")
        if second == 6:
            now.add("192.0.2.3")
        told.append(watch.changed())
    assert told.count(True) == 1
    assert told.index(True) <= 10


def test_return_to_the_same_addresses_is_no_change() -> None:
    clock, now = Clock(), {"192.0.2.1"}
    watch = NetworkWatch(clock, lambda: frozenset(now))
    told = []
    for second in range(20):
        clock.now += 1
        if second == 5:
            now.clear()
        if second == 12:
            now.add("192.0.2.1")
        told.append(watch.changed())
    assert not any(told)


def test_ipv6_addresses_that_last(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    table = tmp_path / "if_inet6"
    table.write_text(
        "00000000000000000000000000000001 01 80 10 80       lo\n"
        "fe800000000000000000000000000001 02 40 20 80     eth0\n"
        "20010db8000000000000000000000001 02 40 00 80     eth0\n"
        "20010db8000000000000000000000002 02 40 00 01     eth0\n"
    )
    monkeypatch.setattr(network, "_IPV6_ADDRESSES", table)
    monkeypatch.setattr(network, "_PROBES", ())
    monkeypatch.setattr(socket, "if_nameindex", list)
    assert local_addresses() == {"20010db8000000000000000000000001"}


def test_address_that_a_route_chooses(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(network, "_IPV6_ADDRESSES", tmp_path / "none")
    monkeypatch.setattr(network, "_PROBES", ((socket.AF_INET, "127.0.0.1"),))
    monkeypatch.setattr(socket, "if_nameindex", list)
    assert local_addresses() == {"127.0.0.1"}


def test_platform_without_table_or_routes(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(network, "_IPV6_ADDRESSES", tmp_path / "none")
    monkeypatch.setattr(network, "_PROBES", ((socket.AF_INET6, "127.0.0.1"),))
    monkeypatch.setattr(socket, "if_nameindex", lambda: [(1, "no-such-if")])
    assert local_addresses() == frozenset()


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("192.0.2.1:5060", "192.0.2.1"),
        ("[2001:db8::1]:5060", "2001:db8::1"),
        ("2001:db8::1", "2001:db8::1"),
        ("fe80::1%eth0", "fe80::1"),
        ("pbx.example:5060", "None"),
        ("", "None"),
    ],
)
def test_endpoints(text: str, address: str) -> None:
    assert str(parse_endpoint(text)) == address


def test_source_of_a_name_is_the_name() -> None:
    assert source_key("no address") == "no address"
