"""Home Assistant itself with the unpacked zip: `python -m verify.house`.

Runs in a process that has left the network. Takes the order as JSON in its argument;
the last line of its output is the result.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
import json
from pathlib import Path
import shutil
import subprocess
import sys
from typing import Any

from native.builder.library import MODULE
from tests.e2e.home_assistant import HomeAssistant
from tests.e2e.sip_intercom import SipIntercom, Subentry
from tests.peers.addresses import LOOPBACK4, Endpoint, new_endpoint
from tests.peers.baresip import Baresip
from tests.peers.certificates import Authority

from . import logs, network
from .child import VerificationError, told
from .driver import COMPILERS
from .phone import ENCRYPTIONS, telephone
from .stranger import refused_over_tls, refused_over_udp

SLOW = 120.0  # seconds; the counter of refusals is told once in ten


@dataclass(frozen=True, kw_only=True, slots=True)
class Order:
    """Home Assistant's Python, its configuration folder and one for the rest.

    Its packages are in a folder of their own if its Python has them not.
    """

    python: str
    config: str
    folder: str
    packages: str = ""


class House:
    """One Home Assistant with a doorbell that speaks TLS, SRTP and Opus."""

    def __init__(self, order: Order) -> None:
        """Make certificates and an empty PATH."""
        self._python = order.python
        self._folder = Path(order.folder)
        self._path = self._folder / "path"
        self._path.mkdir(parents=True)
        self._authority = Authority(self._folder / "authority")
        self._agent = new_endpoint(LOOPBACK4, span=2)
        self._tls = Endpoint(address=LOOPBACK4, port=self._agent.port + 1)
        self._process = HomeAssistant(
            Path(order.config),
            python=order.python,
            # Its own second factor for logins is not among its requirements.
            arguments=("--skip-pip",),
            # Neither a compiler nor a library of the machine's own set-up.
            environment={
                "PATH": str(self._path),
                "HOME": str(self._folder),
                "XDG_CACHE_HOME": str(self._folder),
                "PYTHONPATH": order.packages,
            },
            unpacked=True,
        )

    async def run(self) -> dict[str, Any]:
        """Complete one call with each encryption; AssertionError, VerificationError."""
        self._process.start()
        try:
            async with self._process.connect() as house:
                await self._configure(house)
                calls = [await self._call(house, one) for one in ENCRYPTIONS]
                return {
                    "version": (await house.api.get("/api/config"))["version"],
                    "python": _version(self._python),
                    "strangers": await self._strangers(house),
                    "calls": calls,
                    **self._agent_process(),
                }
        finally:
            self._process.stop()

    async def _configure(self, house: SipIntercom) -> None:
        identity = self._authority.issue(LOOPBACK4)
        await house.add_user_agent(self._agent.port)
        await house.set_options(
            tls_port=self._tls.port,
            tls_certificate=str(identity.certificate),
            tls_key=str(identity.key),
        )

    async def _call(self, house: SipIntercom, encryption: str) -> dict[str, Any]:
        bell = await house.add_device(
            LOOPBACK4,
            name=f"Bell {encryption}",
            advanced={"media_encryption": encryption, "talk_limit": 300},
        )
        await house.becomes(bell.entities["sensor.call_state"], "idle")
        phone = telephone(self._folder / encryption, self._authority, encryption)
        async with phone:
            await self._talk(house, bell, phone)
        await house.remove(bell)
        return {"encryption": encryption, "peer": logs.read(phone.log, logs.PEER)}

    async def _talk(self, house: SipIntercom, bell: Subentry, phone: Baresip) -> None:
        entity = bell.entities
        device_id = await house.device_id(entity["event.call"])
        await phone.dial(f"sip:homeassistant@{self._tls};transport=tls")
        await house.event(entity["event.doorbell"], "ring", seconds=SLOW)
        await house.act("answer", device_id=device_id)
        await phone.event("CALL_ESTABLISHED", seconds=SLOW)
        await phone.receives(SLOW)
        await phone.press("5")
        tone = await house.event(entity["event.tone"], "tone", seconds=SLOW)
        if tone.attributes["tone"] != "5":
            raise VerificationError(f"another tone came: {tone}")
        await house.act("send_tones", device_id=device_id, tones="7")
        heard = await phone.event("CALL_DTMF_START", seconds=SLOW)
        if heard.parameter != "7":
            raise VerificationError(f"the peer has heard the tone {heard.parameter}")
        await house.act("hang_up", device_id=device_id)
        await phone.event("CALL_CLOSED", seconds=SLOW)
        await house.becomes(entity["sensor.call_state"], "idle", seconds=SLOW)

    async def _strangers(self, house: SipIntercom) -> dict[str, int]:
        """Have strangers refused, which Home Assistant only counts."""
        calls = await house.entity("sensor", "refused_callers")
        before = len(house.observer.changes)
        answers = {
            "udp": await refused_over_udp(self._agent, SLOW),
            "tls": await refused_over_tls(self._tls, self._authority.path, SLOW),
        }
        await house.until(calls, lambda state: state == "2", seconds=SLOW)
        rings = [change for change in house.observer.changes[before:] if change.rang]
        if any(change.entity_id.startswith("event.") for change in rings):
            raise VerificationError(f"a stranger has rung: {rings}")
        return answers

    def _agent_process(self) -> dict[str, Any]:
        """Return what the system knows of the agent that Home Assistant has started."""
        (agent,) = self._process.agents()
        process = Path("/proc", str(agent))
        maps = {
            line.split()[-1] for line in (process / "maps").read_text().splitlines()
        }
        path = _environment(process)["PATH"]
        return {
            "library": next((name for name in maps if name.endswith(MODULE)), ""),
            "compilers": [name for name in COMPILERS if shutil.which(name, path=path)],
        }


def _version(python: str) -> str:
    shown = subprocess.run(
        [python, "--version"], capture_output=True, text=True, check=True
    )
    return shown.stdout.split()[-1]


def _environment(process: Path) -> Mapping[str, str]:
    words = (process / "environ").read_bytes().decode().split("\0")
    return dict(word.split("=", 1) for word in words if "=" in word)


def main() -> int:
    """Leave the network, run the calls, print the result."""
    order = Order(**json.loads(sys.argv[1]))
    alone = network.leave()
    try:
        story = asyncio.run(House(order).run())
    except (AssertionError, TimeoutError, VerificationError) as err:
        story = {"error": told(err)}
    print(json.dumps({"alone": alone, **story}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
