"""The registrar: what the rest of the agent asks it, and what it tells."""

from collections.abc import Callable, Iterable
import time
from typing import Final

from ...protocol.bindings import Binding, Guesser
from ...protocol.config import DeviceConfig, UserAgentConfig
from ...protocol.messages import BindingsChanged, CredentialsRefused, ServerSought
from ...protocol.sip_uri import parse_or_none
from ..limits import Clock
from ..phone import Phone, Target
from ..request import Challenge, Drop, Refuse, Reply, Request
from .authentication import Authentication
from .bindings import Bindings, Wall
from .guessing import Guessing
from .phone_finder import PhoneFinder
from .registering import Registering

_FORBIDDEN: Final = 403
_BAD_REQUEST: Final = 400

type RegistrarEvent = BindingsChanged | CredentialsRefused | ServerSought


class Registrar:
    """Devices that register with us (RFC 3261 section 10.3)."""

    def __init__(
        self,
        phone: Phone,
        emit: Callable[[RegistrarEvent], None],
        clock: Clock,
        wall: Wall = time.time,
    ) -> None:
        """Start without devices."""
        self._phone = phone
        self._emit = emit
        self._bindings = Bindings(clock, wall)
        self._guessing = Guessing(clock)
        self._finder = PhoneFinder(clock, emit)
        self._authentication = Authentication(
            phone, self._guessing, clock, self._bindings.is_at
        )
        self._registering = Registering(phone, self._bindings)
        self._devices: dict[str, DeviceConfig] = {}
        self._kept: set[int] = set()
        self._finding = False

    @property
    def enabled(self) -> bool:
        """Tell whether any device registers with us."""
        return bool(self._devices)

    def configure(self, config: UserAgentConfig) -> None:
        """Take over who registers; what another password registered is void."""
        old, self._devices = self._devices, _registering_devices(config)
        self._authentication.configure(config.registrar, self._devices.values())
        self._registering.config = config.registrar
        for device, before in old.items():
            now = self._devices.get(device)
            if now is None or now.credentials != before.credentials:
                self._revoke(before)
        if config.registrar.find_phones != self._finding:
            self._finding = config.registrar.find_phones
            self._phone.find_phones(self._finding)

    def restore(self, bindings: Iterable[Binding]) -> None:
        """Take over the bindings that an earlier agent told."""
        known = [each for each in bindings if each.device in self._devices]
        self._tell(self._bindings.restore(known))

    def judge_register(self, request: Request) -> Challenge | Drop | Refuse | Reply:
        """Judge a REGISTER, which ends here."""
        device = self._authentication.authenticate(request)
        if isinstance(device, Challenge | Drop):
            return device
        if request.register is None or request.defect:
            return Refuse(status=_BAD_REQUEST)
        if self._authentication.user(_user(request.to_uri)) is not device:
            return Reply(status=_FORBIDDEN)
        outcome = self._registering.register(device.id, request, request.register)
        if outcome.bound is not None:
            if request.connection or self._kept:
                self._keep_connections()
            self._tell({device.id})
        return outcome.reply

    def authenticate(self, request: Request) -> DeviceConfig | Challenge | Drop:
        """Return the device whose credentials a request shows, or what it hears."""
        return self._authentication.authenticate(request)

    def owner(self, connection: int) -> DeviceConfig | None:
        """Return the only device that has registered over a connection, if one has."""
        owners = self._bindings.owners(connection)
        return self._devices.get(owners[0]) if len(owners) == 1 else None

    def is_listed(self, request: Request) -> bool:
        """Tell whether a request comes from where a device is registered."""
        return self._bindings.is_at(request)

    def is_search(self, request: Request) -> bool:
        """Take a request of a phone that looks for a server."""
        return self._finding and self._finder.hears(request)

    def is_named(self, request: Request) -> bool:
        """Tell whether a request claims to be of a device that registers."""
        return self._authentication.user(_user(request.from_uri)) is not None

    def targets(self, device: str) -> tuple[Target, ...]:
        """Return where a device is called, the most wanted first."""
        return tuple(each.target for each in self._bindings.of(device))

    def values(self) -> tuple[Binding, ...]:
        """Return every binding."""
        return tuple(
            binding
            for device in self._bindings.devices
            for binding in self._bindings.values(device)
        )

    def guessers(self) -> tuple[Guesser, ...]:
        """Return who guesses at passwords."""
        return self._guessing.guessers()

    def connection_lost(self, connection: int) -> None:
        """Take that a TCP or TLS connection is gone."""
        self._kept.discard(connection)
        self._bindings.lose(connection)

    def tick(self) -> None:
        """Forget what has ended, and tell what is due."""
        if ended := self._bindings.expire():
            self._keep_connections()
            self._tell(ended)
        for event in self._guessing.events():
            self._emit(event)

    def _revoke(self, device: DeviceConfig) -> None:
        """Forget what a device has registered that may not any more."""
        if device.credentials:
            self._guessing.forgive(device.credentials.username)
        if self._bindings.of(device.id):
            self._bindings.put(device.id, ())
            self._keep_connections()
            self._tell({device.id})

    def _keep_connections(self) -> None:
        """Hold open what bindings depend on, and nothing else."""
        wanted = self._bindings.connections
        for connection in wanted - self._kept:
            self._phone.keep_connection(connection, True)
        for connection in self._kept - wanted:
            self._phone.keep_connection(connection, False)
        self._kept = wanted

    def _tell(self, devices: Iterable[str]) -> None:
        """Tell the bindings of devices."""
        for device in sorted(devices):
            bindings = self._bindings.values(device)
            self._emit(BindingsChanged(device=device, bindings=bindings))


def _registering_devices(config: UserAgentConfig) -> dict[str, DeviceConfig]:
    """Return the devices that register with us."""
    return {device.id: device for device in config.devices if device.credentials}


def _user(uri: str) -> str:
    """Return the user of a URI that a peer sent."""
    parsed = parse_or_none(uri) or parse_or_none(uri.partition(";")[0])
    return parsed.user if parsed else ""
