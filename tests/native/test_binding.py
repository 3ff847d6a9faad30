"""The allow-list is what Python sees of the library, all of it and no more."""

from pathlib import Path

import pytest

from native.builder.binding import (
    ALLOWED,
    MEMBERSHIP,
    SHARED,
    allows,
    chosen,
    directives,
    names,
    patterns,
    share_membership,
)
from native.builder.library import GATE
from native.builder.run import BuildError

EVERY = {
    "Call",
    "Call.answer",
    "Call.hangup",
    "CallInfo",
    "CallInfo.state",
    "IntVector",
    "IntVector.append",
    "PJSIP_SC_OK",
    "PJSIP_SC_RINGING",
    "pjmedia_tone_desc",
}
INTERFACE = "%template(IntVector)          std::vector<int>;\n"


def test_module_has_what_the_list_has(release: Path) -> None:
    """Each name of the module is allowed, and each line of the list names something."""
    found = names((release / "pjsua2.py").read_text())
    lines = patterns(GATE / ALLOWED)
    assert {"Call.makeCall", "GateRequest.requestUri", "PJSIP_INV_STATE_EARLY"} <= found
    assert chosen(found, lines) == found


def test_lines_are_said_once() -> None:
    """A line that another one covers would stay when that one goes."""
    lines = patterns(GATE / ALLOWED)
    covered = [
        line
        for line in lines
        if sum(allows(other, line) for other in lines if "*" in other or other == line)
        != 1
    ]
    assert not covered
    assert len(lines) == len(set(lines))


def test_classes_share_their_membership(release: Path) -> None:
    """One property for all classes: SWIG's text for it is still the one we know."""
    module = (release / "pjsua2.py").read_text()
    assert module.count(MEMBERSHIP) == 1
    assert module.count(SHARED) > 50
    assert share_membership("class A:\n    pass\n") == "class A:\n    pass\n"


def test_a_member_brings_its_class() -> None:
    """Nothing else of the class comes along."""
    assert chosen(EVERY, ["Call.answer"]) == {"Call", "Call.answer"}
    assert chosen(EVERY, ["CallInfo"]) == {"CallInfo"}


def test_stars() -> None:
    """A star stands for members of one class, or for constants."""
    assert chosen(EVERY, ["Call.*"]) == {"Call", "Call.answer", "Call.hangup"}
    assert chosen(EVERY, ["PJSIP_SC_*"]) == {"PJSIP_SC_OK", "PJSIP_SC_RINGING"}


@pytest.mark.parametrize("slip", ["Call.awnser", "Cal.answer", "PJSIP_OK", "call.*"])
def test_a_slip_of_the_pen_stops_the_build(slip: str) -> None:
    """The message names the line."""
    with pytest.raises(BuildError, match=slip.replace("*", r"\*")):
        chosen(EVERY, ["Call.answer", slip])


def test_directives() -> None:
    """Each name is spelled as C++ has it."""
    unwanted = EVERY - {"Call", "Call.answer", "CallInfo", "IntVector"}
    assert directives(unwanted, INTERFACE).splitlines() == [
        "%ignore pj::Call::hangup;",
        "%ignore pj::CallInfo::state;",
        "%ignore std::vector<int>::append;",
        "%ignore PJSIP_SC_OK;",
        "%ignore PJSIP_SC_RINGING;",
        "%ignore pjmedia_tone_desc;",
    ]


def test_names() -> None:
    """What Python and SWIG have for themselves is no name of the interface."""
    module = (
        "import weakref\n__version__ = 1\ndef _helper(): pass\nX = 1\n"
        "class A:\n    thisown = 1\n    y = property()\n    def z(self): pass\n"
        "    def __init__(self): pass\n"
    )
    assert names(module) == {"X", "A", "A.y", "A.z"}
