"""Phones that look for a server (SIP PnP): told about, never answered."""

from collections.abc import Callable
import re
from typing import Final

from ...protocol.messages import ServerSought
from ...protocol.sip_uri import parse_or_none
from ..limits import BoundedDict, Clock, RateLimit
from ..request import Request
from ..texts import clean

PACKAGE: Final = "ua-profile"
AGAIN: Final = 600.0  # seconds until the same phone is told again
MAX_PHONES: Final = 256
_PARAMETER: Final = re.compile(r';\s*(vendor|model|version)\s*=\s*"?([^";]{1,64})')
_MAC: Final = re.compile(
    r"(?:mac:)?((?:[0-9a-f]{2}[:-]?){5}[0-9a-f]{2})", re.IGNORECASE
)


class PhoneFinder:
    """Tells each phone that looks for a server, at a bearable pace."""

    def __init__(self, clock: Clock, emit: Callable[[ServerSought], None]) -> None:
        """Start with nobody found."""
        self._clock = clock
        self._emit = emit
        self._told: BoundedDict[str, float] = BoundedDict(MAX_PHONES)
        self._pace = RateLimit(clock, rate=1.0, total_rate=5.0)

    def hears(self, request: Request) -> bool:
        """Take a request if it looks for a server, and tell whether it did."""
        package = request.event_package
        if request.method != "SUBSCRIBE" or not package.startswith(PACKAGE):
            return False
        mac = _mac(request)
        told = self._told.get(mac or request.remote_address)
        if told is not None and self._clock() - told < AGAIN:
            return True
        if self._pace.allow(request.remote_address):
            self._told.put(mac or request.remote_address, self._clock())
            self._emit(_sought(request, mac))
        return True


def _sought(request: Request, mac: str) -> ServerSought:
    """Return what a phone says of itself, cleaned for people to read."""
    said = dict(_PARAMETER.findall(request.event_package))
    return ServerSought(
        address=request.remote_address,
        port=request.remote_port,
        mac=mac,
        vendor=clean(said.get("vendor", "")),
        model=clean(said.get("model", "")),
        version=clean(said.get("version", "")),
        user_agent=clean(request.user_agent),
    )


def _mac(request: Request) -> str:
    """Return the hardware address that a phone asks as, twelve digits, or nothing."""
    for text in (request.from_uri, request.uri, request.to_uri):
        uri = parse_or_none(text) or parse_or_none(text.partition(";")[0])
        if uri and (found := _MAC.fullmatch(uri.user)):
            return re.sub("[:-]", "", found[1]).lower()
    return ""
