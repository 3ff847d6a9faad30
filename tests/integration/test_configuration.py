"""Tests of building the agent's configuration."""

from types import MappingProxyType
from typing import Any

from homeassistant.config_entries import ConfigSubentry
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.sip_intercom.address import device_uri, without_port
from custom_components.sip_intercom.configuration import (
    account_config,
    account_names,
    user_agent_config,
    wanted_names,
)
from custom_components.sip_intercom.const import DOMAIN
from custom_components.sip_intercom.lib.sipagent.protocol.config import (
    AccountConfig,
    ButtonConfig,
    DeviceConfig,
    HostConfig,
    MediaEncryption,
    RegistrarConfig,
    TlsVerify,
    Transport,
    TransportsConfig,
    UserAgentConfig,
)
from custom_components.sip_intercom.lib.sipagent.protocol.sip_uri import with_port
from tests.conftest import ACCOUNT_ID, DOORBELL_ID, account, device

TOKEN = "0f1e2d3c4b5a69788796a5b4c3d2e1f0"
TOKENS = dict.fromkeys((ACCOUNT_ID, "pbx"), TOKEN)
ROUTER = {"server": "fritz.box", "username": "620", "password": "secret"}


def entry(*subentries: ConfigSubentry, **options: Any) -> MockConfigEntry:
    """Return an entry with these subentries and options."""
    return MockConfigEntry(
        domain=DOMAIN,
        data={"port": 5060.0, "username": "homeassistant"},
        options=options,
        subentries_data=[each.as_dict() for each in subentries],
    )


def test_least_configuration() -> None:
    config = user_agent_config(entry(), {}, TOKENS)
    assert config == UserAgentConfig(registrar=RegistrarConfig(find_phones=True))


def test_every_option() -> None:
    options = {
        "bind_address": "192.0.2.2",
        "tls_port": 5071.0,
        "tls_certificate": "/ssl/fullchain.pem",
        "tls_key": "/ssl/privkey.pem",
        "rtp_first": 20000.0,
        "rtp_last": 20099.0,
        "sip_trace": True,
    }
    config = user_agent_config(entry(**options), {}, TOKENS)

    assert config.sip_trace
    assert config.transports == TransportsConfig(
        bind_address="192.0.2.2",
        port=5060,
        tls_port=5071,
        tls_certificate="/ssl/fullchain.pem",
        tls_key="/ssl/privkey.pem",
        rtp_first=20000,
        rtp_last=20099,
    )
    assert isinstance(config.transports.tls_port, int)


@pytest.mark.parametrize(
    ("options", "port"),
    [
        ({"tls_port": 5071}, None),
        ({"tls_certificate": "/ssl/fullchain.pem"}, 5061),
        ({"tls_certificate": "/ssl/fullchain.pem", "tls_port": None}, 5061),
    ],
)
def test_tls_is_listened_for_only_with_a_certificate(
    options: dict[str, Any], port: int | None
) -> None:
    assert user_agent_config(entry(**options), {}, TOKENS).transports.tls_port == port


def test_every_key_of_an_account() -> None:
    data = ROUTER | {
        "name": "Router",
        "transport": "tls",
        "port": 5061.0,
        "auth_username": "auth",
        "outbound_proxy": "proxy.example",
        "display_name": "Home",
        "expiry": 600.0,
        "tls_verify": "own_ca",
        "ca_file": "/ssl/ca.pem",
        "media_encryption": "dtls",
        "trusted_networks": ["192.0.2.0/24"],
    }

    assert account_config(ACCOUNT_ID, data, TOKEN) == AccountConfig(
        id=ACCOUNT_ID,
        server="fritz.box",
        username="620",
        password="secret",
        transport=Transport.TLS,
        port=5061,
        auth_username="auth",
        outbound_proxy="proxy.example",
        display_name="Home",
        expiry=600,
        tls_verify=TlsVerify.OWN_CA,
        ca_file="/ssl/ca.pem",
        media_encryption=MediaEncryption.DTLS,
        trusted_networks=("192.0.2.0/24",),
        token=TOKEN,
    )


def test_every_key_of_a_device() -> None:
    doorbell = device(
        address="door@[2001:db8::1]:5070",
        callers=["11", "12"],
        media_encryption="sdes_required",
        buttons=[{"id": "b1", "name": "Bell", "number": "11"}],
        talk_limit=60.0,
    )

    assert user_agent_config(entry(doorbell), {}, TOKENS).devices == (
        DeviceConfig(
            id=DOORBELL_ID,
            addresses=("2001:db8::1",),
            user="door",
            callers=("11", "12"),
            uri="sip:door@[2001:db8::1]:5070",
            media_encryption=MediaEncryption.SDES_REQUIRED,
            buttons=(ButtonConfig(id="b1", number="11"),),
            talk_limit=60,
        ),
    )


