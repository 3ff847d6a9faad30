"""Tests of what the forms accept."""

from types import MappingProxyType
from typing import Any

from homeassistant.config_entries import ConfigSubentry
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.sip_intercom.const import DOMAIN, SUBENTRY_DEVICE
from custom_components.sip_intercom.flows.discovery import NUMBER_PUNCTUATION, clean
from custom_components.sip_intercom.flows.forms import FormError
from custom_components.sip_intercom.flows.names import (
    check_host,
    check_networks,
    check_target,
    check_text,
    check_user,
    check_users,
    joined,
)
from custom_components.sip_intercom.flows.overlap import (
    Addresses,
    Identity,
    device_unique_id,
    find_caller,
    find_overlap,
)


def device(address: str, account: str = "direct", *callers: str) -> dict[str, Any]:
    """Return the data of a device."""
    return {"address": address, "account": account, "callers": list(callers)}


def entry_with(*devices: dict[str, Any]) -> MockConfigEntry:
    """Return an entry with these devices, each titled with its address."""
    return MockConfigEntry(
        domain=DOMAIN,
        subentries_data=[
            ConfigSubentry(
                data=MappingProxyType(data),
                subentry_type=SUBENTRY_DEVICE,
                title=data["address"],
                unique_id=device_unique_id(data),
            ).as_dict()
            for data in devices
        ],
    )


@pytest.mark.parametrize(
    ("typed", "user"),
    [
        ("homeassistant", "homeassistant"),
        ("+49 (30) 123-4", "+49301234"),
        ("**610", "**610"),
        (" front.door ", "front.door"),
        ("#1", "#1"),
    ],
)
def test_user_is_brought_into_one_form(typed: str, user: str) -> None:
    assert check_user(typed, "invalid_username") == user


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "two words",
        "10.0.0.1",
        "door@10.0.0.1",
        "sip:door@10.0.0.1",
        "sip:user.invalid",
        'a"b',
        "a\r\nVia: b",
        "door:5060",
    ],
)
def test_what_is_no_user_is_refused(typed: str) -> None:
    with pytest.raises(FormError) as err:
        check_user(typed, "invalid_username", field="username")
    assert err.value.errors == {"username": "invalid_username"}
    assert err.value.placeholders == {"value": typed}


def test_users_are_told_once() -> None:
    assert check_users(["11", "1 1", "12"], "invalid_caller") == ["11", "12"]


@pytest.mark.parametrize(
    ("typed", "host"),
    [
        ("PBX.Local", "pbx.local"),
        ("192.168.1.2", "192.168.1.2"),
        ("[FD00::1]", "fd00::1"),
    ],
)
def test_host_is_brought_into_one_form(typed: str, host: str) -> None:
    assert check_host(typed, "invalid_host") == host


@pytest.mark.parametrize(
    "typed", ["", "pbx local", "-pbx", "pbx:5060", "1.2.3", "a..b"]
)
def test_what_is_no_host_is_refused(typed: str) -> None:
    with pytest.raises(FormError, match="invalid_host"):
        check_host(typed, "invalid_host")


@pytest.mark.parametrize(
    "typed", ["pbx.example:5070", "sip:pbx.example;lr", "10.0.0.1"]
)
def test_target_with_a_host_is_taken(typed: str) -> None:
    assert check_target(typed, "invalid_outbound_proxy").host


@pytest.mark.parametrize("typed", ["", "1001", "not a host"])
def test_target_without_a_host_is_refused(typed: str) -> None:
    with pytest.raises(FormError, match="invalid_outbound_proxy"):
        check_target(typed, "invalid_outbound_proxy")


@pytest.mark.parametrize("text", ['a"b', "a\\b", "a\r\nb", "\x00"])
def test_text_that_could_leave_its_header_is_refused(text: str) -> None:
    with pytest.raises(FormError, match="invalid_text"):
        check_text(text)


def test_other_texts_are_taken() -> None:
    check_text("Haustür (außen)")


def test_networks_are_brought_into_one_form() -> None:
    typed = ["10.0.0.5/24", "10.0.0.0/24", "192.168.1.5", "fd00::1/64", "10.1.0.0/8"]
    networks = ["10.0.0.0/24", "192.168.1.5/32", "fd00::/64", "10.0.0.0/8"]
    assert check_networks(typed) == networks


@pytest.mark.parametrize(
    "typed",
    [
        "pbx",
        "10.0.0.0/33",
        "0.0.0.0/0",
        "128.0.0.0/1",
        "10.0.0.0/7",
        "::/0",
        "fc00::/15",
        "::ffff:10.0.0.0/104",
        "fe80::1%eth0",
        "fe80::1%eth0/128",
    ],
)
def test_what_is_no_network_or_everybody_is_refused(typed: str) -> None:
    with pytest.raises(FormError) as err:
        check_networks([typed])
    assert err.value.placeholders == {"value": typed}


