"""What a TLS transport is made with."""

import os
from typing import Final

import pjsua2

from ...protocol.config import AccountConfig, TlsVerify
from ...protocol.errors import InvalidCertificateError

_SYSTEM_CA_FILES: Final = (
    "/etc/ssl/certs/ca-certificates.crt",  # Debian, Alpine, Home Assistant OS
    "/etc/ssl/cert.pem",
    "/etc/pki/tls/certs/ca-bundle.crt",  # Fedora
    "/etc/ssl/ca-bundle.pem",  # openSUSE
)
_TLS_1_2: Final = 1 << 4
_TLS_1_3: Final = 1 << 5
_HANDSHAKE_TIMEOUT: Final = 10_000  # ms
_STRANGERS_HANDSHAKE_TIMEOUT: Final = 5_000  # ms; each holds a socket meanwhile


def system_ca_file() -> str:
    """Return the file of the certificates that this system trusts, or nothing."""
    candidates = (os.environ.get("SSL_CERT_FILE", ""), *_SYSTEM_CA_FILES)
    return next((path for path in candidates if path and os.path.isfile(path)), "")


def client_tls(account: AccountConfig) -> pjsua2.TlsConfig:
    """Return how we connect to an account's server; InvalidCertificateError.

    We show no certificate of our own.
    """
    config = _base()
    config.verifyServer = account.tls_verify is not TlsVerify.OFF
    match account.tls_verify:
        case TlsVerify.SYSTEM:
            config.CaListFile = system_ca_file()
        case TlsVerify.OWN_CA:
            config.CaListFile = _readable_authorities(account.ca_file)
        case TlsVerify.OFF:
            pass
    return config


def server_tls(certificate: str, key: str) -> pjsua2.TlsConfig:
    """Return how we take connections, with the certificate of the user agent."""
    tls = _base()
    tls.certFile = certificate
    tls.privKeyFile = key
    tls.msecTimeout = _STRANGERS_HANDSHAKE_TIMEOUT
    return tls


def certificate_problem(certificate: str, key: str) -> str:
    """Return why a certificate cannot be shown, or nothing.

    PJSIP would only find out with the first connection.
    """
    import ssl  # noqa: PLC0415 - costs memory that most user agents need not spend

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    try:
        context.load_cert_chain(certificate, key, password="")
    except (OSError, ValueError) as err:
        return f"the certificate or its key cannot be used: {err}"
    return ""


def stamp(*paths: str) -> tuple[int, ...]:
    """Return what is different once one of the files has been renewed."""
    return tuple(_changed_at(path) for path in paths)


def _changed_at(path: str) -> int:
    """Return when a file was changed, 0 if there is none."""
    try:
        return os.stat(path).st_mtime_ns
    except OSError:
        return 0


def _readable_authorities(path: str) -> str:
    """Return the path of a file with certificates; InvalidCertificateError."""
    import ssl  # noqa: PLC0415 - as above

    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(path)
    except (OSError, ValueError) as err:
        raise InvalidCertificateError(f"{path}: {err}") from None
    return path


def _base() -> pjsua2.TlsConfig:
    config = pjsua2.TlsConfig()
    config.proto = _TLS_1_2 | _TLS_1_3
    config.verifyClient = False
    config.requireClientCert = False
    config.enableRenegotiation = False
    config.msecTimeout = _HANDSHAKE_TIMEOUT
    return config
