"""A doorbell rings Home Assistant."""

from pathlib import Path

import pytest

from tests.peers.addresses import Endpoint, new_endpoint
from tests.peers.baresip import Baresip
from tests.peers.sipp import Press, Sipp

from .conftest import Doorbell
from .sip_intercom import SipIntercom


async def test_the_bell_rings_and_nobody_answers(
    ha: SipIntercom, doorbell: Doorbell, tmp_path: Path
) -> None:
    """The ring, its call and its end are on the device."""
    async with Sipp(folder=tmp_path, press=doorbell.press(ring=0.5)) as sipp:
        ring = await ha.event(doorbell["event.doorbell"], "ring")
        assert ring.attributes["caller"] == "doorbell"
        assert ring.attributes["device_class"] == "doorbell"
        missed = await ha.event(doorbell["event.call"], "missed")
        assert missed.attributes["direction"] == "inbound"
        assert await sipp.outcomes() == ("ringing", "cancelled"), sipp.errors
    await ha.becomes(doorbell["sensor.call_state"], "idle")
    assert "doorbell" in (await ha.state(doorbell["sensor.last_caller"])).casefold()


async def test_the_ring_starts_an_automation(
    ha: SipIntercom, doorbell: Doorbell, tmp_path: Path
) -> None:
    """An automation with the trigger doorbell.rang fires, once for each press."""
    async with ha.automation(
        {
            "trigger": "doorbell.rang",
            "target": {"entity_id": doorbell["event.doorbell"]},
        }
    ) as automation:
        for number in range(2):
            folder = tmp_path / str(number)
            async with Sipp(folder=folder, press=doorbell.press(ring=0.2)) as sipp:
                await automation.fires()
                await sipp.outcomes()
        await ha.becomes(doorbell["sensor.call_state"], "idle")
        assert automation.count() == 2


async def test_an_independent_phone_starts_the_automation(
    ha: SipIntercom, agent_endpoint: Endpoint, tmp_path: Path
) -> None:
    """A doorbell that is a real SIP phone does what SIPp does."""
    async with Baresip(folder=tmp_path / "phone") as phone:
        address = phone.endpoint.address
        subentry = await ha.add_device(address, name=f"Bell {address}")
        bell = subentry.entities["event.doorbell"]
        trigger = {"trigger": "doorbell.rang", "target": {"entity_id": bell}}
        async with ha.automation(trigger) as automation:
            await phone.dial(f"sip:homeassistant@{agent_endpoint}")
            await automation.fires()
            await phone.event("CALL_RINGING")
            await phone.hang_up()
            await ha.event(subentry.entities["event.call"], "missed")
        await ha.remove(subentry)


async def test_a_call_is_answered_and_ended(
    ha: SipIntercom, doorbell: Doorbell, tmp_path: Path
) -> None:
    """The answer button answers; the caller's hanging up ends the call."""
    press = doorbell.press(ring=20, talk=0.5)
    async with Sipp(folder=tmp_path, press=press) as sipp:
        await ha.becomes(doorbell["sensor.call_state"], "ringing")
        await ha.act("button.press", entity_id=doorbell["button.answer"])
        await ha.becomes(doorbell["sensor.call_state"], "in_call")
        ended = await ha.event(
            doorbell["event.call"], "ended", skip=["incoming", "answered"]
        )
        assert ended.attributes["reason"] == "remote_hangup"
        assert await sipp.outcomes() == ("ringing", "answered", "hung up"), sipp.errors


@pytest.mark.parametrize(("status", "expected"), [(None, 486), ("603", 603)])
async def test_a_call_is_declined(
    ha: SipIntercom,
    doorbell: Doorbell,
    tmp_path: Path,
    status: str | None,
    expected: int,
) -> None:
    """The caller sees that it was declined, and how."""
    async with Sipp(folder=tmp_path, press=doorbell.press(ring=20)) as sipp:
        await ha.becomes(doorbell["sensor.call_state"], "ringing")
        if status is None:
            await ha.act("button.press", entity_id=doorbell["button.decline"])
        else:
            device_id = await ha.device_id(doorbell["event.call"])
            await ha.act("decline", device_id=device_id, status=status)
        await ha.event(doorbell["event.call"], "declined", skip=["incoming"])
        assert await sipp.outcomes() == ("ringing", f"refused {expected}"), sipp.errors


async def test_a_phone_calls_and_is_called(
    ha: SipIntercom, agent_endpoint: Endpoint, tmp_path: Path
) -> None:
    """An independent SIP phone rings, exchanges tones, and is called back."""
    async with Baresip(folder=tmp_path / "phone") as phone:
        endpoint = phone.endpoint
        subentry = await ha.add_device(
            f"sip:doorbell@{endpoint}", name=f"Phone {endpoint.address}", kind="phone"
        )
        entity = subentry.entities
        device_id = await ha.device_id(entity["event.call"])
        await phone.dial(f"sip:homeassistant@{agent_endpoint}")
        await ha.event(entity["event.call"], "incoming")
        await ha.act("answer", device_id=device_id)
        await phone.event("CALL_ESTABLISHED")
        await phone.receives()
        await phone.press("7")
        tone = await ha.event(entity["event.tone"], "tone")
        assert tone.attributes["tone"] == "7"
        await ha.act("send_tones", device_id=device_id, tones="4")
        assert (await phone.event("CALL_DTMF_START")).parameter == "4"
        await ha.act("hang_up", device_id=device_id)
        await phone.event("CALL_CLOSED")
        await ha.becomes(entity["sensor.call_state"], "idle")

        await ha.act("call", device_id=device_id)
        await phone.event("CALL_INCOMING")
        await phone.accept()
        await ha.becomes(entity["sensor.call_state"], "in_call")
        await phone.hang_up()
        await ha.becomes(entity["sensor.call_state"], "idle")
        await ha.remove(subentry)


async def test_the_second_button_has_its_own_bell(
    ha: SipIntercom, agent_endpoint: Endpoint, tmp_path: Path
) -> None:
    """Which button was pressed shows in which event entity rings."""
    endpoint = new_endpoint()
    subentry = await ha.add_device(
        endpoint.address,
        name=f"Two buttons {endpoint.address}",
        advanced={"buttons": [{"name": "Upstairs", "number": "22"}]},
    )
    (upstairs,) = (
        entity
        for key, entity in subentry.entities.items()
        if key.startswith("event.doorbell_")
    )
    press = Press(
        target=agent_endpoint.address,
        port=agent_endpoint.port,
        source=endpoint.address,
        to="22",
        ring=0.2,
    )
    async with Sipp(folder=tmp_path, press=press) as sipp:
        await ha.event(upstairs, "ring")
        await sipp.outcomes()
    assert await ha.state(subentry.entities["event.doorbell"]) == "unknown"
    await ha.remove(subentry)
