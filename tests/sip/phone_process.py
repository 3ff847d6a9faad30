"""A PjsuaPhone on its own, told what to do by JSON lines.

It is started with the library under test on its path; whoever runs the tests
can then run several phones, and several builds of the library.
"""

from dataclasses import asdict, replace
import faulthandler
import json
import logging
import os
from queue import Empty, SimpleQueue
import sys
from threading import Thread
from typing import Any

import pjsua2
from sipagent.agent.phone import IncomingLeg, LegEnd, LegMedia, RegistrationReport
from sipagent.agent.pjsua import PjsuaPhone
from sipagent.agent.pjsua.guard import _Failures, failures
from sipagent.agent.request import (
    Challenge,
    Drop,
    Hop,
    Pass,
    Refuse,
    Reply,
    Request,
    Verdict,
)
from sipagent.protocol.calls import Proof
from sipagent.protocol.config import (
    AccountConfig,
    DigestAlgorithm,
    HostConfig,
    MediaEncryption,
    TlsVerify,
    Transport,
    TransportsConfig,
)
from sipagent.protocol.errors import CommandError
from sipagent.protocol.messages import TransportStatus
from sipagent.protocol.tones import ToneMethod, ToneStyle

protocol = os.fdopen(os.dup(1), "w", buffering=1)
os.dup2(2, 1)
commands: SimpleQueue[dict[str, Any] | None] = SimpleQueue()


def send(**message: Any) -> None:
    """Write one line."""
    protocol.write(json.dumps(message, default=sorted) + "\n")


class Registrar:
    """Challenges everything, then answers as it has been told."""

    def __init__(self, phone: PjsuaPhone, values: dict[str, Any]) -> None:
        self.phone = phone
        self.nonce = str(values.get("nonce", "n1"))
        self.ha1 = str(values.get("ha1", ""))
        self.algorithms = tuple(
            DigestAlgorithm(each) for each in values.get("algorithms", ["md5"])
        )
        self.status = int(values.get("status", 200))
        self.headers = tuple((name, value) for name, value in values.get("headers", []))

    def judge(self, request: Request) -> Verdict:
        shown = self.phone.credentials("test")
        right = shown is not None and self.phone.verify(
            shown.username, "test", self.ha1
        )
        credentials = shown and asdict(shown)
        send(event="judged", request=asdict(request), shown=credentials, right=right)
        if not right:
            return Challenge(
                realm="test",
                nonce=self.nonce,
                algorithms=self.algorithms,
                stale=shown is not None,
            )
        if request.method == "INVITE":
            return Pass(proof=Proof.DIGEST)
        return Reply(status=self.status, headers=self.headers)


class Listener:
    """Tells everything, and passes whom it has been told to pass."""

    def __init__(self) -> None:
        self.rules: list[dict[str, Any]] = []
        self.takes_texts = False
        self.ring: PjsuaPhone | None = None
        self.registrar: Registrar | None = None

    def on_request(self, request: Request) -> Verdict:
        if request.transaction or request.dialog:
            return Pass(proof=Proof.ADDRESS)
        if self.registrar:
            return self.registrar.judge(request)
        for rule in self.rules:
            if request.remote_address != rule.get("address", request.remote_address):
                continue
            if rule.get("token", "") not in request.uri:
                continue
            send(event="request", **asdict(request))
            return Pass(
                proof=Proof.ADDRESS,
                account=rule.get("account"),
                encryption=MediaEncryption(rule.get("encryption", "sdes_optional")),
            )
        send(event="request", **asdict(request))
        if request.method == "MESSAGE" and self.takes_texts:
            return Reply(status=200)
        return Refuse(stranger=True) if request.method == "INVITE" else Drop()

    def on_incoming_leg(self, leg: IncomingLeg) -> None:
        if self.ring:
            self.ring.ring(leg.leg)
            return
        send(event="incoming", leg=leg.leg, call_id=leg.request.call_id)

    def on_leg_progress(self, leg: int, status: int, early_media: bool) -> None:
        send(event="progress", leg=leg, status=status, early_media=early_media)

    def on_leg_answered(self, leg: int) -> None:
        send(event="answered", leg=leg)

    def on_leg_hold(self, leg: int, media: LegMedia) -> None:
        send(event="hold", leg=leg, **asdict(media))

    def on_leg_ended(self, end: LegEnd) -> None:
        send(event="ended", **asdict(end))

    def on_tone(self, leg: int, tone: str) -> None:
        send(event="tone", leg=leg, tone=tone)

    def on_registration(self, report: RegistrationReport) -> None:
        send(event="registration", **asdict(report))

    def on_transport(self, status: TransportStatus) -> None:
        send(event="transport", **asdict(status))

    def on_name_wanted(self, name: str) -> None:
        send(event="name_wanted", name=name)

    def on_connection_lost(self, connection: int) -> None:
        send(event="connection_lost", connection=connection)


def account_config(values: dict[str, Any]) -> AccountConfig:
    """Return an account's configuration from its fields."""
    config = AccountConfig(**{"token": "0" * 32, **values})
    return replace(
        config,
        transport=Transport(config.transport),
        tls_verify=TlsVerify(config.tls_verify),
        media_encryption=MediaEncryption(config.media_encryption),
    )


