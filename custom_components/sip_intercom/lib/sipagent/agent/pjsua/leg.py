"""One SIP dialog of ours."""

from collections.abc import Callable
from contextlib import suppress
from time import monotonic
from typing import Protocol, override

import pjsua2

from ...protocol.errors import (
    CommandError,
    InvalidStateError,
    NoTonesError,
    SipStackError,
    TransferFailedError,
)
from ..phone import Done, LegEnd, LegId, LegMedia
from .call_video import CallWithVideo
from .guard import guarded
from .headers import completed_elsewhere, is_completed_elsewhere
from .tone_ear import ToneEar

_OK = 200
_FIRST_REFUSAL = 300
_REQUEST_TERMINATED = 487
_NOT_ACCEPTABLE_HERE = 488
_PEER_WITHOUT_TONES = 220107  # PJMEDIA_RTP_EREMNORFC2833
_ASKED = frozenset({"INFO", "MESSAGE"})
_TRYING = pjsua2.PJSIP_TSX_STATE_TRYING
_ANSWERED = frozenset(
    {
        pjsua2.PJSIP_TSX_STATE_COMPLETED,
        pjsua2.PJSIP_TSX_STATE_TERMINATED,
    }
)


class LegListener(Protocol):
    """Hears what happens to a leg."""

    def progressed(self, leg: Leg, status: int, *, early_media: bool) -> None:
        """Hear of a provisional response to our INVITE."""

    def answered(self, leg: Leg) -> None:
        """Hear that the leg is confirmed."""

    def media_started(self, leg: Leg) -> None:
        """Hear that there is media that needs the clock."""

    def tone_wanted(self, leg: Leg, tone: str, length: int) -> None:
        """Let the peer hear the sound of a tone for milliseconds."""

    def over(self, leg: Leg, end: LegEnd) -> None:
        """Hear that the leg has ended."""

    def held(self, leg: Leg, media: LegMedia) -> None:
        """Hear that the leg was put on hold by one side, or taken back."""

    def soon(self, action: Callable[[], None]) -> None:
        """Do something outside of PJSIP's callbacks."""

    def tone(self, leg: Leg, tone: str) -> None:
        """Hear a tone."""

    def showed(self, leg: Leg, *, shown: bool) -> None:
        """Hear that the peer shows video, or does not any more."""


