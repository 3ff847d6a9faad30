"""Accounts at a real registrar, as their user sees them."""

import pytest

from demo.api import ApiError
from tests.peers.baresip import Baresip
from tests.peers.kamailio import Kamailio

from .accounts import add_account
from .sip_intercom import SipIntercom

REFRESH_TIMEOUT = 90.0  # seconds


def _phone(registrar: Kamailio) -> Baresip:
    return Baresip(
        folder=registrar.folder / "doorbell",
        user="doorbell",
        domain=str(registrar.endpoint),
        options="auth_user=doorbell;auth_pass=secret;regint=60",
    )


@pytest.mark.parametrize("transport", ["udp", "tcp", "tls"])
async def test_a_doorbell_rings_over_an_account(
    ha: SipIntercom, registrar: Kamailio, transport: str
) -> None:
    """The doorbell rings over the registrar, and can be called over it."""
    account = await add_account(ha, registrar, transport=transport)
    await ha.becomes(account.entities["binary_sensor.registered"], "on")
    device = await ha.add(
        "device",
        name=f"Doorbell at {registrar.endpoint}",
        kind="doorbell",
        address="doorbell",
        account=account.id,
    )
    device_id = await ha.device_id(device.entities["event.call"])
    async with _phone(registrar) as phone:
        await phone.registered()
        await phone.dial(f"sip:house@{registrar.endpoint}")
        ring = await ha.event(device.entities["event.doorbell"], "ring")
        assert ring.attributes["caller"] == "doorbell"
        await ha.act("decline", device_id=device_id)
        await phone.event("CALL_CLOSED")
        await ha.becomes(device.entities["sensor.call_state"], "idle")

        await ha.act("call", device_id=device_id)
        await phone.event("CALL_INCOMING")
        await phone.accept()
        await ha.becomes(device.entities["sensor.call_state"], "in_call")
        await phone.receives()
        await ha.act("hang_up", device_id=device_id)
        await phone.event("CALL_CLOSED")
    await ha.remove(device)
    await ha.remove(account)


async def test_an_unknown_caller_rings_the_account(
    ha: SipIntercom, registrar: Kamailio
) -> None:
    """A caller that is no device shows as the account's incoming call."""
    account = await add_account(ha, registrar)
    async with _phone(registrar) as phone:
        await phone.registered()
        await phone.dial(f"sip:house@{registrar.endpoint}")
        await ha.event(account.entities["event.incoming_call"], "incoming")
        await phone.hang_up()
        await ha.event(account.entities["event.incoming_call"], "missed")
    await ha.remove(account)


async def test_a_wrong_password_is_not_saved(
    ha: SipIntercom, registrar: Kamailio
) -> None:
    """The form tries the account and says that the password is wrong."""
    with pytest.raises(ApiError, match="invalid_auth"):
        await add_account(ha, registrar, password="wrong")


@pytest.mark.timeout(240)
async def test_a_registrar_comes_back(ha: SipIntercom, registrar: Kamailio) -> None:
    """An outage of the registrar shows, ends by itself and asks for no password."""
    account = await add_account(ha, registrar, transport="tcp")
    registered = account.entities["binary_sensor.registered"]
    await ha.becomes(registered, "on")
    await registrar.kill()
    await ha.becomes(registered, "off", seconds=REFRESH_TIMEOUT)
    await registrar.start()
    await ha.becomes(registered, "on", seconds=REFRESH_TIMEOUT)
    assert await registrar.contacts("house")
    assert await ha.flows() == []
    await ha.remove(account)


@pytest.mark.timeout(240)
async def test_two_passwords_stop_working(ha: SipIntercom, registrar: Kamailio) -> None:
    """Two accounts that fail together both ask for their password, in turn."""
    users = ("house", "garden")
    accounts = {
        user: await add_account(ha, registrar, user, transport="tcp") for user in users
    }
    for account in accounts.values():
        await ha.becomes(account.entities["binary_sensor.registered"], "on")
    await registrar.kill()
    for user in users:
        registrar.users[user] = f"new-{user}"
    await registrar.start()
    for account in accounts.values():
        await ha.becomes(
            account.entities["binary_sensor.registered"],
            "off",
            seconds=REFRESH_TIMEOUT,
        )
    asked: set[str] = set()
    for _ in users:
        flow = await ha.reauth_flow(asked)
        user = flow["context"]["title_placeholders"]["name"].partition(" ")[0]
        await ha.give_password(flow["flow_id"], f"new-{user}")
        await ha.becomes(accounts[user].entities["binary_sensor.registered"], "on")
        asked.add(flow["flow_id"])
    assert await ha.flows() == []
    for account in accounts.values():
        await ha.remove(account)
