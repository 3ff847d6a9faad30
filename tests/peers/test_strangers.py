"""Strangers never ring and learn nothing, whatever they say."""

from collections import Counter
from collections.abc import AsyncIterator, Iterator
import re

import pytest

from custom_components.sip_intercom.lib.sipagent.protocol.calls import CallEventType
from custom_components.sip_intercom.lib.sipagent.protocol.config import (
    ButtonConfig,
    DeviceConfig,
)
from custom_components.sip_intercom.lib.sipagent.protocol.messages import (
    CallChanged,
    CallerRefused,
)

from .addresses import new_address
from .agent import Agent
from .stranger import Stranger, anonymous, request, sdp, status

SCANNER_USERS = ("100", "1000", "homeassistant", "9999", "admin", "nobody")
OTHER_METHODS = (
    "OPTIONS",
    "REGISTER",
    "REFER",
    "SUBSCRIBE",
    "NOTIFY",
    "PUBLISH",
    "MESSAGE",
    "INFO",
    "UPDATE",
    "PRACK",
    "BYE",
    "CANCEL",
    "ACK",
    "NEWMETHOD",
)
AUTHORIZATION = (
    'Authorization: Digest username="homeassistant", realm="x", nonce="x", '
    f'uri="sip:x", response="{0:032}"'
)


@pytest.fixture
def bell() -> str:
    """Return the address of the one device that may ring."""
    return new_address()


@pytest.fixture
async def agent(bell: str) -> AsyncIterator[Agent]:
    """Run an agent that knows one doorbell with a button."""
    device = DeviceConfig(
        id="bell",
        addresses=(bell,),
        user="doorbell",
        uri=f"sip:doorbell@{bell}",
        buttons=(ButtonConfig(id="gate", number="11"),),
    )
    async with Agent(device) as agent:
        yield agent


@pytest.fixture
def listed(agent: Agent, bell: str) -> Iterator[Stranger]:
    """Return a socket on the doorbell's address."""
    with Stranger(agent.endpoint, bell) as listed:
        yield listed


@pytest.fixture
def stranger(agent: Agent) -> Iterator[Stranger]:
    """Return a socket on an address that nobody has configured."""
    with Stranger(agent.endpoint) as stranger:
        yield stranger


def invites(stranger: Stranger, agent: Agent, bell: str) -> dict[str, bytes]:
    """Return INVITEs of every kind of stranger."""
    offer = sdp(stranger.endpoint.address)
    bell_uri = f"sip:doorbell@{bell}"
    own_uri = f"sip:homeassistant@{agent.endpoint}"
    plain = {
        f"scanner calls {user}": request(
            stranger, "INVITE", user=user, caller=f"sip:{user}@{agent.endpoint}"
        )
        for user in SCANNER_USERS
    }
    crafted = {
        "an offer": {"body": offer},
        "forged From": {"caller": bell_uri, "body": offer},
        "our own From": {"caller": own_uri},
        "a button's number": {"user": "11"},
        "forged To": {"to": bell_uri, "body": offer},
        "foreign Request-URI": {"uri": "sip:someone@example.com"},
        "tel Request-URI": {"uri": "tel:+4912345"},
        "sips Request-URI": {"uri": f"sips:homeassistant@{agent.endpoint}"},
        "forged P-Asserted-Identity": {
            "headers": (f"P-Asserted-Identity: <{bell_uri}>",)
        },
        "Replaces": {"headers": ("Replaces: abc@x;to-tag=1;from-tag=2",)},
        "a To tag": {"to_tag": "abc"},
        "Require": {"headers": ("Require: 100rel, timer, nonsense",)},
        "Authorization": {"headers": (AUTHORIZATION,)},
        "Route": {"headers": ("Route: <sip:127.0.0.1:9;lr>",)},
        "a broken offer": {"body": "v=0\r\nm=audio\r\n"},
    }
    return plain | {
        name: request(stranger, "INVITE", **arguments)  # type: ignore[arg-type]
        for name, arguments in crafted.items()
    }


async def test_every_invite_has_the_same_answer(
    agent: Agent, bell: str, listed: Stranger
) -> None:
    """No INVITE of a stranger rings, and all answers are alike, byte by byte."""
    answers: dict[str, bytes] = {}
    for name in invites(listed, agent, bell):
        with Stranger(agent.endpoint) as stranger:
            message = invites(stranger, agent, bell)[name]
            received = await stranger.answers(message, listed=listed)
        assert len(received) == 1, (name, received)
        answers[name] = anonymous(received[0])
    assert set(answers.values()) == {
        b"SIP/2.0 403 Forbidden\r\nContent-Length:  0\r\n\r\n"
    }, answers
    assert not await agent.seen(CallChanged)
    assert not (await agent.client.list_state()).calls


