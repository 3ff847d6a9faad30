"""Whatever a request holds, strangers hear the same and nothing breaks."""

from dataclasses import fields, replace
import random

import pytest

from custom_components.sip_intercom.lib.sipagent.agent.request import (
    Drop,
    Pass,
    Refuse,
    Request,
)
from custom_components.sip_intercom.lib.sipagent.protocol.config import Transport

from .fake_phone import DOOR, INVITE
from .house import PBX, House

STRANGER = "203.0.113.66"
TEXTS = (
    "",
    " ",
    "\x00",
    "\r\nInjected: yes",
    "sip:",
    "sip:@",
    "sip:a@[::",
    "sip:%00%ff@x",
    "sip:door@192.0.2.10",
    "sip:200@pbx.example;line=" + "f" * 32,
    "sip:x;line=",
    "sips:" + "a" * 5000 + "@x",
    "tel:" + "1" * 500,
    "<sip:200@pbx.example>",
    "\ud800\u202e\u0661",
    "9" * 10000,
    "multipart",
    "sdp-rtpmap",
    "-1",
)
METHODS = ("INVITE", "ACK", "BYE", "CANCEL", "OPTIONS", "REFER", "", "\x00", "invite")
ADDRESSES = (STRANGER, "", "x", "::ffff:203.0.113.66", "fe80::1%eth0", "0.0.0.0")


def request(dice: random.Random, address: str) -> Request:
    """Return a request that somebody made up."""
    made_up = {
        field.name: dice.choice(TEXTS)
        for field in fields(Request)
        if dice.random() < 0.4
    }
    return replace(
        INVITE,
        **made_up
        | {
            "method": dice.choice(METHODS),
            "transport": dice.choice(list(Transport)),
            "connection": dice.choice([0, 1, 2**63]),
            "cseq": dice.choice([0, -1, 2**31]),
            "local_port": 5060,
            "remote_port": dice.choice([0, 1, 65535]),
            "remote_address": address,
            "transaction": dice.random() < 0.2,
            "dialog": dice.random() < 0.3,
            "outgoing": dice.random() < 0.5,
            "tls_verified": dice.random() < 0.5,
            "has_replaces": dice.random() < 0.2,
        },  # type: ignore[arg-type]
    )


@pytest.mark.parametrize("seed", range(10))
def test_strangers_hear_the_same_whatever_they_send(house: House, seed: int) -> None:
    dice = random.Random(seed)
    for _ in range(300):
        made_up = request(dice, dice.choice(ADDRESSES))
        verdict = house.phone.ask(made_up)
        if made_up.method == "INVITE":
            assert verdict in (Refuse(stranger=True), Drop())
        else:
            assert verdict == Drop()
        house.pass_time(1)
    assert house.told() == []


@pytest.mark.parametrize("seed", range(10))
def test_listed_peers_break_nothing(house: House, seed: int) -> None:
    dice = random.Random(seed)
    for _ in range(300):
        made_up = request(dice, dice.choice([DOOR, PBX]))
        verdict = house.phone.ask(made_up)
        if isinstance(verdict, Pass) and made_up.method == "INVITE":
            house.phone.press(made_up)
        house.pass_time(1)
    house.pass_time(70)
    assert house.agent.is_idle
