"""Which device, button and account a call is."""

from dataclasses import replace
from typing import Any

import pytest

from custom_components.sip_intercom.lib.sipagent.agent.request import Pass, Refuse
from custom_components.sip_intercom.lib.sipagent.protocol.config import (
    ButtonConfig,
    DeviceConfig,
    Transport,
)

from .fake_phone import DOOR, INVITE
from .house import GATE, PBX, House


def over_pbx(house: House, **facts: Any) -> str | None:
    """Return the device that a call over the PBX is."""
    house.phone.press(replace(INVITE, remote_address=PBX, uri=house.contact(), **facts))
    return house.call().device


@pytest.mark.parametrize(
    ("facts", "device"),
    [
        ({"from_uri": "sip:200@pbx.example"}, "gate"),
        ({"from_uri": "sip:201@pbx.example"}, "gate"),
        ({"from_uri": "tel:201"}, "gate"),
        ({"from_uri": "<sip:2-0-1@pbx.example>"}, "gate"),
        ({"from_uri": "sip:202@pbx.example"}, None),
        ({"from_uri": "sip:door@192.0.2.10"}, None),
        ({"from_uri": "sip:anonymous@anonymous.invalid"}, None),
        (
            {
                "from_uri": "sip:anonymous@anonymous.invalid",
                "asserted_identity": "sip:200@pbx.example",
            },
            "gate",
        ),
    ],
)
def test_caller_decides_over_an_account(
    house: House, facts: dict[str, Any], device: str | None
) -> None:
    assert over_pbx(house, **facts) == device
    assert house.call().account == "pbx"


@pytest.mark.parametrize(
    ("asserted", "device", "caller"),
    [
        ("sip:0301234@pbx.example", None, "0301234"),
        ("sip:201@pbx.example", "gate", "201"),
        ("sip:Anonymous@pbx.example", "gate", "200"),
        ("sip:pbx.example", "gate", "200"),
        ("", "gate", "200"),
    ],
)
def test_from_is_only_believed_where_the_pbx_asserts_nobody(
    house: House, asserted: str, device: str | None, caller: str
) -> None:
    facts = {"from_uri": "sip:200@pbx.example", "asserted_identity": asserted}
    assert over_pbx(house, **facts) == device
    assert house.call().caller == caller


def test_unknown_caller_rings_the_account(house: House) -> None:
    assert over_pbx(house, from_uri="sip:0301234@pbx.example") is None
    call = house.call()
    assert (call.account, call.caller, call.button) == ("pbx", "0301234", None)


def test_asserted_identity_names_the_caller_over_an_account(house: House) -> None:
    over_pbx(house, from_uri="sip:1@x.example", asserted_identity="sip:2@x.example")
    assert house.call().caller == "2"


def test_device_of_an_account_does_not_match_directly(house: House) -> None:
    gate = replace(GATE, addresses=("192.0.2.30",))
    house.configure(devices=(gate,))
    verdict = house.phone.ask(
        remote_address="192.0.2.30", from_uri="sip:200@pbx.example"
    )
    assert verdict == Refuse(stranger=True)


def test_account_device_without_user_takes_any_caller(house: House) -> None:
    house.configure(devices=(DeviceConfig(id="any", account="pbx"), GATE))
    assert over_pbx(house, from_uri="sip:200@pbx.example") == "gate"
    assert over_pbx(house, from_uri="sip:9@pbx.example", call_id="2") == "any"


@pytest.mark.parametrize(
    ("uri", "transports"),
    [
        ("sip:192.0.2.30", {"udp", "tcp", "tls"}),
        ("sip:192.0.2.30;transport=udp", {"udp", "tcp", "tls"}),
        ("sip:192.0.2.30;transport=tcp", {"tcp", "tls"}),
        ("sip:192.0.2.30;transport=tls", {"tls"}),
        ("sips:192.0.2.30", {"tls"}),
        ("", {"udp", "tcp", "tls"}),
    ],
)
def test_direct_device_calls_over_its_transport_or_a_better_one(
    house: House, uri: str, transports: set[str]
) -> None:
    house.configure(
        devices=(DeviceConfig(id="lock", addresses=("192.0.2.30",), uri=uri),)
    )
    facts: dict[str, Any] = {"remote_address": "192.0.2.30"}
    for transport in Transport:
        passes = transport in transports
        for method in ("INVITE", "OPTIONS"):
            verdict = house.phone.ask(transport=transport, method=method, **facts)
            assert isinstance(verdict, Pass) is passes, (method, transport)


