"""One SIP dialog of ours."""

from time import monotonic
from typing import Protocol, override

import pjsua2

from ...protocol.errors import (
    CommandError,
    InvalidStateError,
    NoTonesError,
    SipStackError,
)
from ..phone import LegEnd, LegId, LegMedia
from .guard import guarded
from .headers import is_completed_elsewhere
from .sdp import with_address
from .tones import heard

_OK = 200
_FIRST_REFUSAL = 300
_REQUEST_TERMINATED = 487
_NOT_ACCEPTABLE_HERE = 488
_PEER_WITHOUT_TONES = 220107  # PJMEDIA_RTP_EREMNORFC2833
_RUNNING = frozenset(
    {
        pjsua2.PJSUA_CALL_MEDIA_ACTIVE,
        pjsua2.PJSUA_CALL_MEDIA_LOCAL_HOLD,
        pjsua2.PJSUA_CALL_MEDIA_REMOTE_HOLD,
    }
)


class LegListener(Protocol):
    """Hears what happens to a leg."""

    def progressed(self, leg: Leg, status: int, *, early_media: bool) -> None:
        """Hear of a provisional response to our INVITE."""

    def answered(self, leg: Leg) -> None:
        """Hear that the leg is confirmed."""

    def media_started(self) -> None:
        """Hear that there is media that needs the clock."""

    def over(self, leg: Leg, end: LegEnd) -> None:
        """Hear that the leg has ended."""

    def tone(self, leg: Leg, tone: str) -> None:
        """Hear a tone."""


