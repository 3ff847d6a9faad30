"""baresip as an independent SIP phone, controlled over its ctrl_tcp port."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
import json
from pathlib import Path
from typing import Self

from verify.sound import heard_seconds, share, write_tone

from .addresses import LOOPBACK4, Endpoint, free_port, new_endpoint
from .certificates import Identity
from .process import PeerProcess
from .programs import find_program

MODULE_FOLDERS = (
    "/usr/lib/baresip/modules",
    "/usr/lib/x86_64-linux-gnu/baresip/modules",
    "/usr/lib/aarch64-linux-gnu/baresip/modules",
    "/usr/local/lib/baresip/modules",
)
MODULES = ("g711", "aufile", "sndfile", "srtp", "dtls_srtp")
APPLICATIONS = ("account", "contact", "menu", "ctrl_tcp")
READY_TIMEOUT = 10.0  # seconds
EVENT_TIMEOUT = 20.0  # seconds
WAVE_HEADER = 44  # bytes
TONE = 0.3  # seconds of a tone that are enough
MOSTLY = 0.6  # the share of the power that makes a tone
LOUD = 1000  # a sample this far from zero is sound, not silence


@dataclass(frozen=True, kw_only=True, slots=True)
class Event:
    """One event of baresip, such as CALL_INCOMING or REGISTER_OK."""

    type: str
    peer: str = ""
    parameter: str = ""


@dataclass(kw_only=True)
class Baresip:
    """A phone with one account; `options` are baresip's account parameters.

    It says the WAV file `sound`, else half a minute of 1 kHz.
    Its RTP comes from 127.0.0.1 (or ::1) whatever its address is, because it
    binds RTP to no address.
    """

    folder: Path
    user: str = "doorbell"
    domain: str = ""
    transport: str = "udp"
    options: str = "regint=0"
    endpoint: Endpoint = field(default_factory=lambda: new_endpoint(LOOPBACK4, span=2))
    identity: Identity | None = None
    arguments: tuple[str, ...] = ()
    modules: tuple[str, ...] = MODULES
    sound: Path | None = None
    settings: tuple[str, ...] = ()
    events: list[Event] = field(default_factory=list, init=False)

    async def __aenter__(self) -> Self:
        """Start the phone and connect to its control port."""
        control = new_endpoint(LOOPBACK4)
        self._write_configuration(control)
        self._process = PeerProcess(
            *(find_program("baresip"), "-f", self.folder, "-v"),
            *self.arguments,
            folder=self.folder,
        )
        self._news = asyncio.Condition()
        self._answers: asyncio.Queue[dict[str, object]] = asyncio.Queue()
        await self._process.start()
        reader, self._writer = await self._connect(control)
        self._reading = asyncio.create_task(self._read(reader))
        return self

    async def __aexit__(self, *_: object) -> None:
        """End the phone."""
        self._reading.cancel()
        self._writer.close()
        await self._process.stop()

    @property
    def log(self) -> str:
        """Return what baresip has logged."""
        return self._process.output

    async def registered(self) -> None:
        """Wait until the registrar has taken the first registration."""
        await self._process.printed(r": \{\d/\w+/v\d\} 200 ")

    async def unauthorized(self) -> None:
        """Wait until the registrar has refused the password."""
        await self._process.printed("reg: .*: 40[137] ")

    async def dial(self, uri: str) -> None:
        """Call a SIP URI."""
        await self.command("dial", uri)

    async def accept(self) -> None:
        """Answer the call that rings."""
        await self.command("accept")

    async def hang_up(self) -> None:
        """End, cancel or decline the current call."""
        await self.command("hangup")

    async def press(self, digit: str) -> None:
        """Send one tone by RFC 4733."""
        await self.command("sndcode", digit)

    async def command(self, name: str, parameters: str = "") -> str:
        """Run a command of baresip and return what it printed."""
        message = json.dumps({"command": name, "params": parameters, "token": name})
        self._writer.write(f"{len(message)}:{message},".encode())
        async with asyncio.timeout(EVENT_TIMEOUT):
            answer = await self._answers.get()
        assert answer["ok"], f"baresip refused {name} {parameters}: {answer}"
        return str(answer["data"])

    async def event(self, *types: str, seconds: float = EVENT_TIMEOUT) -> Event:
        """Return the next event of one of the types and forget those before it."""
        async with asyncio.timeout(seconds), self._news:
            while True:
                for index, event in enumerate(self.events):
                    if event.type in types:
                        del self.events[: index + 1]
                        return event
                await self._news.wait()

    async def receives(self, seconds: float = EVENT_TIMEOUT) -> None:
        """Wait until RTP arrives, decrypted where it has to be."""
        await self._process.printed("incoming rtp for 'audio' established", seconds)

    async def hears(
        self, pitch: int | None = None, seconds: float = EVENT_TIMEOUT
    ) -> None:
        """Wait until a tone, or else anything but silence, has been decoded."""
        heard = _is_loud if pitch is None else partial(_is_tone, pitch=pitch)
        async with asyncio.timeout(seconds):
            # baresip has no event for it, only a recording that grows.
            while not any(map(heard, self.folder.glob("dump-*-dec.wav"))):  # noqa: ASYNC110
                await asyncio.sleep(0.02)

    def _write_configuration(self, control: Endpoint) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        domain = self.domain or self.endpoint.host
        address = f"<sip:{self.user}@{domain};transport={self.transport}>"
        (self.folder / "accounts").write_text(f"{address};{self.options}\n")
        (self.folder / "contacts").touch()
        if self.sound is None:
            self.sound = self.folder / "spoken.wav"
            write_tone(self.sound, 1000, rate=8000, channels=1, seconds=30)
        (self.folder / "config").write_text("\n".join(self._settings(control)) + "\n")

    def _settings(self, control: Endpoint) -> Sequence[str]:
        rtp = free_port(self.endpoint.address, span=10)
        settings = [
            f"sip_listen {self.endpoint}",
            f"net_interface {self.endpoint.address}",
            f"rtp_ports {rtp + rtp % 2}-{rtp + 9}",
            "call_local_timeout 120",
            "call_max_calls 8",
            f"audio_source aufile,{self.sound}",
            f"snd_path {self.folder}",
            f"module_path {_module_folder()}",
            *(f"module {name}.so" for name in self.modules),
            "module_tmp uuid.so",
            *(f"module_app {name}.so" for name in APPLICATIONS),
            *self.settings,
            f"ctrl_tcp_listen {control}",
        ]
        if self.identity is not None:
            settings += [
                f"sip_certificate {self.identity.bundle}",
                f"sip_cafile {self.identity.authority}",
            ]
        return settings

    async def _connect(
        self, control: Endpoint
    ) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        async with asyncio.timeout(READY_TIMEOUT):
            while True:
                assert self._process.running, self.log
                try:
                    return await asyncio.open_connection(control.address, control.port)
                except ConnectionRefusedError:
                    await asyncio.sleep(0.02)

    async def _read(self, reader: asyncio.StreamReader) -> None:
        while length := (await reader.readuntil(b":"))[:-1]:
            message = json.loads(await reader.readexactly(int(length)))
            await reader.readexactly(1)
            if "event" not in message:
                self._answers.put_nowait(message)
                continue
            async with self._news:
                self.events.append(
                    Event(
                        type=message["type"],
                        peer=message.get("peeruri", ""),
                        parameter=message.get("param", ""),
                    )
                )
                self._news.notify_all()


def _is_loud(path: Path) -> bool:
    samples = path.read_bytes()[WAVE_HEADER:]
    whole = len(samples) - len(samples) % 2
    return any(abs(sample) > LOUD for sample in memoryview(samples[:whole]).cast("h"))


def _is_tone(path: Path, pitch: int) -> bool:
    return heard_seconds(path) > TONE and share(path, pitch) > MOSTLY


def _module_folder() -> str:
    return next((path for path in MODULE_FOLDERS if Path(path).is_dir()), "")
