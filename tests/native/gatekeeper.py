"""A small user agent around the native library: its policy is the called user.

Reads one JSON command per line, writes one JSON event per line. The library is
the folder in the first argument; PJSIP runs here, where it may crash.
"""

import json
import os
from pathlib import Path
import sys
import threading
import time
from typing import Any, override

sys.path.insert(0, sys.argv[1])
import pjsua2 as pj

output = os.fdopen(os.dup(1), "w", buffering=1)
os.dup2(2, 1)
FACTS = [
    name
    for name in vars(pj.GateRequest)
    if isinstance(vars(pj.GateRequest)[name], property) and name != "thisown"
]
VERDICTS = {
    "close": pj.GATE_DROP,
    "refuse": 403,
    "drop": pj.GATE_DROP,
    "busy": 486,
    "nothing": None,
    "word": "pass",
    "number": 1 << 80,
}


def emit(event: str, **values: Any) -> None:
    """Write one event."""
    output.write(json.dumps({"event": event, **values}) + "\n")


class Call(pj.Call):
    """A call that tells of itself."""

    @override
    def onCallState(self, prm: Any) -> None:
        info = self.getInfo()
        emit("call", id=info.callIdString, state=info.state, status=info.lastStatusCode)
        if info.state == pj.PJSIP_INV_STATE_DISCONNECTED:
            calls.pop(info.callIdString, None)

    @override
    def onCallMediaState(self, prm: Any) -> None:
        info = self.getInfo()
        emit("media", id=info.callIdString, states=[one.status for one in info.media])

    @override
    def onDtmfDigit(self, prm: Any) -> None:
        emit("tone", digit=prm.digit)

    @override
    def onCallTransferRequest(self, prm: Any) -> None:
        emit("transfer", to=prm.dstUri)


