"""Strangers change nothing in Home Assistant but a counter."""

from pathlib import Path

from tests.peers.addresses import Endpoint
from tests.peers.sipp import Sipp
from tests.peers.stranger import Stranger, request, sdp, status

from .conftest import Doorbell
from .sip_intercom import SipIntercom


async def test_a_scanner_finds_nothing(
    ha: SipIntercom, agent_endpoint: Endpoint, doorbell: Doorbell, tmp_path: Path
) -> None:
    """No call, no ring and no discovery for a scanner on our own machine."""
    with Stranger(agent_endpoint) as stranger:
        for user in ("100", "homeassistant", "9999"):
            stranger.send(
                request(
                    stranger,
                    "INVITE",
                    user=user,
                    caller=f"sip:doorbell@{doorbell.address}",
                    body=sdp(stranger.endpoint.address),
                )
            )
            assert status(await stranger.receive()) == 403
        for method in ("OPTIONS", "REGISTER", "REFER", "SUBSCRIBE", "MESSAGE"):
            stranger.send(request(stranger, method))
        async with Sipp(folder=tmp_path, press=doorbell.press(ring=0.2)) as sipp:
            await ha.event(doorbell["event.doorbell"], "ring")
            assert await sipp.outcomes() == ("ringing", "cancelled"), sipp.errors
        assert stranger.received() == []
    await ha.becomes(doorbell["sensor.call_state"], "idle")
    rings = [
        change
        for change in ha.observer.changes
        if change.entity_id == doorbell["event.doorbell"] and change.rang
    ]
    assert len(rings) == 1
    assert await ha.flows() == []
    refused = await ha.entity("sensor", "refused_callers")
    await ha.until(refused, lambda state: int(state) >= 3, seconds=60)
