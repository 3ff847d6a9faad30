"""Proof decides who passes; strangers learn nothing and cost little."""

from dataclasses import replace
from typing import Any

import pytest

from custom_components.sip_intercom.lib.sipagent.agent.request import (
    Drop,
    Pass,
    Refuse,
    Request,
)
from custom_components.sip_intercom.lib.sipagent.protocol.calls import (
    Proof,
    RegistrationState,
)
from custom_components.sip_intercom.lib.sipagent.protocol.config import (
    DeviceConfig,
    HostConfig,
    MediaEncryption,
    Transport,
)

from .fake_phone import DOOR, INVITE
from .house import ACCOUNT, BELL, PBX, SECOND, House

STRANGER = "203.0.113.66"
OTHER_METHODS = (
    "OPTIONS",
    "REGISTER",
    "MESSAGE",
    "SUBSCRIBE",
    "NOTIFY",
    "PUBLISH",
    "REFER",
    "BYE",
    "CANCEL",
    "ACK",
    "INFO",
    "NONSENSE",
)


def over_pbx(house: House, **facts: Any) -> Request:
    """Return an INVITE as the PBX sends it to our Contact."""
    return replace(
        INVITE,
        uri=house.contact(),
        remote_address=PBX,
        from_uri="sip:200@pbx.example",
        to_uri="sip:600@pbx.example",
        call_id="over-pbx",
        **facts,
    )


@pytest.mark.parametrize(
    "facts",
    [
        {},
        {"defect": "sdp-crypto"},
        {"defect": "size"},
        {"from_uri": "sip:door@192.0.2.10"},
        {"from_uri": ""},
        {"call_id": ""},
        {"asserted_identity": "sip:200@pbx.example"},
        {"has_replaces": True},
        {"to_tag": "guessed", "dialog": True},
        {"to_tag": "guessed"},
        {"uri": "sip:600@192.0.2.1", "to_uri": "sip:600@pbx.example"},
        {"uri": "sip:600@192.0.2.1;line=" + "0" * 32},
        {"uri": "sip:600@192.0.2.1;line="},
        {"uri": "not a uri;line=x"},
        {"transport": Transport.TLS, "connection": 7, "tls_verified": True},
    ],
)
def test_strangers_invite_has_one_answer(house: House, facts: dict[str, Any]) -> None:
    assert house.phone.ask(remote_address=STRANGER, **facts) == Refuse(stranger=True)
    assert house.told() == []


@pytest.mark.parametrize("method", OTHER_METHODS)
@pytest.mark.parametrize("to_tag", ["", "guessed"])
def test_strangers_other_requests_are_dropped(
    house: House, method: str, to_tag: str
) -> None:
    verdict = house.phone.ask(
        remote_address=STRANGER, method=method, to_tag=to_tag, dialog=bool(to_tag)
    )
    assert verdict == Drop()


def test_flood_of_a_stranger_is_dropped_in_silence(house: House) -> None:
    verdicts = [
        house.phone.ask(remote_address=STRANGER, call_id=f"{number}")
        for number in range(100)
    ]
    assert verdicts.count(Refuse(stranger=True)) == 10
    assert verdicts.count(Drop()) == 90
    house.clock.now += 1
    assert house.phone.ask(remote_address=STRANGER, call_id="later") == Refuse(
        stranger=True
    )
    assert isinstance(house.phone.ask(), Pass)


def test_flood_of_one_ipv6_network_is_one_source(house: House) -> None:
    verdicts = [
        house.phone.ask(remote_address=f"2001:db8::{number:x}", call_id=f"{number}")
        for number in range(1, 100)
    ]
    assert verdicts.count(Refuse(stranger=True)) == 10


def test_flood_of_many_sources_is_limited_together(house: House) -> None:
    verdicts = [
        house.phone.ask(remote_address=f"203.0.{net}.{host}", call_id=f"{net}-{host}")
        for net in range(4)
        for host in range(250)
    ]
    assert verdicts.count(Refuse(stranger=True)) == 50


