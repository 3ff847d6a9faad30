"""The tables that a person reads."""

from collections.abc import Iterator, Sequence

from .features import Features
from .result import Call, Result
from .table import table

HEAD = (
    "platform",
    "Python",
    "where",
    "network",
    "call",
    "SIP",
    "SRTP",
    "codec",
    "tones",
    "tone sent by peer",
    "tone sent by us",
    "stranger",
    "compiler",
)
NOT_VERIFIED = (
    "real ARM hardware: aarch64 was emulated by qemu-user on this machine",
    "Home Assistant OS and the Home Assistant container themselves (a Python of their own)",
    "voice assistants on musl: two of their packages have no wheels for it",
    "an intercom's own firmware: the peer was baresip",
)


def calls(results: Sequence[Result]) -> str:
    """Return one line for each call."""
    return table([HEAD, *(row for result in results for row in _rows(result))])


def features(found: Features, keys: Sequence[str]) -> str:
    """Return one line for each feature, one column for each platform."""
    rows = [("feature", *keys)]
    for name, values in found.items():
        rows.append((name, *(values.get(key, "").partition(" (")[0] for key in keys)))
    return table(rows)


def _rows(result: Result) -> Iterator[tuple[str, ...]]:
    for call in result.calls or [{"encryption": "", "error": result.error}]:
        yield _row(result, call)


def _row(result: Result, call: Call) -> tuple[str, ...]:
    network = "loopback only" if result.alone else "NOT cut off: no permission"
    if "error" in call:
        empty = ("-",) * (len(HEAD) - 5)
        return (
            result.platform.key,
            "-",
            result.platform.how,
            network,
            "FAILED",
            *empty,
        )
    found, agent = call["found"], call["agent"]
    return (
        result.platform.key,
        found["python"],
        result.platform.how,
        network,
        "answered, ended",
        f"TLS, {call['peer']['transport']} at peer",
        f"{agent['keying']} {agent['suite']}",
        f"{agent['codec']}, {call['peer']['codec']} at peer",
        "5 in, 7 out",
        _heard(call["audio_in"]),
        _heard(call["audio_out"]),
        "refused "
        + " ".join(f"{way} {code}" for way, code in call["strangers"].items()),
        ", ".join(found["compilers"]) or "none",
    )


def _heard(audio: dict[str, float]) -> str:
    return f"{audio['right']:.0%} of {audio['seconds']} s"
