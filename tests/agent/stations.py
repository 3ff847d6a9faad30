"""A house whose devices register: credentials, REGISTERs and what they hear."""

from dataclasses import dataclass, field, replace
from itertools import count
from typing import Any

from custom_components.sip_intercom.lib.sipagent.agent.request import (
    Challenge,
    Credentials,
    RegisterContact,
    RegisterFacts,
    Reply,
    Request,
    Verdict,
)
from custom_components.sip_intercom.lib.sipagent.protocol.calls import Call
from custom_components.sip_intercom.lib.sipagent.protocol.config import (
    CredentialsConfig,
    DeviceConfig,
    DigestAlgorithm,
    NumberConfig,
    UserAgentConfig,
)
from custom_components.sip_intercom.lib.sipagent.protocol.messages import (
    BindingsChanged,
)

from .fake_phone import INVITE, OUR_ADDRESS, FakeLeg
from .house import ACCOUNT, House

HASHES = {"201": "1" * 32, "202": "2" * 32, "203": "3" * 32}
GATE = "192.0.2.31"
_numbers = count(1)


def station(user: str, **changes: Any) -> DeviceConfig:
    """Return a device that registers; its id is its user's name."""
    values: dict[str, Any] = {
        "id": f"device-{user}",
        "credentials": CredentialsConfig(username=user, md5=HASHES[user]),
        "uri": f"sip:{user}@localhost",
        **changes,
    }
    return DeviceConfig(**values)


STATIONS = UserAgentConfig(accounts=(ACCOUNT,), devices=tuple(map(station, HASHES)))


@dataclass
class Stations(House):
    """A house with a registrar."""

    numbers: tuple[NumberConfig, ...] = ()
    config: UserAgentConfig = field(default=STATIONS)

    def __post_init__(self) -> None:
        super().__post_init__()
        registrar = replace(self.config.registrar, numbers=self.numbers)
        self.agent.configure(replace(self.config, registrar=registrar))

    def show(
        self,
        user: str = "201",
        *,
        nonce: str = "",
        nc: int = 1,
        qop: str = "auth",
        password: bool = True,
        algorithm: DigestAlgorithm | None = DigestAlgorithm.MD5,
    ) -> None:
        """Let the next request show credentials; right ones if `password`."""
        self.phone.shown = Credentials(
            username=user, nonce=nonce, algorithm=algorithm, qop=qop, nc=nc
        )
        self.phone.right = HASHES.get(user, "") if password else "never"

    def show_nothing(self) -> None:
        """Let the next request show no credentials."""
        self.phone.shown = None

    def challenge(self, request: Request) -> Challenge:
        """Send a request without credentials, and return the challenge."""
        self.show_nothing()
        challenge = self.phone.ask(request)
        assert isinstance(challenge, Challenge), challenge
        return challenge

    def send(self, request: Request, user: str = "201", **shown: Any) -> Verdict:
        """Send a request, challenged first, with credentials."""
        challenge = self.challenge(request)
        self.show(user, nonce=challenge.nonce, **shown)
        return self.phone.ask(request)

    def bind(self, user: str = "201", **facts: Any) -> Reply:
        """Register a user, and return the answer."""
        reply = self.send(register(user, **facts), user)
        assert isinstance(reply, Reply), reply
        return reply

    def bindings(self, user: str = "201") -> list[str]:
        """Return the contacts that were told of a user at last."""
        told = [
            event
            for event in self.events
            if isinstance(event, BindingsChanged) and event.device == f"device-{user}"
        ]
        return [each.contact for each in told[-1].bindings] if told else []

    def register_account(self) -> None:
        """Have the account registered."""
        self.register()

    def call_of(self, device: str) -> Call:
        """Return the call of a device."""
        (call,) = [c for c in self.agent.list_state().calls if c.device == device]
        return call

    def ring(self, user: str, called: str = "homeassistant") -> FakeLeg:
        """Let a registered user call, and return its leg."""
        request = invite(user, called)
        challenge = self.challenge(request)
        self.show(user, nonce=challenge.nonce)
        return self.phone.press(request)


def invite(user: str, called: str) -> Request:
    """Return an INVITE of a registered user."""
    return replace(
        INVITE,
        remote_address=GATE,
        from_uri=f"sip:{user}@{OUR_ADDRESS}",
        uri=f"sip:{called}@{OUR_ADDRESS}",
        to_uri=f"sip:{called}@{OUR_ADDRESS}",
        call_id=f"call-{next(_numbers)}",
    )


def contact(uri: str = f"sip:201@{GATE}:5062", **facts: Any) -> RegisterContact:
    """Return a contact of a REGISTER."""
    values: dict[str, Any] = {
        "expires": None,
        "q": 1.0,
        "instance": "",
        "reg_id": 0,
        **facts,
    }
    return RegisterContact(uri=uri, **values)


def register(
    user: str = "201",
    *contacts: RegisterContact,
    expires: int | None = 300,
    star: bool = False,
    path: tuple[str, ...] = (),
    required: frozenset[str] = frozenset(),
    **facts: Any,
) -> Request:
    """Return a REGISTER of a user, of one contact unless others are given."""
    default = () if star else (contact(f"sip:{user}@{GATE}:5062"),)
    values: dict[str, Any] = {
        "remote_address": GATE,
        "remote_port": 5062,
        "call_id": f"register-{next(_numbers)}",
        **facts,
    }
    return replace(
        INVITE,
        method="REGISTER",
        uri=f"sip:{OUR_ADDRESS}",
        from_uri=f"sip:{user}@{OUR_ADDRESS}",
        to_uri=f"sip:{user}@{OUR_ADDRESS}",
        register=RegisterFacts(
            contacts=contacts or default,
            star=star,
            expires=expires,
            path=path,
            supported=frozenset(),
            required=required,
        ),
        **values,
    )


def query(user: str = "201", **facts: Any) -> Request:
    """Return a REGISTER without contacts."""
    request = register(user, **facts)
    assert request.register
    return replace(request, register=replace(request.register, contacts=()))