def test_everything_refused_is_counted_but_the_ack_of_our_answer(house: House) -> None:
    house.phone.ask(remote_address=STRANGER)
    house.phone.ask(remote_address=STRANGER, method="ACK", to_tag="ours")
    house.phone.ask(remote_address=STRANGER, method="OPTIONS")
    assert house.agent.list_state().refused == 2


def test_direct_device_passes_with_its_encryption(house: House) -> None:
    house.configure(
        devices=(replace(BELL, media_encryption=MediaEncryption.SDES_REQUIRED),)
    )
    assert house.phone.ask() == Pass(
        proof=Proof.ADDRESS, encryption=MediaEncryption.SDES_REQUIRED
    )


def test_mapped_address_is_the_ipv4_address(house: House) -> None:
    assert isinstance(house.phone.ask(remote_address=f"::ffff:{DOOR}"), Pass)


def test_ipv6_address_in_another_spelling(house: House) -> None:
    house.configure(devices=(DeviceConfig(id="six", addresses=("2001:DB8:0::1",)),))
    assert isinstance(house.phone.ask(remote_address="2001:db8::1"), Pass)


def test_token_proves_the_account_from_any_address(house: House) -> None:
    verdict = house.phone.ask(over_pbx(house), remote_address=STRANGER)
    assert verdict == Pass(
        proof=Proof.TOKEN, account="pbx", encryption=MediaEncryption.SDES_OPTIONAL
    )


def test_token_is_that_of_the_configuration(house: House) -> None:
    assert house.token() == ACCOUNT.token
    old = over_pbx(house)
    house.configure(accounts=(replace(ACCOUNT, token="4" * 32),))
    assert house.token() == "4" * 32
    assert house.phone.registered == ["pbx", "pbx"]
    assert isinstance(house.phone.ask(old, remote_address=STRANGER), Refuse)
    now = over_pbx(house)
    assert isinstance(house.phone.ask(now, remote_address=STRANGER), Pass)


def test_address_of_the_pbx_is_weak_proof(house: House) -> None:
    verdict = house.phone.ask(over_pbx(house), uri="sip:600@192.0.2.1")
    assert isinstance(verdict, Pass)
    assert (verdict.proof, verdict.account) == (Proof.ADDRESS, "pbx")


def test_trusted_network_is_weak_proof(house: House) -> None:
    house.configure(
        accounts=(replace(ACCOUNT, trusted_networks=("203.0.113.0/24", "nonsense")),)
    )
    verdict = house.phone.ask(
        over_pbx(house), uri="sip:600@192.0.2.1", remote_address=STRANGER
    )
    assert isinstance(verdict, Pass)
    assert verdict.proof is Proof.ADDRESS
    outside = house.phone.ask(
        over_pbx(house), uri="sip:600@192.0.2.1", remote_address="2001:db8::66"
    )
    assert outside == Refuse(stranger=True)


def test_outbound_proxy_is_an_address_of_the_pbx(house: House) -> None:
    house.configure(accounts=(replace(ACCOUNT, outbound_proxy="sip:203.0.113.9;lr"),))
    verdict = house.phone.ask(
        over_pbx(house), uri="sip:600@192.0.2.1", remote_address="203.0.113.9"
    )
    assert isinstance(verdict, Pass)


def test_name_that_is_resolved_anew_moves_the_proof(house: House) -> None:
    moved = replace(
        over_pbx(house), uri="sip:600@192.0.2.1", remote_address="198.51.100.77"
    )
    assert house.phone.ask(moved) == Refuse(stranger=True)
    house.agent.set_host(HostConfig(name="pbx.example", addresses=("198.51.100.77",)))
    assert isinstance(house.phone.ask(moved), Pass)


@pytest.mark.parametrize(
    ("transport", "passes"),
    [(Transport.UDP, False), (Transport.TCP, False), (Transport.TLS, True)],
)
def test_address_is_no_proof_on_a_weaker_transport(
    house: House, transport: Transport, passes: bool
) -> None:
    house.configure(accounts=(replace(ACCOUNT, transport=Transport.TLS),))
    verdict = house.phone.ask(
        over_pbx(house), uri="sip:600@192.0.2.1", transport=transport
    )
    assert isinstance(verdict, Pass) is passes


