"""Names become addresses through the gate, and never hold up anything else."""

from .conftest import Gatekeeper
from .sip import Peer


def test_unknown_name_is_asked_for(keeper: Gatekeeper, door: Peer) -> None:
    """A send waits for its name, while everything else goes on."""
    keeper.command("dial", uri=f"sip:bell@Gate.Test:{door.port}")
    assert keeper.wait("resolve")["host"] == "gate.test"
    door.send(door.request("OPTIONS", "busy"))
    assert door.receive().status == 486
    keeper.command("hosts", gate_test=["127.0.0.1"])
    assert door.receive().text.startswith(f"INVITE sip:bell@Gate.Test:{door.port}")


def test_known_name_is_not_asked_for(keeper: Gatekeeper, door: Peer) -> None:
    """A name in the table is used at once, with the port of its service."""
    keeper.command("hosts", pbx_test=[f"127.0.0.1:{door.port}"])
    keeper.command("dial", uri="sip:bell@pbx.test")
    assert door.receive().text.startswith("INVITE sip:bell@pbx.test ")
    assert not [one for one in keeper.waiting() if one["event"] == "resolve"]


def test_name_without_address_fails_the_call(keeper: Gatekeeper) -> None:
    """A name that does not exist ends the call."""
    keeper.command("hosts", nowhere_test=[])
    keeper.command("dial", uri="sip:bell@nowhere.test")
    assert keeper.wait("call", lambda one: one["state"] == 6)["status"] >= 500


def test_only_addresses_are_taken(keeper: Gatekeeper) -> None:
    """A name is no answer to the question for a name."""
    keeper.command("hosts", loop_test=["other.test"])
    assert keeper.wait("error")["reason"]
