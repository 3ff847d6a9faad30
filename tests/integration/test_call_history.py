"""Tests of what is remembered of calls: sensors, sentences, names."""

from pathlib import Path
from typing import Any

from freezegun.api import FrozenDateTimeFactory
from homeassistant.core import HomeAssistant, State
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_capture_events,
    async_mock_restore_state_shutdown_restart,
)

from custom_components.sip_intercom.call_log import EVENT_CALL
from custom_components.sip_intercom.lib.sipagent.protocol.calls import (
    CallEventType,
    CallReason,
)
from custom_components.sip_intercom.logbook import async_describe_events, describe_call
from custom_components.sip_intercom.phonebook import find
from custom_components.sip_intercom.vcard import numbers_of, read_vcards
from tests.conftest import DOORBELL_ID
from tests.fake_agent import FakeAgent


def value(hass: HomeAssistant, sensor: str) -> State:
    """Return a sensor of the front door."""
    state = hass.states.get(f"sensor.front_door_{sensor}")
    assert state is not None
    return state


def miss(fake_agent: FakeAgent) -> None:
    """Let nobody answer."""
    call = fake_agent.ring(DOORBELL_ID)
    fake_agent.close(call, CallEventType.MISSED, CallReason.CANCELLED)


@pytest.mark.usefixtures("init_integration")
async def test_last_call(
    hass: HomeAssistant, fake_agent: FakeAgent, freezer: FrozenDateTimeFactory
) -> None:
    freezer.move_to("2026-11-26 10:00:00+00:00")
    call = fake_agent.answered(fake_agent.ring(DOORBELL_ID))
    freezer.move_to("2026-11-26 10:00:42+00:00")
    fake_agent.close(call, duration=35.2)
    await hass.async_block_till_done()
    last = value(hass, "last_call")
    assert last.state == "2026-11-26T10:00:00+00:00"
    assert last.attributes["outcome"] == "ended"
    assert last.attributes["direction"] == "inbound"
    assert last.attributes["caller"] == "Gate"
    assert value(hass, "last_call_duration").state == "35.2"


@pytest.mark.usefixtures("init_integration")
async def test_missed_calls_are_counted_and_reset(
    hass: HomeAssistant, fake_agent: FakeAgent
) -> None:
    assert value(hass, "missed_calls").state == "0"
    miss(fake_agent)
    miss(fake_agent)
    fake_agent.close(fake_agent.answered(fake_agent.ring(DOORBELL_ID)))
    await hass.async_block_till_done()
    assert value(hass, "missed_calls").state == "2"
    await hass.services.async_call(
        "button",
        "press",
        {"entity_id": "button.front_door_reset_missed_calls"},
        blocking=True,
    )
    assert value(hass, "missed_calls").state == "0"
    assert value(hass, "missed_calls").attributes["last_reset"]


async def test_history_outlives_a_restart(
    hass: HomeAssistant,
    init_integration: MockConfigEntry,
    fake_agent: FakeAgent,
    freezer: FrozenDateTimeFactory,
    hass_storage: dict[str, Any],
) -> None:
    freezer.move_to("2026-11-26 10:00:00+00:00")
    fake_agent.close(fake_agent.answered(fake_agent.ring(DOORBELL_ID)), duration=12.5)
    miss(fake_agent)
    await hass.async_block_till_done()
    sensors = ("last_call", "last_call_duration", "missed_calls")
    before = {sensor: value(hass, sensor).state for sensor in sensors}
    assert before == {
        "last_call": "2026-11-26T10:00:00+00:00",
        "last_call_duration": "12.5",
        "missed_calls": "1",
    }
    # What Home Assistant does when it stops, and when it starts.
    await async_mock_restore_state_shutdown_restart(hass)
    assert hass_storage["core.restore_state"]
    await hass.config_entries.async_reload(init_integration.entry_id)
    await hass.async_block_till_done()
    assert {sensor: value(hass, sensor).state for sensor in sensors} == before
    miss(fake_agent)
    await hass.async_block_till_done()
    assert value(hass, "missed_calls").state == "2"


# Sentences.


@pytest.mark.usefixtures("init_integration")
@pytest.mark.parametrize(
    ("event", "facts", "sentence"),
    [
        (
            CallEventType.MISSED,
            {"reason": CallReason.CANCELLED},
            "rang (Gate) and nobody answered",
        ),
        (
            CallEventType.DECLINED,
            {"reason": CallReason.DECLINED},
            "rang (Gate) and was declined",
        ),
        (
            CallEventType.ENDED,
            {"duration": 35.4},
            "called (Gate) and was talked with for 35 seconds",
        ),
        (
            CallEventType.ENDED,
            {"duration": 125.0},
            "called (Gate) and was talked with for 2:05 minutes",
        ),
        (
            CallEventType.ANSWERED_ELSEWHERE,
            {"reason": CallReason.ANSWERED_ELSEWHERE},
            "rang (Gate) and was answered elsewhere",
        ),
    ],
)
async def test_sentences(
    hass: HomeAssistant,
    fake_agent: FakeAgent,
    event: CallEventType,
    facts: dict[str, Any],
    sentence: str,
) -> None:
    told = async_capture_events(hass, EVENT_CALL)
    fake_agent.close(fake_agent.ring(DOORBELL_ID), event, **facts)
    await hass.async_block_till_done()
    (only,) = told
    assert only.data["device_id"]
    assert describe_call(only) == {"name": "Front door", "message": sentence}


