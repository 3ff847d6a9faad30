"""Who registers: credentials, nonces, bindings and their end."""

from dataclasses import replace
from typing import Any

import pytest

from custom_components.sip_intercom.lib.sipagent.agent.request import (
    Challenge,
    Drop,
    Hop,
    Pass,
    Refuse,
    Reply,
)
from custom_components.sip_intercom.lib.sipagent.protocol.bindings import Binding
from custom_components.sip_intercom.lib.sipagent.protocol.calls import Proof
from custom_components.sip_intercom.lib.sipagent.protocol.commands import Dial
from custom_components.sip_intercom.lib.sipagent.protocol.config import (
    DigestAlgorithm,
    RegistrarConfig,
    Transport,
    UserAgentConfig,
)
from custom_components.sip_intercom.lib.sipagent.protocol.messages import (
    BindingsChanged,
    CredentialsRefused,
    ServerSought,
)

from .fake_phone import INVITE
from .house import House
from .stations import GATE, STATIONS, Stations, contact, query, register


@pytest.fixture
def house() -> Stations:
    """Return a house whose devices register."""
    return Stations()


def contacts(reply: Reply) -> list[str]:
    """Return the Contact header fields of an answer."""
    return [value for name, value in reply.headers if name == "Contact"]


# REGISTER.


def test_without_devices_that_register_there_is_no_registrar() -> None:
    house = House()
    house.agent.configure(UserAgentConfig())
    assert house.phone.ask(register()) == Drop()
    assert isinstance(house.phone.ask(INVITE), Refuse)


def test_challenge_then_binding(house: Stations) -> None:
    challenge = house.challenge(register())
    assert challenge.algorithms == (DigestAlgorithm.MD5,)
    assert challenge.stale is False
    reply = house.bind(expires=120)
    assert reply.status == 200
    assert contacts(reply) == [f"<sip:201@{GATE}:5062>;expires=120"]
    assert house.bindings() == [f"sip:201@{GATE}:5062"]


def test_other_users_are_not_registered_for(house: Stations) -> None:
    reply = house.send(register("202"), "201")
    assert reply == Reply(status=403)
    assert house.bindings("202") == []


def test_expiry_of_contact_then_header_then_ours(house: Stations) -> None:
    reply = house.bind("201", expires=None)
    assert contacts(reply) == [f"<sip:201@{GATE}:5062>;expires=3600"]
    reply = house.send(register("201", contact(expires=90), expires=600))
    assert isinstance(reply, Reply)
    assert contacts(reply) == [f"<sip:201@{GATE}:5062>;expires=90"]
    reply = house.bind(expires=99999)
    assert contacts(reply) == [f"<sip:201@{GATE}:5062>;expires=3600"]


def test_too_brief(house: Stations) -> None:
    reply = house.bind(expires=59)
    assert reply == Reply(status=423, headers=(("Min-Expires", "60"),))
    assert house.bindings() == []


def test_all_or_nothing(house: Stations) -> None:
    house.bind()
    reply = house.send(
        register("201", contact(expires=0), contact("sip:201@192.0.2.32", expires=5))
    )
    assert isinstance(reply, Reply)
    assert reply.status == 423
    assert contacts(house.send(query())) == [f"<sip:201@{GATE}:5062>;expires=300"]  # type: ignore[arg-type]


def test_query_changes_nothing(house: Stations) -> None:
    house.bind()
    told = len(house.events)
    reply = house.send(query(expires=None))
    assert isinstance(reply, Reply)
    assert contacts(reply) == [f"<sip:201@{GATE}:5062>;expires=300"]
    assert len(house.events) == told


def test_several_contacts_and_one_that_goes(house: Stations) -> None:
    other = contact("sip:201@192.0.2.32", q=0.5)
    house.send(register("201", contact(), other))
    assert house.bindings() == [f"sip:201@{GATE}:5062", "sip:201@192.0.2.32"]
    house.send(register("201", contact(expires=0)))
    assert house.bindings() == ["sip:201@192.0.2.32"]


def test_star(house: Stations) -> None:
    house.send(register("201", contact(), contact("sip:201@192.0.2.32")))
    assert house.bind(star=True, expires=300).status == 400
    assert len(house.bindings()) == 2
    assert house.bind(star=True, expires=0).status == 200
    assert house.bindings() == []


