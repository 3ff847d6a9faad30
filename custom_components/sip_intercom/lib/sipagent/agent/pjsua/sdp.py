"""Our address in our SDP."""

import re
from typing import Final

_CONNECTION: Final = re.compile(r"^c=IN (IP[46]) (\S+)", re.MULTILINE)


def with_address(sdp: str, address: str) -> str:
    """Return an SDP whose streams are at this address, if it is of their family.

    PJSIP takes the address of the default route, but a door may be on
    another network.
    """
    found = _CONNECTION.search(sdp)
    if not address or found is None:
        return sdp
    family, old = found.groups()
    if (family == "IP6") != (":" in address) or old == address:
        return sdp
    place = re.compile(rf"(\bIN {family} ){re.escape(old)}(?=\s|$)", re.MULTILINE)
    return place.sub(rf"\g<1>{address}", sdp)
