"""Tests of the diagnostics download."""

import json
from typing import Any
from unittest.mock import patch

from homeassistant.config_entries import ConfigSubentry
from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.components.diagnostics import (
    get_diagnostics_for_config_entry,
)
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.sip_intercom.lib.sipagent.protocol.calls import RegistrationState
from custom_components.sip_intercom.privacy import Privacy
from tests.conftest import (
    ACCOUNT_ID,
    BUTTONS,
    DOORBELL_ID,
    account,
    device,
    subentry,
)
from tests.fake_agent import FakeAgent

RESOLVER = "custom_components.sip_intercom.resolver.SipResolver.async_look_up"
LOG = "tests.fake_agent.FakeAgent.log_lines"
INVITE = """INFO pjsip: RX 811 bytes Request msg INVITE/cseq=1 from UDP 198.51.100.77:5060:
    INVITE sip:+49301111;ext=1@192.0.2.2:5060 SIP/2.0
    Via: SIP/2.0/UDP 198.51.100.77:5060;branch=z9hG4bK1
    From: "Anna \\"M\\" Muster" <SIP:+49302222:pw%40@pbx.Hidden.example>;tag=1
    t: Anna Muster <sips:an@na@pbx.hidden.example>
    To: Anna Muster
    Contact: <sip:+49303333@192.0.2.20>, "Anna" <sip:+49303333@192.0.2.20>
    P-Asserted-Identity: <tel:+49304444;phone-context=x>
    Diversion: sip:+49305555@pbx.hidden.example
    v=0
    o=anna 1 1 IN IP4 192.0.2.20
    p=+49306666"""


async def download(
    hass: HomeAssistant, hass_client: ClientSessionGenerator, entry: MockConfigEntry
) -> dict[str, Any]:
    """Download the diagnostics."""
    assert await async_setup_component(hass, "diagnostics", {})
    told: dict[str, Any] = await get_diagnostics_for_config_entry(
        hass, hass_client, entry
    )
    return told


async def test_tells_what_helps_to_find_a_fault(
    hass: HomeAssistant,
    hass_client: ClientSessionGenerator,
    init_integration: MockConfigEntry,
    fake_agent: FakeAgent,
) -> None:
    fake_agent.register(ACCOUNT_ID, RegistrationState.REJECTED, status=403)
    fake_agent.ring(DOORBELL_ID)

    told = await download(hass, hass_client, init_integration)

    assert told["agent"]["hello"]["pjsip"] == "2.17"
    assert told["agent"]["hello"]["build"]["patches"] == ["one"]
    assert told["registrations"][0]["state"] == "rejected"
    assert told["calls"][0]["state"] == "ringing"
    assert told["calls"][0]["device"] == DOORBELL_ID
    assert told["calls"][0]["caller"] == "**REDACTED**"
    assert told["transports"][0]["port"] == 5060
    assert told["names"] == {"wanted": 0, "known": 0}
    assert told["log"] == ["INFO pjsip: hello", "WARNING pjsip: no route"]
    subentries = told["config"]["subentries"]
    assert [each["subentry_type"] for each in subentries] == [
        "account",
        "device",
        "device",
        "device",
    ]


class TestPrivacy:
    """Nothing about people and places is given away."""

    @pytest.fixture
    def subentries(self) -> list[ConfigSubentry]:
        private = {
            "server": "pbx.hidden.example",
            "username": "user-4711",
            "auth_username": "auth-4712",
            "password": "s3cr(t+",
            "outbound_proxy": "sip:proxy.hidden.example:5062",
            "display_name": "Muster",
            "trusted_networks": ["203.0.113.0/24", "203.0.113.9"],
        }
        return [
            subentry(ACCOUNT_ID, "account", "Anna's line", private),
            device(
                DOORBELL_ID,
                "Anna's door",
                address="door-4713@192.0.2.20",
                callers=["+49307777"],
                buttons=[BUTTONS[0] | {"number": "4714"}],
                doors=[{"id": "d1", "name": "Gate", "code": "471599"}],
                pins=[
                    {"id": "p1", "name": "Anna", "door": "d1"}
                    | {"hash": "4716ab", "salt": "4717cd"}
                ],
                forwards=[{"phone": "+49301010", "account": ACCOUNT_ID}],
                header_name="Alert-Info",
                header_value="gate",
            ),
            account("other", "Other"),
        ]

    async def test_nobody_is_given_away(
        self,
        hass: HomeAssistant,
        hass_client: ClientSessionGenerator,
        mock_entry: MockConfigEntry,
        fake_agent: FakeAgent,
    ) -> None:
        lines = (
            INVITE,
            "INFO pjsip: pbx.hidden.example is 192.0.2.99, for USER-4711 and auth-4712",
            "INFO pjsip: s3cr(t+ Muster +49307777 4714 door-4713 192.0.2.20 203.0.113.9",
        )
        with patch(RESOLVER, return_value=("192.0.2.99:5062",)), patch(LOG, lines):
            assert await hass.config_entries.async_setup(mock_entry.entry_id)
            await hass.async_block_till_done(wait_background_tasks=True)
            fake_agent.register(
                ACCOUNT_ID, RegistrationState.REJECTED, text="no sip:user-4711@x, Anna"
            )
            fake_agent.ring(
                DOORBELL_ID,
                caller="sip:+49308888@192.0.2.20",
                caller_name="Anna",
                called="+49309999",
            )
            told = await download(hass, hass_client, mock_entry)

        assert told["registrations"][0].pop("text") == "no sip:**@x, Anna"
        assert told["names"] == {"wanted": 2, "known": 2}
        assert "RX 811 bytes Request msg INVITE" in told["log"][0]
        assert "Via: SIP/2.0/UDP 198.51.100.77:5060;branch=z9hG4bK1" in told["log"][0]
        text = json.dumps(told).lower()
        for hidden in (
            *("hidden", "471", "+4930", "s3cr", "anna", "an@", "na@", "muster", "pw%"),
            *("192.0.2.20", "192.0.2.99", "203.0.113"),
        ):
            assert hidden not in text


@pytest.mark.parametrize(
    ("text", "scrubbed"),
    [
        ("sip:620@host;a=b", "sip:**@host;a=b"),
        ("<sip:host> sip:host:5060", "<sip:host> sip:host:5060"),
        ("Contact: <sip:620@host>", "Contact: <sip:**@host>"),
        ("To: sip:620@host", "To: sip:**@host"),
        ("gatehouse GATE gate.", "gatehouse **REDACTED** **REDACTED**."),
        ("an 11", "an 11"),
    ],
)
def test_texts_stay_readable(text: str, scrubbed: str) -> None:
    assert Privacy([{"username": "gate", "number": "11"}], ["an"]).scrub(text) == (
        scrubbed
    )


def test_nothing_known_hides_nothing() -> None:
    assert Privacy([], []).scrub("a text\n") == "a text\n"
