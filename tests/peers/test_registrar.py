"""Accounts at a real registrar: registration, calls both ways, outages."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
import secrets
from typing import Any

import pytest

from custom_components.sip_intercom.lib.sipagent.protocol.calls import (
    CallEventType,
    CallReason,
    Proof,
    RegistrationState,
)
from custom_components.sip_intercom.lib.sipagent.protocol.commands import Dial
from custom_components.sip_intercom.lib.sipagent.protocol.config import (
    AccountConfig,
    DeviceConfig,
    MediaEncryption,
    TlsVerify,
    Transport,
)
from custom_components.sip_intercom.lib.sipagent.protocol.doors import DoorConfig
from custom_components.sip_intercom.lib.sipagent.protocol.errors import (
    CannotConnectError,
    CommandError,
    InvalidAuthError,
    InvalidCertificateError,
    RegistrationTimeoutError,
)
from custom_components.sip_intercom.lib.sipagent.protocol.messages import (
    CallChanged,
    RegistrationChanged,
)

from .addresses import new_endpoint
from .agent import Agent
from .baresip import Baresip
from .certificates import Authority
from .kamailio import Kamailio
from .stranger import Stranger, request, sdp, status

OURS = "house"
THEIRS = "doorbell"
OUTAGE_TIMEOUT = 90.0  # seconds
SHORT_EXPIRY = 60  # seconds
SLOW_AND_FAST = (
    # Without a connection, an outage shows when the registration is refreshed.
    pytest.param(Transport.UDP, marks=pytest.mark.nightly),
    Transport.TCP,
    Transport.TLS,
)
TRANSPORTS = (Transport.UDP, Transport.TCP, Transport.TLS)


@pytest.fixture
async def registrar(
    tmp_path: Path, request: pytest.FixtureRequest
) -> AsyncIterator[Kamailio]:
    """Run a registrar with two users."""
    endpoint = new_endpoint(span=2)
    registrar = Kamailio(
        folder=tmp_path / "registrar",
        users={OURS: "geheim", THEIRS: "secret"},
        identity=Authority(tmp_path / "authority").issue(endpoint.address),
        endpoint=endpoint,
        forgets_contact=getattr(request, "param", False),
    )
    async with registrar:
        yield registrar


def _account(
    registrar: Kamailio, transport: Transport = Transport.UDP, **changes: Any
) -> AccountConfig:
    values: dict[str, Any] = {
        "id": "pbx",
        "server": registrar.endpoint.address,
        "port": registrar.port(transport),
        "username": OURS,
        "password": registrar.users[OURS],
        "token": secrets.token_hex(16),
        "transport": transport,
        "tls_verify": TlsVerify.OWN_CA,
        "ca_file": str(registrar.identity.authority),
        **changes,
    }
    return AccountConfig(**values)


def _phone(registrar: Kamailio, options: str = "") -> Baresip:
    password = registrar.users[THEIRS]
    return Baresip(
        folder=registrar.folder / THEIRS,
        user=THEIRS,
        domain=str(registrar.endpoint),
        options=f"auth_user={THEIRS};auth_pass={password};regint=60{options}",
        identity=registrar.identity,
    )


def _doorbell() -> DeviceConfig:
    return DeviceConfig(id="bell", account="pbx", user=THEIRS, uri=THEIRS)


@pytest.mark.parametrize("transport", TRANSPORTS)
async def test_calls_both_ways(registrar: Kamailio, transport: Transport) -> None:
    """A phone calls through the registrar, and is called through it."""
    account = _account(registrar, transport)
    async with (
        Agent(_doorbell(), accounts=(account,)) as agent,
        _phone(registrar) as phone,
    ):
        await agent.registration("pbx", RegistrationState.REGISTERED)
        await phone.registered()
        await phone.dial(f"sip:{OURS}@{registrar.endpoint}")
        call = await agent.call(CallEventType.INCOMING)
        assert (call.device, call.account, call.caller) == ("bell", "pbx", THEIRS)
        assert call.proof in {Proof.TOKEN, Proof.CONNECTION, Proof.TLS}
        await agent.client.answer(call.id)
        await agent.call(CallEventType.ANSWERED)
        await phone.receives()
        await phone.hang_up()
        assert (await agent.call(CallEventType.ENDED)).id == call.id

        dialled = await agent.client.dial(Dial(target=THEIRS, account="pbx"))
        await phone.event("CALL_INCOMING")
        await phone.accept()
        await agent.next(
            CallChanged, lambda event: event.event is CallEventType.ANSWERED
        )
        await phone.receives()
        await agent.client.hang_up(dialled)
        await phone.event("CALL_CLOSED")


@pytest.mark.parametrize("transport", TRANSPORTS)
async def test_door_over_an_account(registrar: Kamailio, transport: Transport) -> None:
    """A door is opened through the registrar: from idle, and in the phone's call."""
    door = DoorConfig(id="gate", code="4711#")
    bell = replace(_doorbell(), doors=(door,), min_proof=Proof.TOKEN)
    async with (
        Agent(bell, accounts=(_account(registrar, transport),)) as agent,
        _phone(registrar, ";answermode=auto") as phone,
    ):
        await agent.registration("pbx", RegistrationState.REGISTERED)
        await phone.registered()
        await agent.client.open_door("bell", "gate")
        assert await _pressed(phone, door) == door.code
        await phone.event("CALL_CLOSED")

        await phone.dial(f"sip:{OURS}@{registrar.endpoint}")
        ring = await agent.next(
            CallChanged, lambda event: event.event is CallEventType.INCOMING
        )
        assert await agent.client.open_door("bell", "gate") == ring.call.id
        assert await _pressed(phone, door) == door.code
        await phone.hang_up()


