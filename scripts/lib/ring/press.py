"""One press of a bell, played by SIPp."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
import re
import shutil
import subprocess
import sys

SCENARIO = Path(__file__).with_name("ring.xml")
REFUSALS = (403, 404, 408, 480, 486, 487, 488, 500, 503, 600, 603)
OUTCOME = re.compile(r"outcome (.+)")
SRTP_KEY = "WVNfX19zZW1jdGwgKCkgewkyMjA7fQp9CnVubGVz"
MILLIWATT = bytes.fromhex("34212134b4a1a1b4")  # 1 kHz in A-law (ITU-T G.711)


class SippMissingError(Exception):
    """SIPp is not installed."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Press:
    """How the bell rings; times in seconds, addresses numeric.

    `info_tones` are sent by INFO once the call is answered.
    """

    target: str
    port: int
    to: str = "homeassistant"
    user: str = "doorbell"
    name: str = "Doorbell"
    source: str = ""
    source_port: int = 0
    transport: str = "udp"
    via_transport: str = ""
    ring: float = 5.0
    talk: float = 10.0
    patience: float = 5.0
    count: int = 1
    srtp: bool = False
    answered_elsewhere: bool = False
    info_tones: str = ""
    extra: tuple[str, ...] = field(default=())


def write_scenario(press: Press, folder: Path) -> Path:
    """Return the scenario of a press, written into folder with its sound."""
    sound = folder / "tone.alaw"
    sound.write_bytes(MILLIWATT * 1000)
    transport = press.via_transport or press.transport
    text = SCENARIO.read_text()
    for name, value in {
        "TONES": "".join(_info(press.info_tones)),
        "REFUSALS": "".join(_refusals()),
        "NAME": press.name,
        "USER": press.user,
        "TRANSPORT": transport.upper(),
        "URI_PARAMETERS": "" if transport == "udp" else f";transport={transport}",
        "PROFILE": "RTP/SAVP" if press.srtp else "RTP/AVP",
        "CRYPTO": _crypto() if press.srtp else "",
        "PATIENCE_MS": str(round(press.patience * 1000)),
        "RING_MS": str(round(press.ring * 1000)),
        "TALK_MS": str(round(press.talk * 1000)),
        "REASON": _reason() if press.answered_elsewhere else "",
        "SOUND": str(sound),
    }.items():
        text = text.replace(f"@{name}@", value)
    scenario = folder / "ring.xml"
    scenario.write_text(text)
    return scenario


def sipp_command(press: Press, folder: Path) -> list[str]:
    """Return the command line that plays the press.

    Raises SippMissingError if SIPp is not installed.
    """
    program = shutil.which("sipp")
    if program is None:
        raise SippMissingError("SIPp is missing: install the package sip-tester")
    host = f"[{press.target}]" if ":" in press.target else press.target
    words = [program, f"{host}:{press.port}", "-sf", str(write_scenario(press, folder))]
    words += ["-s", press.to, "-m", str(press.count), "-l", "1"]
    words += ["-t", "u1" if press.transport == "udp" else "t1", "-nostdin"]
    if press.source:
        words += ["-i", press.source, "-mi", press.source]
    if press.source_port:
        words += ["-p", str(press.source_port)]
    words += ["-trace_logs", "-log_file", str(folder / "outcome.log")]
    words += ["-trace_err", "-error_file", str(folder / "errors.log")]
    return [*words, *press.extra]


def outcomes(folder: Path) -> tuple[str, ...]:
    """Return what happened to the presses played in folder, in order."""
    log = folder / "outcome.log"
    return tuple(OUTCOME.findall(log.read_text())) if log.exists() else ()


def play(press: Press, folder: Path) -> tuple[str, ...]:
    """Ring and return what happened; blocks until the last press is over."""
    done = subprocess.run(
        sipp_command(press, folder),
        cwd=folder,
        check=False,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
    )
    if done.returncode not in (0, 1):
        print(done.stdout + done.stderr, file=sys.stderr)
    return outcomes(folder)


def _refusals() -> Iterable[str]:
    for status in REFUSALS:
        yield (
            f'  <recv response="{status}" optional="true" next="refused">'
            f'<action><log message="outcome refused {status}"/></action></recv>\n'
        )


def _info(tones: str) -> Iterable[str]:
    template = SCENARIO.with_name("info.xml").read_text()
    for number, tone in enumerate(tones):
        yield template.replace("@TONE@", tone).replace("@CSEQ@", str(2 + number))


def _crypto() -> str:
    return f"a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:{SRTP_KEY}\n"


def _reason() -> str:
    return 'Reason: SIP;cause=200;text="Call completed elsewhere"\n'
