"""Requests as they pass the gate."""

from collections.abc import Callable, Iterable
import logging
from typing import Final, override

import pjsua2

from ...protocol.config import Transport
from ..request import Challenge, Drop, Hop, Pass, Refuse, Reply, Request, Verdict
from .guard import guarded
from .registering import answer, read_register
from .timers import Timers

_LOGGER = logging.getLogger(__name__)

_TRANSPORTS: Final = {str(transport): transport for transport in Transport}


class RequestGate(pjsua2.Gate):
    """Shows every request to the user agent before PJSIP acts on it."""

    def __init__(
        self,
        judge: Callable[[Request], Verdict],
        choose_account: Callable[[Pass], int | None],
        want_name: Callable[[str], None],
        lose_connection: Callable[[int], None],
        timers: Timers,
    ) -> None:
        """Create it; start() opens it."""
        super().__init__()
        self._judge = judge
        self._choose_account = choose_account
        self._want_name = want_name
        self._lose_connection = lose_connection
        self._timers = timers
        self._passed: tuple[Request, Pass] | None = None
        self.headers: frozenset[str] = frozenset()

    def take_passed(self, call_id: str) -> tuple[Request, Pass] | None:
        """Return the INVITE that has just passed, once."""
        passed, self._passed = self._passed, None
        return passed if passed and passed[0].call_id == call_id else None

    @override
    @guarded(pjsua2.GATE_DROP)
    def onRequest(self, request: pjsua2.GateRequest) -> int:
        facts = read_facts(request, self, self.headers)
        verdict = self._judge(facts)
        match verdict:
            case Refuse(status=status, stranger=stranger):
                if stranger:
                    self._show_out(facts)
                return status
            case Drop():
                self._show_out(facts)
                return pjsua2.GATE_DROP
            case Challenge() | Reply():
                return answer(self, verdict)
            case Pass():
                return self._pass(request, facts, verdict)

    def send_to(self, call_id: str, hop: Hop) -> None:
        """Send what we ask within a call there; an empty id is the next call."""
        self.sendTo(call_id, hop.transport, hop.address, hop.port, hop.connection)

    @override
    @guarded(None)
    def onResolve(self, host: str) -> None:
        self._want_name(host)

    @override
    @guarded(None)
    def onDefectiveResponse(self, callId: str, defect: str) -> None:
        _LOGGER.warning("A response of call %s was mended: %s", callId, defect)

    @override
    @guarded(None)
    def onConnectionLost(self, connection: int) -> None:
        self._lose_connection(connection)

    def _show_out(self, facts: Request) -> None:
        """Close a stranger's connection, once the answer has been sent.

        PJSIP would keep it open for ten minutes.
        """
        if facts.connection and not facts.outgoing and facts.method != "ACK":
            self._timers.soon(lambda: self.closeConnection(facts.connection))

    def _pass(self, request: pjsua2.GateRequest, facts: Request, verdict: Pass) -> int:
        """Let a request through; a new INVITE needs an account."""
        if facts.method != "INVITE" or facts.to_tag:
            return pjsua2.GATE_PASS
        account = self._choose_account(verdict)
        if account is None:
            # The account is about to be set up: its PBX asks again.
            return pjsua2.GATE_DROP
        request.accountId = account
        if verdict.hop:
            self.send_to(facts.call_id, verdict.hop)
        if not facts.transaction:
            passed = self._passed = facts, verdict
            self._timers.soon(lambda: self._miss(passed))
        return pjsua2.GATE_PASS

    def _miss(self, passed: tuple[Request, Pass]) -> None:
        """Tell of an INVITE that PJSIP refused by itself, since it never rings."""
        if self._passed is not passed:
            return
        self._passed = None
        _LOGGER.warning(
            "A call from %s over %s was refused before it could ring: its media, "
            "encryption or extensions do not fit what is configured",
            passed[0].remote_address,
            passed[0].transport,
        )


def read_facts(
    request: pjsua2.GateRequest, gate: pjsua2.Gate, headers: Iterable[str] = ()
) -> Request:
    """Copy the facts of a request, which live only during the callback."""
    method = request.method
    invites = method == "INVITE" and not request.toTag
    return Request(
        method=method,
        uri=request.requestUri,
        transport=_TRANSPORTS[request.transport],
        connection=request.connection,
        outgoing=request.outgoing,
        tls_verified=request.tlsVerified,
        local_address=request.localAddress,
        local_port=request.localPort,
        remote_address=request.remoteAddress,
        remote_port=request.remotePort,
        from_uri=request.fromUri,
        from_name=request.fromName,
        from_tag=request.fromTag,
        to_uri=request.toUri,
        to_tag=request.toTag,
        call_id=request.callId,
        cseq=request.cseq,
        asserted_identity=request.assertedIdentity,
        called_party=request.calledPartyId,
        user_agent=request.userAgent,
        has_replaces=request.hasReplaces,
        transaction=request.transaction,
        dialog=request.dialog,
        defect=request.defect,
        event_package=gate.headerText("Event") if method == "SUBSCRIBE" else "",
        register=read_register(gate) if method == "REGISTER" else None,
        routed=invites and bool(gate.headerText("Record-Route")),
        text=gate.body() if method == "MESSAGE" else "",
        call_info=gate.headerText("Call-Info") if invites else "",
        alert_info=gate.headerText("Alert-Info") if invites else "",
        answer_mode=gate.headerText("Answer-Mode") if invites else "",
        headers={name: gate.headerText(name) for name in headers} if invites else {},
    )
