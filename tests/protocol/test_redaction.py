"""What must never reach a log."""

import pytest

from custom_components.sip_intercom.lib.sipagent.protocol.redaction import redact


@pytest.mark.parametrize(
    ("text", "redacted"),
    [
        (
            'REGISTER sip:x\r\nAuthorization: Digest username="u", response="1"\r\nVia: y',
            "REGISTER sip:x\r\nAuthorization: **REDACTED**\r\nVia: y",
        ),
        ("proxy-authorization : Digest x", "proxy-authorization : **REDACTED**"),
        (
            "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:Zm9v+YmFy/==|2^31",
            "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:**REDACTED**",
        ),
        ("a=ice-pwd:abc\r\nb", "a=ice-pwd:**REDACTED**\r\nb"),
        ("to sip:door:pw@host;x", "to sip:door:**REDACTED**@host;x"),
        ('{"password": "a b", "x": 1}', '{"password": **REDACTED**, "x": 1}'),
        ("password='a b' x", "password=**REDACTED** x"),
        ("password=ab, x", "password=**REDACTED**, x"),
        ("Call 3 dialing DTMF 12#9", "Call 3 dialing DTMF **REDACTED**"),
        (
            "strm0x7f Sending DTMF digit id 7, duration=160",
            "strm0x7f Sending DTMF digit id **REDACTED** duration=160",
        ),
        ("Received DTMF digit 5, vol=7", "Received DTMF digit **REDACTED** vol=7"),
        (
            "INFO x\r\nContent-Type: application/dtmf\r\nAllow: y\r\n\r\n5",
            "INFO x\r\nContent-Type: application/dtmf\r\nAllow: y\r\n\r\n**REDACTED**",
        ),
        (
            "c:application/dtmf;x\n\n#\n--end",
            "c:application/dtmf;x\n\n**REDACTED**\n--end",
        ),
        (
            "Content-Type: application/dtmf-relay\r\n\r\nSignal= 5\r\nDuration=9",
            "Content-Type: application/dtmf-relay\r\n\r\nSignal= **REDACTED**\r\nDuration=9",
        ),
        ("Call 3: DTMF sent successfully", "Call 3: DTMF sent successfully"),
        ("sip:door@host:5060 rings", "sip:door@host:5060 rings"),
        ("the password is wrong", "the password is wrong"),
    ],
)
def test_credentials_by_their_form(text: str, redacted: str) -> None:
    """What looks like a credential goes, its neighbours stay."""
    assert redact(text) == redacted


def test_known_secrets() -> None:
    """Known secrets go wherever they stand; very short ones would hide all text."""
    text = redact("tried hunter22 and e", ("hunter22", "e", ""))
    assert text == "tried **REDACTED** and e"


@pytest.mark.parametrize(
    "text", ["\n" * 300_000, "sip:" * 100_000], ids=["empty lines", "schemes"]
)
def test_text_of_a_peer_costs_only_its_length(text: str) -> None:
    """Without that the test would run into its time-out."""
    assert redact(text) == text