async def _pressed(phone: Baresip, door: DoorConfig) -> str:
    """Return the tones that a phone hears."""
    events = [await phone.event("CALL_DTMF_START") for _ in door.code]
    return "".join(event.parameter for event in events)


async def test_a_number_that_does_not_exist(registrar: Kamailio) -> None:
    """The registrar's answer counts, not its demand for a password before it."""
    async with Agent(accounts=(_account(registrar),)) as agent:
        await agent.registration("pbx", RegistrationState.REGISTERED)
        await agent.client.dial(Dial(target="nobody", account="pbx"))
        await agent.call(CallEventType.OUTGOING)
        failed = await agent.call(CallEventType.FAILED)
    assert (failed.reason, failed.status) == (CallReason.NOT_FOUND, 404)


async def test_a_phone_that_declines(registrar: Kamailio) -> None:
    """A declined call is busy."""
    async with (
        Agent(accounts=(_account(registrar),)) as agent,
        _phone(registrar) as phone,
    ):
        await agent.registration("pbx", RegistrationState.REGISTERED)
        await phone.registered()
        await agent.client.dial(Dial(target=THEIRS, account="pbx"))
        await phone.event("CALL_INCOMING")
        await phone.hang_up()
        failed = await agent.next(
            CallChanged, lambda event: event.event is CallEventType.FAILED
        )
    assert (failed.call.reason, failed.call.status) == (CallReason.BUSY, 486)


@pytest.mark.parametrize("registrar", [True], indirect=True)
async def test_a_registrar_that_forgets_the_contact(registrar: Kamailio) -> None:
    """A PBX that drops the token is known by its address, which is weak."""
    account = _account(registrar)
    async with (
        Agent(_doorbell(), accounts=(account,)) as agent,
        _phone(registrar) as phone,
    ):
        await agent.registration("pbx", RegistrationState.REGISTERED)
        await phone.registered()
        await phone.dial(f"sip:{OURS}@{registrar.endpoint}")
        call = await agent.call(CallEventType.INCOMING)
    assert (call.device, call.proof) == ("bell", Proof.ADDRESS)


@pytest.mark.parametrize(
    ("encryption", "options"),
    [
        (MediaEncryption.SDES_REQUIRED, ";mediaenc=srtp-mand"),
        (MediaEncryption.DTLS, ";mediaenc=dtls_srtp"),
    ],
)
async def test_encrypted_calls(
    registrar: Kamailio, encryption: MediaEncryption, options: str
) -> None:
    """Audio through a registrar over TLS is encrypted as the account says."""
    account = _account(registrar, Transport.TLS, media_encryption=encryption)
    async with (
        Agent(_doorbell(), accounts=(account,)) as agent,
        _phone(registrar, options) as phone,
    ):
        await agent.registration("pbx", RegistrationState.REGISTERED)
        await phone.registered()
        await agent.client.dial(Dial(target=THEIRS, account="pbx"))
        await phone.event("CALL_INCOMING")
        await phone.accept()
        await agent.next(
            CallChanged, lambda event: event.event is CallEventType.ANSWERED
        )
        await phone.receives()


@pytest.mark.timeout(240)
@pytest.mark.parametrize("transport", SLOW_AND_FAST)
async def test_registrar_is_killed_and_comes_back(
    registrar: Kamailio, transport: Transport
) -> None:
    """The agent notices the outage and registers anew by itself."""
    account = _account(registrar, transport, expiry=SHORT_EXPIRY)
    async with Agent(accounts=(account,)) as agent:
        await agent.registration("pbx", RegistrationState.REGISTERED)
        await registrar.kill()
        await agent.registration(
            "pbx",
            RegistrationState.UNREACHABLE,
            RegistrationState.TIMED_OUT,
            seconds=OUTAGE_TIMEOUT,
        )
        await registrar.start()
        assert not await registrar.contacts(OURS)
        await agent.registration(
            "pbx", RegistrationState.REGISTERED, seconds=OUTAGE_TIMEOUT
        )
        assert await registrar.contacts(OURS)


