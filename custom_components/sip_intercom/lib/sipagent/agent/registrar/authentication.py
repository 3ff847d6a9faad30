"""Who a request is from, by digest authentication (RFC 3261 section 22, RFC 8760)."""

from collections.abc import Callable, Iterable, Mapping
from typing import Final

from ...protocol.config import DeviceConfig, DigestAlgorithm, RegistrarConfig
from ..addresses import source_key
from ..chance import random_token
from ..limits import Clock, RateLimit
from ..phone import Phone
from ..request import Challenge, Credentials, Drop, Request
from .guessing import Guessing
from .nonces import Nonces

CHALLENGE_RATE: Final = 10.0  # challenges a second to one stranger
CHALLENGE_BURST: Final = 40.0
CHALLENGES_RATE: Final = 400.0  # challenges a second to all strangers
_HASH_SIZES: Final = {
    DigestAlgorithm.MD5: 16,
    DigestAlgorithm.SHA_256: 32,
    DigestAlgorithm.SHA_512_256: 32,
}


class Authentication:
    """Tells a device by its credentials; unknown users get the same answers."""

    def __init__(
        self,
        phone: Phone,
        guessing: Guessing,
        clock: Clock,
        is_home: Callable[[Request], bool],
    ) -> None:
        """Ask `is_home` for the sources whose challenges are not counted."""
        self._phone = phone
        self._guessing = guessing
        self._is_home = is_home
        self._nonces = Nonces(clock)
        self._pace = RateLimit(
            clock,
            rate=CHALLENGE_RATE,
            burst=CHALLENGE_BURST,
            total_rate=CHALLENGES_RATE,
        )
        self._nobody = {
            algorithm: random_token(size) for algorithm, size in _HASH_SIZES.items()
        }
        self._config = RegistrarConfig()
        self._users: Mapping[str, DeviceConfig] = {}

    def configure(
        self, config: RegistrarConfig, devices: Iterable[DeviceConfig]
    ) -> None:
        """Take over who there is."""
        self._config = config
        self._users = {
            device.credentials.username: device
            for device in devices
            if device.credentials
        }

    def user(self, name: str) -> DeviceConfig | None:
        """Return the device with a user name."""
        return self._users.get(name)

    def authenticate(self, request: Request) -> DeviceConfig | Challenge | Drop:
        """Return the device whose credentials a request shows, or what it hears."""
        shown = self._phone.credentials(self._config.realm)
        if shown is None:
            return self._challenge(request)
        source = source_key(request.remote_address)
        if self._guessing.is_locked(source, shown.username):
            return Drop()
        if not self._nonces.is_usable(shown, request.remote_address):
            return self._challenge(request, stale=True)
        device = self._users.get(shown.username)
        right = self._is_right(shown, device)
        if device is None or not right:
            self._guessing.wrong(
                source, shown.username, known=device is not None, request=request
            )
            return self._challenge(request)
        self._nonces.use(shown)
        self._guessing.right(source, shown.username)
        return device

    def _is_right(self, shown: Credentials, device: DeviceConfig | None) -> bool:
        """Do the same work for a user that does not exist."""
        algorithm = shown.algorithm
        if algorithm is None or algorithm not in self._config.algorithms:
            return False
        hashes = device.credentials.hashes if device and device.credentials else {}
        ha1 = hashes.get(algorithm) or self._nobody[algorithm]
        return self._phone.verify(shown.username, self._config.realm, ha1)

    def _challenge(self, request: Request, *, stale: bool = False) -> Challenge | Drop:
        """Ask for credentials, as long as a stranger does not flood."""
        source = source_key(request.remote_address)
        if not self._is_home(request) and not self._pace.allow(source):
            return Drop()
        return Challenge(
            realm=self._config.realm,
            nonce=self._nonces.issue(request.remote_address),
            algorithms=self._config.algorithms,
            stale=stale,
        )