async def test_sentences_are_offered(hass: HomeAssistant) -> None:
    described: list[tuple[str, str]] = []
    async_describe_events(
        hass, lambda domain, event, _: described.append((domain, event))
    )
    assert described == [("sip_intercom", EVENT_CALL)]


# Names.


async def test_names_of_the_phonebook(
    hass: HomeAssistant,
    mock_entry: MockConfigEntry,
    fake_agent: FakeAgent,
    tmp_path: Path,
) -> None:
    cards = tmp_path / "contacts.vcf"
    await hass.async_add_executor_job(
        cards.write_text, "BEGIN:VCARD\nFN:Bob\nTEL:+49 30 1234567\nEND:VCARD\n"
    )
    options = {
        "phonebook": [{"name": "Post", "number": "100"}],
        "vcard_file": str(cards),
        "fritz_phonebook": True,
    }
    hass.config_entries.async_update_entry(mock_entry, options=options)
    assert await hass.config_entries.async_setup(mock_entry.entry_id)
    await hass.async_block_till_done()
    for caller, name in (("100", "Post"), ("0301234567", "Bob"), ("555", "Gate")):
        fake_agent.ring(DOORBELL_ID, caller=caller)
        await hass.async_block_till_done()
        event = hass.states.get("event.front_door_doorbell")
        assert event is not None
        assert event.attributes["caller_name"] == name


class FritzBook:
    """What core's integration offers."""

    def get_contact(self, number: str) -> Any:
        if number == "200":
            return type("Contact", (), {"name": "Fritz"})
        raise KeyError(number)


async def test_names_of_a_fritzbox(
    hass: HomeAssistant, init_integration: MockConfigEntry, fake_agent: FakeAgent
) -> None:
    from homeassistant.config_entries import ConfigEntryState  # noqa: PLC0415

    fritz = MockConfigEntry(domain="fritzbox_callmonitor")
    fritz.add_to_hass(hass)
    fritz.mock_state(hass, ConfigEntryState.LOADED)
    fritz.runtime_data = FritzBook()
    names = init_integration.runtime_data.names
    assert names.name("200") is None
    hass.config_entries.async_update_entry(
        init_integration, options={"fritz_phonebook": True}
    )
    await hass.async_block_till_done()
    assert names.name("200") == "Fritz"
    assert names.name("300") is None
    fritz.mock_state(hass, ConfigEntryState.NOT_LOADED)
    assert names.name("200") is None


async def test_file_that_cannot_be_read(
    hass: HomeAssistant,
    mock_entry: MockConfigEntry,
    fake_agent: FakeAgent,
    caplog: pytest.LogCaptureFixture,
) -> None:
    hass.config_entries.async_update_entry(
        mock_entry, options={"vcard_file": "/none/contacts.vcf"}
    )
    assert await hass.config_entries.async_setup(mock_entry.entry_id)
    assert "The phonebook cannot be read" in caplog.text


@pytest.mark.parametrize(
    ("number", "name"),
    [
        ("0301234567", "Bob"),
        ("+49301234567", "Bob"),
        ("004930 1234567", "Bob"),
        ("1234567", "Bob"),
        ("234567", None),
        ("**611", "Kitchen"),
        ("611", None),
        ("12", "Cellar"),
        ("2", None),
        ("0", None),
        ("", None),
        ("bob", None),
        ("bob1234567", None),
    ],
)
def test_numbers_are_compared(number: str, name: str | None) -> None:
    book = [("+49 (30) 1234567", "Bob"), ("**611", "Kitchen"), ("12", "Cellar")]
    assert find(number, book) == name


def test_vcards() -> None:
    text = (
        "BEGIN:VCARD\r\nVERSION:3.0\r\nFN:Anna M\\, Dr.\r\nitem1.TEL;TYPE=CELL:+49 1\r\n"
        "TEL;VALUE=uri:tel:+492\r\nEND:VCARD\r\n"
        "begin:vcard\r\nN:Berg;Carl;;;\r\nTEL:3\r\nEND:vcard\r\n"
        "BEGIN:VCARD\r\nVERSION:2.1\r\n"
        "FN;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:J=C3=BCr=\r\ngen\r\n"
        "TEL;HOME:4\r\nEND:VCARD\r\n"
        "BEGIN:VCARD\r\nFN:Long\r\n er\r\nTEL:5\r\nEND:VCARD\r\n"
        "BEGIN:VCARD\r\nTEL:6\r\nEND:VCARD\r\n"
    )
    assert numbers_of(text) == {
        "+49 1": "Anna M, Dr.",
        "+492": "Anna M, Dr.",
        "3": "Carl Berg",
        "4": "J\u00fcrgen",
        "5": "Longer",
    }


@pytest.mark.parametrize(
    "content", [b"", b"\x00\xff" * 100, b"hello", b"x" * (2 * 1024 * 1024 + 1)]
)
def test_no_vcards(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "a.vcf"
    path.write_bytes(content)
    with pytest.raises(ValueError, match="file"):
        read_vcards(str(path))


def test_endless_card() -> None:
    text = "BEGIN:VCARD\nFN:A\n" + "TEL:1\n" * 50_000 + " x\n" * 50_000
    assert numbers_of(text) == {}