@pytest.mark.parametrize(
    ("verified", "proof"), [(True, Proof.TLS), (False, Proof.CONNECTION)]
)
def test_own_connection_proves_the_account(
    house: House, verified: bool, proof: Proof
) -> None:
    house.configure(accounts=(replace(ACCOUNT, transport=Transport.TLS),))
    house.register(connection=9, tls_verified=verified)
    flow: dict[str, Any] = {
        "transport": Transport.TLS,
        "outgoing": True,
        "uri": "sip:600@192.0.2.1",
    }
    request = replace(over_pbx(house), remote_address=STRANGER, **flow)
    verdict = house.phone.ask(request, connection=9)
    assert isinstance(verdict, Pass)
    assert (verdict.proof, verdict.account) == (proof, "pbx")
    assert house.phone.ask(request, connection=10) == Refuse(stranger=True)
    house.phone.report("pbx", RegistrationState.UNREACHABLE)
    assert house.phone.ask(request, connection=9) == Refuse(stranger=True)


@pytest.mark.parametrize(
    ("uri", "account"),
    [
        ("sip:600@192.0.2.1", "pbx"),
        ("sip:700@192.0.2.1", "second"),
        ("sip:nobody@192.0.2.1", "pbx"),
    ],
)
def test_accounts_on_one_connection_are_told_apart_by_name(
    house: House, uri: str, account: str
) -> None:
    house.configure(accounts=(ACCOUNT, replace(SECOND, username="700")))
    house.register(connection=9)
    house.register("second", connection=9)
    request = over_pbx(house)
    verdict = house.phone.ask(
        request,
        uri=uri,
        to_uri="sip:x@y.example",
        connection=9,
        remote_address=STRANGER,
    )
    assert isinstance(verdict, Pass)
    assert verdict.account == account


def test_accounts_on_one_connection_are_told_apart_by_token(house: House) -> None:
    house.configure(accounts=(ACCOUNT, SECOND))
    house.register(connection=9)
    house.register("second", connection=9)
    verdict = house.phone.ask(
        over_pbx(house), uri=house.contact("second"), connection=9
    )
    assert isinstance(verdict, Pass)
    assert (verdict.account, verdict.proof) == ("second", Proof.CONNECTION)


@pytest.mark.parametrize(
    ("user", "account"), [("600", "pbx"), ("700", "second"), ("x", "pbx")]
)
def test_accounts_at_one_address_are_told_apart_by_name(
    house: House, user: str, account: str
) -> None:
    house.configure(accounts=(ACCOUNT, replace(SECOND, username="700")))
    verdict = house.phone.ask(
        over_pbx(house),
        uri=f"sip:{user}@192.0.2.1",
        to_uri="sip:x@y.example",
        from_uri="sip:unknown@pbx.example",
    )
    assert isinstance(verdict, Pass)
    assert verdict.account == account


def test_device_of_another_account_is_not_who_calls(house: House) -> None:
    house.configure(accounts=(ACCOUNT, replace(SECOND, username="700")))
    house.phone.press(
        over_pbx(house),
        uri="sip:700@192.0.2.1",
        to_uri="sip:700@pbx.example",
        from_uri="sip:200@pbx.example",
    )
    assert (house.call().account, house.call().device) == ("second", None)


def test_removed_account_has_no_token(house: House) -> None:
    request = replace(over_pbx(house), remote_address=STRANGER)
    house.configure(accounts=())
    assert house.phone.ask(request) == Refuse(stranger=True)


@pytest.mark.parametrize(
    ("device", "account", "expected"),
    [
        ("sdes_optional", "sdes_optional", "sdes_optional"),
        ("none", "sdes_required", "sdes_required"),
        ("sdes_required", "none", "sdes_required"),
        ("dtls", "sdes_optional", "dtls"),
    ],
)
def test_stricter_encryption_counts(
    house: House, device: str, account: str, expected: str
) -> None:
    gate = DeviceConfig(
        id="gate", account="pbx", user="200", media_encryption=MediaEncryption(device)
    )
    house.configure(
        accounts=(replace(ACCOUNT, media_encryption=MediaEncryption(account)),),
        devices=(gate,),
    )
    verdict = house.phone.ask(over_pbx(house))
    assert isinstance(verdict, Pass)
    assert verdict.encryption == expected


