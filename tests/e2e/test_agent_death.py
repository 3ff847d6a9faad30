"""The agent dies or hangs: Home Assistant stays, and all is soon back."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import cycle
import os
from pathlib import Path
import signal

import pytest

from tests.peers.kamailio import Kamailio
from tests.peers.sipp import Sipp

from .accounts import add_account
from .conftest import Doorbell
from .home_assistant import HomeAssistant
from .sip_intercom import SipIntercom

BACK_TIMEOUT = 90.0  # seconds; a restart may have to back off
LONG_LIFE = 11.0  # seconds
SITUATIONS = ("idle", "ringing", "in_call")
SIGNALS = (signal.SIGKILL, signal.SIGSTOP)


@asynccontextmanager
async def _situation(
    name: str, ha: SipIntercom, doorbell: Doorbell, folder: Path
) -> AsyncIterator[str | None]:
    """Bring the doorbell into a situation; yield how its call is to end."""
    if name == "idle":
        yield None
        return
    press = doorbell.press(ring=60, talk=60)
    async with Sipp(folder=folder, press=press):
        await ha.becomes(doorbell["sensor.call_state"], "ringing")
        if name == "ringing":
            yield "failed"
            return
        await ha.act("button.press", entity_id=doorbell["button.answer"])
        await ha.becomes(doorbell["sensor.call_state"], "in_call")
        yield "ended"


async def test_accounts_are_registered_again(
    home_assistant: HomeAssistant, ha: SipIntercom, registrar: Kamailio
) -> None:
    """After a death every account registers anew, and the same Contact."""
    account = await add_account(ha, registrar)
    registered = account.entities["binary_sensor.registered"]
    await ha.becomes(registered, "on")
    before = await registrar.contact("house")
    (agent,) = home_assistant.agents()
    os.kill(agent, signal.SIGKILL)
    await ha.changes(registered, "unavailable")
    await ha.becomes(registered, "on", seconds=BACK_TIMEOUT)
    after = await registrar.contact("house")
    assert after["Call-ID"] != before["Call-ID"]
    assert after["Address"] == before["Address"]
    await ha.remove(account)


@pytest.mark.parametrize(
    ("name", "number"),
    [
        ("idle", signal.SIGKILL),
        ("ringing", signal.SIGSTOP),
        ("in_call", signal.SIGKILL),
    ],
)
async def test_the_agent_is_lost(
    home_assistant: HomeAssistant,
    ha: SipIntercom,
    doorbell: Doorbell,
    tmp_path: Path,
    name: str,
    number: signal.Signals,
) -> None:
    """The call ends, entities are unavailable and back, and the bell rings."""
    await lose_the_agent(home_assistant, ha, doorbell, tmp_path, name, number)


@pytest.mark.nightly
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("number", SIGNALS, ids=lambda number: number.name)
async def test_the_agent_is_lost_over_and_over(
    home_assistant: HomeAssistant,
    ha: SipIntercom,
    doorbell: Doorbell,
    registrar: Kamailio,
    tmp_path: Path,
    number: signal.Signals,
) -> None:
    """The same, twenty times in turn, and the account is registered each time."""
    account = await add_account(ha, registrar)
    registered = account.entities["binary_sensor.registered"]
    await ha.becomes(registered, "on")
    for attempt, name in zip(range(20), cycle(SITUATIONS), strict=False):
        folder = tmp_path / str(attempt)
        position = len(ha.observer.changes)
        await lose_the_agent(home_assistant, ha, doorbell, folder, name, number)
        await ha.observer.after(
            position,
            lambda change: change.entity_id == registered and change.new == "on",
            BACK_TIMEOUT,
        )
        await _talk(ha, doorbell, folder / "talk")
    await ha.remove(account)


async def _talk(ha: SipIntercom, doorbell: Doorbell, folder: Path) -> None:
    """Have a call that is longer than an agent must live to count as healthy."""
    press = doorbell.press(ring=20, talk=LONG_LIFE)
    async with Sipp(folder=folder, press=press) as sipp:
        await ha.becomes(doorbell["sensor.call_state"], "ringing")
        await ha.act("button.press", entity_id=doorbell["button.answer"])
        await ha.event(
            doorbell["event.call"],
            "ended",
            skip=["incoming", "answered"],
            seconds=LONG_LIFE * 2,
        )
        expected = ("ringing", "answered", "hung up")
        assert await sipp.outcomes() == expected, sipp.errors
    await ha.becomes(doorbell["sensor.call_state"], "idle")


async def lose_the_agent(
    home_assistant: HomeAssistant,
    ha: SipIntercom,
    doorbell: Doorbell,
    folder: Path,
    name: str,
    number: signal.Signals,
) -> None:
    """Kill or stop the agent in a situation and see that all is well again."""
    (agent,) = home_assistant.agents()
    async with _situation(name, ha, doorbell, folder / "lost") as ending:
        os.kill(agent, number)
        if ending is not None:
            ended = await ha.event(
                doorbell["event.call"], ending, skip=["incoming", "answered"]
            )
            assert ended.attributes["reason"] == "agent_lost"
        state = doorbell["sensor.call_state"]
        await ha.changes(state, "unavailable")
        await ha.becomes(state, "idle", seconds=BACK_TIMEOUT)
    assert home_assistant.running
    (successor,) = home_assistant.agents()
    assert successor != agent
    assert not os.path.exists(f"/proc/{agent}")  # noqa: ASYNC240, PTH110
    async with Sipp(folder=folder / "after", press=doorbell.press(ring=0.2)) as sipp:
        await ha.event(doorbell["event.doorbell"], "ring")
        await ha.event(doorbell["event.call"], "missed")
        assert await sipp.outcomes() == ("ringing", "cancelled"), sipp.errors
    await ha.becomes(state, "idle")
