"""The transports that connect to servers over TLS, one for each kind of trust."""

import pjsua2

from ...protocol.config import AccountConfig, Transport
from ...protocol.errors import InvalidCertificateError
from .listener import transport_type
from .tls import client_tls, stamp

type _Trust = tuple[bool, str, tuple[int, ...], bool]


class TlsClients:
    """Makes a transport where there is none yet that trusts what an account trusts.

    They stay: a call keeps no count of the transport that it refers to.
    """

    def __init__(self, endpoint: pjsua2.Endpoint) -> None:
        """Start without any."""
        self._endpoint = endpoint
        self._transports: dict[_Trust, int] = {}

    def get(self, account: AccountConfig, *, ipv6: bool) -> int:
        """Return PJSIP's number of an account's; InvalidCertificateError."""
        tls = client_tls(account)
        # PJSIP reads the file once.
        read = stamp(tls.CaListFile) if tls.CaListFile else ()
        key = tls.verifyServer, tls.CaListFile, read, ipv6
        if key not in self._transports:
            config = pjsua2.TransportConfig()
            config.tlsConfig = tls
            try:
                self._transports[key] = self._endpoint.transportCreate(
                    transport_type(Transport.TLS, ipv6=ipv6), config
                )
            except pjsua2.Error as err:
                raise InvalidCertificateError(err.reason) from None
        return self._transports[key]
