"""Many at once."""

from .calls import ring
from .messages import sdp
from .peer import Peer
from .phones import Phone

SLOTS = 32


def test_every_slot_and_one_more(phone: Phone, peer: Peer) -> None:
    legs = [ring(phone, peer)[1] for _ in range(SLOTS)]
    dialog = peer.dialog()
    peer.send(dialog.request("INVITE", body=sdp(peer.host, 40000)))
    assert peer.receive(status=486).get("Call-ID") == dialog.call_id
    for leg in legs:
        phone.do("end", leg=leg)
        phone.wait("ended", leg=leg)
    _, leg = ring(phone, peer)
    phone.do("end", leg=leg)


def test_flood_of_cancelled_calls_leaks_no_slot(phone: Phone, peer: Peer) -> None:
    phone.do("ring_at_once", enabled=True)
    for _ in range(200):
        dialog = peer.dialog()
        peer.send(dialog.request("INVITE", body=sdp(peer.host, 40000)))
        peer.receive(status=180)
        peer.send(dialog.request("CANCEL", same=True))
        end = peer.receive(status=487, method="INVITE")
        dialog.to = end.get("To")
        peer.send(dialog.request("ACK", same=True))
        phone.wait("ended")
    phone.do("ring_at_once", enabled=False)
    legs = [ring(phone, peer)[1] for _ in range(SLOTS)]
    assert len(set(legs)) == SLOTS
    for leg in legs:
        phone.do("end", leg=leg)


def test_flood_of_strangers_does_not_reach_the_listener(
    phone: Phone, peer: Peer
) -> None:
    phone.do("rules", rules=[{"address": "127.0.0.1"}])
    with Peer(peer.remote, host="127.0.0.9") as stranger:
        for _ in range(20):
            for _ in range(20):
                dialog = stranger.dialog()
                body = sdp(stranger.host, 40000)
                stranger.send(dialog.request("INVITE", body=body))
                stranger.send(dialog.request("CANCEL", same=True))
            for _ in range(20):
                assert stranger.receive(statuses=range(100, 700)).status == 403
        _, leg = ring(phone, peer)
        phone.do("end", leg=leg)
        assert stranger.drain(0.1) == []
    assert phone.seen("incoming") == []
