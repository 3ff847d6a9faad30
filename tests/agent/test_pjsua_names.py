"""The agent uses no name of pjsua2 that its library does not have."""

from pathlib import Path

from native.builder.binding import ALLOWED, allows, patterns
from native.builder.library import GATE
from tests.pjsua_uses import Uses, names_of, stub_members

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "custom_components/sip_intercom/lib/sipagent/agent/pjsua"
STUB = stub_members(ROOT / "typings" / "pjsua2.pyi")


def not_allowed(names: set[str]) -> set[str]:
    """Return the names that the allow-list does not have."""
    lines = patterns(GATE / ALLOWED)
    classes = {line.partition(".")[0] for line in lines}
    return {
        name
        for name in names
        if name not in classes and not any(allows(line, name) for line in lines)
    }


def test_uses_are_allowed() -> None:
    """A callback that is not on the list would never be called, without a word."""
    found = Uses(PACKAGE, STUB).found
    assert {
        "Call.onCallSdpCreated",  # overridden
        "Call.hangup",  # called on itself
        "AccountMediaConfig.transportConfig",  # set in settings made elsewhere
        "SipTransaction.statusCode",  # at the end of a parameter's members
        "CallMediaInfo.status",  # of what a loop goes through
        "LogWriter.write",
        "Gate.buildInfo",
        "Error.reason",
        "GATE_PASS",
    } <= found
    assert not not_allowed(found)


def test_stub_is_allowed() -> None:
    """Types of all other uses are checked against the stub; it invents no names."""
    assert not not_allowed(names_of(STUB))


def test_uses_are_in_the_stub() -> None:
    """The stub has what the types were told from."""
    assert Uses(PACKAGE, STUB).found <= names_of(STUB)
