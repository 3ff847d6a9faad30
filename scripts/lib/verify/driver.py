"""Drives the unpacked integration's client as Home Assistant would.

Runs in the platform's Python, in the network and with the PATH of the verification.
The first line of input is the order, as JSON; each line after it is a command.
Each line of output is an event.
"""

# The order names the folder of the package, which the type checker cannot know.
# mypy: disable-error-code="import-not-found"

import asyncio
import json
import logging
import os
from pathlib import Path
import platform
import shutil
import socket
import sys
from typing import Any

COMPILERS = ("cc", "c++", "gcc", "g++", "clang", "zig", "make", "ld", "as")
TALKING_AGENT = Path(__file__).with_name("talking_agent.py")
OUTSIDE = ("192.0.2.1", 53)  # an address that documentation uses (RFC 5737)


def tell(event: str, **values: Any) -> None:
    """Write one event."""
    sys.stdout.write(json.dumps({"event": event, **values}) + "\n")
    sys.stdout.flush()


def surroundings() -> dict[str, Any]:
    """Return what this process can reach."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        reachable = probe.connect_ex(OUTSIDE) == 0
    return {
        "python": platform.python_version(),
        "libc": " ".join(platform.libc_ver()),
        "machine": platform.machine(),
        "interfaces": [name for _, name in socket.if_nameindex()],
        "outside": reachable,
        "compilers": [name for name in COMPILERS if shutil.which(name)],
        "path": os.environ.get("PATH", ""),
    }


class NoNames:
    """A resolver that knows no names; the peer is called by address."""

    async def resolve(self, _: str) -> tuple[str, ...]:
        """Return nothing."""
        return ()


def configuration(order: dict[str, Any]) -> Any:
    """Return the configuration of a user agent with one direct device."""
    from sipagent.protocol import config  # noqa: PLC0415 - the order names the folder

    bell = config.DeviceConfig(
        id="bell",
        addresses=(order["address"],),
        media_encryption=config.MediaEncryption(order["encryption"]),
    )
    return config.UserAgentConfig(
        sip_trace=True,
        transports=config.TransportsConfig(**order["transports"]),
        devices=(bell,),
    )


def client(order: dict[str, Any]) -> Any:
    """Return the client of an agent that talks."""
    from sipagent import client as package  # noqa: PLC0415

    library = package.find_native_library()
    key = package.platform_key()
    tell("found", key=key, library=str(library), **surroundings())
    files = (order["spoken"], order["heard"], order["facts"])
    slow = order["patience"]
    return package.AgentClient(
        configuration(order),
        NoNames(),
        command=(sys.executable, "-P", str(TALKING_AGENT), str(library), *files),
        timing=package.Timing(
            hello=slow, request=slow, health=slow, heartbeat=slow, stop=slow
        ),
    )


async def drive(agent: Any, commands: asyncio.StreamReader) -> None:
    """Run the agent until the command `stop`, and tell how its process ended."""
    agent.subscribe(tell_event)
    await agent.start()
    process = agent._connection.process  # noqa: SLF001 - nobody else knows
    try:
        tell("ready", build=dict(agent.hello.build))
        while line := await commands.readline():
            name, *words = json.loads(line)
            if name == "stop":
                break
            await getattr(agent, name)(*words)
            tell("done", command=name)
    finally:
        await agent.stop()
        tell("ended", reason=process.ended.result())


def tell_event(event: Any) -> None:
    """Tell an event of the client's by its name and its public facts."""
    facts = {
        name: str(getattr(event, name))
        for name in ("tone", "source", "transport", "total")
        if hasattr(event, name)
    }
    if type(event).__name__ == "CallChanged":
        facts = {"change": str(event.event), "call": event.call.id}
    tell(type(event).__name__, **facts)


async def main() -> None:
    """Read the order and follow it; what PJSIP logs goes to standard error."""
    logging.basicConfig(level=logging.DEBUG, format="%(message)s")
    commands = asyncio.StreamReader()
    loop = asyncio.get_running_loop()
    await loop.connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(commands), sys.stdin
    )
    order = json.loads(await commands.readline())
    sys.path.insert(0, order["integration"] + "/lib")
    await drive(client(order), commands)


if __name__ == "__main__":
    asyncio.run(main())