async def test_unregisters_at_the_end(registrar: Kamailio) -> None:
    """A registration is taken back when the agent ends."""
    async with Agent(accounts=(_account(registrar),)) as agent:
        await agent.registration("pbx", RegistrationState.REGISTERED)
        assert await registrar.contacts(OURS)
    assert not await registrar.contacts(OURS)


@pytest.mark.timeout(240)
@pytest.mark.parametrize("transport", SLOW_AND_FAST)
async def test_password_stops_working(
    registrar: Kamailio, transport: Transport
) -> None:
    """A password that the registrar no longer takes is reported as such."""
    account = _account(registrar, transport, expiry=SHORT_EXPIRY)
    async with Agent(accounts=(account,)) as agent:
        await agent.registration("pbx", RegistrationState.REGISTERED)
        await registrar.kill()
        registrar.users[OURS] = "another"
        await registrar.start()
        failed = await agent.registration(
            "pbx", RegistrationState.AUTH_FAILED, seconds=OUTAGE_TIMEOUT
        )
    assert failed.status in {401, 407}


@pytest.mark.timeout(240)
@pytest.mark.parametrize("transport", SLOW_AND_FAST)
async def test_a_restart_of_the_registrar_is_no_wrong_password(
    registrar: Kamailio, transport: Transport
) -> None:
    """A nonce that a restarted registrar does not know is no reason to reauth."""
    account = _account(registrar, transport, expiry=SHORT_EXPIRY)
    async with Agent(accounts=(account,)) as agent:
        await agent.registration("pbx", RegistrationState.REGISTERED)
        await registrar.kill()
        await registrar.start()
        await registrar.saved(OURS, OUTAGE_TIMEOUT)
        states = [
            event.registration.state for event in await agent.seen(RegistrationChanged)
        ]
    assert RegistrationState.AUTH_FAILED not in states


async def test_one_account_fails_and_the_other_stays(registrar: Kamailio) -> None:
    """An account with a wrong password does not disturb another."""
    accounts = (
        _account(registrar, id="good"),
        _account(registrar, id="bad", username=THEIRS, password="wrong"),
    )
    async with Agent(accounts=accounts) as agent:
        await agent.registration("bad", RegistrationState.AUTH_FAILED)
        registrations = (await agent.client.list_state()).registrations
        assert {state.account: state.state for state in registrations} == {
            "good": RegistrationState.REGISTERED,
            "bad": RegistrationState.AUTH_FAILED,
        }


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"password": "wrong"}, InvalidAuthError),
        ({"username": "nobody"}, InvalidAuthError),
        ({"transport": Transport.TCP, "port": 1}, CannotConnectError),
        ({"port": 1}, (RegistrationTimeoutError, CannotConnectError)),
    ],
)
async def test_trying_an_account_says_what_is_wrong(
    registrar: Kamailio,
    changes: dict[str, Any],
    error: type[CommandError] | tuple[type[CommandError], ...],
) -> None:
    """A trial fails with the reason, and leaves nothing registered."""
    async with Agent() as agent:
        with pytest.raises(error):
            await agent.client.try_account(_account(registrar, **changes))
        await agent.client.try_account(_account(registrar))
        await registrar.saved(OURS, seconds=10, times=2)
        assert not await registrar.contacts(OURS)


async def test_a_certificate_that_nobody_vouches_for(
    registrar: Kamailio, tmp_path: Path
) -> None:
    """A server whose certificate another authority has issued is refused."""
    stranger = Authority(tmp_path / "stranger", "another authority")
    account = _account(registrar, Transport.TLS, ca_file=str(stranger.path))
    async with Agent() as agent:
        with pytest.raises(InvalidCertificateError):
            await agent.client.try_account(account)


async def test_a_stranger_forges_the_account(registrar: Kamailio) -> None:
    """The account's name in Request-URI, To and From proves nothing."""
    aor = f"sip:{OURS}@{registrar.endpoint}"
    async with Agent(_doorbell(), accounts=(_account(registrar),)) as agent:
        await agent.registration("pbx", RegistrationState.REGISTERED)
        with Stranger(agent.endpoint) as stranger:
            for uri in (f"sip:{OURS}@{agent.endpoint}", aor):
                stranger.send(
                    request(
                        stranger,
                        "INVITE",
                        uri=uri,
                        to=aor,
                        caller=f"sip:{THEIRS}@{registrar.endpoint}",
                        body=sdp(stranger.endpoint.address),
                    )
                )
                assert status(await stranger.receive()) == 403
        assert not await agent.seen(CallChanged)
