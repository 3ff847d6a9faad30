"""An account of Home Assistant at the test's registrar."""

from tests.peers.kamailio import Kamailio

from .sip_intercom import SipIntercom, Subentry

EXPIRY = 60  # seconds; the shortest that the form takes


async def add_account(
    ha: SipIntercom,
    registrar: Kamailio,
    user: str = "house",
    transport: str = "udp",
    password: str = "",
) -> Subentry:
    """Add the account of a user, as a user would."""
    return await ha.add(
        "account",
        name=f"{user} at {registrar.endpoint}",
        server=registrar.endpoint.address,
        username=user,
        password=password or registrar.users[user],
        transport=transport,
        advanced={
            "port": registrar.port(transport),
            "expiry": EXPIRY,
            "tls_verify": "own_ca",
            "ca_file": str(registrar.identity.authority),
            "media_encryption": "sdes_optional",
        },
    )