def test_star_is_alone(house: Stations) -> None:
    request = register("201", contact(), expires=0)
    assert request.register
    both = replace(request, register=replace(request.register, star=True))
    assert house.send(both) == Reply(status=400)


@pytest.mark.parametrize("cseq", [5, 4])
def test_what_is_out_of_order_changes_nothing(house: Stations, cseq: int) -> None:
    house.bind(call_id="one", cseq=5)
    assert house.bind(call_id="one", cseq=cseq, expires=0).status == 500
    assert house.bind(call_id="one", cseq=cseq, star=True, expires=0).status == 500
    assert house.bindings()
    assert house.bind(call_id="one", cseq=6, expires=0).status == 200
    assert house.bindings() == []


def test_restarted_station_has_another_call_id(house: Stations) -> None:
    house.bind(call_id="one", cseq=500)
    assert house.bind(call_id="two", cseq=1).status == 200


def test_instance_replaces_its_older_contact(house: Stations) -> None:
    old = contact("sip:201@192.0.2.31:1", instance="<urn:uuid:1>", reg_id=1)
    new = contact("sip:201@192.0.2.31:2", instance="<urn:uuid:1>", reg_id=1)
    house.send(register("201", old))
    reply = house.send(register("201", new))
    assert house.bindings() == ["sip:201@192.0.2.31:2"]
    assert isinstance(reply, Reply)
    assert contacts(reply) == [
        '<sip:201@192.0.2.31:2>;expires=300;+sip.instance="<urn:uuid:1>";reg-id=1'
    ]


def test_oldest_of_many_gives_way(house: Stations) -> None:
    for port in range(9):
        house.send(register("201", contact(f"sip:201@{GATE}:{6000 + port}")))
        house.clock.now += 1
    assert len(house.bindings()) == 8
    assert f"sip:201@{GATE}:6000" not in house.bindings()
    many = [contact(f"sip:201@{GATE}:{7000 + port}") for port in range(9)]
    assert house.send(register("201", *many)) == Reply(status=400)


@pytest.mark.parametrize("uri", ["tel:201", "http://x", "", "sip:", "nonsense"])
def test_contacts_that_cannot_be_called(house: Stations, uri: str) -> None:
    assert house.send(register("201", contact(uri))) == Reply(status=416)


def test_required_extensions(house: Stations) -> None:
    reply = house.bind(required=frozenset({"path", "gruu"}))
    assert reply == Reply(status=420, headers=(("Unsupported", "gruu"),))
    path = ("<sip:192.0.2.9;lr>",)
    reply = house.bind(required=frozenset({"path"}), path=path)
    assert ("Path", path[0]) in reply.headers
    assert ("Supported", "path") in reply.headers


def test_endless_path(house: Stations) -> None:
    path = tuple(f"<sip:proxy{number}.example;lr>" for number in range(64))
    assert house.bind(path=path) == Reply(status=400)


def test_defects_are_refused_once_it_is_known_who_asks(house: Stations) -> None:
    assert house.send(register(defect="size")) == Refuse(status=400)


def test_bindings_end(house: Stations) -> None:
    house.bind(expires=60)
    house.clock.now += 59
    house.agent.tick()
    assert house.bindings()
    house.clock.now += 2
    house.agent.tick()
    assert house.bindings() == []


def test_repetition_is_left_to_its_transaction(house: Stations) -> None:
    house.bind()
    told, refused = len(house.events), house.agent.list_state().refused
    assert isinstance(house.phone.ask(register(transaction=True)), Pass)
    assert len(house.events) == told
    assert house.agent.list_state().refused == refused


# Credentials and nonces.


def test_refresh_needs_no_new_challenge(house: Stations) -> None:
    challenge = house.challenge(register())
    for number in (1, 2, 7):
        house.show(nonce=challenge.nonce, nc=number)
        reply = house.phone.ask(register())
        assert isinstance(reply, Reply)
        assert reply.status == 200


@pytest.mark.parametrize("nc", [0, 1, 2])
def test_replayed_count_is_stale(house: Stations, nc: int) -> None:
    challenge = house.challenge(register())
    house.show(nonce=challenge.nonce, nc=2)
    assert isinstance(house.phone.ask(register()), Reply)
    house.show(nonce=challenge.nonce, nc=nc)
    again = house.phone.ask(register())
    assert isinstance(again, Challenge)
    assert again.stale is True


