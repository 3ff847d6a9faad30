"""What TLS proves of a peer, and what it does not."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
import re
import socket
import ssl
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
)
from cryptography.x509.oid import ExtensionOID, NameOID
import pytest

from .conftest import Gatekeeper, library
from .sip import HOST, PATIENCE, Peer

NAME = "pbx.test"


def certificate(
    folder: Path, name: bytes = b"", *, common: str = "", organization: str = "Test"
) -> Path:
    """Return a file with a key and a certificate of these names, if they are any."""
    key = ec.generate_private_key(ec.SECP256R1())
    names = {NameOID.ORGANIZATION_NAME: organization, NameOID.COMMON_NAME: common}
    subject = x509.Name(
        [x509.NameAttribute(kind, text) for kind, text in names.items() if text]
    )
    now = datetime.now(UTC)
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
    )
    if name:
        alternatives = bytes([0x30, len(name) + 2, 0x82, len(name)]) + name
        extension = x509.UnrecognizedExtension(
            ExtensionOID.SUBJECT_ALTERNATIVE_NAME, alternatives
        )
        builder = builder.add_extension(extension, critical=False)
    signed = builder.sign(key, SHA256())
    file = folder / "certificate.pem"
    file.write_bytes(
        key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        + signed.public_bytes(Encoding.PEM)
    )
    return file


@contextmanager
def registrar(keeper: Gatekeeper, file: Path) -> Iterator[ssl.SSLSocket]:
    """Yield the connection that a registration over TLS has opened."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    with socket.create_server((HOST, 0)) as listener:
        listener.settimeout(PATIENCE)
        port = listener.getsockname()[1]
        keeper.command("tls", authority=str(file))
        keeper.command("hosts", pbx_test=[HOST])
        keeper.command("register", registrar=f"sip:{NAME}:{port};transport=tls")
        plain, _ = listener.accept()
        plain.settimeout(PATIENCE)
        with context.wrap_socket(plain, server_side=True) as stream:
            yield stream


@pytest.fixture(params=["release", "checked"])
def client(request: pytest.FixtureRequest) -> Iterator[Gatekeeper]:
    """Yield a gatekeeper of its own: an authority is for the whole process."""
    keeper = Gatekeeper(library(request.param))
    try:
        yield keeper
        assert keeper.stop() == 0, "".join(keeper.log)
    finally:
        keeper.kill()


@pytest.mark.parametrize(
    "names",
    [
        pytest.param({"name": NAME.encode()}, id="alternative name"),
        pytest.param({"name": NAME.encode(), "organization": ""}, id="no subject"),
        pytest.param({"common": NAME}, id="common name"),
    ],
)
def test_proven_server(
    client: Gatekeeper, tmp_path: Path, names: dict[str, Any]
) -> None:
    """What comes over the connection that we opened is known to come from it."""
    with registrar(client, certificate(tmp_path, **names)) as stream:
        text = stream.recv(65535).decode()
        copied = re.findall(
            r"^(?:Via|From|To|Call-ID|CSeq|Contact):.*\r\n", text, re.MULTILINE
        )
        stream.sendall(
            f"SIP/2.0 200 OK\r\n{''.join(copied)}Expires: 300\r\nContent-Length: 0\r\n\r\n".encode()
        )
        registered = client.wait("registration")
        assert registered["status"] == 200
        writer = Peer(client.udp)
        message = writer.request("OPTIONS", "busy").replace("/UDP", "/TLS")
        writer.close()
        stream.sendall(message.encode())
        facts = client.wait("request")
        assert facts["transport"] == "tls"
        assert facts["outgoing"]
        assert facts["tlsVerified"]
        assert facts["connection"] == registered["connection"] > 0


@pytest.mark.parametrize(
    "names",
    [
        pytest.param({"name": NAME.encode() + b"\0.attacker.test"}, id="NUL"),
        pytest.param({"name": b"other.test"}, id="other"),
        pytest.param({"name": b"other.test", "common": NAME}, id="common beside other"),
        pytest.param({"common": f"{NAME}\0.attacker.test"}, id="NUL in common"),
        pytest.param({"organization": f"x/CN={NAME}"}, id="common within another"),
    ],
)
def test_unproven_server(
    client: Gatekeeper, tmp_path: Path, names: dict[str, Any]
) -> None:
    """A server that is not the one we look for gets no word from us."""
    with registrar(client, certificate(tmp_path, **names)) as stream:
        assert stream.recv(65535) == b""
        assert client.wait("registration")["status"] >= 500