@pytest.mark.parametrize(
    ("defect", "status"),
    [
        ("size", 413),
        ("sdp-size", 413),
        ("multipart", 415),
        ("body", 415),
        ("sdp-rtpmap", 488),
        ("sdp-line", 400),
        ("headers", 400),
    ],
)
def test_defect_of_a_listed_peer_is_named(
    house: House, defect: str, status: int
) -> None:
    assert house.phone.ask(defect=defect) == Refuse(status=status)
    assert house.phone.ask(method="OPTIONS", defect=defect) == Refuse(status=status)


@pytest.mark.parametrize("missing", ["call_id", "from_uri", "to_uri"])
def test_invite_without_essentials_never_rings(house: House, missing: str) -> None:
    facts: dict[str, Any] = {missing: ""}
    assert house.phone.ask(**facts) == Refuse(status=400)


def test_replaces_is_refused(house: House) -> None:
    assert house.phone.ask(has_replaces=True) == Refuse(status=403)


@pytest.mark.parametrize(
    ("method", "verdict"),
    [
        ("OPTIONS", Pass(proof=Proof.ADDRESS)),
        ("REFER", Refuse(status=603)),
        ("SUBSCRIBE", Refuse(status=489)),
        ("PUBLISH", Refuse(status=489)),
        ("NOTIFY", Refuse(status=481)),
        ("BYE", Refuse(status=481)),
        ("CANCEL", Refuse(status=481)),
        ("ACK", Drop()),
        ("MESSAGE", Refuse(status=400)),
        ("REGISTER", Refuse(status=405)),
        ("NONSENSE", Refuse(status=405)),
    ],
)
@pytest.mark.parametrize("source", [DOOR, PBX])
def test_other_requests_of_listed_peers(
    house: House, method: str, verdict: object, source: str
) -> None:
    assert house.phone.ask(method=method, remote_address=source) == verdict


@pytest.mark.parametrize(
    ("address", "port", "passes"),
    [
        ("192.0.2.1", 5060, True),
        ("127.0.0.1", 5060, True),
        ("127.0.0.1", 5070, False),
        ("not an address", 5060, False),
    ],
)
def test_our_own_options_pass(
    house: House, address: str, port: int, passes: bool
) -> None:
    verdict = house.phone.ask(
        method="OPTIONS", remote_address=address, remote_port=port
    )
    assert isinstance(verdict, Pass) is passes


IN_DIALOG: dict[str, Any] = {"to_tag": "ours", "dialog": True, "transaction": False}


@pytest.mark.parametrize(
    "method", ["ACK", "BYE", "INVITE", "UPDATE", "INFO", "OPTIONS", "PRACK", "CANCEL"]
)
def test_peer_may_go_on_in_its_dialog(house: House, method: str) -> None:
    house.phone.press()
    assert isinstance(house.phone.ask(method=method, **IN_DIALOG), Pass)


@pytest.mark.parametrize(
    ("method", "status"),
    [("REFER", 603), ("SUBSCRIBE", 489), ("NOTIFY", 481), ("MESSAGE", 400)],
)
def test_peer_may_not_do_this_in_its_dialog(
    house: House, method: str, status: int
) -> None:
    house.phone.press()
    assert house.phone.ask(method=method, **IN_DIALOG) == Refuse(status=status)


def test_defect_in_a_dialog(house: House) -> None:
    house.phone.press()
    assert house.phone.ask(**IN_DIALOG, defect="sdp-media") == Refuse(status=488)
    assert house.phone.ask(**IN_DIALOG, method="ACK", defect="body") == Drop()


@pytest.mark.parametrize("source", [STRANGER, "192.0.2.20"])
def test_nobody_else_gets_into_a_dialog(house: House, source: str) -> None:
    house.phone.press()
    for method in ("ACK", "BYE", "UPDATE", "INFO", "CANCEL", "REFER"):
        verdict = house.phone.ask(method=method, remote_address=source, **IN_DIALOG)
        assert verdict == Drop()
    assert house.phone.ask(remote_address=source, **IN_DIALOG) == Refuse(stranger=True)