def test_older_form_uses_its_nonce_up(house: Stations) -> None:
    challenge = house.challenge(register())
    for expected in (Reply, Challenge):
        house.show(nonce=challenge.nonce, qop="", nc=0)
        assert isinstance(house.phone.ask(register()), expected)


def test_nonce_is_for_one_address(house: Stations) -> None:
    challenge = house.challenge(register())
    house.show(nonce=challenge.nonce)
    elsewhere = house.phone.ask(register(remote_address="192.0.2.66"))
    assert isinstance(elsewhere, Challenge)
    assert elsewhere.stale is True


def test_nonce_ages(house: Stations) -> None:
    challenge = house.challenge(register())
    house.clock.now += 3601
    house.show(nonce=challenge.nonce)
    assert isinstance(house.phone.ask(register()), Challenge)


def test_stale_nonces_lock_nobody_out(house: Stations) -> None:
    """Who forges an address never has a nonce that was sent there."""
    for _ in range(50):
        house.show(nonce="forged", password=False)
        house.phone.ask(register())
        house.clock.now += 0.2
    assert house.bind().status == 200


def test_algorithm_that_was_not_offered(house: Stations) -> None:
    for algorithm in (None, DigestAlgorithm.SHA_256):
        assert isinstance(house.send(register(), algorithm=algorithm), Challenge)


def test_strong_algorithms_only() -> None:
    registrar = RegistrarConfig(algorithms=(DigestAlgorithm.SHA_256,))
    house = Stations(config=replace(STATIONS, registrar=registrar))
    assert house.challenge(register()).algorithms == (DigestAlgorithm.SHA_256,)
    assert isinstance(house.send(register()), Challenge)


def test_unknown_users_hear_and_cost_the_same(house: Stations) -> None:
    known = house.send(register("201"), "201", password=False)
    unknown = house.send(register("999"), "999", password=False)
    assert isinstance(known, Challenge)
    assert isinstance(unknown, Challenge)
    assert replace(known, nonce="") == replace(unknown, nonce="")
    (_, _, one), (_, _, other) = house.phone.verified
    assert len(one) == len(other) == 32


# Guessing.


def guess(house: Stations, user: str = "201", address: str = GATE) -> Any:
    """Show a wrong password."""
    return house.send(register(user, remote_address=address), user, password=False)


def test_guessing_waits_twice_as_long_each_time(house: Stations) -> None:
    for _ in range(3):
        assert isinstance(guess(house), Challenge)
    for wait in (2, 4, 8, 16):
        assert isinstance(guess(house), Challenge)
        assert isinstance(guess(house), Drop)
        house.clock.now += wait - 0.5
        assert isinstance(guess(house), Drop)
        house.clock.now += 1
    house.clock.now += 300
    assert house.bind().status == 200
    assert isinstance(guess(house), Challenge)


def test_longest_wait(house: Stations) -> None:
    for _ in range(40):
        guess(house)
        house.clock.now += 301
    (guesser,) = house.agent.list_state().guessers
    assert guesser.attempts == 40


def test_repeated_guess_counts_once(house: Stations) -> None:
    request = register()
    challenge = house.challenge(request)
    for _ in range(10):
        house.show(nonce=challenge.nonce, password=False)
        assert isinstance(house.phone.ask(request), Challenge)
    assert house.agent.list_state().guessers[0].attempts == 1


def test_guesser_does_not_lock_out_the_device(house: Stations) -> None:
    for _ in range(20):
        guess(house, address="192.0.2.66")
        house.clock.now += 1
    assert isinstance(guess(house, address="192.0.2.66"), Drop)
    assert house.bind().status == 200
    assert house.bind(remote_address="192.0.2.77").status == 200


def test_guesser_of_many_users_waits_as_a_whole(house: Stations) -> None:
    house.bind("202", remote_address="192.0.2.66")
    for number in range(11):
        guess(house, f"90{number}", "192.0.2.66")
    assert isinstance(guess(house, "999", "192.0.2.66"), Drop)
    assert isinstance(guess(house, "201", "192.0.2.66"), Drop)
    # Who has been right from there is not made to wait.
    assert house.bind("202", remote_address="192.0.2.66").status == 200


def test_guesses_are_told_at_a_bearable_pace(house: Stations) -> None:
    for number in range(9):
        guess(house, f"90{number}")
    house.clock.now += 1
    house.agent.tick()
    told = [event for event in house.events if isinstance(event, CredentialsRefused)]
    assert len(told) == 1
    assert told[0].guesser.known is False
    house.clock.now += 2
    house.agent.tick()
    assert len([e for e in house.events if isinstance(e, CredentialsRefused)]) == 2


