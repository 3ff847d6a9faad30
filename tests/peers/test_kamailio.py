"""Phones at the registrar: what the tests of accounts rely on."""

from pathlib import Path

import pytest

from .addresses import new_endpoint
from .baresip import Baresip
from .certificates import Authority
from .kamailio import Kamailio


def _phone(registrar: Kamailio, user: str, transport: str = "udp") -> Baresip:
    password = registrar.users[user]
    return Baresip(
        folder=registrar.folder / user,
        user=user,
        domain=f"{registrar.endpoint.host}:{registrar.port(transport)}",
        transport=transport,
        options=f"auth_user={user};auth_pass={password};regint=60",
        identity=registrar.identity,
    )


@pytest.fixture
def registrar(tmp_path: Path) -> Kamailio:
    """Return a registrar with two users."""
    endpoint = new_endpoint(span=2)
    return Kamailio(
        folder=tmp_path / "registrar",
        users={"anna": "secret", "bert": "geheim"},
        identity=Authority(tmp_path / "authority").issue(endpoint.address),
        endpoint=endpoint,
    )


@pytest.mark.parametrize("transport", ["udp", "tcp", "tls"])
async def test_phones_call_through_the_registrar(
    registrar: Kamailio, transport: str
) -> None:
    """Two phones register and one calls the other."""
    async with (
        registrar,
        _phone(registrar, "anna", transport) as anna,
        _phone(registrar, "bert") as bert,
    ):
        await anna.registered()
        await bert.registered()
        await bert.dial(f"sip:anna@{registrar.endpoint}")
        await anna.event("CALL_INCOMING")
        await anna.accept()
        await bert.event("CALL_ESTABLISHED")
        await anna.hears()
        await bert.hears()
        await anna.hang_up()
        await bert.event("CALL_CLOSED")


async def test_wrong_password_is_refused(registrar: Kamailio) -> None:
    """A password that was changed no longer registers; the new one does."""
    async with registrar:
        await registrar.set_password("anna", "changed")
        phone = _phone(registrar, "anna")
        phone.options = "auth_user=anna;auth_pass=secret;regint=60"
        async with phone:
            await phone.unauthorized()
            assert not await registrar.contacts("anna")
        async with _phone(registrar, "anna") as changed:
            await changed.registered()
            assert await registrar.contacts("anna")


async def test_registrar_forgets_all_after_a_power_cut(registrar: Kamailio) -> None:
    """Nothing is registered after the registrar was killed and is back."""
    async with registrar, _phone(registrar, "anna") as anna:
        await anna.registered()
        await registrar.kill()
        await registrar.start()
        assert not await registrar.contacts("anna")
