"""Tests of the options of the user agent."""

from pathlib import Path
from typing import Any
from unittest.mock import AsyncMock, call

from homeassistant.config_entries import ConfigFlowResult
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.sip_intercom.lib.sipagent.protocol.errors import (
    InvalidAddressError,
    PortInUseError,
    PortNotPermittedError,
)
from tests.fake_agent import FakeAgent

from .helpers import form_defaults, write_certificate

DEFAULTS: dict[str, Any] = {
    "port": 5060,
    "rtp_first": 16384,
    "rtp_last": 16583,
    "unknown_callers": "discover",
    "find_phones": True,
    "digest": "md5",
    "fritz_phonebook": False,
    "record_days": 0,
    "record_format": "opus",
    "record_megabytes": 0,
    "sip_trace": False,
}


async def open_options(hass: HomeAssistant, entry: MockConfigEntry) -> ConfigFlowResult:
    """Open the form."""
    return await hass.config_entries.options.async_init(entry.entry_id)


async def send(
    hass: HomeAssistant, result: ConfigFlowResult, **changes: object
) -> ConfigFlowResult:
    """Send the form."""
    return await hass.config_entries.options.async_configure(
        result["flow_id"], DEFAULTS | changes
    )


async def test_options_apply_without_reload(
    hass: HomeAssistant,
    init_integration: MockConfigEntry,
    fake_agent: FakeAgent,
    try_bind: AsyncMock,
    tmp_path: Path,
) -> None:
    files = write_certificate(tmp_path, "home.example")
    started = fake_agent.starts
    result = await open_options(hass, init_integration)
    assert result["step_id"] == "init"
    assert form_defaults(result) == DEFAULTS

    result = await send(
        hass,
        result,
        port=5070,
        bind_address=" 192.168.1.2 ",
        tls_port=5071,
        tls_certificate=files["certificate"],
        tls_key=files["key"],
        rtp_first=20000,
        rtp_last=20099,
        unknown_callers="ignore",
        find_phones=False,
        digest="strong",
        sip_trace=True,
    )
    await hass.async_block_till_done()

    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert init_integration.data == {"port": 5070, "username": "homeassistant"}
    assert init_integration.options == {
        "bind_address": "192.168.1.2",
        "tls_port": 5071,
        "tls_certificate": files["certificate"],
        "tls_key": files["key"],
        "rtp_first": 20000,
        "rtp_last": 20099,
        "unknown_callers": "ignore",
        "find_phones": False,
        "digest": "strong",
        "fritz_phonebook": False,
        "record_days": 0,
        "record_format": "opus",
        "record_megabytes": 0,
        "sip_trace": True,
    }
    assert try_bind.await_args_list == [
        call("192.168.1.2", 0),
        call("192.168.1.2", 5070),
        call("192.168.1.2", 5071),
    ]
    assert fake_agent.starts == started
    assert fake_agent.config.sip_trace
    assert fake_agent.config.transports.tls_port == 5071

    result = await open_options(hass, init_integration)
    assert form_defaults(result) == {"port": 5070, **init_integration.options}


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("[fd00::1]", "fd00::1"),
        ("FD00:0::1", "fd00::1"),
        ("::ffff:192.168.1.2", "192.168.1.2"),
    ],
)
async def test_bind_address_is_stored_in_its_one_form(
    hass: HomeAssistant,
    init_integration: MockConfigEntry,
    try_bind: AsyncMock,
    typed: str,
    stored: str,
) -> None:
    form = await open_options(hass, init_integration)
    await send(hass, form, bind_address=typed)
    assert init_integration.options["bind_address"] == stored
    assert try_bind.await_args_list == [call(stored, 0)]


async def test_blanks_are_nothing(
    hass: HomeAssistant, init_integration: MockConfigEntry, try_bind: AsyncMock
) -> None:
    blank = {"bind_address": " ", "tls_certificate": " ", "tls_key": " "}
    result = await send(hass, await open_options(hass, init_integration), **blank)
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert init_integration.options.keys().isdisjoint(blank)


async def test_nothing_is_tried_that_the_agent_holds(
    hass: HomeAssistant, init_integration: MockConfigEntry, try_bind: AsyncMock
) -> None:
    result = await send(hass, await open_options(hass, init_integration))
    assert result["type"] is FlowResultType.CREATE_ENTRY
    try_bind.assert_awaited_once_with("", 0)


async def test_every_port_is_tried_without_an_agent(
    hass: HomeAssistant, mock_entry: MockConfigEntry, try_bind: AsyncMock
) -> None:
    result = await send(hass, await open_options(hass, mock_entry))
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert try_bind.await_args_list == [call("", 0), call("", 5060)]


async def test_tls_port_has_a_default(
    hass: HomeAssistant,
    init_integration: MockConfigEntry,
    try_bind: AsyncMock,
    tmp_path: Path,
) -> None:
    files = write_certificate(tmp_path, "home.example")
    result = await send(
        hass,
        await open_options(hass, init_integration),
        tls_certificate=files["certificate"],
        tls_key=files["key"],
    )
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert init_integration.options["tls_port"] == 5061
    assert try_bind.await_args_list == [call("", 0), call("", 5061)]


async def test_certificate_may_lie_in_the_configuration_folder(
    hass: HomeAssistant,
    init_integration: MockConfigEntry,
    try_bind: AsyncMock,
    tmp_path: Path,
) -> None:
    write_certificate(tmp_path, "home.example")
    hass.config.config_dir = str(tmp_path)
    result = await send(
        hass,
        await open_options(hass, init_integration),
        tls_certificate="home.example.pem",
        tls_key="home.example.key",
    )
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert init_integration.options["tls_key"] == str(tmp_path / "home.example.key")