def test_new_password_forgives(house: Stations) -> None:
    for _ in range(5):
        guess(house)
    assert isinstance(guess(house), Drop)
    house.agent.configure(replace(STATIONS, devices=STATIONS.devices[1:]))
    house.agent.configure(STATIONS)
    assert house.bind().status == 200


def test_flood_of_challenges_is_limited_for_strangers_only(house: Stations) -> None:
    house.bind()
    house.show_nothing()
    strangers = [
        house.phone.ask(register(remote_address="192.0.2.66")) for _ in range(100)
    ]
    assert sum(isinstance(each, Drop) for each in strangers) > 40
    known = [house.phone.ask(register()) for _ in range(100)]
    assert all(isinstance(each, Challenge) for each in known)


# What a binding is good for.


def test_hop_is_where_it_came_from(house: Stations) -> None:
    house.bind(remote_port=40000)
    house.agent.dial(Dial(device="device-201"))
    (leg,) = house.phone.legs.values()
    assert leg.uri == f"sip:201@{GATE}:5062"
    # The contact names the very source, so that its own port counts.
    assert leg.hop == Hop(transport=Transport.UDP, address=GATE, port=5062)


def test_contact_behind_a_router(house: Stations) -> None:
    house.send(register("201", contact("sip:201@10.0.0.5:5060"), remote_port=40000))
    house.agent.dial(Dial(device="device-201"))
    (leg,) = house.phone.legs.values()
    assert leg.uri == "sip:201@10.0.0.5:5060"
    assert leg.hop == Hop(transport=Transport.UDP, address=GATE, port=40000)


def test_path_leads_only_to_the_source(house: Stations) -> None:
    path = ("<sip:203.0.113.9;lr>",)
    house.bind(path=path, remote_port=40000)
    house.agent.dial(Dial(device="device-201"))
    (leg,) = house.phone.legs.values()
    assert leg.hop == Hop(transport=Transport.UDP, address=GATE, port=40000, path=path)


def test_connection_is_kept_and_used(house: Stations) -> None:
    house.bind(transport=Transport.TCP, connection=7, remote_port=40000)
    assert house.phone.kept == {7}
    house.agent.dial(Dial(device="device-201"))
    (leg,) = house.phone.legs.values()
    assert leg.hop
    assert (leg.hop.connection, leg.hop.port) == (7, 40000)
    house.phone.listener.on_connection_lost(7)
    house.phone.close(leg, status=487)
    house.agent.dial(Dial(device="device-201"))
    leg = list(house.phone.legs.values())[-1]
    assert leg.hop
    assert (leg.hop.connection, leg.hop.port) == (0, 5062)


def test_connection_is_let_go_with_its_last_binding(house: Stations) -> None:
    house.bind(transport=Transport.TCP, connection=7)
    house.bind(transport=Transport.TCP, connection=7, expires=0)
    assert house.phone.kept == set()


def test_call_over_its_own_connection_needs_no_password(house: Stations) -> None:
    house.bind(transport=Transport.TCP, connection=7)
    house.show_nothing()
    facts = {"transport": Transport.TCP, "connection": 7, "remote_address": GATE}
    verdict = house.phone.ask(INVITE, **facts)
    assert isinstance(verdict, Pass)
    assert verdict.proof is Proof.CONNECTION
    assert verdict.hop
    assert isinstance(house.phone.ask(INVITE, **{**facts, "connection": 8}), Challenge)


def test_shared_connection_proves_nobody(house: Stations) -> None:
    house.bind("201", transport=Transport.TCP, connection=7)
    house.bind("202", transport=Transport.TCP, connection=7)
    house.show_nothing()
    verdict = house.phone.ask(INVITE, transport=Transport.TCP, connection=7)
    assert isinstance(verdict, Challenge)


def test_proxied_connection_proves_nobody(house: Stations) -> None:
    path = ("<sip:192.0.2.9;lr>",)
    house.bind("201", transport=Transport.TCP, connection=7, path=path)
    house.show_nothing()
    verdict = house.phone.ask(INVITE, transport=Transport.TCP, connection=7)
    assert isinstance(verdict, Challenge)


def test_call_is_challenged_and_is_the_devices(house: Stations) -> None:
    leg = house.ring("201")
    (call,) = house.agent.list_state().calls
    assert (call.device, call.proof) == ("device-201", Proof.DIGEST)
    assert leg.sent == [180]


