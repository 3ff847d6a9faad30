"""Check certificate files before the agent is given them."""

from collections.abc import Callable
from pathlib import Path

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from cryptography.x509 import load_pem_x509_certificates

from ..const import CONF_TLS_CERTIFICATE, CONF_TLS_KEY
from .forms import BASE, FormError


def check_certificate_and_key(certificate: str, key: str) -> None:
    """Raise FormError unless both files can be used and belong together.

    Reads files: for the executor.
    """
    own = _load(certificate, load_pem_x509_certificates, CONF_TLS_CERTIFICATE)[0]
    private = _load(key, _load_key, CONF_TLS_KEY)
    if own.public_key() != private.public_key():
        raise FormError("key_mismatch", field=CONF_TLS_KEY)


def check_authorities(path: str) -> None:
    """Raise FormError unless the file holds certificates.

    Reads files: for the executor.
    """
    _load(path, load_pem_x509_certificates, BASE)


def _load_key(content: bytes) -> PrivateKeyTypes:
    return load_pem_private_key(content, password=None)


def _load[T](path: str, parse: Callable[[bytes], T], field: str) -> T:
    try:
        return parse(Path(path).read_bytes())
    except OSError as err:
        raise FormError("file_not_readable", field=field, path=path) from err
    except (TypeError, ValueError, UnsupportedAlgorithm) as err:
        error = "key_invalid" if parse is _load_key else "certificate_invalid"
        raise FormError(error, field=field, path=path) from err
