"""The audio stream of a call of PJSIP's, and where it leads."""

from time import monotonic

import pjsua2

from ...protocol.errors import InvalidStateError
from ...protocol.sip_uri import parse_or_none
from ..addresses import parse_endpoint
from ..phone import LegMedia, LegPeer
from .hosts import Hosts

_HELD_BY_US = pjsua2.PJSUA_CALL_MEDIA_LOCAL_HOLD
_RUNNING = frozenset(
    {
        pjsua2.PJSUA_CALL_MEDIA_ACTIVE,
        pjsua2.PJSUA_CALL_MEDIA_LOCAL_HOLD,
        pjsua2.PJSUA_CALL_MEDIA_REMOTE_HOLD,
    }
)


class CallWithAudio(pjsua2.Call):
    """A call that tells of its audio; pjsua2.Error where PJSIP has lost it.

    `target` is where its requests go, if not to its peer's Contact.
    """

    def __init__(self, account: pjsua2.Account, call: int) -> None:
        """Take a call of PJSIP's, or prepare one."""
        super().__init__(account, call)
        self.target = ""
        self._packets = 0
        self._heard_at = monotonic()

    @property
    def has_audio(self) -> bool:
        """Tell whether an audio stream runs."""
        return self._audio()[0] is not None

    def audio(self) -> pjsua2.AudioMedia:
        """Return the port of the audio stream in PJSIP's bridge; pjsua2.Error."""
        return self.getAudioMedia(-1)

    def peer(self, hosts: Hosts) -> LegPeer:
        """Return where what we send to the peer goes."""
        try:
            index, _ = self._audio()
            target = self.target or hosts.first_address(self._remote_host())
            media = (
                self.getStreamInfo(index).remoteRtpAddress if index is not None else ""
            )
        except pjsua2.Error as err:
            raise InvalidStateError(err.reason) from None
        address = parse_endpoint(media)
        return LegPeer(target=target, media=str(address) if address else "")

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
            on_hold=status in (_HELD_BY_US, pjsua2.PJSUA_CALL_MEDIA_REMOTE_HOLD),
            held_by_us=status == _HELD_BY_US,
        )

    def _remote_host(self) -> str:
        """Return the host of the peer's Contact."""
        contact = self.getInfo().remoteContact
        uri = parse_or_none(contact.partition("<")[2].partition(">")[0] or contact)
        return uri.host if uri else ""

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