@pytest.mark.parametrize(
    ("changes", "errors"),
    [
        ({"tls_certificate": "{certificate}"}, {"tls_key": "key_required"}),
        ({"tls_key": "{key}"}, {"tls_certificate": "certificate_required"}),
        ({"tls_port": 5061}, {"tls_certificate": "certificate_required"}),
        (
            {"tls_certificate": "{missing}", "tls_key": "{key}"},
            {"tls_certificate": "file_not_readable"},
        ),
        (
            {"tls_certificate": "{certificate}", "tls_key": "{missing}"},
            {"tls_key": "file_not_readable"},
        ),
        (
            {"tls_certificate": "{key}", "tls_key": "{key}"},
            {"tls_certificate": "certificate_invalid"},
        ),
        (
            {"tls_certificate": "{certificate}", "tls_key": "{certificate}"},
            {"tls_key": "key_invalid"},
        ),
        (
            {"tls_certificate": "{certificate}", "tls_key": "{locked_key}"},
            {"tls_key": "key_invalid"},
        ),
        (
            {"tls_certificate": "{certificate}", "tls_key": "{other_key}"},
            {"tls_key": "key_mismatch"},
        ),
        (
            {"tls_certificate": "{certificate}", "tls_key": "{key}", "tls_port": 5060},
            {"tls_port": "same_port"},
        ),
        ({"bind_address": "fe80::1%eth0"}, {"base": "invalid_bind_address"}),
        ({"bind_address": "home.example"}, {"base": "invalid_bind_address"}),
        ({"rtp_first": 20000, "rtp_last": 20014}, {"rtp_last": "rtp_range"}),
        ({"rtp_first": 20000, "rtp_last": 10000}, {"rtp_last": "rtp_range"}),
        ({"rtp_first": 5000, "rtp_last": 5100}, {"rtp_first": "rtp_range_holds_port"}),
        (
            {
                "tls_certificate": "{certificate}",
                "tls_key": "{key}",
                "tls_port": 20000,
                "rtp_first": 20000,
                "rtp_last": 20100,
            },
            {"rtp_first": "rtp_range_holds_port"},
        ),
    ],
)
async def test_options_that_cannot_be_used_are_told(
    hass: HomeAssistant,
    init_integration: MockConfigEntry,
    try_bind: AsyncMock,
    tmp_path: Path,
    changes: dict[str, Any],
    errors: dict[str, str],
) -> None:
    files = {
        **write_certificate(tmp_path, "home.example"),
        "other_key": write_certificate(tmp_path, "other.example")["key"],
        "locked_key": write_certificate(tmp_path, "locked.example", b"secret")["key"],
        "missing": str(tmp_path / "missing.pem"),
    }
    typed = {
        key: value.format(**files) if isinstance(value, str) else value
        for key, value in changes.items()
    }
    result = await send(hass, await open_options(hass, init_integration), **typed)
    assert result["type"] is FlowResultType.FORM
    assert result["errors"] == errors
    assert form_defaults(result) == DEFAULTS | typed
    try_bind.assert_not_awaited()

    result = await send(hass, result)
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert "tls_port" not in init_integration.options


@pytest.mark.parametrize(
    ("error", "shown", "placeholders"),
    [
        (
            PortInUseError("taken"),
            {"port": "port_in_use"},
            {"port": "5070", "holder": "another program on this machine"},
        ),
        (
            PortNotPermittedError("denied"),
            {"port": "port_not_permitted"},
            {"port": "5070"},
        ),
        (
            InvalidAddressError("not ours"),
            {"base": "invalid_bind_address"},
            {"address": "10.9.9.9"},
        ),
    ],
)
async def test_options_that_cannot_be_bound_are_told(
    hass: HomeAssistant,
    init_integration: MockConfigEntry,
    try_bind: AsyncMock,
    error: Exception,
    shown: dict[str, str],
    placeholders: dict[str, str],
) -> None:
    try_bind.side_effect = [None, error]
    result = await send(
        hass,
        await open_options(hass, init_integration),
        bind_address="10.9.9.9",
        port=5070,
    )
    assert result["errors"] == shown
    assert result["description_placeholders"] == placeholders

    try_bind.side_effect = None
    result = await send(hass, result, port=5070)
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert init_integration.data["port"] == 5070
    assert "bind_address" not in init_integration.options


async def test_phonebook_is_checked(
    hass: HomeAssistant,
    init_integration: MockConfigEntry,
    try_bind: AsyncMock,
    tmp_path: Path,
) -> None:
    cards = tmp_path / "contacts.vcf"
    for contact in ({"name": " ", "number": "1"}, {"name": "A", "number": "bob"}):
        result = await open_options(hass, init_integration)
        result = await hass.config_entries.options.async_configure(
            result["flow_id"], {**DEFAULTS, "phonebook": [contact]}
        )
        assert result["errors"] == {"base": "invalid_contact"}
    data = {**DEFAULTS, "vcard_file": str(cards)}
    result = await hass.config_entries.options.async_configure(result["flow_id"], data)
    assert result["errors"] == {"vcard_file": "invalid_vcards"}
    await hass.async_add_executor_job(cards.write_text, "BEGIN:VCARD\nEND:VCARD\n")
    contact = {"name": "Post", "number": "100"}
    result = await hass.config_entries.options.async_configure(
        result["flow_id"], {**data, "phonebook": [contact]}
    )
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert init_integration.options["phonebook"] == [contact]
