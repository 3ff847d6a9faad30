"""Fixtures of the tests of the flows."""

from collections.abc import Generator
import json
from pathlib import Path
from typing import Any
from unittest.mock import AsyncMock, patch

from homeassistant.config_entries import (
    ConfigSubentry,
    ConfigSubentryFlow,
    OptionsFlow,
)
from homeassistant.data_entry_flow import FlowHandler, FlowResult
import pytest

import custom_components.sip_intercom as integration

TEXTS: dict[str, Any] = json.loads(
    Path(integration.__file__).with_name("translations").joinpath("en.json").read_text()
)


@pytest.fixture
def subentries() -> list[ConfigSubentry]:
    """Start without accounts and devices: the flows add them."""
    return []


@pytest.fixture
def try_bind() -> Generator[AsyncMock]:
    """Bind no port; every one is free."""
    with patch(
        "custom_components.sip_intercom.flows.ports.try_bind", autospec=True
    ) as mock:
        yield mock


@pytest.fixture(autouse=True)
def look_up() -> Generator[AsyncMock]:
    """Ask no DNS; every name has the same address."""
    with patch(
        "custom_components.sip_intercom.resolver.SipResolver.async_look_up",
        AsyncMock(return_value=("192.0.2.9",)),
    ) as mock:
        yield mock


@pytest.fixture(autouse=True)
def _every_text_exists() -> Generator[None]:
    """Fail when a flow shows something without a text or without its placeholders."""
    show_form, abort = FlowHandler.async_show_form, FlowHandler.async_abort

    def checked_form(flow: FlowHandler[Any, Any, Any], **form: Any) -> FlowResult:
        texts = _texts(flow)
        step = texts["step"][form["step_id"]]
        errors = [texts["error"][error] for error in form["errors"].values()]
        for text in (step["title"], step["description"], *errors):
            text.format(**form["description_placeholders"])
        result: FlowResult = show_form(flow, **form)
        return result

    def checked_abort(flow: FlowHandler[Any, Any, Any], **end: Any) -> FlowResult:
        if end.get("translation_domain") is None:
            text = _texts(flow)["abort"][end["reason"]]
            text.format(**(end.get("description_placeholders") or {}))
        result: FlowResult = abort(flow, **end)
        return result

    with (
        patch.object(FlowHandler, "async_show_form", checked_form),
        patch.object(FlowHandler, "async_abort", checked_abort),
    ):
        yield


def _texts(flow: FlowHandler[Any, Any, Any]) -> dict[str, Any]:
    """Return the texts of a flow."""
    texts: dict[str, Any]
    match flow:
        case ConfigSubentryFlow():
            texts = TEXTS["config_subentries"][flow.handler[1]]
        case OptionsFlow():
            texts = TEXTS["options"]
        case _:
            texts = TEXTS["config"]
    return texts
