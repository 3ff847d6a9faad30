"""Calls that end in unusual ways leave the next ones alone."""

import pytest

from .conftest import Gatekeeper
from .sip import SDP, Peer, peer

OFFER = SDP.format(port=4000)
ZERO = "aib3aib5"  # PJSIP's hash of it is 0


def answered(keeper: Gatekeeper, door: Peer) -> tuple[str, str]:
    """Return the id of an answered call and our tag in it."""
    call = f"calls-{door.port}"
    door.send(door.request("INVITE", "answer", body=OFFER, call=call))
    tag = door.final().header("To").rpartition("tag=")[2]
    door.send(door.request("ACK", call=call, to_tag=tag))
    keeper.wait("call", lambda one: one["id"] == call and one["state"] == 5)
    return call, tag


def test_late_answer_of_an_ended_call(keeper: Gatekeeper, door: Peer) -> None:
    """What a call still hears after its end is not told to its successor."""
    first, _ = answered(keeper, door)
    keeper.command("hold", call=first)
    hold = door.asked("INVITE")
    keeper.command("hang_up", call=first)
    door.answer(door.asked("BYE"), "200 OK")
    with peer(keeper.udp) as next_door:
        second, tag = answered(keeper, next_door)
        door.answer(hold, "488 Not Acceptable Here")
        door.asked("ACK")
        keeper.command("statistics", call=second)
        assert keeper.wait("statistics")["packets"] == 0
        bye = next_door.request("BYE", call=second, cseq=2, to_tag=tag)
        next_door.send(bye)
        assert next_door.final().status == 200
        ended = keeper.wait("call", lambda one: one["state"] == 6)
        assert ended["id"] == second


def test_calls_that_end_together(keeper: Gatekeeper, door: Peer) -> None:
    """Each call ends with one DISCONNECTED, however many end together."""
    doors = [Peer(keeper.udp) for _ in range(6)]
    try:
        started = [answered(keeper, one) for one in doors]
        for one, (call, tag) in zip(doors, started, strict=True):
            one.send(one.request("BYE", call=call, cseq=2, to_tag=tag))
        ended = {
            keeper.wait("call", lambda one: one["state"] == 6)["id"] for _ in doors
        }
        assert ended == {call for call, _ in started}
    finally:
        for one in doors:
            one.close()


def test_tag_whose_hash_is_zero(keeper: Gatekeeper, door: Peer) -> None:
    """A caller's tag may have any hash."""

    def tagged(message: str) -> str:
        return message.replace(f"tag=from-{door.port}", f"tag={ZERO}")

    call = f"zero-{door.port}"
    door.send(tagged(door.request("INVITE", "answer", body=OFFER, call=call)))
    tag = door.final().header("To").rpartition("tag=")[2]
    names = {"call": call, "to_tag": tag}
    door.send(tagged(door.request("ACK", **names)))
    door.send(tagged(door.request("BYE", cseq=2, **names)))
    assert door.final().status == 200


@pytest.mark.parametrize("transport", ["udp", "tcp"])
def test_send_that_fails_at_once(keeper: Gatekeeper, transport: str) -> None:
    """A request that the system refuses to send has failed, and nothing else has."""
    registrar = f"sip:255.255.255.255;transport={transport}"
    for number in range(20):
        keeper.command("register", registrar=registrar, user=f"{transport}{number}")
        assert keeper.wait("registration")["status"] >= 500