def test_address_alone_never_rings(house: Stations) -> None:
    house.bind()
    house.show_nothing()
    verdict = house.phone.ask(INVITE, remote_address=GATE, from_uri=f"sip:201@{GATE}")
    assert isinstance(verdict, Challenge)


def test_options_of_a_registered_device_are_answered(house: Stations) -> None:
    options = {"method": "OPTIONS", "remote_address": GATE}
    assert house.phone.ask(INVITE, **options) == Drop()
    house.bind()
    assert isinstance(house.phone.ask(INVITE, **options), Pass)


def test_challenge_of_a_device_is_no_refusal(house: Stations) -> None:
    house.ring("201")
    house.bind("202")
    assert house.agent.list_state().refused == 0
    house.show_nothing()
    house.phone.ask(INVITE, from_uri="sip:999@192.0.2.66", call_id="other")
    assert house.agent.list_state().refused == 1


# What outlives an agent.


def stored(**changes: Any) -> Binding:
    """Return a binding that an agent has told."""
    values: dict[str, Any] = {
        "device": "device-201",
        "contact": f"sip:201@{GATE}:5062",
        "expires_at": 4_000_000_000.0,
        "transport": Transport.UDP,
        "address": GATE,
        "port": 5062,
        "call_id": "one",
        "cseq": 5,
        **changes,
    }
    return Binding(**values)


def test_restored_bindings_count(house: Stations) -> None:
    gone = stored(contact="sip:201@192.0.2.40", expires_at=1.0)
    foreign = stored(device="nobody")
    house.agent.restore((stored(), gone, foreign))
    assert house.bindings() == [f"sip:201@{GATE}:5062"]
    house.agent.dial(Dial(device="device-201"))
    assert house.bind(call_id="one", cseq=5).status == 500
    assert house.bind(call_id="one", cseq=6).status == 200


def test_newer_binding_is_not_overwritten(house: Stations) -> None:
    house.bind(call_id="two", cseq=9)
    house.agent.restore((stored(),))
    (binding,) = house.agent.list_state().bindings
    assert binding.call_id == "two"


def test_device_that_is_removed_loses_its_bindings(house: Stations) -> None:
    house.bind(transport=Transport.TCP, connection=7)
    house.agent.configure(replace(STATIONS, devices=STATIONS.devices[1:]))
    assert house.bindings() == []
    assert house.phone.kept == set()
    assert house.agent.list_state().bindings == ()


def test_every_refresh_is_told(house: Stations) -> None:
    house.bind()
    house.bind()
    told = [event for event in house.events if isinstance(event, BindingsChanged)]
    assert len(told) == 2


# Phones that look for a server.

SEARCH = replace(
    INVITE,
    method="SUBSCRIBE",
    uri="sip:MAC%3a000413AABBCC@224.0.1.75",
    from_uri="sip:MAC%3a000413AABBCC@224.0.1.75",
    remote_address="192.0.2.50",
    event_package='ua-profile;profile-type="device";vendor="snom\x07";model="D785"',
)


@pytest.fixture
def seeker() -> Stations:
    """Return a house that wants to find phones."""
    registrar = RegistrarConfig(find_phones=True)
    return Stations(config=replace(STATIONS, registrar=registrar))


def sought(house: Stations) -> list[ServerSought]:
    """Return the phones that were told."""
    return [event for event in house.events if isinstance(event, ServerSought)]


def test_phone_is_told_once(seeker: Stations) -> None:
    assert seeker.phone.finds_phones
    for _ in range(3):
        assert seeker.phone.ask(SEARCH) == Drop()
    (phone,) = sought(seeker)
    assert (phone.mac, phone.vendor, phone.model) == ("000413aabbcc", "snom", "D785")
    seeker.clock.now += 601
    seeker.phone.ask(SEARCH)
    assert len(sought(seeker)) == 2


def test_flood_of_phones(seeker: Stations) -> None:
    for number in range(100):
        seeker.phone.ask(
            replace(SEARCH, from_uri=f"sip:MAC%3a0004130000{number:02}@224.0.1.75")
        )
    assert len(sought(seeker)) == 1


def test_nobody_is_told_if_not_wanted(house: Stations) -> None:
    house.phone.ask(SEARCH)
    assert sought(house) == []
    assert not house.phone.finds_phones
