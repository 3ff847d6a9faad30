"""What is registered can be read back, by PJSIP and by the registrar."""

import pytest

from native.builder.recipe import VARIANTS

from .conftest import Gatekeeper, library
from .sip import HOST, Peer, Response, peer

LINE = ";line=ab12"


@pytest.mark.parametrize("variant", VARIANTS)
@pytest.mark.parametrize("left", [";", ","])
def test_what_the_memory_held_before(variant: str, left: str) -> None:
    """A Contact ends where it ends, whatever lies behind it."""
    # Glibc fills what it gives out with the complement of this byte.
    keeper = Gatekeeper(library(variant), MALLOC_PERTURB_=str(ord(left) ^ 0xFF))
    try:
        with peer(keeper.udp) as registrar:
            keeper.command("register", registrar=at(registrar), parameters=LINE)
            assert contact(registrar).endswith(f"{LINE}>")
    finally:
        keeper.kill()


def test_user_with_a_space(keeper: Gatekeeper) -> None:
    """It is escaped when it is set, and when it is changed."""
    with peer(keeper.udp) as registrar:
        account = {"registrar": at(registrar), "user": "a", "parameters": LINE}
        keeper.command("register", **account)
        assert contact(registrar).startswith("<sip:a@")
        keeper.command("rename", **account, new="a%20b")
        assert contact(registrar).startswith("<sip:a%20b@")


def at(registrar: Peer) -> str:
    """Return the URI of a registrar."""
    return f"sip:{HOST}:{registrar.port}"


def contact(registrar: Peer) -> str:
    """Return the Contact of the next REGISTER that registers, and accept that."""
    while True:
        text = registrar.asked("REGISTER")
        registrar.answer(text, "200 OK")
        request = Response(status=0, text=text)
        if request.header("Expires") != "0":
            return request.header("Contact")
