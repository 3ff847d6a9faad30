"""A scripted agent: speaks the protocol, and misbehaves as it is told.

Arguments: a folder, then one behaviour for each launch, the last for all
further ones. Each launch leaves its process id in the folder. Commands steer
what happens after the start: the target of a Dial names an action.
"""

# mypy: disable-error-code="import-not-found"
# The child has the package on its path, the type checker has not.

import json
import os
from pathlib import Path
import select
import signal
import sys
import time

from sipagent.protocol.calls import (
    Call,
    CallEventType,
    CallState,
    Direction,
    Registration,
    RegistrationState as State,
)
from sipagent.protocol.codec import decode_request, encode_message
from sipagent.protocol.commands import (
    CheckHealth,
    Command,
    Configure,
    Dial,
    ListState,
    SetHost,
    TryAccount,
)
from sipagent.protocol.config import Transport
from sipagent.protocol.errors import ProtocolError
from sipagent.protocol.messages import (
    AgentMessage,
    CallChanged,
    Configured,
    Dialled,
    Failure,
    Heartbeat,
    Hello,
    NameWanted,
    RegistrationChanged,
    Result,
    Snapshot,
    ToneReceived,
    TransportStatus,
)
from sipagent.protocol.version import SCHEMA_VERSION

HEARTBEAT = 0.05  # seconds
CALL = Call(
    id="c1", direction=Direction.INBOUND, state=CallState.RINGING, device="door"
)
HELLO = Hello(schema=SCHEMA_VERSION, pjsip="2.17", build={"id": "stub"})


def write(data: bytes) -> None:
    """Write all of the bytes to the protocol's pipe."""
    while data:
        data = data[os.write(1, data) :]


def send(message: AgentMessage) -> None:
    """Write a message."""
    write(encode_message(message))


def log(level: str, message: str) -> None:
    """Write a log line."""
    record = {"level": level, "logger": "stub", "message": message}
    os.write(2, json.dumps(record).encode() + b"\n")