async def test_the_answer_only_echoes(
    agent: Agent, listed: Stranger, stranger: Stranger
) -> None:
    """Via, From, Call-ID and CSeq come back as sent; To gains a tag of its own."""
    message = request(stranger, "INVITE")
    (response,) = await stranger.answers(message, listed=listed)
    for header in (b"From", b"Call-ID", b"CSeq"):
        sent = re.search(rb"(?m)^%s:.*$" % header, message)
        assert sent
        assert sent[0] in response
    assert re.search(rb"(?m)^To: <[^>]+>;tag=[^;\r]+\r$", response)


@pytest.mark.parametrize("method", OTHER_METHODS)
async def test_everything_else_is_dropped(
    agent: Agent, listed: Stranger, stranger: Stranger, method: str
) -> None:
    """A stranger's other requests have no answer at all."""
    for user in ("homeassistant", "nobody"):
        message = request(
            stranger,
            method,
            user=user,
            headers=("Refer-To: <sip:900@example.com>", "Event: presence"),
        )
        assert await stranger.answers(message, listed=listed) == []
    assert not await agent.seen(CallChanged)


async def test_refused_callers_are_told(
    agent: Agent, listed: Stranger, stranger: Stranger
) -> None:
    """Home Assistant hears who was refused, with what it called itself."""
    message = request(
        stranger,
        "INVITE",
        caller="sip:scanner@example.net",
        headers=("User-Agent: friendly-scanner",),
    )
    await stranger.answers(message, listed=listed)
    refused = await agent.next(CallerRefused)
    assert refused.source == stranger.endpoint.address
    assert refused.caller == "scanner"
    assert refused.user_agent == "friendly-scanner"
    assert refused.attempts == 1


async def test_a_flooding_stranger_is_hardly_answered(
    agent: Agent, listed: Stranger, stranger: Stranger
) -> None:
    """Answers to one source are limited; the doorbell rings all the same."""
    for _ in range(100):
        stranger.send(request(stranger, "INVITE"))
    received = await stranger.answers(request(stranger, "INVITE"), listed=listed)
    assert len(received) < 50
    listed.send(
        request(
            listed,
            "INVITE",
            caller=f"sip:doorbell@{listed.endpoint.address}",
            body=sdp(listed.endpoint.address),
        )
    )
    assert (await agent.call(CallEventType.INCOMING)).device == "bell"


async def test_rings_arrive_in_a_flood(
    agent: Agent, listed: Stranger, stranger: Stranger
) -> None:
    """A stranger's INVITEs and CANCELs without pause keep no ring away."""
    caller = f"sip:doorbell@{listed.endpoint.address}"
    body = sdp(listed.endpoint.address)
    for _ in range(5):
        for _ in range(200):
            stranger.send(request(stranger, "INVITE", body=body))
            stranger.send(request(stranger, "CANCEL"))
        listed.send(request(listed, "INVITE", caller=caller, body=body))
        call = await agent.call(CallEventType.INCOMING)
        await agent.client.decline(call.id)
        await agent.call(CallEventType.DECLINED)
    assert agent.client.deaths == 0


@pytest.mark.parametrize(
    ("method", "expected"),
    [("OPTIONS", 200), ("REFER", 603), ("SUBSCRIBE", 489), ("MESSAGE", 400)],
)
async def test_listed_peers_have_an_answer(
    agent: Agent, listed: Stranger, method: str, expected: int
) -> None:
    """A listed peer is told what we are not willing to do."""
    headers = ("Refer-To: <sip:900@example.com>", "Event: presence", "Expires: 0")
    listed.send(request(listed, method, headers=headers))
    assert status(await listed.receive()) == expected


async def test_a_listed_peer_may_not_replace(agent: Agent, listed: Stranger) -> None:
    """An INVITE with Replaces is refused even from the doorbell."""
    listed.send(
        request(
            listed,
            "INVITE",
            caller=f"sip:doorbell@{listed.endpoint.address}",
            headers=("Replaces: abc@x;to-tag=1;from-tag=2",),
            body=sdp(listed.endpoint.address),
        )
    )
    assert status(await listed.receive()) == 403
    assert not await agent.seen(CallChanged)


async def test_four_pending_calls_per_source(agent: Agent, listed: Stranger) -> None:
    """A fifth unanswered call of one source is refused."""
    caller = f"sip:doorbell@{listed.endpoint.address}"
    for _ in range(5):
        listed.send(request(listed, "INVITE", caller=caller))
    statuses: Counter[int] = Counter()
    while not (statuses[486] and statuses[180] >= 4):
        statuses[status(await listed.receive())] += 1
    assert statuses[180] == 4
