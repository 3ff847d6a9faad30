"""What the tests of the flows share."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    KeySerializationEncryption,
    NoEncryption,
    PrivateFormat,
)
from cryptography.x509.oid import NameOID
from homeassistant.data_entry_flow import FlowResult, section
import probatio


def form_defaults(result: FlowResult[Any, Any]) -> dict[str, Any]:
    """Return what the form shows before anything is typed."""
    assert result["data_schema"] is not None
    return _defaults(result["data_schema"])


def _defaults(schema: probatio.Schema) -> dict[str, Any]:
    shown = {}
    for marker, validator in schema.schema.items():
        if isinstance(validator, section):
            shown[str(marker)] = _defaults(validator.schema)
        elif marker.description and "suggested_value" in marker.description:
            shown[str(marker)] = marker.description["suggested_value"]
        elif marker.default is not probatio.UNDEFINED:
            shown[str(marker)] = marker.default()
    return shown


def write_certificate(
    folder: Path, name: str, passphrase: bytes | None = None
) -> Mapping[str, str]:
    """Write a self-signed certificate and its key; return their paths."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now)
        .not_valid_after(now + timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    encryption: KeySerializationEncryption = (
        BestAvailableEncryption(passphrase) if passphrase else NoEncryption()
    )
    paths = {"certificate": folder / f"{name}.pem", "key": folder / f"{name}.key"}
    paths["certificate"].write_bytes(certificate.public_bytes(Encoding.PEM))
    paths["key"].write_bytes(
        key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, encryption)
    )
    return {kind: str(path) for kind, path in paths.items()}
