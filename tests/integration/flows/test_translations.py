"""Tests that every form, error and choice has its text."""

from collections.abc import Iterable
import json
from pathlib import Path
from typing import Any

from homeassistant.data_entry_flow import section
from homeassistant.helpers import config_validation as cv
from homeassistant.helpers.selector import SelectSelector
import probatio
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.sip_intercom import flows
from custom_components.sip_intercom.const import DOMAIN
from custom_components.sip_intercom.flows import (
    account,
    device_form,
    number,
    options,
    phone,
    reauth,
    registration,
    user_agent,
)

FLOWS = Path(flows.__file__).parent
TEXTS: dict[str, Any] = json.loads(
    (FLOWS.parent / "translations" / "en.json").read_text()
)
ENTRY = MockConfigEntry(domain=DOMAIN)
DEVICE_SCHEMA = device_form.device_schema(ENTRY, registered=False)
REGISTERED_SCHEMA = device_form.device_schema(ENTRY, registered=True)
DEVICE_TEXTS = TEXTS["config_subentries"]["device"]["step"]
FORMS = [
    (TEXTS["config"]["step"]["user"], user_agent.SCHEMA),
    (TEXTS["config"]["step"]["reconfigure"], user_agent.SCHEMA),
    (TEXTS["config"]["step"]["reauth_confirm"], reauth.SCHEMA),
    (TEXTS["config"]["step"]["discovery_confirm"], device_form.IDENTITY),
    (TEXTS["options"]["step"]["init"], options.SCHEMA),
    *(
        (TEXTS["config_subentries"][kind]["step"][step], schema)
        for kind, schema in (
            ("account", account.SCHEMA),
            ("number", number.number_schema(ENTRY)),
        )
        for step in ("user", "reconfigure")
    ),
    (DEVICE_TEXTS["user"], DEVICE_SCHEMA),
    (DEVICE_TEXTS["reconfigure"], REGISTERED_SCHEMA),
    (DEVICE_TEXTS["registration"], registration.REGISTRATION),
    (TEXTS["config"]["step"]["phone_confirm"], phone.FORM),
]


@pytest.mark.parametrize(("texts", "schema"), FORMS)
def test_every_field_has_name_and_description(
    texts: dict[str, Any], schema: probatio.Schema
) -> None:
    fields = {str(key): value for key, value in schema.schema.items()}
    sections = {key for key, value in fields.items() if isinstance(value, section)}
    assert texts["title"]
    assert texts["description"]
    for part in ("data", "data_description"):
        assert set(texts[part]) == set(fields) - sections
        for name in sections:
            inner = {str(key) for key in fields[name].schema.schema}
            assert set(texts["sections"][name][part]) == inner


@pytest.mark.parametrize(("texts", "schema"), FORMS)
def test_every_choice_has_a_text(
    texts: dict[str, Any], schema: probatio.Schema
) -> None:
    for selector in _selectors(schema):
        key = selector.config["translation_key"]
        for option in selector.config["options"]:
            choices = TEXTS["selector"][key]["options"]
            assert choices[option if isinstance(option, str) else option["value"]]


@pytest.mark.parametrize(("texts", "schema"), FORMS)
def test_every_form_can_be_sent_to_the_frontend(
    texts: dict[str, Any], schema: probatio.Schema
) -> None:
    fields = probatio.to_field_list(schema, custom_serializer=cv.custom_serializer)
    assert [field["name"] for field in json.loads(json.dumps(fields))] == [
        str(key) for key in schema.schema
    ]


def _selectors(schema: probatio.Schema) -> Iterable[SelectSelector]:
    for validator in schema.schema.values():
        if isinstance(validator, section):
            yield from _selectors(validator.schema)
        elif isinstance(validator, SelectSelector):
            yield validator
