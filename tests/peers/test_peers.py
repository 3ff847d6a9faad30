"""The peers among themselves: what the other tests rely on."""

from pathlib import Path
from typing import Any

import pytest

from .addresses import LOOPBACK4, new_address, new_endpoint
from .baresip import Baresip
from .certificates import Authority
from .sipp import Press, Sipp


def _press(phone: Baresip, **changes: Any) -> Press:
    values: dict[str, Any] = {
        "target": phone.endpoint.address,
        "port": phone.endpoint.port,
        "to": phone.user,
        "source": new_address(),
        "ring": 0.2,
        **changes,
    }
    return Press(**values)


@pytest.mark.parametrize("transport", ["udp", "tcp"])
async def test_sipp_rings_and_gives_up(tmp_path: Path, transport: str) -> None:
    """SIPp rings a phone and cancels."""
    async with Baresip(folder=tmp_path / "phone") as phone:
        press = _press(phone, transport=transport)
        async with Sipp(folder=tmp_path, press=press) as sipp:
            incoming = await phone.event("CALL_INCOMING")
            assert await sipp.outcomes() == ("ringing", "cancelled"), sipp.errors
    assert "doorbell@" in incoming.peer


async def test_sipp_sees_the_refusal(tmp_path: Path) -> None:
    """SIPp reports the status that a phone declines with."""
    async with Baresip(folder=tmp_path / "phone") as phone:
        press = _press(phone, ring=10)
        async with Sipp(folder=tmp_path, press=press) as sipp:
            await phone.event("CALL_INCOMING")
            await phone.hang_up()
            assert await sipp.outcomes() == ("ringing", "refused 486"), sipp.errors


async def test_sipp_talks(tmp_path: Path) -> None:
    """SIPp is answered, sends sound and hangs up."""
    async with Baresip(folder=tmp_path / "phone") as phone:
        press = _press(phone, ring=10, talk=0.5)
        async with Sipp(folder=tmp_path, press=press) as sipp:
            await phone.event("CALL_INCOMING")
            await phone.accept()
            await phone.hears()
            expected = ("ringing", "answered", "hung up")
            assert await sipp.outcomes() == expected, sipp.errors
        await phone.event("CALL_CLOSED")


@pytest.mark.parametrize(
    ("transport", "encryption", "address"),
    [
        ("udp", "", None),
        ("tcp", "srtp-mand", None),
        ("tls", "dtls_srtp", None),
        ("tls", "srtp-mand", None),
        ("udp", "srtp", "::1"),
        ("tcp", "dtls_srtp", "::1"),
    ],
)
async def test_phones_talk(
    tmp_path: Path, transport: str, encryption: str, address: str | None
) -> None:
    """Two baresips talk over every transport and encryption."""
    endpoints = [new_endpoint(address or LOOPBACK4, span=2) for _ in range(2)]
    authority = Authority(tmp_path / "authority")
    phones = [
        Baresip(
            folder=tmp_path / user,
            user=user,
            endpoint=endpoint,
            transport=transport,
            options=f"regint=0;mediaenc={encryption}" if encryption else "regint=0",
            identity=authority.issue(endpoint.address),
        )
        for user, endpoint in zip(("doorbell", "phone"), endpoints, strict=True)
    ]
    async with phones[0] as doorbell, phones[1] as phone:
        port = phone.endpoint.port + (transport == "tls")
        target = f"sip:phone@{phone.endpoint.host}:{port};transport={transport}"
        await doorbell.dial(target)
        await phone.event("CALL_INCOMING")
        await phone.accept()
        await doorbell.event("CALL_ESTABLISHED")
        await doorbell.hears()
        await phone.hears()
        await doorbell.hang_up()
        await phone.event("CALL_CLOSED")
