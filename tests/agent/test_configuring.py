"""Only the difference is applied, and nothing else is touched."""

from dataclasses import replace

import pytest

from custom_components.sip_intercom.lib.sipagent.protocol.calls import (
    CallEventType,
    CallReason,
)
from custom_components.sip_intercom.lib.sipagent.protocol.config import (
    HostConfig,
    MediaEncryption,
    Transport,
    TransportsConfig,
)
from custom_components.sip_intercom.lib.sipagent.protocol.errors import (
    InvalidAddressError,
)
from custom_components.sip_intercom.lib.sipagent.protocol.messages import (
    NameWanted,
    TransportChanged,
    TransportStatus,
)

from .house import ACCOUNT, BELL, CONFIG, GATE, PANEL, PBX, SECOND, House


def test_same_configuration_touches_nothing(house: House) -> None:
    opened, registered = len(house.phone.opened), len(house.phone.registered)
    house.phone.hosts.clear()
    house.phone.accounts.clear()
    house.configure()
    assert len(house.phone.opened) == opened
    assert len(house.phone.registered) == registered
    assert house.phone.hosts == {}
    assert house.phone.accounts == {}


def test_configured_tells_the_transports() -> None:
    house = House()
    house.phone.unbindable = {Transport.TCP}
    configured = house.agent.configure(CONFIG)
    assert [status.listening for status in configured.transports] == [True, False]
    assert house.agent.list_state().transports == configured.transports
    assert house.of(TransportChanged) == []


def test_username_and_trace(house: House) -> None:
    house.configure(username="door", sip_trace=True)
    assert (house.phone.username, house.phone.trace) == ("door", True)
    house.configure(sip_trace=False)
    assert (house.phone.username, house.phone.trace) == ("homeassistant", False)


def test_hosts_reach_the_phone_when_they_change(house: House) -> None:
    assert house.phone.hosts == {"pbx.example": ("198.51.100.5:5060",)}
    house.agent.set_host(HostConfig(name="pbx.example", addresses=()))
    assert house.phone.hosts == {"pbx.example": ()}


def test_other_account_is_left_alone(house: House) -> None:
    house.configure(accounts=(ACCOUNT, SECOND))
    assert house.phone.registered == ["pbx", "second"]
    house.configure(accounts=(ACCOUNT,))
    assert house.phone.removed == ["second"]
    assert [each.account for each in house.agent.list_state().registrations] == ["pbx"]


def test_media_encryption_needs_no_registration(house: House) -> None:
    account = replace(ACCOUNT, media_encryption=MediaEncryption.DTLS)
    house.configure(accounts=(account,))
    assert house.phone.accounts["pbx"] == account
    assert house.phone.registered == ["pbx"]


def test_trusted_networks_need_nothing_of_the_phone(house: House) -> None:
    house.configure(accounts=(replace(ACCOUNT, trusted_networks=("10.0.0.0/8",)),))
    assert house.phone.accounts["pbx"] == ACCOUNT


@pytest.mark.parametrize("answered", [False, True])
def test_removed_device_loses_its_call(house: House, answered: bool) -> None:
    leg = house.phone.press()
    if answered:
        house.agent.answer(house.call().id)
        house.phone.acknowledge(leg)
    house.configure(devices=(PANEL, GATE))
    house.phone.poll(0)
    ended = CallEventType.ENDED if answered else CallEventType.FAILED
    assert house.told()[-1] is ended
    assert house.call().reason is CallReason.DEVICE_REMOVED


def test_removed_account_loses_its_calls(house: House) -> None:
    house.phone.press(uri=house.contact(), remote_address="203.0.113.66")
    house.configure(accounts=())
    house.phone.poll(0)
    assert house.call().reason is CallReason.DEVICE_REMOVED


def test_other_devices_call_goes_on(house: House) -> None:
    house.phone.press()
    house.configure(devices=(replace(BELL, callers=("x",)),))
    house.phone.poll(0)
    assert house.told() == [CallEventType.INCOMING]


def test_port_waits_for_the_end_of_the_call(house: House) -> None:
    leg = house.phone.press()
    present = house.agent.configure(replace(CONFIG, transports=NEW)).transports
    assert [status.port for status in present] == [5060, 5060]
    house.pass_time(5)
    assert house.phone.opened[-1].port == 5060
    house.phone.cancel(leg)
    house.pass_time(1)
    assert house.phone.opened[-1] == NEW
    assert [event.status.port for event in house.of(TransportChanged)] == [5070, 5070]


