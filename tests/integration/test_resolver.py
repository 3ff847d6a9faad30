"""Tests of looking up names."""

import asyncio
from collections import Counter
from collections.abc import Generator
from datetime import timedelta
import random
from types import SimpleNamespace
from unittest.mock import AsyncMock, patch

import aiodns
from freezegun.api import FrozenDateTimeFactory
from homeassistant.config_entries import ConfigSubentry
from homeassistant.core import HomeAssistant
from pycares import ARecordData, SRVRecordData
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_fire_time_changed,
)

from custom_components.sip_intercom import resolver
from custom_components.sip_intercom.coordinator import SipCoordinator
from custom_components.sip_intercom.lib.sipagent.protocol.config import (
    HostConfig,
    Transport,
)
from custom_components.sip_intercom.resolver import SipResolver
from custom_components.sip_intercom.stored_bindings import StoredBindings
from custom_components.sip_intercom.stored_modes import StoredModes
from custom_components.sip_intercom.tokens import AccountTokens
from tests.conftest import DOORBELL_ID, device, subentry
from tests.fake_agent import FakeAgent


class FakeDns:
    """The DNS: names and their addresses and SRV records."""

    def __init__(self) -> None:
        """Start with no name."""
        self.hosts: dict[str, list[str]] = {}
        self.services: dict[str, list[object]] = {}
        self.hanging: set[str] = set()
        self.connector = SimpleNamespace(async_resolve_host=self._host)
        self.close = AsyncMock()

    async def query_dns(self, name: str, kind: str) -> object:
        """Stand in for aiodns."""
        assert kind == "SRV"
        await self._hang(name)
        if name not in self.services:
            raise aiodns.error.DNSError(4, "not found")
        answer = [SimpleNamespace(data=data) for data in self.services[name]]
        return SimpleNamespace(answer=answer)

    async def _host(self, name: str) -> list[dict[str, str]]:
        await self._hang(name)
        if name not in self.hosts:
            raise OSError(None, "not found")
        return [{"host": address} for address in self.hosts[name]]

    async def _hang(self, name: str) -> None:
        if name in self.hanging:
            await asyncio.Event().wait()


@pytest.fixture
def dns() -> Generator[FakeDns]:
    """Put a faked DNS into the resolver, and hurry it."""
    fake = FakeDns()
    with (
        patch.object(
            resolver,
            "async_get_clientsession",
            return_value=SimpleNamespace(connector=fake.connector),
        ),
        patch.object(aiodns, "DNSResolver", return_value=fake),
        patch.object(resolver, "LOOKUP_TIMEOUT", 0.05),
        patch.object(resolver, "ON_DEMAND_TIMEOUT", 0.05),
        patch.object(resolver, "SRV_TIMEOUT", 0.01),
        patch.object(resolver, "TARGET_TIMEOUT", 0.01),
    ):
        yield fake


@pytest.fixture
def names(hass: HomeAssistant, dns: FakeDns) -> SipResolver:
    """Return a resolver that asks the faked DNS."""
    return SipResolver(hass)


def srv(target: str, port: int, priority: int = 0, weight: int = 0) -> SRVRecordData:
    """Return an SRV record."""
    return SRVRecordData(priority=priority, weight=weight, port=port, target=target)


async def test_addresses_ipv4_first(names: SipResolver, dns: FakeDns) -> None:
    dns.hosts["gate.local"] = ["2001:db8::1", "192.0.2.1"]

    assert await names.async_look_up("gate.local", None) == ("192.0.2.1", "2001:db8::1")


@pytest.mark.parametrize(
    ("transport", "service"),
    [
        (Transport.UDP, "_sip._udp.example.org"),
        (Transport.TCP, "_sip._tcp.example.org"),
        (Transport.TLS, "_sips._tcp.example.org"),
    ],
)
async def test_srv_records_best_first(
    names: SipResolver, dns: FakeDns, transport: Transport, service: str
) -> None:
    dns.services[service] = [
        srv("c.example.org", 5062, 2),
        srv("b.example.org.", 5061, 1, 0),
        srv("a.example.org", 5060, 1, 90),
        srv(".", 0),
        ARecordData(addr="192.0.2.99"),
    ]
    dns.hosts |= {
        "a.example.org": ["192.0.2.1", "2001:db8::1"],
        "b.example.org": ["192.0.2.2"],
    }

    assert await names.async_look_up("example.org", transport) == (
        "192.0.2.1:5060",
        "[2001:db8::1]:5060",
        "192.0.2.2:5061",
    )


async def test_silent_server_holds_up_no_other(
    names: SipResolver, dns: FakeDns
) -> None:
    dns.services["_sip._udp.example.org"] = [
        srv("a.example.org", 5060, 1),
        srv("b.example.org", 5061, 2),
    ]
    dns.hosts["b.example.org"] = ["192.0.2.2"]
    dns.hanging = {"a.example.org"}

    assert await names.resolve("example.org") == ()
    names.want({"example.org": Transport.UDP})
    assert await names.resolve("example.org") == ("192.0.2.2:5061",)


