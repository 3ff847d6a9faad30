"""What a TLS transport is made with."""

import os
from pathlib import Path
from typing import Final

import pjsua2

from ...protocol.config import AccountConfig, TlsVerify, TransportsConfig

_SYSTEM_CA_FILES: Final = (
    "/etc/ssl/certs/ca-certificates.crt",  # Debian, Alpine, Home Assistant OS
    "/etc/ssl/cert.pem",
    "/etc/pki/tls/certs/ca-bundle.crt",  # Fedora
    "/etc/ssl/ca-bundle.pem",  # openSUSE
)
_TLS_1_2: Final = 1 << 4
_TLS_1_3: Final = 1 << 5
_HANDSHAKE_TIMEOUT: Final = 10_000  # ms


def system_ca_file() -> str:
    """Return the file of the certificates that this system trusts, or nothing."""
    candidates = (os.environ.get("SSL_CERT_FILE", ""), *_SYSTEM_CA_FILES)
    return next((path for path in candidates if path and Path(path).is_file()), "")


def client_tls(account: AccountConfig) -> pjsua2.TlsConfig:
    """Return how we connect to an account's server; there is no certificate of ours."""
    config = _base()
    config.verifyServer = account.tls_verify is not TlsVerify.OFF
    match account.tls_verify:
        case TlsVerify.SYSTEM:
            config.CaListFile = system_ca_file()
        case TlsVerify.OWN_CA:
            config.CaListFile = account.ca_file
        case TlsVerify.OFF:
            pass
    return config


def server_tls(config: TransportsConfig) -> pjsua2.TlsConfig:
    """Return how we take connections, with the certificate of the user agent."""
    tls = _base()
    tls.certFile = config.tls_certificate
    tls.privKeyFile = config.tls_key
    return tls


def _base() -> pjsua2.TlsConfig:
    config = pjsua2.TlsConfig()
    config.proto = _TLS_1_2 | _TLS_1_3
    config.verifyClient = False
    config.requireClientCert = False
    config.enableRenegotiation = False
    config.msecTimeout = _HANDSHAKE_TIMEOUT
    return config