class Account(pj.Account):
    """An account that rings or answers as the called user says."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.name = name

    @override
    def onIncomingCall(self, prm: Any) -> None:
        call = Call(self, prm.callId)
        info = call.getInfo()
        calls[info.callIdString] = call
        emit("incoming", account=self.name, to=info.localUri, id=info.callIdString)
        code = 200 if "answer" in info.localUri else 180
        answer = pj.CallOpParam()
        answer.statusCode = code
        call.answer(answer)

    @override
    def onRegState(self, prm: Any) -> None:
        connection = gate.connection(prm.rdata) if prm.rdata.info else 0
        emit("registration", status=prm.code, connection=connection)

    @override
    def onInstantMessage(self, prm: Any) -> None:
        emit("message", text=prm.msgBody)


class Gate(pj.Gate):
    """The called user is the verdict; "second" goes to the second account."""

    @override
    def onRequest(self, request: Any) -> int:
        emit("request", **{name: getattr(request, name) for name in FACTS})
        user = request.requestUri.partition(":")[2].partition("@")[0]
        if user == "raise":
            raise ValueError(user)
        if user == "close":
            gate.closeConnection(request.connection)
        if user != "nobody":
            name = "second" if user == "second" else "first"
            request.accountId = accounts[name].getId()
        return VERDICTS.get(user, pj.GATE_PASS)

    @override
    def onDefectiveResponse(self, call_id: str, defect: str) -> None:
        emit("defective_response", id=call_id, defect=defect)

    @override
    def onResolve(self, host: str) -> None:
        emit("resolve", host=host)

    @override
    def onConnectionLost(self, connection: int) -> None:
        emit("connection_lost", connection=connection)


def call_settings() -> Any:
    """Return the settings of a call with one audio stream."""
    settings = pj.CallOpParam(True)
    settings.opt.audioCount = 1
    settings.opt.videoCount = settings.opt.textCount = 0
    return settings


def dial(uri: str, account: str = "first") -> None:
    """Call the address."""
    call = Call(accounts[account])
    call.makeCall(uri, call_settings())
    calls[call.getInfo().callIdString] = call


def hold(call: str) -> None:
    """Put a call on hold, which asks its peer."""
    calls[call].setHold(pj.CallOpParam(True))


def hang_up(call: str) -> None:
    """End a call."""
    calls[call].hangup(pj.CallOpParam())


def register(registrar: str, user: str = "home", parameters: str = "") -> None:
    """Register a new account with the registrar."""
    config = registering(registrar, user, parameters)
    accounts[user] = Account(user)
    accounts[user].create(config)


def rename(registrar: str, user: str, new: str, parameters: str) -> None:
    """Register an account anew by another name."""
    accounts[user].modify(registering(registrar, new, parameters))


def tls(authority: str) -> None:
    """Let TLS connections be opened to servers that the authority has signed."""
    transport = pj.TransportConfig()
    transport.boundAddress = "127.0.0.1"
    transport.tlsConfig.CaListFile = authority
    transport.tlsConfig.verifyServer = True
    endpoint.transportCreate(pj.PJSIP_TRANSPORT_TLS, transport)


def hosts(**table: list[str]) -> None:
    """Give names their addresses."""
    for name, addresses in table.items():
        gate.setHost(name.replace("_", "."), addresses)


def statistics(call: str) -> None:
    """Tell how many RTP packets a call has accepted."""
    emit("statistics", packets=calls[call].getStreamStat(0).rtcp.rxStat.pkt)


def clock(on: bool) -> None:
    """Start or stop the media clock and tell the number of threads."""
    manager = endpoint.audDevManager()
    manager.setNullDev() if on else manager.setNoDev()
    emit("clock", threads=len(list(Path("/proc/self/task").iterdir())))


def play(file: str, seconds: list[float]) -> None:
    """Play a file and let go of its player after each of these times."""
    manager = endpoint.audDevManager()
    manager.setNullDev()
    for pause in seconds:
        player = pj.AudioMediaPlayer()
        player.createPlayer(file)
        player.startTransmit(manager.getPlaybackDevMedia())
        time.sleep(pause)
        del player
    manager.setNoDev()
    emit("let_go")


def registering(registrar: str, user: str, parameters: str) -> Any:
    """Return the settings of an account that registers, and parameters of its URI."""
    config = account_config(f"sip:{user}@registrar.test")
    config.regConfig.registrarUri = registrar
    config.regConfig.registerOnAdd = True
    config.regConfig.contactUriParams = parameters
    return config


def account_config(uri: str) -> Any:
    """Return the settings of an account."""
    config = pj.AccountConfig()
    config.idUri = uri
    config.regConfig.registerOnAdd = False
    config.mediaConfig.transportConfig.boundAddress = "127.0.0.1"
    return config


def read_commands() -> None:
    """Queue each line and end the poll that is under way."""
    for line in sys.stdin:
        pending.append(json.loads(line))
        os.write(gate.wakeUpHandle(), b"x")
    pending.append({"command": "stop"})
    os.write(gate.wakeUpHandle(), b"x")


def serve() -> None:
    """Poll until told to stop."""
    commands = {
        one.__name__: one
        for one in (
            *(dial, hold, hang_up, register, rename, tls, hosts, statistics, clock),
            play,
        )
    }
    while True:
        endpoint.libHandleEvents(1000)
        while pending:
            command = pending.pop(0)
            name = command.pop("command")
            if name == "stop":
                return
            try:
                commands[name](**command)
            except pj.Error as error:
                emit("error", reason=error.reason)


calls: dict[str, Call] = {}
accounts: dict[str, Account] = {}
pending: list[dict[str, Any]] = []
endpoint = pj.Endpoint()
endpoint.libCreate()
config = pj.EpConfig()
config.uaConfig.threadCnt = 0
config.uaConfig.mainThreadOnly = True
config.uaConfig.maxCalls = 8
config.logConfig.level = config.logConfig.consoleLevel = 3
endpoint.libInit(config)
gate = Gate()
gate.start()
ports = {}
for kind, name, address in (
    (pj.PJSIP_TRANSPORT_UDP, "udp", "127.0.0.1"),
    (pj.PJSIP_TRANSPORT_TCP, "tcp", "127.0.0.1"),
    (pj.PJSIP_TRANSPORT_UDP6, "udp6", "::1"),
):
    transport = pj.TransportConfig()
    transport.boundAddress = address
    info = endpoint.transportGetInfo(endpoint.transportCreate(kind, transport))
    ports[name] = int(info.localName.rpartition(":")[2])
endpoint.libStart()
endpoint.audDevManager().setNoDev()
for name in ("first", "second"):
    accounts[name] = Account(name)
    accounts[name].create(account_config(f"sip:{name}@localhost"))
threading.Thread(target=read_commands, daemon=True).start()
emit("ready", info=json.loads(pj.Gate.buildInfo()), **ports)
serve()
calls.clear()
for one in accounts.values():
    one.shutdown()
accounts.clear()
gate.stop()
endpoint.libDestroy()
