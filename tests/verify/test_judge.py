"""A call that is not what was promised fails, whatever is wrong with it."""

from copy import deepcopy
from typing import Any

import pytest

from verify import features
from verify.judge import failures
from verify.platforms import Platform

MUSL = Platform(machine="x86_64", libc="musl")
CALL: dict[str, Any] = {
    "encryption": "dtls",
    "found": {
        "key": "x86_64-linux-musl",
        "machine": "x86_64",
        "compilers": [],
        "interfaces": ["lo"],
        "outside": False,
    },
    "agent": {
        "transport": "tls",
        "codec": "opus",
        "codecs": ["opus/48000/2"],
        "binding": "3 names 1234abcd",
        "keying": "DTLS-SRTP",
        "suite": "AES_CM_128",
    },
    "peer": {
        "transport": "TLS",
        "codec": "opus",
        "DTLS-SRTP": "AES_CM_128",
        "SDES": "",
    },
    "build": {"build_id": "1", "target": "one", "patches": ["wake-for-jobs"]},
    "strangers": {"udp": 403, "tls": 403},
    "lost": 0,
    "end": "it exited with code 0",
    "audio_in": {"right": 0.99, "wrong": 0.0, "seconds": 2.0},
    "audio_out": {"right": 0.99, "wrong": 0.0, "seconds": 2.0},
}


def _changed(place: str, value: object) -> dict[str, Any]:
    call = deepcopy(CALL)
    *path, last = place.split(".")
    inner: Any = call
    for name in path:
        inner = inner[name]
    inner[last] = value
    return call


def test_a_good_call() -> None:
    assert list(failures(MUSL, CALL, alone=True)) == []


@pytest.mark.parametrize(
    ("place", "value"),
    [
        ("error", "no answer"),
        ("found.key", "x86_64-linux-gnu"),
        ("found.machine", "aarch64"),
        ("found.compilers", ["cc"]),
        ("found.interfaces", ["lo", "eth0"]),
        ("found.outside", True),
        ("agent.transport", "tcp"),
        ("agent.codec", "PCMU"),
        ("agent.keying", "SDES"),
        ("agent.suite", ""),
        ("peer.transport", "TCP"),
        ("peer.transport", "TLS UDP"),
        ("peer.codec", "PCMU"),
        ("peer.DTLS-SRTP", ""),
        ("strangers.udp", 180),
        ("strangers.tls", 404),
        ("lost", 1),
        ("end", "it was ended by SIGSEGV"),
        ("audio_in.right", 0.4),
        ("audio_in.wrong", 0.2),
        ("audio_out.right", 0.0),
    ],
)
def test_a_bad_call(place: str, value: object) -> None:
    assert len(list(failures(MUSL, _changed(place, value), alone=True))) == 1


def test_a_network_that_could_not_be_left_is_told_elsewhere() -> None:
    call = _changed("found.interfaces", ["lo", "eth0"])
    assert list(failures(MUSL, call, alone=False)) == []


@pytest.mark.parametrize(
    ("place", "value", "count"),
    [
        ("build.build_id", "2", 0),
        ("build.target", "another", 0),
        ("build.patches", ["wake-for-jobs", "no-multipart"], 1),
        ("build.pjsip", "2.16", 1),
        ("agent.codecs", ["PCMU/8000/1"], 2),
        ("agent.binding", "4 names 5678abcd", 1),
    ],
)
def test_features_that_differ(place: str, value: object, count: int) -> None:
    found = features.collect({"one": CALL, "another": _changed(place, value)})
    assert len(features.differences(found)) == count
