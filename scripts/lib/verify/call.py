"""One platform's calls, in a process that has left the network: `python -m verify.call`.

Takes the order as JSON in its argument; the last line of its output is the result.
"""

import asyncio
from dataclasses import asdict, dataclass
import json
from pathlib import Path
import sys
from typing import Any

from tests.peers.addresses import LOOPBACK4, Endpoint, new_endpoint
from tests.peers.baresip import Baresip
from tests.peers.certificates import Authority, Identity

from . import logs, network, sound
from .child import Driver, VerificationError, told
from .phone import ENCRYPTIONS, TALK, THEIRS, recording, telephone
from .stranger import refused_over_tls, refused_over_udp

OURS = 1000  # Hz, what the agent says
LISTENED = 2.0  # seconds of sound in each direction


@dataclass(frozen=True, kw_only=True, slots=True)
class Order:
    """Where everything of one platform is; `patience` in seconds."""

    python: str
    integration: str
    folder: str
    patience: float


class Stage:
    """One call with one encryption."""

    def __init__(self, order: Order, encryption: str) -> None:
        """Make a folder, certificates and sounds."""
        self._order = order
        self._encryption = encryption
        self.folder = Path(order.folder) / encryption
        self.folder.mkdir(parents=True)
        (self.folder / "path").mkdir()
        self._authority = Authority(self.folder / "authority")
        self.agent = new_endpoint(LOOPBACK4, span=2)
        self.tls = Endpoint(address=LOOPBACK4, port=self.agent.port + 1)
        self._phone_folder = self.folder / "phone"
        self._heard = self.folder / "heard.wav"
        self._facts = self.folder / "facts.json"
        self._ours = self.folder / "ours.wav"
        sound.write_tone(self._ours, OURS, rate=16000, channels=1, seconds=TALK)

    async def run(self) -> dict[str, Any]:
        """Complete the call and return what was seen; VerificationError."""
        phone = telephone(self._phone_folder, self._authority, self._encryption)
        driver = self._driver(self._authority.issue(LOOPBACK4))
        try:
            async with phone, driver:
                ready = await driver.next("ready")
                strangers = await self._strangers(driver)
                await self._talk(phone, driver)
        finally:
            (self.folder / "phone.log").write_text(phone.log)
        return {
            "agent": json.loads(self._facts.read_text()) | self._logged(),
            "encryption": self._encryption,
            "found": driver.all("found")[0],
            "build": ready["build"],
            "strangers": strangers,
            "lost": len(driver.all("AgentLost")),
            "end": driver.all("ended")[-1]["reason"],
            "peer": logs.read(phone.log, logs.PEER),
            "audio_in": _heard(self._heard, THEIRS, OURS),
            "audio_out": _heard(recording(self._phone_folder), OURS, THEIRS),
        }

    def _logged(self) -> dict[str, str]:
        log = (self.folder / "driver.log").read_text(errors="replace")
        return logs.read(log, logs.AGENT)

    def _driver(self, identity: Identity) -> Driver:
        rtp = new_endpoint(LOOPBACK4).port
        rtp = min(rtp + rtp % 2, 65000)
        order = {
            "integration": self._order.integration,
            "address": LOOPBACK4,
            "encryption": self._encryption,
            "patience": self._order.patience,
            "spoken": str(self._ours),
            "heard": str(self._heard),
            "facts": str(self._facts),
            "transports": {
                "bind_address": LOOPBACK4,
                "port": self.agent.port,
                "tls_port": self.tls.port,
                "tls_certificate": str(identity.certificate),
                "tls_key": str(identity.key),
                "rtp_first": rtp,
                "rtp_last": rtp + 100,
            },
        }
        return Driver(
            Path(self._order.python),
            order,
            path=self.folder / "path",
            folder=self.folder,
            patience=self._order.patience,
        )

    async def _strangers(self, driver: Driver) -> dict[str, int]:
        seconds = self._order.patience
        answers = {
            "udp": await refused_over_udp(self.agent, seconds),
            "tls": await refused_over_tls(self.tls, self._authority.path, seconds),
        }
        await driver.next("CallerRefused")
        if rings := driver.all("CallChanged"):
            raise VerificationError(f"a stranger has rung: {rings}")
        return answers

    async def _talk(self, phone: Baresip, driver: Driver) -> None:
        seconds = self._order.patience
        await phone.dial(f"sip:homeassistant@{self.tls};transport=tls")
        ring = await driver.next("CallChanged", _is("incoming"))
        await driver.do("answer", ring["call"])
        await driver.next("CallChanged", _is("answered"))
        await phone.event("CALL_ESTABLISHED", seconds=seconds)
        await phone.receives(seconds)
        await phone.press("5")
        await driver.next("ToneReceived", lambda event: event["tone"] == "5")
        await driver.do("send_tones", ring["call"], "7")
        tone = await phone.event("CALL_DTMF_START", seconds=seconds)
        if tone.parameter != "7":
            raise VerificationError(f"the peer has heard the tone {tone.parameter}")
        await self._listen()
        await driver.do("hang_up", ring["call"])
        await phone.event("CALL_CLOSED", seconds=seconds)
        await driver.next("CallChanged", _is("ended"))

    async def _listen(self) -> None:
        """Wait until both have recorded enough sound."""
        async with asyncio.timeout(self._order.patience):
            # Neither recorder has an event for it.
            while not all(  # noqa: ASYNC110
                sound.heard_seconds(path) >= LISTENED
                for path in (self._heard, recording(self._phone_folder))
            ):
                await asyncio.sleep(0.2)


def _heard(path: Path, right: int, wrong: int) -> dict[str, float]:
    return {
        "seconds": round(sound.heard_seconds(path), 1),
        "right": round(sound.share(path, right), 3),
        "wrong": round(sound.share(path, wrong), 3),
    }


def _is(change: str) -> Any:
    return lambda event: event["change"] == change


async def _run(order: Order) -> list[dict[str, Any]]:
    results = []
    for encryption in ENCRYPTIONS:
        try:
            results.append(await Stage(order, encryption).run())
        except (AssertionError, TimeoutError, VerificationError) as err:
            results.append({"encryption": encryption, "error": told(err)})
    return results


def main() -> int:
    """Leave the network, run the calls, print the result."""
    order = Order(**json.loads(sys.argv[1]))
    alone = network.leave()
    calls = asyncio.run(_run(order))
    print(json.dumps({"alone": alone, "order": asdict(order), "calls": calls}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
