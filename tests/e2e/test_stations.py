"""Devices register with Home Assistant: from the form to the ring."""

import asyncio
import os
from pathlib import Path
import signal

from tests.peers.addresses import Endpoint
from tests.peers.baresip import Baresip

from .home_assistant import HomeAssistant
from .sip_intercom import SipIntercom

BACK_TIMEOUT = 90.0  # seconds


def phone(
    folder: Path, there: Endpoint, user: str, password: str, expires: int = 120
) -> Baresip:
    """Return a phone with what the form has shown."""
    return Baresip(
        folder=folder / user,
        user=user,
        domain=str(there),
        options=f"auth_pass={password};regint={expires}",
    )


async def test_a_station_registers_rings_and_outlives_the_agent(
    home_assistant: HomeAssistant,
    ha: SipIntercom,
    agent_endpoint: Endpoint,
    tmp_path: Path,
) -> None:
    """With the password that was shown; it need not register again."""
    station = await ha.add_station("Garden gate", "doorbell", "301")
    registered = station.entities["binary_sensor.registered"]
    await ha.becomes(registered, "off")
    async with phone(tmp_path, agent_endpoint, "301", station.password) as gate:
        await ha.becomes(registered, "on")
        address = await ha.state(station.entities["sensor.contact_address"])
        assert address == str(gate.endpoint)
        assert "baresip" in await ha.state(station.entities["sensor.user_agent"])

        await gate.dial(f"sip:homeassistant@{agent_endpoint}")
        ring = await ha.event(station.entities["event.doorbell"], "ring")
        assert ring.attributes["proof"] == "digest"
        await ha.act("button.press", entity_id=station.entities["button.answer"])
        await ha.becomes(station.entities["sensor.call_state"], "in_call")
        await gate.hang_up()
        await ha.becomes(station.entities["sensor.call_state"], "idle")

        (agent,) = home_assistant.agents()
        os.kill(agent, signal.SIGKILL)
        await ha.changes(registered, "unavailable")
        await ha.becomes(registered, "on", seconds=BACK_TIMEOUT)
        device_id = await ha.device_id(station.entities["event.call"])
        await ha.act("call", device_id=device_id)
        await gate.event("CALL_INCOMING")
        await gate.hang_up()
    await ha.becomes(registered, "off")
    await ha.remove(station)


async def test_two_stations_talk_and_home_assistant_sees_it(
    ha: SipIntercom, agent_endpoint: Endpoint, tmp_path: Path
) -> None:
    """A door calls the kitchen: both devices show it, and the door has rung."""
    door = await ha.add_station("Back door", "doorbell", "302")
    kitchen = await ha.add_station("Kitchen", "phone", "303")
    async with (
        phone(tmp_path, agent_endpoint, "302", door.password) as bell,
        phone(tmp_path, agent_endpoint, "303", kitchen.password) as desk,
    ):
        for device in (door, kitchen):
            await ha.becomes(device.entities["binary_sensor.registered"], "on")
        await bell.dial(f"sip:303@{agent_endpoint}")
        await ha.event(door.entities["event.doorbell"], "ring")
        await desk.event("CALL_INCOMING")
        await ha.becomes(kitchen.entities["sensor.call_state"], "dialing")
        await desk.accept()
        for device in (door, kitchen):
            await ha.becomes(device.entities["sensor.call_state"], "in_call")
        await bell.hears()
        await ha.act("button.press", entity_id=door.entities["button.hang_up"])
        await desk.event("CALL_CLOSED")
        for device in (door, kitchen):
            await ha.becomes(device.entities["sensor.call_state"], "idle")
    await ha.remove(door)
    await ha.remove(kitchen)


async def test_a_station_outlives_home_assistant(
    home_assistant: HomeAssistant, agent_endpoint: Endpoint, tmp_path: Path
) -> None:
    """After a restart it is called although it has not registered again."""
    async with home_assistant.connect() as ha:
        station = await ha.add_station("Side door", "intercom", "304")
    registered = station.entities["binary_sensor.registered"]
    gate = phone(tmp_path, agent_endpoint, "304", station.password, expires=3000)
    async with gate:
        async with home_assistant.connect() as ha:
            await ha.becomes(registered, "on")
        await asyncio.to_thread(home_assistant.stop)
        await asyncio.to_thread(home_assistant.start)
        gate.events.clear()
        async with home_assistant.connect() as ha:
            await ha.becomes(registered, "on", seconds=BACK_TIMEOUT)
            device_id = await ha.device_id(station.entities["event.call"])
            await ha.act("call", device_id=device_id)
            happened = await gate.event("CALL_INCOMING", "REGISTER_OK")
            assert happened.type == "CALL_INCOMING"
            await gate.hang_up()
            await ha.remove(station)