@pytest.mark.parametrize(
    ("user", "host", "shown"),
    [
        ("door", "10.0.0.1", "door@10.0.0.1"),
        ("", "10.0.0.1", "10.0.0.1"),
        ("door", "fd00::1", "door@[fd00::1]"),
        ("", "fd00::1", "fd00::1"),
    ],
)
def test_user_and_host_are_joined(user: str, host: str, shown: str) -> None:
    assert joined(user, host) == shown


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (device("10.0.0.1"), device("10.0.0.1")),
        (device("10.0.0.1:5062"), device("sip:10.0.0.1")),
        (device("door@10.0.0.1"), device("sip:Door@10.0.0.1:5062")),
        (device("door@10.0.0.1"), device("10.0.0.1", "direct", "door")),
        (device("10.0.0.1", "direct", "1", "2"), device("2@10.0.0.1")),
        (device("10.0.0.1", "direct", "1"), device("10.0.0.1", "direct", "2")),
        (device("Door.Local"), device("door.local.")),
        (device("door.local"), device("10.0.0.1")),
        (device("door.local"), device("gate.local")),
        (device("11", "pbx"), device("11", "pbx")),
        (device("11", "pbx"), device("sip:11@pbx.example", "pbx")),
        (device("11", "pbx"), device("12", "pbx", "1-1")),
        (device("fd00::1"), device("[FD00:0::1]")),
    ],
)
def test_devices_that_a_call_cannot_tell_apart_overlap(
    one: dict[str, Any], other: dict[str, Any]
) -> None:
    addresses = {"door.local": ["10.0.0.1"], "gate.local": ["10.0.0.2", "10.0.0.1"]}
    found = find_overlap(entry_with(other), one, addresses)
    assert found is not None
    assert found.title == other["address"]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (device("10.0.0.1"), device("10.0.0.2")),
        (device("1@10.0.0.1"), device("2@10.0.0.1")),
        (device("1@10.0.0.1"), device("10.0.0.1")),
        (device("door.local"), device("10.0.0.2")),
        (device("11", "pbx"), device("12", "pbx")),
        (device("11", "pbx"), device("11", "other")),
        (device("11@10.0.0.1"), device("11", "pbx")),
    ],
)
def test_devices_that_a_call_can_tell_apart_do_not_overlap(
    one: dict[str, Any], other: dict[str, Any]
) -> None:
    assert find_overlap(entry_with(other), one, {"door.local": ["10.0.0.1"]}) is None


def test_device_does_not_overlap_itself() -> None:
    entry = entry_with(device("10.0.0.1"))
    own_id = next(iter(entry.subentries))
    assert find_overlap(entry, device("10.0.0.1"), {}, own_id) is None


def test_spellings_of_a_number_are_one_user() -> None:
    identity = Identity.of(device("+49 30/123", "pbx", "+4930123", "DOOR"), {})
    assert identity.users == {"+4930123", "door"}


@pytest.mark.parametrize(
    ("known", "addresses", "user"),
    [
        ([device("10.0.0.1")], {}, "11"),
        ([device("12@10.0.0.1")], {}, "11"),
        ([device("11@10.0.0.1"), device("12@10.0.0.1")], {}, "11"),
        ([device("12@10.0.0.1"), device("10.0.0.1")], {}, "11"),
        ([device("door.local")], {"door.local": ["10.0.0.1"]}, "11"),
    ],
)
def test_caller_is_a_device_already(
    known: list[dict[str, Any]], addresses: Addresses, user: str
) -> None:
    assert find_caller(entry_with(*known), "10.0.0.1", user, addresses)


@pytest.mark.parametrize(
    "known",
    [
        [],
        [device("10.0.0.2")],
        [device("11", "pbx")],
        [device("12@10.0.0.1"), device("13@10.0.0.1")],
    ],
)
def test_caller_is_no_device_yet(known: list[dict[str, Any]]) -> None:
    assert find_caller(entry_with(*known), "10.0.0.1", "11", {}) is None


@pytest.mark.parametrize(
    ("number", "shown"),
    [("**611", "**611"), ("*#1", "*#1"), ("`**1`", "**1"), ("[1](x)", "1 (x)")],
)
def test_numbers_of_strangers_keep_what_can_be_dialled(number: str, shown: str) -> None:
    assert clean(number, NUMBER_PUNCTUATION) == shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Front  door\t", "Front door"),
        ("![x](http://evil.example/x.png)", "x (http //evil.example/x.png)"),
        ("`a` *b* <c>", "a b c"),
        ("a\u202eb\x00c", "a b c"),
        ("Haustu\u0308r", "Haustür"),
        ("x" * 100_000, "x" * 64),
        ("***", ""),
    ],
)
def test_texts_of_strangers_are_made_harmless(text: str, shown: str) -> None:
    assert clean(text) == shown