def test_nobody_else_cancels(house: House) -> None:
    house.phone.press()
    cancel: dict[str, Any] = {"method": "CANCEL", "transaction": True}
    assert house.phone.ask(remote_address=STRANGER, **cancel) == Drop()
    assert isinstance(house.phone.ask(**cancel), Pass)


def test_listed_peer_without_dialog_hears_so(house: House) -> None:
    gone: dict[str, Any] = {"to_tag": "old", "call_id": "gone"}
    assert house.phone.ask(method="BYE", **gone) == Refuse(status=481)
    assert house.phone.ask(**gone) == Refuse(status=481)
    assert house.phone.ask(method="ACK", **gone) == Drop()


def test_peer_whose_call_is_over_hears_so(house: House) -> None:
    house.phone.cancel(house.phone.press())
    assert house.phone.ask(method="BYE", to_tag="ours") == Refuse(status=481)


def test_retransmissions_of_a_passed_invite_reach_its_transaction(house: House) -> None:
    house.phone.press()
    assert isinstance(house.phone.ask(transaction=True), Pass)
    assert isinstance(
        house.phone.ask(method="ACK", to_tag="ours", transaction=True), Pass
    )


@pytest.mark.parametrize(
    ("transport", "passes"), [(Transport.TCP, True), (Transport.TLS, False)]
)
def test_bye_over_a_new_connection(
    house: House, transport: Transport, passes: bool
) -> None:
    house.phone.press(transport=transport, connection=3)
    bye: dict[str, Any] = {"method": "BYE", "transport": transport, **IN_DIALOG}
    assert isinstance(house.phone.ask(connection=3, **bye), Pass)
    assert isinstance(house.phone.ask(connection=4, **bye), Pass) is passes
    elsewhere: dict[str, Any] = {"connection": 4, "remote_address": STRANGER}
    assert house.phone.ask(**elsewhere, **bye) == Drop()


def test_pbx_may_end_a_call_from_any_of_its_addresses(house: House) -> None:
    house.phone.press(over_pbx(house), remote_address=STRANGER)
    bye = replace(over_pbx(house), method="BYE", **IN_DIALOG)
    assert isinstance(house.phone.ask(bye), Pass)
    assert isinstance(house.phone.ask(bye, remote_address=STRANGER), Pass)
    assert house.phone.ask(bye, remote_address="203.0.113.67") == Drop()


def test_pbx_may_end_a_call_over_its_new_connection(house: House) -> None:
    house.configure(accounts=(replace(ACCOUNT, transport=Transport.TLS),))
    house.register(connection=5)
    tls: dict[str, Any] = {"transport": Transport.TLS, "remote_address": STRANGER}
    house.phone.press(over_pbx(house), connection=5, **tls)
    house.register(connection=6)
    bye = replace(over_pbx(house), method="BYE", **IN_DIALOG, **tls)
    assert isinstance(house.phone.ask(bye, connection=6), Pass)
    assert house.phone.ask(bye, connection=7) == Drop()


def test_call_over_a_connection_is_not_ended_from_its_address(house: House) -> None:
    house.phone.press(transport=Transport.TLS, connection=7)
    forged = house.phone.ask(**IN_DIALOG, method="BYE")
    assert forged == Drop()
    own = house.phone.ask(
        **IN_DIALOG, method="BYE", transport=Transport.TLS, connection=7
    )
    assert isinstance(own, Pass)


def test_call_id_of_another_call_makes_no_peer(house: House) -> None:
    house.phone.press()
    house.phone.press(
        remote_address="192.0.2.20", from_uri="sip:192.0.2.20", from_tag="b2"
    )
    stolen = house.phone.ask(**IN_DIALOG, method="BYE", remote_address="192.0.2.20")
    assert stolen == Drop()
    assert isinstance(house.phone.ask(**IN_DIALOG, method="BYE"), Pass)