def test_device_over_an_account() -> None:
    phone = device(address="**611", account=ACCOUNT_ID, kind="phone")

    (config,) = user_agent_config(entry(account(), phone), {}, TOKENS).devices

    assert config.account == ACCOUNT_ID
    assert config.addresses == ()
    assert config.user == "**611"
    assert config.uri == "sip:**611@192.0.2.1"


@pytest.mark.parametrize(
    ("typed", "settings", "uri"),
    [
        ("620", {}, "sip:620@fritz.box"),
        (
            "620",
            {"port": 5070, "transport": "tcp"},
            "sip:620@fritz.box:5070;transport=tcp",
        ),
        ("anna", {"transport": "tls"}, "sip:anna@fritz.box;transport=tls"),
        ("620@fritz.box:5080", {"port": 5070}, "sip:620@fritz.box:5080"),
        ("anna@other.example", {"port": 5070}, "sip:anna@other.example"),
    ],
)
def test_uri_over_an_account(typed: str, settings: dict[str, Any], uri: str) -> None:
    assert str(device_uri({"address": typed}, ROUTER | settings)) == uri


@pytest.mark.parametrize("address", ["620", "a b c", ""])
def test_device_that_cannot_be_called_is_left_out(
    address: str, caplog: pytest.LogCaptureFixture
) -> None:
    assert user_agent_config(entry(device(address=address)), {}, TOKENS).devices == ()
    assert "Front door" in caplog.text


def test_device_over_an_account_that_is_gone_is_left_out() -> None:
    assert user_agent_config(entry(device(account="gone")), {}, TOKENS).devices == ()


@pytest.mark.parametrize(
    ("settings", "names"),
    [
        ({}, [("fritz.box", Transport.UDP)]),
        ({"transport": "tls"}, [("fritz.box", Transport.TLS)]),
        ({"port": 5060}, [("fritz.box", None)]),
        ({"server": "pbx.example:5070"}, [("pbx.example", None)]),
        ({"server": "not a name"}, []),
        (
            {"outbound_proxy": "proxy.example"},
            [("fritz.box", Transport.UDP), ("proxy.example", Transport.UDP)],
        ),
        (
            {"outbound_proxy": "sip:proxy.example;transport=tcp"},
            [("fritz.box", Transport.UDP), ("proxy.example", Transport.TCP)],
        ),
        (
            {"outbound_proxy": "proxy.example:5070"},
            [("fritz.box", Transport.UDP), ("proxy.example", None)],
        ),
        ({"outbound_proxy": "not a name"}, [("fritz.box", Transport.UDP)]),
    ],
)
def test_names_of_an_account(
    settings: dict[str, Any], names: list[tuple[str, Transport | None]]
) -> None:
    assert list(account_names(ROUTER | settings)) == names


def test_names_of_everything() -> None:
    router = account()
    pbx = ConfigSubentry(
        subentry_id="pbx",
        subentry_type="account",
        title="PBX",
        unique_id=None,
        data=MappingProxyType(ROUTER | {"server": "pbx.example"}),
    )
    subentries = (
        device(address="gate.local"),
        device("d2", address="pbx.example"),
        device("d3", address="192.0.2.9"),
        device("d4", address="620", account="pbx"),
        router,
        pbx,
    )
    configured = entry(*subentries)

    assert wanted_names(configured) == {
        "gate.local": None,
        "pbx.example": Transport.UDP,
    }
    hosts = {
        "gate.local": ("192.0.2.8", "2001:db8::8"),
        "pbx.example": ("192.0.2.7:5080", "[2001:db8::7]:5080", "192.0.2.7:5081"),
        "forgotten.example": ("192.0.2.1",),
    }
    config = user_agent_config(configured, hosts, TOKENS)
    assert config.hosts == (
        HostConfig(name="gate.local", addresses=hosts["gate.local"]),
        HostConfig(name="pbx.example", addresses=hosts["pbx.example"]),
    )
    assert [each.addresses for each in config.devices] == [
        ("192.0.2.8", "2001:db8::8"),
        ("192.0.2.7", "2001:db8::7"),
        ("192.0.2.9",),
        (),
    ]


@pytest.mark.parametrize("address", ["192.0.2.1", "2001:db8::1"])
def test_ports_of_addresses(address: str) -> None:
    assert without_port(address) == address
    assert without_port(with_port(address, 5060)) == address