async def test_changed_order_of_servers_is_reported(
    names: SipResolver, dns: FakeDns
) -> None:
    on_change = AsyncMock()
    wanted = {"example.org": Transport.UDP}
    dns.hosts = {"a.example.org": ["192.0.2.1"], "b.example.org": ["192.0.2.2"]}
    for priority in (1, 3):
        dns.services["_sip._udp.example.org"] = [
            srv("a.example.org", 5060, priority),
            srv("b.example.org", 5060, 2),
        ]
        await names.async_refresh(wanted, on_change)
    assert on_change.await_count == 2
    assert names.addresses["example.org"] == ("192.0.2.2:5060", "192.0.2.1:5060")


def test_servers_of_one_priority_are_drawn_by_weight() -> None:
    records = [srv("a", 1, 0, 90), srv("b", 1, 0, 10), srv("c", 1, 0, 0)]
    first = Counter(
        resolver.drawn(records, random.Random(seed))[0].target for seed in range(500)
    )
    assert 400 < first["a"] < 480
    assert 20 < first["b"] < 100
    assert first["c"] <= 5
    orders = [resolver.drawn(records, random.Random(1)) for _ in range(2)]
    assert orders[0] == orders[1]


@pytest.mark.parametrize("hanging", [set(), {"_sip._udp.example.org"}])
async def test_address_where_there_is_no_srv_record(
    names: SipResolver, dns: FakeDns, hanging: set[str]
) -> None:
    dns.hosts["example.org"] = ["192.0.2.1"]
    dns.hanging = hanging

    assert await names.async_look_up("example.org", Transport.UDP) == ("192.0.2.1",)


async def test_at_most_sixteen_addresses(names: SipResolver, dns: FakeDns) -> None:
    dns.hosts["many.example"] = [f"192.0.2.{host}" for host in range(100)]

    assert len(await names.async_look_up("many.example", None)) == 16


async def test_only_changes_are_reported(names: SipResolver, dns: FakeDns) -> None:
    on_change = AsyncMock()
    dns.hosts["gate.example"] = ["192.0.2.1", "192.0.2.2"]
    await names.async_refresh({"gate.example": None}, on_change)
    assert on_change.await_count == 1

    dns.hosts["gate.example"].reverse()
    await names.async_refresh({"gate.example": None}, on_change)
    assert on_change.await_count == 1

    dns.hosts["gate.example"] = ["192.0.2.3"]
    await names.async_refresh({"gate.example": None}, on_change)
    assert on_change.await_count == 2
    assert names.addresses == {"gate.example": ("192.0.2.3",)}


async def test_last_good_addresses_are_kept(names: SipResolver, dns: FakeDns) -> None:
    dns.hosts["gate.example"] = ["192.0.2.1"]
    await names.async_refresh({"gate.example": None}, AsyncMock())

    for break_dns in (dns.hosts.clear, lambda: dns.hanging.add("gate.example")):
        break_dns()
        await names.async_refresh({"gate.example": None}, AsyncMock())
        assert names.addresses == {"gate.example": ("192.0.2.1",)}
        assert await names.resolve("gate.example") == ("192.0.2.1",)
        assert await names.async_hosts([("gate.example", None)]) == (
            HostConfig(name="gate.example", addresses=("192.0.2.1",)),
        )


async def test_name_that_hangs_holds_up_no_other(
    names: SipResolver, dns: FakeDns
) -> None:
    dns.hosts["gate.example"] = ["192.0.2.1"]
    dns.hanging = {"slow.example"}
    changed = asyncio.Event()

    async def on_change() -> None:
        changed.set()

    wanted = {"slow.example": None, "gate.example": None}
    task = asyncio.create_task(names.async_refresh(wanted, on_change))
    await changed.wait()
    assert not task.done()
    with patch.object(names, "async_look_up", return_value=()) as look_up:
        await names.async_refresh({"slow.example": None}, on_change)
    look_up.assert_not_called()
    await task


async def test_agent_wants_a_name(names: SipResolver, dns: FakeDns) -> None:
    dns.services["_sip._tcp.example.org"] = [srv("a.example.org", 5070)]
    dns.hosts["a.example.org"] = ["192.0.2.1"]
    await names.async_refresh({"example.org": Transport.TCP}, AsyncMock())

    assert await names.resolve("example.org") == ("192.0.2.1:5070",)
    assert await names.resolve("nobody.example") == ()


