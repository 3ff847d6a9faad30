"""What the verification reads from programs and does to them."""

from pathlib import Path
import shutil
import struct

from verify import logs, stack

STACK = 0x6474E551
LOG = """\
User-Agent: baresip v1.0.0 (x86_64/linux)
[0:00:01] audio=0/0\rTLS 127.0.0.1:52330 -> 127.0.0.1:45660
INVITE sip:homeassistant@127.0.0.1:45660;transport=tls SIP/2.0
m=audio 48038 UDP/TLS/RTP/SAVPF 96 101
[0:00:01] audio=0/0\rdtls_srtp: ---> DTLS-SRTP complete (audio/RTP) Profile=AES_CM
audio: Set audio decoder: opus 48000Hz 2ch
"""


def test_the_log_of_the_peer() -> None:
    assert logs.read(LOG, logs.PEER) == {
        "transport": "TLS",
        "codec": "opus",
        "SDES": "",
        "DTLS-SRTP": "AES_CM",
        "version": "baresip v1.0.0",
    }


def _place_of_size(program: Path) -> int:
    data = program.read_bytes()
    (table,) = struct.unpack_from("<Q", data, 0x20)
    size, count = struct.unpack_from("<HH", data, 0x36)
    headers = [table + number * size for number in range(count)]
    kinds = {struct.unpack_from("<I", data, place)[0]: place for place in headers}
    return kinds[STACK] + 0x28


def test_the_wish_for_a_big_stack_is_forgotten(tmp_path: Path) -> None:
    program = tmp_path / "program"
    shutil.copyfile("/bin/sh", program)
    place = _place_of_size(program)
    data = bytearray(program.read_bytes())
    data[place : place + 8] = struct.pack("<Q", 16 << 20)
    program.write_bytes(data)

    stack.forget_size(program)

    data[place : place + 8] = bytes(8)
    assert program.read_bytes() == data
