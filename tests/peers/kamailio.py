"""Kamailio as registrar and proxy with digest authentication."""

import asyncio
from dataclasses import dataclass, field
from pathlib import Path
import re
from typing import Self

from .addresses import Endpoint, new_endpoint
from .certificates import Identity
from .process import PeerProcess
from .programs import find_program

CONFIGURATION = Path(__file__).with_name("kamailio.cfg")
MODULE_FOLDERS = (
    "/usr/lib/x86_64-linux-gnu/kamailio/modules",
    "/usr/lib/aarch64-linux-gnu/kamailio/modules",
    "/usr/lib/kamailio/modules",
    "/usr/lib64/kamailio/modules",
    "/usr/local/lib64/kamailio/modules",
)
FORGET_CONTACT = '    $ru = "sip:" + $var(dialled) + "@" + $rd + ":" + $rp;'
CONTROL_TIMEOUT = 5.0  # seconds


@dataclass(kw_only=True)
class Kamailio:
    """A registrar over UDP, TCP and (on the next port) TLS.

    With `forgets_contact` it calls a phone by its name, as some PBXs do,
    and not by the Contact that the phone has registered.
    """

    folder: Path
    users: dict[str, str]
    identity: Identity
    forgets_contact: bool = False
    endpoint: Endpoint = field(default_factory=lambda: new_endpoint(span=2))

    async def __aenter__(self) -> Self:
        """Start it."""
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        """End it."""
        await self._process.stop()

    @property
    def tls_endpoint(self) -> Endpoint:
        """Return where it listens for TLS."""
        return Endpoint(address=self.endpoint.address, port=self.endpoint.port + 1)

    def port(self, transport: str) -> int:
        """Return the port of a transport."""
        return self.tls_endpoint.port if transport == "tls" else self.endpoint.port

    async def start(self) -> None:
        """Start it with no phone registered and the users as they are now."""
        self._write_configuration()
        (self.folder / "control").unlink(missing_ok=True)
        self._process = PeerProcess(
            *(find_program("kamailio"), "-DD", "-E", "-m", "32", "-M", "8"),
            *("-f", self.folder / "kamailio.cfg", "-Y", self.folder),
            folder=self.folder,
        )
        await self._process.start()
        await self._process.printed("registrar ready")

    @property
    def pid(self) -> int:
        """Return the id of its first process."""
        return self._process.pid

    async def kill(self) -> None:
        """End it as a power cut would."""
        await self._process.kill()

    async def set_password(self, user: str, password: str) -> None:
        """Change a user's password from now on."""
        self.users[user] = password
        await self._control("htable.sets", "users", user, f"s:{password}")

    async def saved(self, user: str, seconds: float, *, times: int = 1) -> None:
        """Wait until it has taken so many REGISTERs of the user since its start."""
        await self._process.printed(rf"(saved {user}\s[\s\S]*){{{times}}}", seconds)

    async def contacts(self, user: str) -> str:
        """Return what is registered for a user; empty if nothing is."""
        return await self._control("ul.lookup", "s:location", f"s:{user}")

    async def contact(self, user: str) -> dict[str, str]:
        """Return the fields of the only contact that is registered for a user."""
        fields = re.findall(r"(\S+): (\S.*)", await self.contacts(user))
        assert [name for name, _ in fields].count("Address") == 1, fields
        return dict(fields)

    async def _control(self, *words: str) -> str:
        process = await asyncio.create_subprocess_exec(
            find_program("kamcmd"),
            *("-s", f"unix:{self.folder}/control", *words),
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        async with asyncio.timeout(CONTROL_TIMEOUT):
            output, _ = await process.communicate()
        text = output.decode()
        return "" if "AOR not found" in text else text

    def _write_configuration(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        text = CONFIGURATION.read_text()
        for name, value in {
            "HOST": self.endpoint.host,
            "PORT": str(self.endpoint.port),
            "TLS_PORT": str(self.tls_endpoint.port),
            "FOLDER": str(self.folder),
            "CERTIFICATE": str(self.identity.certificate),
            "KEY": str(self.identity.key),
            "MODULES": module_folder(),
            "USERS": "\n".join(self._users()),
            "TARGET": FORGET_CONTACT if self.forgets_contact else "",
        }.items():
            text = text.replace(f"@{name}@", value)
        (self.folder / "kamailio.cfg").write_text(text)

    def _users(self) -> list[str]:
        return [
            f'    $sht(users=>{name}) = "{password}";'
            for name, password in self.users.items()
        ]


def module_folder() -> str:
    """Return where Kamailio's modules are, empty if nowhere."""
    return next((each for each in MODULE_FOLDERS if Path(each).is_dir()), "")
