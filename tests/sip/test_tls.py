"""TLS: who is trusted, and what is listened on."""

from pathlib import Path
import socket
import ssl

import pytest

from .calls import answer, hang_up, ring
from .certificates import Certificate, make_certificate
from .conftest import MakePeer, StartPhone, free_port
from .phones import Phone
from .registrar import PASSWORD, Registrar, accept, challenge
from .test_registration import TOKEN, register


@pytest.fixture
def authority(tmp_path: Path) -> Certificate:
    """Return an authority."""
    return make_certificate(tmp_path)


@pytest.fixture
def server(tmp_path: Path, authority: Certificate) -> Certificate:
    """Return the certificate of a server on loopback."""
    return make_certificate(tmp_path, "127.0.0.1", "pbx.example", issuer=authority)


def test_ring_over_tls(
    start_phone: StartPhone, make_peer: MakePeer, server: Certificate
) -> None:
    phone, port = start_phone(), free_port()
    statuses = phone.do(
        "open_transports",
        port=free_port(),
        tls_port=port,
        tls_certificate=str(server.certificate),
        tls_key=str(server.key),
    )
    assert all(status["listening"] for status in statuses), statuses
    phone.do("rules", rules=[{}])
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    peer = make_peer(transport="TLS", context=context, port=port)
    dialog, leg = ring(phone, peer)
    request = phone.wait("request", call_id=dialog.call_id)
    assert (request["transport"], request["tls_verified"]) == ("tls", False)
    answer(phone, peer, dialog, leg)
    hang_up(phone, peer, dialog, leg)


def test_bad_certificate_costs_no_other_transport(
    start_phone: StartPhone, tmp_path: Path
) -> None:
    phone = start_phone()
    bad = tmp_path / "bad.pem"
    bad.write_text("nonsense")
    statuses = phone.do(
        "open_transports",
        port=free_port(),
        tls_port=free_port(),
        tls_certificate=str(bad),
        tls_key=str(bad),
    )
    listening = {status["transport"]: status["listening"] for status in statuses}
    assert listening == {"udp": True, "tcp": True, "tls": False}
    assert all(status["text"] for status in statuses if not status["listening"])


def test_renewed_certificate_is_shown(
    start_phone: StartPhone, tmp_path: Path, server: Certificate
) -> None:
    phone, port = start_phone(), free_port()
    phone.do(
        "open_transports",
        port=free_port(),
        tls_port=port,
        tls_certificate=str(server.certificate),
        tls_key=str(server.key),
    )
    first = shown_at(port)
    phone.do("renew_certificates")
    assert shown_at(port) == first
    server.certificate.write_text("half a renewal")
    phone.do("renew_certificates")
    assert shown_at(port) == first
    (tmp_path / "new").mkdir()
    new = make_certificate(tmp_path / "new", "127.0.0.1")
    new.certificate.replace(server.certificate)
    new.key.replace(server.key)
    phone.do("renew_certificates")
    assert shown_at(port) not in ("", first)


def shown_at(port: int) -> str:
    """Return the certificate that is shown at a port."""
    return ssl.get_server_certificate(("127.0.0.1", port), timeout=5)


def test_renewed_authority_is_trusted(
    phone: Phone, tmp_path: Path, server: Certificate, authority: Certificate
) -> None:
    (tmp_path / "other").mkdir()
    trusted = make_certificate(tmp_path / "other").certificate
    context = server.server_context()
    with Registrar(accept, transport="TLS", context=context) as registrar:
        report = register(phone, registrar, tls_verify="own_ca", ca_file=str(trusted))
        assert report["state"] == "certificate", report
        trusted.write_bytes(authority.certificate.read_bytes())
        phone.do("register", account="a1")
        assert phone.wait("registration", account="a1")["state"] == "registered"


@pytest.mark.parametrize("name", ["127.0.0.1", "pbx.example"])
def test_registers_over_tls(
    phone: Phone, server: Certificate, authority: Certificate, name: str
) -> None:
    phone.do("set_host", name="pbx.example", addresses=["127.0.0.1"])
    context = server.server_context()
    with Registrar(challenge(), transport="TLS", context=context) as registrar:
        report = register(
            phone,
            registrar,
            server=name,
            tls_verify="own_ca",
            ca_file=str(authority.certificate),
        )
        assert report["state"] == "registered", report
        assert report["tls_verified"] is True
        assert report["connection"] > 0
        assert f";line={TOKEN}" in registrar.requests[-1].get("Contact")


def test_own_authority_is_the_only_one(
    phone: Phone, tmp_path: Path, server: Certificate
) -> None:
    (tmp_path / "other").mkdir()
    other = make_certificate(tmp_path / "other")
    context = server.server_context()
    with Registrar(accept, transport="TLS", context=context) as registrar:
        report = register(
            phone, registrar, tls_verify="own_ca", ca_file=str(other.certificate)
        )
        assert report["state"] == "certificate", report
        assert registrar.requests == []


def test_system_does_not_trust_a_test(phone: Phone, server: Certificate) -> None:
    with Registrar(
        accept, transport="TLS", context=server.server_context()
    ) as registrar:
        assert register(phone, registrar)["state"] == "certificate"


def test_certificate_for_another_name(
    phone: Phone, tmp_path: Path, authority: Certificate
) -> None:
    wrong = make_certificate(tmp_path, "other.example", issuer=authority)
    with Registrar(
        accept, transport="TLS", context=wrong.server_context()
    ) as registrar:
        report = register(
            phone,
            registrar,
            tls_verify="own_ca",
            ca_file=str(authority.certificate),
        )
        assert report["state"] == "certificate"


def test_verification_switched_off(phone: Phone, server: Certificate) -> None:
    with Registrar(
        accept, transport="TLS", context=server.server_context()
    ) as registrar:
        report = register(phone, registrar, tls_verify="off")
        assert (report["state"], report["tls_verified"]) == ("registered", False)


def test_missing_authority_is_told(phone: Phone, server: Certificate) -> None:
    with Registrar(
        accept, transport="TLS", context=server.server_context()
    ) as registrar:
        report = register(phone, registrar, tls_verify="own_ca", ca_file="/nowhere")
        assert report["state"] == "certificate"


def test_trial_tells_of_the_certificate(phone: Phone, server: Certificate) -> None:
    with Registrar(
        accept, transport="TLS", context=server.server_context()
    ) as registrar:
        phone.do(
            "try_account",
            id="new",
            server=registrar.host,
            port=registrar.port,
            username="620",
            password=PASSWORD,
            transport="tls",
        )
        assert phone.wait("tried")["error"] == "invalid_certificate"


def test_client_opens_no_port(phone: Phone, server: Certificate) -> None:
    before = _listening(phone.pid)
    with Registrar(
        accept, transport="TLS", context=server.server_context()
    ) as registrar:
        register(phone, registrar, tls_verify="off")
        assert _listening(phone.pid) == before


def _listening(pid: int) -> set[str]:
    """Return the TCP sockets that a process listens on."""
    sockets = {
        link.readlink().name
        for link in Path(f"/proc/{pid}/fd").iterdir()
        if link.is_symlink()
    }
    lines = [
        line.split()
        for table in ("tcp", "tcp6")
        for line in Path(f"/proc/{pid}/net/{table}").read_text().splitlines()[1:]
    ]
    return {
        fields[1]
        for fields in lines
        if fields[3] == "0A" and f"socket:[{fields[9]}]" in sockets
    }


def test_sockets_of_a_process_are_seen(phone: Phone, sip_port: int) -> None:
    with socket.create_connection(("127.0.0.1", sip_port)):
        pass
    assert len(_listening(phone.pid)) == 2