class StubAgent:
    """Answers commands by its behaviour."""

    def __init__(self, behaviour: str) -> None:
        self.behaviour = behaviour
        self.config = ""
        self.reading = True
        self.beating = True

    def run(self) -> None:
        """Say hello, then serve until the input ends."""
        getattr(self, f"begin_{self.behaviour}", self.begin)()
        rest = b""
        due = time.monotonic()
        while True:
            if self.beating and time.monotonic() >= due:
                send(Heartbeat())
                due = time.monotonic() + HEARTBEAT
            inputs = [0] if self.reading else []
            if not select.select(inputs, [], [], HEARTBEAT)[0]:
                continue
            if not (data := os.read(0, 65536)):
                return
            *lines, rest = (rest + data).split(b"\n")
            for line in lines:
                self.handle(line)

    def begin(self) -> None:
        """Say hello."""
        send(HELLO)

    def begin_dies(self) -> None:
        """End before the hello."""
        log("ERROR", "cannot load the library")
        sys.exit(3)

    def begin_mute(self) -> None:
        """Say nothing at all."""
        self.beating = False

    def begin_impolite(self) -> None:
        """Say something else first."""
        send(Heartbeat())

    def begin_other_schema(self) -> None:
        """Claim another schema in a hello that can be read."""
        send(Hello(schema=99, pjsip="2.17", build={}))

    def begin_future(self) -> None:
        """Say hello as a later schema might."""
        write(b'{"type":"hello","schema":7,"stack":{"name":"other"}}\n')

    def begin_garbage(self) -> None:
        """Print into the protocol, as a library might."""
        write(b'Assertion x failed.\n{"type":"dance"}\n\xff\xfe\n{"type":"hello"')
        write(b"}\n")
        send(HELLO)
        write(b"pj_init() done\n")

    def begin_long_line(self) -> None:
        """Write a line that is longer than allowed."""
        send(HELLO)
        write(b"x" * (2 * 1024 * 1024) + b"\n")

    def begin_stubborn(self) -> None:
        """Neither the end of the input nor a polite signal ends this one."""
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        send(HELLO)

    def begin_logs(self) -> None:
        """Write to the log what must not be seen."""
        log("INFO", "registering with top-secret as password")
        log("DEBUG", "Authorization: Digest response=0123")
        os.write(2, b"python: assert.c:1: Assertion failed\n")
        send(HELLO)

    def handle(self, line: bytes) -> None:
        """Answer a line."""
        try:
            request = decode_request(line)
        except ProtocolError as err:
            send(Failure(id=None, code="malformed_message", text=str(err)))
            return
        self.handle_request(request.id, request.command)

    def handle_request(self, number: int, command: Command) -> None:
        """Answer a command."""
        match command:
            case Configure(config=config):
                self.config = config.username
                self.configure(number)
            case CheckHealth() if self.behaviour in ("unhealthy", "portless"):
                send(Failure(id=number, code="sip_stack", text="no answer"))
            case ListState():
                calls = (CALL,) if self.behaviour == "early_ring" else ()
                snapshot = Snapshot(
                    registrations=(), calls=calls, transports=(), refused=0
                )
                send(Result(id=number, value=snapshot))
            case Dial(target=str(action)):
                self.act(number, action)
            case SetHost() if self.behaviour == "forgetful":
                send(Failure(id=number, code="sip_stack", text="forgotten"))
                send(ToneReceived(call="c1", tone="forgotten"))
            case SetHost(host=host):
                send(ToneReceived(call=host.name, tone=" ".join(host.addresses)))
                send(Result(id=number))
            case TryAccount(account=account):
                log("INFO", f"trying {account.username} {account.password}")
                send(Failure(id=number, code="invalid_auth", text="403"))
            case _:
                send(Result(id=number))

    def configure(self, number: int) -> None:
        """Answer a Configure."""
        if self.behaviour == "dies_in_configure":
            os.kill(os.getpid(), signal.SIGKILL)
        if self.behaviour == "early_ring":
            send(CallChanged(event=CallEventType.INCOMING, call=CALL))
        if self.behaviour == "flickers":
            for state in (State.REGISTERED, State.TIMED_OUT, State.REGISTERED):
                registration = Registration(account="a", state=state)
                send(RegistrationChanged(registration=registration))
        status = TransportStatus(
            transport=Transport.UDP,
            address=self.config,
            port=5060,
            listening=self.behaviour != "portless",
        )
        send(Result(id=number, value=Configured(transports=(status,))))

    def act(self, number: int, action: str) -> None:
        """Do what a Dial asks for, then answer it unless told otherwise."""
        method = getattr(self, f"act_{action}", None)
        if method is None:
            send(Failure(id=number, code="invalid_target", text="no action"))
        elif method(number) is None:
            send(Result(id=number, value=Dialled(call="c1")))

    def act_ring(self, number: int) -> None:
        """Report a ring."""
        send(CallChanged(event=CallEventType.INCOMING, call=CALL))

    def act_name(self, number: int) -> None:
        """Ask for the same name twice."""
        send(NameWanted(name="pbx.lan"))
        send(NameWanted(name="pbx.lan"))

    def act_exit(self, number: int) -> None:
        """End."""
        sys.exit(7)

    def act_abort(self, number: int) -> None:
        """Crash with a last word."""
        os.write(2, b"Fatal: double free\n")
        os.abort()

    def act_freeze(self, number: int) -> None:
        """Stop like a process that a debugger holds."""
        os.kill(os.getpid(), signal.SIGSTOP)

    def act_fall_silent(self, number: int) -> None:
        """Send no heartbeat any more."""
        self.beating = False

    def act_stop_reading(self, number: int) -> None:
        """Read no command any more, the heart beating on."""
        self.reading = False

    def act_close_output(self, number: int) -> None:
        """Close the output and stay."""
        os.close(1)
        signal.pause()

    def act_flood(self, number: int) -> None:
        """Write without end."""
        while True:
            write(b"flood\n" * 1000)

    def act_ramble(self, number: int) -> None:
        """Say what nobody has asked for."""
        send(Result(id=9999))
        send(Failure(id=9999, code="busy", text="too late"))
        send(Failure(id=None, code="malformed_message", text="what was that?"))
        send(HELLO)

    def act_stay_mute(self, number: int) -> bool:
        """Do not answer."""
        return True

    def act_lie(self, number: int) -> bool:
        """Answer with another command's result."""
        send(Result(id=number, value=Configured(transports=())))
        return True

    def act_fail(self, number: int) -> bool:
        """Answer with an error that this schema does not know."""
        send(Failure(id=number, code="from_the_future", text="new"))
        return True


def main() -> None:
    """Find out which launch this is and run."""
    folder, *behaviours = sys.argv[1:]
    launch = len(list(Path(folder).glob("*.pid")))
    facts = {
        "environment": dict(os.environ),
        "arguments": sys.argv,
        "cwd": str(Path.cwd()),
    }
    Path(folder, f"{os.getpid()}.json").write_text(json.dumps(facts))
    Path(folder, f"{launch:03}-{os.getpid()}.pid").touch()
    agent = StubAgent(behaviours[min(launch, len(behaviours) - 1)])
    agent.run()
    if agent.behaviour == "stubborn":
        signal.pause()


if __name__ == "__main__":
    main()