def test_device_that_calls_over_a_weaker_transport_is_told_once(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    house.configure(
        devices=(
            DeviceConfig(id="lock", addresses=(DOOR,), uri=f"sip:{DOOR};transport=tls"),
        )
    )
    for number in "123":
        house.phone.ask(remote_address=DOOR, call_id=number)
    assert [DOOR in record.getMessage() for record in caplog.records] == [True]


def test_devices_of_one_address_are_told_apart_by_transport(house: House) -> None:
    house.configure(
        devices=(
            DeviceConfig(id="old", addresses=(DOOR,), uri=f"sip:{DOOR}"),
            DeviceConfig(
                id="new", user="new", addresses=(DOOR,), uri=f"sip:{DOOR};transport=tls"
            ),
        )
    )
    house.phone.press(from_uri=f"sip:new@{DOOR}", transport=Transport.UDP)
    assert house.call().device == "old"
    house.phone.press(
        from_uri=f"sip:new@{DOOR}", transport=Transport.TLS, connection=7, call_id="2"
    )
    assert house.call().device == "new"


SHARED = (
    DeviceConfig(id="front", addresses=(DOOR,), user="front", callers=("f2",)),
    DeviceConfig(id="back", addresses=(DOOR,), user="back"),
)


@pytest.mark.parametrize(
    ("user", "device"), [("front", "front"), ("F2", "front"), ("back", "back")]
)
def test_address_and_user(house: House, user: str, device: str) -> None:
    house.configure(devices=SHARED)
    house.phone.press(from_uri=f"sip:{user}@{DOOR}")
    assert house.call().device == device


def test_address_that_several_devices_have_needs_the_user(house: House) -> None:
    house.configure(devices=SHARED)
    assert house.phone.ask(from_uri="sip:side@192.0.2.10") == Refuse(stranger=True)
    assert house.phone.ask(from_uri="") == Refuse(stranger=True)


def test_device_for_any_user_takes_the_rest_of_an_address(house: House) -> None:
    house.configure(devices=(*SHARED, DeviceConfig(id="rest", addresses=(DOOR,))))
    house.phone.press(from_uri="sip:side@192.0.2.10")
    assert house.call().device == "rest"


def test_address_alone(house: House) -> None:
    house.phone.press(from_uri="sip:whoever@192.0.2.10")
    assert house.call().device == "bell"


def test_account_and_caller_before_address(house: House) -> None:
    bell = DeviceConfig(id="bell", addresses=(PBX,))
    house.configure(devices=(bell, GATE))
    facts: dict[str, Any] = {"remote_address": PBX, "uri": "sip:600@192.0.2.1"}
    house.phone.press(from_uri="sip:200@pbx.example", **facts)
    assert (house.call().device, house.call().account) == ("gate", "pbx")
    house.phone.press(from_uri="sip:9@pbx.example", call_id="2", **facts)
    assert (house.call().device, house.call().account) == ("bell", None)


@pytest.mark.parametrize(
    ("facts", "button"),
    [
        ({"uri": "sip:101@192.0.2.1"}, "ground"),
        ({"uri": "sip:102@192.0.2.1"}, "first"),
        ({"uri": "sip:102@192.0.2.1;transport=udp;transport=udp"}, "first"),
        ({"uri": "sip:x@192.0.2.1", "to_uri": "sip:102@192.0.2.1"}, "first"),
        ({"uri": "sip:192.0.2.1"}, None),
        ({"uri": "sip:103@192.0.2.1"}, None),
    ],
)
def test_button_is_what_was_dialled(
    house: House, facts: dict[str, Any], button: str | None
) -> None:
    house.phone.press(remote_address="192.0.2.20", **facts)
    assert house.call().button == button


@pytest.mark.parametrize(
    ("facts", "button", "called"),
    [
        ({"to_uri": "sip:9@pbx.example"}, "side", "9"),
        ({"called_party": "sip:9@pbx.example"}, "side", "9"),
        ({"to_uri": "sip:8@pbx.example"}, None, "8"),
    ],
)
def test_button_over_an_account(
    house: House, facts: dict[str, Any], button: str | None, called: str
) -> None:
    gate = replace(
        GATE,
        buttons=(
            ButtonConfig(id="side", number="9"),
            ButtonConfig(id="blank", number=""),
        ),
    )
    house.configure(devices=(gate,))
    over_pbx(house, from_uri="sip:200@pbx.example", **facts)
    assert (house.call().button, house.call().called) == (button, called)


def test_button_that_a_later_leg_tells(house: House) -> None:
    panel: dict[str, Any] = {"remote_address": "192.0.2.20"}
    house.phone.press(**panel)
    house.phone.press(uri="sip:101@192.0.2.1", call_id="2", **panel)
    assert house.agent.list_state().calls[0].button == "ground"


def test_unknown_callers_without_number_are_different_rings(house: House) -> None:
    nobody: dict[str, Any] = {"from_uri": "sip:pbx.example"}
    over_pbx(house, **nobody)
    over_pbx(house, call_id="2", **nobody)
    assert len(house.agent.list_state().calls) == 2


def test_names_are_made_fit_to_show(house: House) -> None:
    house.phone.press(from_name="Front\n\x1b[31m \u202edoor\x00" + "!" * 100)
    name = house.call().caller_name
    assert name.startswith("Front [31m door")
    assert len(name) == 64


def test_configuration_that_vanished_between_verdict_and_leg(house: House) -> None:
    leg = house.phone.press()
    house.phone.cancel(leg)
    house.configure(devices=())
    house.phone.listener.on_incoming_leg(house.phone.passed[-1])
    assert house.call().device is None