async def test_what_the_agent_asked_for_is_reported_later(
    names: SipResolver, dns: FakeDns
) -> None:
    wanted = {"gate.example": None}
    dns.hosts["gate.example"] = ["192.0.2.1"]
    names.want(wanted)
    assert await names.resolve("gate.example") == ("192.0.2.1",)

    on_change = AsyncMock()
    for _ in range(2):
        await names.async_refresh(wanted, on_change)
    assert on_change.await_count == 1


async def test_only_configured_names_are_kept(names: SipResolver, dns: FakeDns) -> None:
    """A peer may bring along as many names as it likes."""
    dns.hosts = {"door.example": ["192.0.2.1"], "peer.example": ["192.0.2.9"]}
    await names.async_refresh({"door.example": None}, AsyncMock())

    assert await names.resolve("peer.example") == ("192.0.2.9",)
    assert names.addresses == {"door.example": ("192.0.2.1",)}
    await names.async_refresh({}, AsyncMock())
    assert names.addresses == {}


async def test_hosts_of_names_that_are_not_configured(
    names: SipResolver, dns: FakeDns
) -> None:
    dns.hosts["gate.example"] = ["192.0.2.1"]

    hosts = await names.async_hosts(
        [("192.0.2.9", None), ("gate.example", Transport.UDP), ("nobody.example", None)]
    )

    assert hosts == (HostConfig(name="gate.example", addresses=("192.0.2.1",)),)


async def test_closes_what_it_opened(names: SipResolver, dns: FakeDns) -> None:
    await names.async_close()
    dns.close.assert_not_awaited()

    await names.async_look_up("example.org", Transport.UDP)
    await names.async_close()
    await names.async_close()
    dns.close.assert_awaited_once_with()


class TestInHomeAssistant:
    """A device and an account with names."""

    @pytest.fixture
    def subentries(self, dns: FakeDns) -> list[ConfigSubentry]:
        dns.hosts |= {
            "gate.local": ["192.0.2.20"],
            "pbx.example": ["192.0.2.40"],
            "proxy.example": ["192.0.2.50"],
        }
        dns.services["_sip._udp.pbx.example"] = [srv("pbx.example", 5080)]
        pbx = {
            "server": "pbx.example",
            "username": "620",
            "password": "x",
            "outbound_proxy": "proxy.example:5070",
        }
        return [
            device(address="door@gate.local"),
            subentry("pbx", "account", "PBX", pbx),
        ]

    async def test_names_are_looked_up_in_the_background(
        self,
        hass: HomeAssistant,
        init_integration: MockConfigEntry,
        fake_agent: FakeAgent,
    ) -> None:
        await hass.async_block_till_done(wait_background_tasks=True)
        config = fake_agent.config

        assert config.devices[0].addresses == ("192.0.2.20",)
        assert config.devices[0].user == "door"
        assert config.devices[0].uri == "sip:door@gate.local"
        assert config.hosts == (
            HostConfig(name="gate.local", addresses=("192.0.2.20",)),
            HostConfig(name="pbx.example", addresses=("192.0.2.40:5080",)),
            HostConfig(name="proxy.example", addresses=("192.0.2.50",)),
        )

    async def test_names_are_looked_up_again_every_minute(
        self,
        hass: HomeAssistant,
        init_integration: MockConfigEntry,
        fake_agent: FakeAgent,
        dns: FakeDns,
        freezer: FrozenDateTimeFactory,
    ) -> None:
        await hass.async_block_till_done(wait_background_tasks=True)
        dns.hosts["gate.local"] = ["192.0.2.21"]
        freezer.tick(timedelta(seconds=61))
        async_fire_time_changed(hass)
        await hass.async_block_till_done(wait_background_tasks=True)

        assert fake_agent.config.devices[0].id == DOORBELL_ID
        assert fake_agent.config.devices[0].addresses == ("192.0.2.21",)

    async def test_agent_that_asks_at_the_start_hears_of_the_service(
        self, hass: HomeAssistant, mock_entry: MockConfigEntry, dns: FakeDns
    ) -> None:
        tokens = AccountTokens(hass, mock_entry)
        await tokens.async_load()
        bindings = StoredBindings(hass, mock_entry)
        coordinator = SipCoordinator(
            hass, mock_entry, tokens, bindings, StoredModes(hass, mock_entry)
        )
        assert await coordinator.resolver.resolve("pbx.example") == ("192.0.2.40:5080",)

    async def test_dns_that_hangs_does_not_hold_up_the_start(
        self,
        hass: HomeAssistant,
        mock_entry: MockConfigEntry,
        fake_agent: FakeAgent,
        dns: FakeDns,
    ) -> None:
        dns.hanging = set(dns.hosts) | set(dns.services)
        with patch.object(resolver, "LOOKUP_TIMEOUT", 600):
            assert await hass.config_entries.async_setup(mock_entry.entry_id)

        assert fake_agent.config.devices[0].addresses == ()
        assert fake_agent.config.hosts == ()
