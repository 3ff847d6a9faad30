"""Tests that everything shown has its text and icon, and that no text is left over."""

import ast
import json
from pathlib import Path
import re
from string import Formatter
from typing import Any

from homeassistant.helpers.entity import EntityDescription
import pytest
import yaml

from custom_components.sip_intercom import (
    button,
    camera,
    const,
    event,
    image,
    lock,
    media_player,
    notify,
    sensor,
    switch,
)
from custom_components.sip_intercom.binary_sensor import REGISTERED
from custom_components.sip_intercom.binding_sensor import BINDING_DESCRIPTIONS
from custom_components.sip_intercom.call_history import (
    LAST_CALL,
    LAST_CALL_DURATION,
    MISSED_CALLS,
)
from custom_components.sip_intercom.dialing import MAX_TIMEOUT
from custom_components.sip_intercom.errors import (
    DOOR_ERRORS,
    INPUT_ERRORS,
    STATE_ERRORS,
)
from custom_components.sip_intercom.failed_start import FAILED_STARTS
from custom_components.sip_intercom.guessing import GUESSING
from custom_components.sip_intercom.last_caller import LAST_CALLER
from custom_components.sip_intercom.lib.sipagent.agent.deadlines import DIAL_LIMIT
from custom_components.sip_intercom.lib.sipagent.protocol.calls import CallReason, Proof
from custom_components.sip_intercom.lib.sipagent.protocol.errors import (
    DoorCallFailedError,
    InvalidOfferError,
    MessageFailedError,
    TonesRefusedError,
    TransferFailedError,
)

COMPONENT = Path(const.__file__).parent
TEXTS: dict[str, Any] = json.loads((COMPONENT / "translations/en.json").read_text())
ICONS: dict[str, Any] = json.loads((COMPONENT / "icons.json").read_text())
ACTIONS: dict[str, Any] = yaml.safe_load((COMPONENT / "services.yaml").read_text())
REPAIRS = ("repairs.py", "device_repairs.py", "station_repairs.py")
SOURCES = {path: path.read_text() for path in COMPONENT.glob("*.py")}

DESCRIPTIONS: dict[str, tuple[EntityDescription, ...]] = {
    "binary_sensor": (REGISTERED,),
    "button": (*button.DESCRIPTIONS, button.OPEN_DOOR, button.RESET),
    "camera": (camera.CAMERA,),
    "image": (image.LAST_VISITOR,),
    "event": (
        event.DOORBELL,
        event.CALL,
        event.TONE,
        event.INCOMING_CALL,
        event.DOOR,
        event.MESSAGE,
        event.PIN,
        GUESSING,
    ),
    "lock": (lock.DOOR,),
    "media_player": (media_player.SPEAKER,),
    "notify": (notify.MESSAGE,),
    "switch": switch.DEVICE_DESCRIPTIONS,
    "sensor": (
        sensor.CALL_STATE,
        LAST_CALLER,
        LAST_CALL,
        LAST_CALL_DURATION,
        MISSED_CALLS,
        sensor.REGISTRATION,
        *sensor.USER_AGENT_DESCRIPTIONS,
        *BINDING_DESCRIPTIONS,
    ),
}


@pytest.mark.parametrize("platform", DESCRIPTIONS)
def test_entities_have_name_and_icon(platform: str) -> None:
    keys = {each.translation_key for each in DESCRIPTIONS[platform]}
    assert set(TEXTS["entity"][platform]) == keys
    assert set(ICONS["entity"][platform]) == keys


def test_no_other_platform_has_texts() -> None:
    assert set(TEXTS["entity"]) == set(DESCRIPTIONS) == set(ICONS["entity"])


@pytest.mark.parametrize("description", DESCRIPTIONS["event"], ids=lambda it: it.key)
def test_event_types_have_texts(description: event.EventEntityDescription) -> None:
    texts = TEXTS["entity"]["event"][description.translation_key]
    states = texts["state_attributes"]["event_type"]["state"]
    assert set(states) == set(description.event_types or ())


@pytest.mark.parametrize("key", ["call", "incoming_call"])
def test_reasons_have_texts(key: str) -> None:
    texts = TEXTS["entity"]["event"][key]["state_attributes"]["reason"]
    assert texts["name"]
    assert set(texts["state"]) == set(CallReason)