class Commands:
    """What can be asked for, by name."""

    def __init__(self, phone: PjsuaPhone, listener: Listener) -> None:
        self.phone = phone
        self.listener = listener

    def rules(self, rules: list[dict[str, Any]]) -> None:
        self.listener.rules = rules

    def take_texts(self) -> None:
        self.listener.takes_texts = True

    def ring_at_once(self, enabled: bool) -> None:
        self.listener.ring = self.phone if enabled else None

    def open_transports(self, **values: Any) -> list[dict[str, Any]]:
        config = TransportsConfig(**values)
        return [asdict(status) for status in self.phone.open_transports(config)]

    def set_host(self, name: str, addresses: list[str]) -> None:
        self.phone.set_host(HostConfig(name=name, addresses=tuple(addresses)))

    def put_account(self, **values: Any) -> None:
        self.phone.put_account(account_config(values))

    def try_account(self, **values: Any) -> None:
        self.phone.try_account(account_config(values), self._tell("tried"))

    def check_health(self) -> None:
        self.phone.check_health(self._tell("health"))

    def registrar(self, **values: Any) -> None:
        self.listener.registrar = Registrar(self.phone, values)

    def dial(
        self,
        uri: str,
        account: str | None = None,
        encryption: str = "sdes_optional",
        hop: dict[str, Any] | None = None,
    ) -> int:
        there = (
            Hop(**{**hop, "transport": Transport(hop["transport"])}) if hop else None
        )
        wanted = MediaEncryption(encryption)
        return int(self.phone.dial(uri, account=account, encryption=wanted, hop=there))

    def send_tones(self, leg: int, tones: str, **style: Any) -> None:
        if "method" in style:
            style["method"] = ToneMethod(style["method"])
        self.phone.send_tones(leg, tones, ToneStyle(**style), self._tell("sent"))

    def play(self, leg: int, path: str, loop: bool = False) -> None:
        def done(finished: bool) -> None:
            send(event="played", leg=leg, finished=finished)

        self.phone.play(leg, path, done, loop=loop)

    def record(self, leg: int, heard: str, sent: str) -> None:
        self.phone.record(leg, heard, sent, self._tell("recorded"))

    def transfer(self, leg: int, uri: str) -> None:
        self.phone.transfer(leg, uri, self._tell("transferred"))

    def send_message(self, uri: str, text: str, **values: Any) -> None:
        there = values.get("hop")
        if there:
            values["hop"] = Hop(**{**there, "transport": Transport(there["transport"])})
        values = {"account": None, **values}
        self.phone.send_message(uri, text, self._tell("written"), **values)

    def set_codecs(self, codecs: list[str]) -> None:
        self.phone.set_codecs(tuple(codecs))

    def show_headers(self, names: list[str]) -> None:
        self.phone.show_headers(frozenset(names))

    def leg_peer(self, leg: int) -> dict[str, str]:
        return asdict(self.phone.leg_peer(leg))

    def leg_media(self, leg: int) -> dict[str, Any]:
        return asdict(self.phone.leg_media(leg))

    def lose_end(self, leg: int) -> None:
        """Hang up, and lose what PJSIP says about the end."""
        held = self.phone._legs.get(leg)
        held.onCallState = lambda _: None
        held.hangup(pjsua2.CallOpParam())

    def held(self) -> dict[str, Any]:
        """Return how many legs are held, and whether the media clock turns."""
        return {"legs": len(self.phone._legs), "clock": self.phone._clock.running}

    def fail_to_hang_up(self, leg: int) -> None:
        """Let PJSIP refuse to hang up."""
        held = self.phone._legs.get(leg)

        def fail(_: Any) -> None:
            del held.hangup
            raise pjsua2.Error

        held.hangup = fail

    def fail_to_ring(self) -> None:
        """Let the next call meet a defect."""
        really = self.listener.on_incoming_leg

        def fail(_: IncomingLeg) -> None:
            self.listener.on_incoming_leg = really  # type: ignore[method-assign]
            _Failures.count -= 1  # this one is wanted
            raise ValueError

        self.listener.on_incoming_leg = fail  # type: ignore[method-assign]

    def renew_certificates(self) -> None:
        """Look for renewed certificates now."""
        self.phone._listeners.renew()

    def fail_to_open(self, address: str, times: int) -> None:
        """Let no listener be opened at an address for the first few times."""
        listeners = self.phone._listeners
        really = listeners._try
        left = [times]

        def fail(listener: Any) -> str:
            if listener.address != address or not left[0]:
                return str(really(listener))
            left[0] -= listener.transport is Transport.UDP
            return "it cannot be opened"

        listeners._try = fail

    def build(self) -> dict[str, Any]:
        return dict(self.phone.build())

    def failures(self) -> int:
        return int(failures())

    def __getattr__(self, name: str) -> Any:
        return getattr(self.phone, name)

    def _tell(self, event: str) -> Any:
        def tell(error: CommandError | None) -> None:
            send(event=event, error=error and error.code, text=str(error or ""))

        return tell


def read(phone: PjsuaPhone) -> None:
    """Hand every line to the one thread that may touch PJSIP."""
    for line in sys.stdin:
        commands.put(json.loads(line))
        phone.wake()
    commands.put(None)
    phone.wake()


def carry_out(to_do: Commands, command: dict[str, Any]) -> None:
    """Do what a line says, and tell the result."""
    try:
        result = getattr(to_do, command["do"])(**command["with"])
    except CommandError as err:
        send(id=command["id"], error=err.code, text=str(err))
    else:
        send(id=command["id"], result=result)


def main() -> None:
    """Run until stdin ends."""
    faulthandler.enable()
    logging.basicConfig(level=logging.DEBUG, stream=sys.stderr)
    phone, listener = PjsuaPhone(), Listener()
    phone.start("homeassistant", listener)
    to_do = Commands(phone, listener)
    Thread(target=read, args=(phone,), daemon=True).start()
    while True:
        phone.poll(1.0)
        try:
            while (command := commands.get_nowait()) is not None:
                carry_out(to_do, command)
            break
        except Empty:
            continue
    phone.stop()
    send(event="stopped")


if __name__ == "__main__":
    main()
