"""Calls that end in unusual ways leave the next ones alone."""

from .conftest import Gatekeeper
from .sip import SDP, Peer, peer

OFFER = SDP.format(port=4000)


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