@pytest.mark.parametrize(
    ("platform", "key"),
    [
        ("event", "call"),
        ("event", "doorbell"),
        ("event", "incoming_call"),
        ("event", "message"),
        ("sensor", "call_state"),
        ("sensor", "last_caller"),
    ],
)
def test_proofs_have_texts(platform: str, key: str) -> None:
    texts = TEXTS["entity"][platform][key]["state_attributes"]["proof"]
    assert texts["name"]
    assert set(texts["state"]) == set(Proof)


@pytest.mark.parametrize(
    "description", [sensor.CALL_STATE, sensor.REGISTRATION], ids=lambda it: it.key
)
def test_states_have_texts(description: sensor.SensorEntityDescription) -> None:
    texts = TEXTS["entity"]["sensor"][description.translation_key]["state"]
    assert set(texts) == set(description.options or ())


def test_actions_have_texts_and_icons() -> None:
    assert set(TEXTS["services"]) == set(ACTIONS) == set(ICONS["services"])
    for name, action in ACTIONS.items():
        texts = TEXTS["services"][name]
        assert set(texts["fields"]) == set(action["fields"])
        for shown in (texts, *texts["fields"].values()):
            assert shown["name"]
            assert shown["description"].endswith(".")


def test_form_of_the_time_out_allows_what_the_action_does() -> None:
    form = ACTIONS["call"]["fields"]["timeout"]["selector"]["number"]
    assert (form["min"], form["max"]) == (1, MAX_TIMEOUT)
    assert MAX_TIMEOUT == DIAL_LIMIT


def test_every_exception_has_a_text_and_none_is_left_over() -> None:
    used = {error.code for error in (*INPUT_ERRORS, *STATE_ERRORS)}
    used |= set(FAILED_STARTS) | DOOR_ERRORS
    used |= {
        DoorCallFailedError.code,
        InvalidOfferError.code,
        MessageFailedError.code,
        TonesRefusedError.code,
        TransferFailedError.code,
        "no_call_to_ask_in",
        "no_call_to_connect",
    }
    for path, source in SOURCES.items():
        if path.name in REPAIRS:
            continue
        for node in ast.walk(ast.parse(source)):
            used |= _translation_keys(node)
    used -= {each.translation_key for each in _all_descriptions()}
    assert set(TEXTS["exceptions"]) == used


def test_texts_of_exceptions_tell_what_to_do() -> None:
    for text in TEXTS["exceptions"].values():
        assert len(text["message"]) > 10


@pytest.mark.parametrize("key", TEXTS["issues"])
def test_repairs_are_used_and_have_their_placeholders(key: str) -> None:
    named = any(f'"{key}"' in SOURCES[COMPONENT / name] for name in REPAIRS)
    assert named or key in FAILED_STARTS
    given = {
        "account_removed": {"device"},
        "agent_keeps_dying": {"deaths", "log"},
        "native_library_damaged": {"reason"},
        "native_library_missing": {"platform", "folder"},
        "port_lost": {"port", "transport", "address", "reason"},
        "port_lost_to_voip": {"port", "transport", "address", "reason"},
        "restart_needed": set(),
        "station_unregistered": {"device", "minutes", "port"},
        "under_attack": {"source", "attempts"},
    }
    texts = TEXTS["issues"][key]
    assert set(texts) == {"title", "description"}
    for text in texts.values():
        assert _placeholders(text) <= given[key]


@pytest.mark.parametrize("key", FAILED_STARTS)
def test_failed_starts_have_texts_wherever_they_are_told(key: str) -> None:
    for texts in (TEXTS["config"]["error"], TEXTS["exceptions"], TEXTS["issues"]):
        assert key in texts


def test_flat_texts() -> None:
    assert "[%key:" not in (COMPONENT / "translations/en.json").read_text()
    assert not (COMPONENT / "strings.json").exists()


def _all_descriptions() -> list[EntityDescription]:
    return [each for group in DESCRIPTIONS.values() for each in group]


def _placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name}


def _translation_keys(node: ast.AST) -> set[str]:
    """Return the keys that a call names: as translation_key, or first of a maker."""
    if not isinstance(node, ast.Call):
        return set()
    named = [
        word.value
        for word in node.keywords
        if word.arg in {"translation_key", "no_call_key"}
    ]
    if isinstance(node.func, ast.Name) and re.search(
        r"(input|state|command)_error", node.func.id
    ):
        named += node.args[:1]
    return {str(each.value) for each in named if isinstance(each, ast.Constant)}