class Leg(CallWithVideo):
    """A call of PJSIP's; whoever drops the object ends the call."""

    def __init__(
        self,
        number: LegId,
        account: pjsua2.Account,
        listener: LegListener,
        *,
        incoming: int | None = None,
        media_address: str = "",
    ) -> None:
        """Take an incoming call of PJSIP's, or prepare an outgoing one.

        RTP is wanted at `media_address`, where it is given.
        """
        super().__init__(
            account, pjsua2.PJSUA_INVALID_ID if incoming is None else incoming
        )
        self.number = number
        self.inbound = incoming is not None
        self.media_address = media_address
        self.ended = False
        self.call_id = self.getInfo().callIdString if self.inbound else ""
        self._account = account  # must outlive the call
        self._listener = listener
        self._ear = ToneEar()
        self._asked: Callable[[int], None] | None = None
        self._transferred: Done | None = None
        self.responded = False
        self._confirmed = False
        self._hold = False, False
        self._cancelled = False
        self._elsewhere = False
        self._local_status: int | None = None
        self._refusal = 0

    def dial(self, uri: str, options: pjsua2.CallOpParam) -> None:
        """Send the INVITE; SipStackError."""
        try:
            self.makeCall(uri, options)
        except pjsua2.Error as err:
            self.ended = True
            raise SipStackError(err.reason) from None
        self.call_id = self.getInfo().callIdString

    def respond(self, status: int) -> None:
        """Answer the INVITE with a status; InvalidStateError."""
        options = pjsua2.CallOpParam(True)
        options.opt.audioCount, options.opt.videoCount = 1, 0
        options.opt.textCount = 0
        options.statusCode = status
        try:
            self.answer(options)
        except pjsua2.Error as err:
            raise InvalidStateError(err.reason) from None
        self.responded = True

    def end(self, status: int, *, elsewhere: bool = False) -> None:
        """Decline, cancel or hang up; `elsewhere` says that somebody else answered."""
        if self.ended or self._local_status is not None:
            return
        self._local_status = status
        try:
            self._end(status, elsewhere=elsewhere)
        except CommandError:
            self._local_status = None
            raise

    def _end(self, status: int, *, elsewhere: bool) -> None:
        """Have PJSIP end it; InvalidStateError."""
        if self.inbound and not self.responded:
            # PJSIP would wait with a hang-up until somebody has responded.
            self.respond(status)
            return
        options = pjsua2.CallOpParam()
        if self.inbound and not self._confirmed:
            options.statusCode = status
        if elsewhere:
            options.txOption.headers.append(completed_elsewhere())
        try:
            self.hangup(options)
        except pjsua2.Error as err:
            raise InvalidStateError(err.reason) from None

    def send_event(self, tone: str, length: int) -> None:
        """Send a tone by RFC 4733 for milliseconds; NoTonesError."""
        options = pjsua2.CallSendDtmfParam()
        options.method = pjsua2.PJSUA_DTMF_METHOD_RFC2833
        options.digits, options.duration = tone, length
        try:
            self.sendDtmf(options)
        except pjsua2.Error as err:
            if err.status == _PEER_WITHOUT_TONES:
                raise NoTonesError(err.reason) from None
            raise InvalidStateError(err.reason) from None

    def play_tone(self, tone: str, length: int) -> None:
        """Let the peer hear the sound of a tone for milliseconds."""
        self._listener.tone_wanted(self, tone, length)

    def ask(
        self, method: str, kind: str, body: str, answered: Callable[[int], None]
    ) -> None:
        """Send a request in the dialog and hear its final status, unless it ends."""
        options = pjsua2.CallSendRequestParam()
        options.method = method
        options.txOption.contentType, options.txOption.msgBody = kind, body
        self._asked = answered
        try:
            self.sendRequest(options)
        except pjsua2.Error as err:
            self._asked = None
            raise InvalidStateError(err.reason) from None

    def hold(self, *, held: bool) -> None:
        """Put the call on hold by a re-INVITE, or take it back; InvalidStateError."""
        options = pjsua2.CallOpParam(True)
        options.opt.audioCount, options.opt.videoCount = 1, 0
        options.opt.textCount = 0
        try:
            if held:
                self.setHold(options)
            else:
                options.opt.flag = pjsua2.PJSUA_CALL_UNHOLD
                self.reinvite(options)
        except pjsua2.Error as err:
            raise InvalidStateError(err.reason) from None

    def transfer(self, uri: str, done: Done) -> None:
        """Have the peer call a URI instead, and hear what came of it."""
        if self._transferred:
            raise InvalidStateError("the call is being transferred")
        self._transferred = done
        try:
            self.xfer(f"<{uri}>", pjsua2.CallOpParam())
        except pjsua2.Error as err:
            self._transferred = None
            raise InvalidStateError(err.reason) from None

    def alive(self) -> bool:
        """Tell whether PJSIP still holds the call."""
        return not self.ended and self.isActive() and not self.is_replaced()

    def is_replaced(self) -> bool:
        """Tell whether another call has PJSIP's number of this one.

        Then PJSIP has lost its end, and the object would act on the other.
        """
        try:
            return self.isActive() and self.getInfo().callIdString != self.call_id
        except pjsua2.Error:
            return False

    @override
    @guarded(None)
    def onCallState(self, prm: pjsua2.OnCallStateParam) -> None:
        info = self.getInfo()
        if info.state == pjsua2.PJSIP_INV_STATE_EARLY and not self.inbound:
            self._listener.progressed(
                self, info.lastStatusCode, early_media=self._has_media(info)
            )
        elif info.state == pjsua2.PJSIP_INV_STATE_CONFIRMED:
            self._confirmed = True
            self._heard_at = monotonic()
            if self._has_media(info):
                self._listener.answered(self)
            else:
                # PJSIP would stay in a call without the encryption asked for.
                self.end(_NOT_ACCEPTABLE_HERE)
        elif info.state == pjsua2.PJSIP_INV_STATE_DISCONNECTED and not self.ended:
            self.ended = True
            self._asked = None
            self._tell_transfer(TransferFailedError("the call has ended"))
            self._listener.over(self, self._ending(info))

    @override
    @guarded(None)
    def onCallMediaState(self, prm: pjsua2.OnCallMediaStateParam) -> None:
        info = self.getInfo()
        if not self._has_media(info):
            return
        self._listener.media_started(self)
        self._tell_hold()
        if info.state == pjsua2.PJSIP_INV_STATE_EARLY:
            self._listener.progressed(self, info.lastStatusCode, early_media=True)

    @override
    @guarded(None)
    def onCallSdpCreated(self, prm: pjsua2.OnCallSdpCreatedParam) -> None:
        prm.sdp.wholeSdp = self.mended(prm.sdp.wholeSdp, prm.remSdp.wholeSdp)

    @override
    @guarded(None)
    def onCallTsxState(self, prm: pjsua2.OnCallTsxStateParam) -> None:
        event = prm.e.body.tsxState
        ours = event.tsx.role == pjsua2.PJSIP_ROLE_UAC
        if event.tsx.method == "INVITE" and ours:
            self._refusal = max(self._refusal, event.tsx.statusCode)
            if self.video and event.type == pjsua2.PJSIP_EVENT_RX_MSG:
                _, _, body = event.src.rdata.wholeMsg.partition("\r\n\r\n")
                self.take_answer(body)
        elif event.tsx.method == "CANCEL" and not ours:
            self._cancelled = True
            if event.type == pjsua2.PJSIP_EVENT_RX_MSG:
                self._elsewhere |= is_completed_elsewhere(event.src.rdata.wholeMsg)
        elif event.tsx.method in _ASKED and ours:
            self._take_answer(event.tsx)
        elif event.tsx.method == "INFO" and event.tsx.state == _TRYING:
            self._hear(self._ear.hear_info(event.src.rdata.wholeMsg, monotonic()))

    @override
    @guarded(None)
    def onDtmfEvent(self, prm: pjsua2.OnDtmfEventParam) -> None:
        if prm.method == pjsua2.PJSUA_DTMF_METHOD_RFC2833:
            now = monotonic()
            tone = self._ear.hear_rtp(prm.digit, prm.timestamp, prm.duration, now)
            self._hear(tone)

    @override
    @guarded(None)
    def onCallTransferRequest(self, prm: pjsua2.OnCallTransferRequestParam) -> None:
        prm.statusCode = 603

    @override
    @guarded(None)
    def onCallTransferStatus(self, prm: pjsua2.OnCallTransferStatusParam) -> None:
        status = prm.statusCode
        if status < _OK:
            return
        prm.cont = False
        failed = status >= _FIRST_REFUSAL
        self._tell_transfer(TransferFailedError(str(status)) if failed else None)

    @override
    @guarded(None)
    def onCallReplaceRequest(self, prm: pjsua2.OnCallReplaceRequestParam) -> None:
        prm.statusCode = 403

    @override
    @guarded(pjsua2.PJSIP_REDIRECT_STOP)
    def onCallRedirected(self, prm: pjsua2.OnCallRedirectedParam) -> int:
        self._refusal = prm.e.body.tsxState.tsx.statusCode
        return pjsua2.PJSIP_REDIRECT_STOP

    @override
    def video_shown(self, *, shown: bool) -> None:
        self._listener.showed(self, shown=shown)

    @override
    def ask_by_info(self, kind: str, body: str) -> None:
        if self._confirmed and not self.ended and self._asked is None:
            with suppress(CommandError):
                self.ask("INFO", kind, body, lambda _: None)

    def _tell_hold(self) -> None:
        """Tell that the leg was put on hold, or taken back."""
        media = self.media()
        if self._confirmed and (media.on_hold, media.held_by_us) != self._hold:
            self._hold = media.on_hold, media.held_by_us
            self._listener.held(self, media)

    def _take_answer(self, transaction: pjsua2.SipTransaction) -> None:
        """Tell whoever asked how its request was answered."""
        answered = self._asked
        if answered and transaction.state in _ANSWERED:
            self._asked = None
            answered(transaction.statusCode)

    def _tell_transfer(self, error: CommandError | None) -> None:
        """Tell whoever wanted a transfer what came of it."""
        done, self._transferred = self._transferred, None
        if done:
            self._listener.soon(lambda: done(error))

    def _hear(self, tone: str | None) -> None:
        """Tell a tone that is new."""
        if tone:
            self._listener.tone(self, tone)

    def _ending(self, info: pjsua2.CallInfo) -> LegEnd:
        """Tell how it ended, from what was seen of it."""
        status, remote = info.lastStatusCode, True
        if self._local_status is not None:
            status, remote = self._local_status, False
        elif self._confirmed:
            status = _OK
        elif self._cancelled:
            status = _REQUEST_TERMINATED
        elif self.inbound:
            remote = False
        elif self._refusal >= _FIRST_REFUSAL:
            status = self._refusal
        return LegEnd(
            leg=self.number,
            status=status,
            text=info.lastReason,
            remote=remote,
            elsewhere=self._elsewhere,
        )