NEW = TransportsConfig(port=5070)


def test_rtp_ports_change_during_a_call(house: House) -> None:
    house.phone.press()
    transports = TransportsConfig(port=5070, rtp_first=20000, rtp_last=20099)
    house.configure(transports=transports)
    assert house.phone.opened[-1] == replace(transports, port=5060)


def test_port_changes_at_once_without_call(house: House) -> None:
    house.configure(transports=NEW)
    assert house.phone.opened[-1] == NEW


def test_configuration_taken_back_during_a_call(house: House) -> None:
    leg = house.phone.press()
    house.configure(transports=NEW)
    house.configure()
    house.phone.cancel(leg)
    house.pass_time(2)
    assert NEW not in house.phone.opened


def test_taken_port_is_tried_again(house: House) -> None:
    house.phone.unbindable = {Transport.UDP}
    house.configure(transports=NEW)
    opened = len(house.phone.opened)
    house.pass_time(29)
    assert len(house.phone.opened) == opened
    house.pass_time(1)
    assert len(house.phone.opened) == opened + 1
    assert house.of(TransportChanged) == []
    house.phone.unbindable = set()
    house.pass_time(30)
    (changed,) = house.of(TransportChanged)
    assert changed.status.listening
    house.pass_time(60)
    assert len(house.phone.opened) == opened + 2


def test_taken_port_is_tried_again_when_asked_for(house: House) -> None:
    house.phone.unbindable = {Transport.UDP}
    house.configure(transports=NEW)
    opened = len(house.phone.opened)
    house.phone.unbindable = set()
    configured = house.agent.configure(replace(CONFIG, transports=NEW))
    assert all(status.listening for status in configured.transports)
    assert len(house.phone.opened) == opened + 1


def test_lost_transport_is_told_and_opened_again(house: House) -> None:
    lost = TransportStatus(
        transport=Transport.TCP, address="0.0.0.0", port=5060, listening=False
    )
    house.phone.listener.on_transport(lost)
    house.phone.listener.on_transport(lost)
    assert [event.status for event in house.of(TransportChanged)] == [lost]
    house.pass_time(30)
    assert house.of(TransportChanged)[-1].status.listening


def test_transport_that_is_no_more_is_forgotten(house: House) -> None:
    tls = TransportStatus(
        transport=Transport.TLS, address="0.0.0.0", port=5061, listening=True
    )
    house.phone.listener.on_transport(tls)
    house.configure(transports=NEW)
    assert tls not in house.agent.list_state().transports


def test_transports_that_fail_do_not_keep_accounts_from_registering() -> None:
    house = House()
    house.phone.failure["open_transports"] = InvalidAddressError("not ours")
    with pytest.raises(InvalidAddressError):
        house.configure()
    assert house.phone.registered == ["pbx"]
    house.phone.failure.clear()
    house.pass_time(1)
    assert house.phone.opened == [CONFIG.transports]


def test_wanted_name_is_asked_for(house: House) -> None:
    house.phone.listener.on_name_wanted("phone.example")
    assert house.events == [NameWanted(name="phone.example")]


def test_names_of_peers_are_forgotten_before_they_fill_the_memory(
    house: House,
) -> None:
    house.configure()
    for number in range(200):
        name = f"peer-{number}.example"
        house.agent.set_host(HostConfig(name=name, addresses=("192.0.2.99",)))
    assert len(house.phone.hosts) == 65
    assert "pbx.example" in house.phone.hosts
    assert "peer-199.example" in house.phone.hosts
    assert "peer-0.example" not in house.phone.hosts


@pytest.mark.parametrize(("addresses", "life"), [(("192.0.2.99",), 60), ((), 5)])
def test_names_of_peers_are_asked_for_anew(
    house: House, addresses: tuple[str, ...], life: int
) -> None:
    house.agent.set_host(HostConfig(name="peer.example", addresses=addresses))
    house.pass_time(life - 1)
    assert "peer.example" in house.phone.hosts
    house.pass_time(2)
    assert "peer.example" not in house.phone.hosts


def test_configured_names_are_kept(house: House) -> None:
    house.configure(hosts=())
    house.configure()
    house.configure(hosts=())
    house.pass_time(100)
    assert house.phone.hosts == {"pbx.example": (f"{PBX}:5060",)}
    house.agent.set_host(HostConfig(name="pbx.example", addresses=()))
    house.pass_time(11)
    assert house.phone.hosts == {}
