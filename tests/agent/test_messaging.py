"""Texts: told with their proof, refused for strangers, limited, and sent."""

from typing import Any

import pytest

from custom_components.sip_intercom.lib.sipagent.agent.request import (
    Drop,
    Pass,
    Refuse,
    Reply,
)
from custom_components.sip_intercom.lib.sipagent.protocol.calls import Proof
from custom_components.sip_intercom.lib.sipagent.protocol.commands import Callee
from custom_components.sip_intercom.lib.sipagent.protocol.errors import (
    CommandError,
    MessageFailedError,
    NoSuchDeviceError,
    NotRegisteredError,
)
from custom_components.sip_intercom.lib.sipagent.protocol.messages import (
    MessageReceived,
)

from .fake_phone import DOOR
from .house import BELL, PBX, House

TEXT = {"method": "MESSAGE", "text": "ALERT=1"}
TAKEN = Reply(status=200)


@pytest.fixture
def house() -> House:
    """Return a configured house."""
    house = House()
    house.configure()
    return house


def told(house: House) -> list[MessageReceived]:
    """Return the texts that were told."""
    return house.of(MessageReceived)


def test_text_of_a_device(house: House) -> None:
    assert house.phone.ask(**TEXT) == TAKEN
    (message,) = told(house)
    assert message.device == "bell"
    assert message.text == "ALERT=1"
    assert message.proof is Proof.ADDRESS
    assert (message.caller, message.caller_name) == ("door", "Front door")


def test_text_over_an_account(house: House) -> None:
    house.register()
    facts = {"remote_address": PBX, "from_uri": "sip:77@pbx.example"}
    assert house.phone.ask(**TEXT, **facts, uri=house.contact()) == TAKEN
    (message,) = told(house)
    assert (message.device, message.account, message.caller) == (None, "pbx", "77")
    assert message.proof is Proof.TOKEN


@pytest.mark.parametrize(
    "facts",
    [
        {"remote_address": "203.0.113.9"},
        {"remote_address": "203.0.113.9", "from_uri": f"sip:door@{DOOR}"},
        {"remote_address": "203.0.113.9", "asserted_identity": "sip:200@pbx.example"},
    ],
)
def test_strangers_are_not_heard(house: House, facts: dict[str, Any]) -> None:
    assert house.phone.ask(**TEXT, **facts) == Drop()
    assert told(house) == []


@pytest.mark.parametrize("text", ["", " \r\n ", "\x00\x01"])
def test_nothing_to_read(house: House, text: str) -> None:
    verdict = house.phone.ask(**{**TEXT, "text": text})
    assert verdict == Refuse(status=400)
    assert told(house) == []


def test_text_is_made_fit_to_show(house: House) -> None:
    house.phone.ask(**{**TEXT, "text": "a\r\n\x1b[31mb" + "c" * 5000})
    (message,) = told(house)
    assert message.text.startswith("a [31mbc")
    assert len(message.text) == 1024


def test_defective_text(house: House) -> None:
    assert house.phone.ask(**TEXT, defect="body") == Refuse(status=415)


def test_repetition_is_told_once(house: House) -> None:
    house.phone.ask(**TEXT)
    assert isinstance(house.phone.ask(**TEXT, transaction=True), Pass)
    assert len(told(house)) == 1


def test_flood(house: House) -> None:
    verdicts = [house.phone.ask(**TEXT, cseq=number) for number in range(50)]
    assert verdicts[-1] == Refuse(status=503)
    assert len(told(house)) < 20
    house.pass_time(10)
    assert house.phone.ask(**TEXT) == TAKEN


def test_text_in_a_call(house: House) -> None:
    leg = house.phone.press()
    house.agent.answer(house.call().id)
    house.phone.acknowledge(leg)
    facts = {"to_tag": "b", "dialog": True}
    assert house.phone.ask(**TEXT, **facts) == TAKEN
    assert told(house)[0].device == "bell"
    foreign = house.phone.ask(**TEXT, **facts, remote_address="203.0.113.9")
    assert foreign == Drop()
    assert len(told(house)) == 1


def test_text_is_sent(house: House) -> None:
    outcomes: list[CommandError | None] = []
    house.agent.send_message(Callee(device="bell"), "hello", outcomes.append)
    ((uri, text, account, hop, done),) = house.phone.texts
    assert (uri, text, account, hop) == (BELL.uri, "hello", None, None)
    done(MessageFailedError("404"))
    assert isinstance(outcomes[0], MessageFailedError)


def test_text_over_an_account_is_sent(house: House) -> None:
    to = Callee(target="612", account="pbx")
    with pytest.raises(NotRegisteredError):
        house.agent.send_message(to, "hello", lambda _: None)
    house.register()
    house.agent.send_message(to, "hello", lambda _: None)
    assert house.phone.texts[0][:3] == ("sip:612@pbx.example", "hello", "pbx")


def test_unknown_addressee(house: House) -> None:
    with pytest.raises(NoSuchDeviceError):
        house.agent.send_message(Callee(device="none"), "hello", lambda _: None)


def test_notify_only_while_a_transfer_is_under_way(house: House) -> None:
    leg = house.phone.press()
    call = house.call().id
    house.agent.answer(call)
    house.phone.acknowledge(leg)
    notify = {"method": "NOTIFY", "to_tag": "b", "dialog": True}
    assert house.phone.ask(**notify) == Refuse(status=481)
    house.agent.transfer(call, "sip:612@192.0.2.9", lambda _: None)
    assert isinstance(house.phone.ask(**notify), Pass)
    leg.transfers[0][1](MessageFailedError("603"))
    assert house.phone.ask(**notify) == Refuse(status=481)
