"""Tests of PINs: entered in calls, hashed, locked out, told, and never guessed."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any
from unittest.mock import patch

from freezegun.api import FrozenDateTimeFactory
from homeassistant.config_entries import ConfigSubentry
from homeassistant.core import HomeAssistant
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_capture_events,
)

from custom_components.sip_intercom import pins as pins_module
from custom_components.sip_intercom.lib.sipagent.protocol.calls import (
    Call,
    CallState,
    Proof,
)
from custom_components.sip_intercom.lib.sipagent.protocol.errors import (
    DoorCallFailedError,
)
from custom_components.sip_intercom.lockout import (
    FIRST_LOCK,
    FORGIVEN_AFTER,
    LONGEST_LOCK,
    TOTAL_TRIES,
    TRIES,
    Lockout,
)
from custom_components.sip_intercom.pin_hash import hash_pin, is_pin, new_salt
from tests.conftest import DOORBELL_ID, device
from tests.fake_agent import FakeAgent

DOORS = [
    {"id": "d1", "name": "Gate", "code": "4711"},
    {"id": "d2", "name": "Cellar", "code": "2"},
]
EVENT = "event.front_door_pin"
OPENED = ("open_door", DOORBELL_ID, "d1")


def pin(name: str, digits: str, **more: Any) -> dict[str, Any]:
    """Return a stored PIN."""
    salt = new_salt()
    values = {"id": name, "name": name, "salt": salt, "hash": hash_pin(digits, salt)}
    return {**values, "door": "d1", **more}


@pytest.fixture
def subentries() -> list[ConfigSubentry]:
    """Return a device with PINs."""
    stored = [
        pin("Anna", "1234"),
        pin("Cleaner", "987654", door="d2", valid_until="2026-11-30 12:00:00"),
    ]
    return [device(doors=DOORS, pins=stored)]


@pytest.fixture(autouse=True)
def _now(freezer: FrozenDateTimeFactory) -> None:
    """Stop the clock."""
    freezer.move_to("2026-11-26 12:00:00+00:00")


def talk(fake_agent: FakeAgent, **facts: Any) -> Call:
    """Have the device in an answered call."""
    facts = {"proof": Proof.ADDRESS, **facts}
    return fake_agent.answered(fake_agent.ring(DOORBELL_ID, **facts))


async def enter(
    hass: HomeAssistant, fake_agent: FakeAgent, call: Call, tones: str
) -> None:
    """Press keys."""
    for tone in tones:
        fake_agent.tone(call, tone)
    await hass.async_block_till_done(wait_background_tasks=True)


def told(hass: HomeAssistant) -> dict[str, Any]:
    """Return what was told last."""
    state = hass.states.get(EVENT)
    assert state is not None
    return dict(state.attributes)


@pytest.mark.usefixtures("init_integration")
async def test_pin_opens_its_door(hass: HomeAssistant, fake_agent: FakeAgent) -> None:
    call = talk(fake_agent)
    await enter(hass, fake_agent, call, "1234#")

    assert fake_agent.commands == [OPENED]
    attributes = told(hass)
    assert attributes["event_type"] == "accepted"
    assert attributes["name"] == "Anna"
    assert attributes["door"] == "Gate"
    door = hass.states.get("event.front_door_door")
    assert door is not None
    assert door.attributes["source"] == "pin"
    assert door.attributes["name"] == "Anna"


@pytest.mark.usefixtures("init_integration")
@pytest.mark.parametrize(
    ("tones", "commands"),
    [
        ("1234", []),  # no terminator
        ("01234#", []),  # no sliding window
        ("12345#", []),
        ("99*1234#", [OPENED]),  # cleared before
        ("12#1234#", [OPENED]),  # too short to be one
        ("987654#", [("open_door", DOORBELL_ID, "d2")]),
        ("#", []),
        ("1" * 40 + "1234#", []),
    ],
)
async def test_entry_counts_as_a_whole(
    hass: HomeAssistant,
    fake_agent: FakeAgent,
    tones: str,
    commands: list[tuple[object, ...]],
) -> None:
    await enter(hass, fake_agent, talk(fake_agent), tones)
    assert fake_agent.commands == commands


@pytest.mark.usefixtures("init_integration")
async def test_entry_does_not_go_on_in_another_call(
    hass: HomeAssistant, fake_agent: FakeAgent
) -> None:
    call = talk(fake_agent)
    await enter(hass, fake_agent, call, "12")
    fake_agent.close(call)
    await enter(hass, fake_agent, talk(fake_agent), "34#")
    assert fake_agent.commands == []


@pytest.mark.usefixtures("init_integration")
async def test_pin_that_is_not_valid_now(
    hass: HomeAssistant, fake_agent: FakeAgent, freezer: FrozenDateTimeFactory
) -> None:
    freezer.move_to("2026-12-01 12:00:00+00:00")
    await enter(hass, fake_agent, talk(fake_agent), "987654#")
    assert fake_agent.commands == []
    assert told(hass)["reason"] == "expired"


@pytest.mark.usefixtures("init_integration")
async def test_ring_is_no_confirmed_dialog(
    hass: HomeAssistant, fake_agent: FakeAgent
) -> None:
    call = fake_agent.ring(DOORBELL_ID, proof=Proof.TLS)
    assert call.state is CallState.RINGING
    await enter(hass, fake_agent, call, "1234#")
    assert fake_agent.commands == []
    assert told(hass)["reason"] == "unproven"


async def test_proof_that_is_too_weak(
    hass: HomeAssistant, init_integration: MockConfigEntry, fake_agent: FakeAgent
) -> None:
    subentry = init_integration.subentries[DOORBELL_ID]
    hass.config_entries.async_update_subentry(
        init_integration, subentry, data={**subentry.data, "min_proof": "token"}
    )
    await hass.async_block_till_done()
    await enter(hass, fake_agent, talk(fake_agent), "1234#")
    assert fake_agent.commands == []
    assert told(hass)["reason"] == "unproven"
    await enter(hass, fake_agent, talk(fake_agent, proof=Proof.TOKEN), "1234#")
    assert fake_agent.commands == [OPENED]


@pytest.mark.usefixtures("init_integration")
async def test_three_wrong_ones_lock_pins_but_no_buttons(
    hass: HomeAssistant, fake_agent: FakeAgent, freezer: FrozenDateTimeFactory
) -> None:
    call = talk(fake_agent)
    for _ in range(TRIES):
        await enter(hass, fake_agent, call, "0000#")
        assert told(hass)["event_type"] == "refused"
    await enter(hass, fake_agent, call, "1234#")
    assert told(hass)["event_type"] == "locked_out"
    fake_agent.close(call)
    await enter(hass, fake_agent, talk(fake_agent), "1234#")
    assert fake_agent.commands == []
    await hass.services.async_call(
        "button", "press", {"entity_id": "button.front_door_open_gate"}, blocking=True
    )
    assert fake_agent.commands == [OPENED]
    freezer.tick(timedelta(seconds=FIRST_LOCK + 1))
    await enter(hass, fake_agent, talk(fake_agent), "1234#")
    assert fake_agent.commands == [OPENED, OPENED]


async def test_lock_outlives_a_restart(
    hass: HomeAssistant, init_integration: MockConfigEntry, fake_agent: FakeAgent
) -> None:
    call = talk(fake_agent)
    for _ in range(TRIES):
        await enter(hass, fake_agent, call, "0000#")
    fake_agent.close(call)
    assert await hass.config_entries.async_reload(init_integration.entry_id)
    await hass.async_block_till_done()
    await enter(hass, fake_agent, talk(fake_agent), "1234#")
    assert fake_agent.commands == []
    assert told(hass)["event_type"] == "locked_out"


@pytest.mark.usefixtures("init_integration")
async def test_other_callers_are_not_locked(
    hass: HomeAssistant, fake_agent: FakeAgent
) -> None:
    stranger = talk(fake_agent, caller="666")
    for _ in range(TRIES):
        await enter(hass, fake_agent, stranger, "0000#")
    await enter(hass, fake_agent, talk(fake_agent, caller="200"), "1234#")
    assert fake_agent.commands == [OPENED]


@pytest.mark.usefixtures("init_integration")
async def test_flood_of_entries_is_not_hashed(
    hass: HomeAssistant, fake_agent: FakeAgent
) -> None:
    call = talk(fake_agent)
    events = async_capture_events(hass, "state_changed")
    with patch.object(pins_module, "_find", return_value=None) as find:
        for _ in range(100):
            for tone in "0000#":
                fake_agent.tone(call, tone)
        await hass.async_block_till_done(wait_background_tasks=True)
    assert find.call_count <= pins_module.MAX_WAITING
    shown = [each for each in events if each.data["entity_id"] == EVENT]
    assert len(shown) == 100
    assert fake_agent.commands == []


@pytest.mark.usefixtures("init_integration")
async def test_door_that_does_not_open(
    hass: HomeAssistant, fake_agent: FakeAgent
) -> None:
    fake_agent.command_error = DoorCallFailedError("busy")
    await enter(hass, fake_agent, talk(fake_agent), "1234#")
    assert told(hass)["event_type"] == "accepted"
    door = hass.states.get("event.front_door_door")
    assert door is not None
    assert door.attributes["event_type"] == "failed"


@pytest.mark.usefixtures("init_integration")
async def test_nothing_tells_the_digits(
    hass: HomeAssistant, fake_agent: FakeAgent, caplog: pytest.LogCaptureFixture
) -> None:
    await enter(hass, fake_agent, talk(fake_agent), "1234#")
    await enter(hass, fake_agent, talk(fake_agent), "5555#")
    states = [str(state.attributes) for state in hass.states.async_all()]
    assert not any("1234" in text or "5555" in text for text in (*states, caplog.text))


# The lock-out by itself.


def test_lock_doubles() -> None:
    lockout, now = Lockout(), 1000.0
    locks = []
    for _ in range(TRIES + 5):
        lockout.fail("a", now)
        begin = now
        while lockout.is_locked("a", now):
            now += 1
        locks.append(now - begin)
    assert locks[: TRIES - 1] == [0] * (TRIES - 1)
    assert locks[TRIES - 1 : TRIES + 2] == [FIRST_LOCK, 2 * FIRST_LOCK, 4 * FIRST_LOCK]


def test_lock_has_an_end() -> None:
    lockout = Lockout()
    for _ in range(10_000):
        lockout.fail("a", 1000.0)
    assert lockout.is_locked("a", 1000.0 + LONGEST_LOCK - 1)
    assert not lockout.is_locked("a", 1000.0 + LONGEST_LOCK + 1)


def test_many_callers_lock_everybody() -> None:
    lockout = Lockout()
    for number in range(TOTAL_TRIES):
        lockout.fail(f"caller {number}", 1000.0)
    assert lockout.is_locked("Anna", 1001.0)
    assert not lockout.is_locked("Anna", 1000.0 + FIRST_LOCK + 1)


def test_old_failures_are_forgiven() -> None:
    lockout = Lockout()
    for _ in range(TRIES - 1):
        lockout.fail("a", 1000.0)
    lockout.fail("a", 1000.0 + FORGIVEN_AFTER + 1)
    assert not lockout.is_locked("a", 1000.0 + FORGIVEN_AFTER + 2)


def test_what_is_kept_comes_back() -> None:
    lockout = Lockout()
    for _ in range(TRIES):
        lockout.fail("a", 1000.0)
    again = Lockout.from_dict(lockout.as_dict())
    assert again.is_locked("a", 1001.0)
    for broken in ({}, {"total": {}, "callers": {"a": 1}}, {"total": {"x": 1}}):
        assert not Lockout.from_dict(broken).is_locked("a", 1001.0)


def de_bruijn(digits: str, length: int) -> str:
    """Return a sequence that holds every string of a length once."""
    size, word, out = len(digits), [0] * len(digits) * length, []

    def extend(t: int, p: int) -> None:
        if t > length:
            if length % p == 0:
                out.extend(word[1 : p + 1])
            return
        word[t] = word[t - p]
        extend(t + 1, p)
        for j in range(word[t - p] + 1, size):
            word[t] = j
            extend(t + 1, t)

    extend(1, 1)
    return "".join(digits[each] for each in out) + digits[0] * (length - 1)


def guesses(kind: str) -> Iterable[str]:
    """Return what an attacker presses."""
    if kind == "each":
        return (f"{number:04}#" for number in range(10_000))
    return [de_bruijn("0123456789", 4)]


@pytest.mark.nightly
@pytest.mark.parametrize("kind", ["each", "de_bruijn"])
@pytest.mark.usefixtures("init_integration")
async def test_ten_thousand_guesses_open_nothing(
    hass: HomeAssistant,
    fake_agent: FakeAgent,
    freezer: FrozenDateTimeFactory,
    kind: str,
) -> None:
    """At five digits a second; one in 800 guesses is even looked at."""
    call = talk(fake_agent)
    for tones in guesses(kind):
        await enter(hass, fake_agent, call, tones)
        freezer.tick(timedelta(seconds=len(tones) / 5))
    assert fake_agent.commands == []


def test_hash_is_slow_and_salted() -> None:
    one, other = new_salt(), new_salt()
    assert hash_pin("1234", one) != hash_pin("1234", other)
    assert is_pin("1234", {"salt": one, "hash": hash_pin("1234", one)})
    assert not is_pin("1235", {"salt": one, "hash": hash_pin("1234", one)})