class Leg(pjsua2.Call):
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
        self.heard_by: Leg | None = None
        self._listener = listener
        self.responded = False
        self._confirmed = False
        self._cancelled = False
        self._elsewhere = False
        self._local_status: int | None = None
        self._refusal = 0
        self._packets = 0
        self._heard_at = monotonic()

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

    def end(self, status: int) -> None:
        """Decline, cancel or hang up."""
        if self.ended or self._local_status is not None:
            return
        self._local_status = status
        try:
            self._end(status)
        except CommandError:
            self._local_status = None
            raise

    def _end(self, status: int) -> None:
        """Have PJSIP end it; InvalidStateError."""
        if self.inbound and not self.responded:
            # PJSIP would wait with a hang-up until somebody has responded.
            self.respond(status)
            return
        options = pjsua2.CallOpParam()
        if self.inbound and not self._confirmed:
            options.statusCode = status
        try:
            self.hangup(options)
        except pjsua2.Error as err:
            raise InvalidStateError(err.reason) from None

    @property
    def has_audio(self) -> bool:
        """Tell whether an audio stream runs."""
        return self._audio()[0] is not None

    def talk_to(self, other: Leg) -> None:
        """Let another leg hear this one, also when its media begins anew."""
        self.heard_by = other
        try:
            self.transmit()
        except pjsua2.Error as err:
            raise InvalidStateError(err.reason) from None

    def part(self) -> None:
        """Let go of the leg that it is connected with.

        Who is held on to when its call is over would end the call that has got its
        number since.
        """
        other, self.heard_by = self.heard_by, None
        if other is not None and other.heard_by is self:
            other.heard_by = None

    def transmit(self) -> None:
        """Send what we hear to the leg that it is connected with.

        PJSIP's bridge drops the connection with the media of either side.
        """
        other = self.heard_by
        if other is None or other.ended or self.ended:
            return
        if self.has_audio and other.has_audio:
            self.getAudioMedia(-1).startTransmit(other.getAudioMedia(-1))

    def send_run(self, digits: str) -> None:
        """Send digits by RFC 4733; NoTonesError if the peer takes none."""
        if self.ended:
            return
        try:
            self.dialDtmf(digits)
        except pjsua2.Error as err:
            if err.status == _PEER_WITHOUT_TONES:
                raise NoTonesError(err.reason) from None
            raise InvalidStateError(err.reason) from None

    def media(self) -> LegMedia:
        """Return how the media does, from how many packets have come.

        InvalidStateError for a call that PJSIP has lost.
        """
        try:
            index, status = self._audio()
            packets = self._packets if index is None else self._received(index)
        except pjsua2.Error as err:
            raise InvalidStateError(err.reason) from None
        now = monotonic()
        if packets != self._packets:
            self._packets, self._heard_at = packets, now
        return LegMedia(
            silence=now - self._heard_at,
            on_hold=status
            in (
                pjsua2.PJSUA_CALL_MEDIA_LOCAL_HOLD,
                pjsua2.PJSUA_CALL_MEDIA_REMOTE_HOLD,
            ),
        )

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
            self._listener.over(self, self._ending(info))

    @override
    @guarded(None)
    def onCallMediaState(self, prm: pjsua2.OnCallMediaStateParam) -> None:
        info = self.getInfo()
        if not self._has_media(info):
            return
        self._listener.media_started()
        if self.heard_by:
            self.transmit()
            self.heard_by.transmit()
        if info.state == pjsua2.PJSIP_INV_STATE_EARLY and not self.inbound:
            self._listener.progressed(self, info.lastStatusCode, early_media=True)

    @override
    @guarded(None)
    def onCallSdpCreated(self, prm: pjsua2.OnCallSdpCreatedParam) -> None:
        prm.sdp.wholeSdp = with_address(prm.sdp.wholeSdp, self.media_address)

    @override
    @guarded(None)
    def onCallTsxState(self, prm: pjsua2.OnCallTsxStateParam) -> None:
        event = prm.e.body.tsxState
        ours = event.tsx.role == pjsua2.PJSIP_ROLE_UAC
        if event.tsx.method == "INVITE" and ours:
            self._refusal = max(self._refusal, event.tsx.statusCode)
        elif event.tsx.method == "CANCEL" and not ours:
            self._cancelled = True
            if event.type == pjsua2.PJSIP_EVENT_RX_MSG:
                self._elsewhere |= is_completed_elsewhere(event.src.rdata.wholeMsg)

    @override
    @guarded(None)
    def onDtmfDigit(self, prm: pjsua2.OnDtmfDigitParam) -> None:
        if tone := heard(prm.digit):
            self._listener.tone(self, tone)

    @override
    @guarded(None)
    def onCallTransferRequest(self, prm: pjsua2.OnCallTransferRequestParam) -> None:
        prm.statusCode = 603

    @override
    @guarded(None)
    def onCallReplaceRequest(self, prm: pjsua2.OnCallReplaceRequestParam) -> None:
        prm.statusCode = 403

    @override
    @guarded(pjsua2.PJSIP_REDIRECT_STOP)
    def onCallRedirected(self, prm: pjsua2.OnCallRedirectedParam) -> int:
        self._refusal = prm.e.body.tsxState.tsx.statusCode
        return pjsua2.PJSIP_REDIRECT_STOP

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

    def _audio(self) -> tuple[int | None, int]:
        """Return the index and status of the audio stream, if there is one."""
        info = self.getInfo()
        for media in info.media:
            if media.type == pjsua2.PJMEDIA_TYPE_AUDIO and media.status in _RUNNING:
                return media.index, media.status
        return None, pjsua2.PJSUA_CALL_MEDIA_NONE

    def _received(self, stream: int) -> int:
        """Return how many RTP packets a stream has received."""
        # What a member refers to dies with the object it came from.
        statistics = self.getStreamStat(stream)
        return int(statistics.rtcp.rxStat.pkt)

    @staticmethod
    def _has_media(info: pjsua2.CallInfo) -> bool:
        """Tell whether an audio stream has been negotiated."""
        return any(
            media.type == pjsua2.PJMEDIA_TYPE_AUDIO and media.status in _RUNNING
            for media in info.media
        )
