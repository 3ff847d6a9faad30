"""The legs that PJSIP holds, by the number that the user agent knows."""

from collections.abc import Callable
import logging
from typing import override

import pjsua2

from ...protocol.errors import CommandError, InvalidStateError
from ...protocol.tones import ToneStyle
from ..phone import Done, IncomingLeg, LegEnd, LegId, LegMedia, PhoneListener
from ..request import Hop
from .call_video import VideoPorts
from .clock import MediaClock
from .hosts import Hosts
from .leg import Leg, LegListener
from .line import Line
from .requests import RequestGate
from .sounds import Sounds
from .timers import Timers
from .tone_sender import ToneSender

_LOGGER = logging.getLogger(__name__)

_TRYING = 100
_SERVER_ERROR = 500
_LAST_REQUESTS = 32.0  # seconds that a request may be repeated (RFC 3261 timer F)


class Legs(LegListener):
    """Keeps every Call object until PJSIP has let go of it.

    A leg that has ended stays until bury(): its slot of PJSIP's may go to a
    new call only afterwards, because the object would end that call too. If it
    has gone to one already, the leg stays as long as that call.
    """

    def __init__(
        self,
        listener: PhoneListener,
        clock: MediaClock,
        timers: Timers,
        hosts: Hosts,
        gate: RequestGate,
        sounds: Sounds,
    ) -> None:
        """Start without legs."""
        self._sounds = sounds
        self._hosts = hosts
        self._gate = gate
        self._listener = listener
        self._clock = clock
        self._timers = timers
        self._legs: dict[LegId, Leg] = {}
        self._ended: list[Leg] = []
        self._senders: dict[LegId, ToneSender] = {}
        self._with_hop: set[str] = set()
        self._last = 0
        self._video_ports: VideoPorts | None = None

    def take_videos(self, ports: VideoPorts) -> None:
        """Let calls show video."""
        self._video_ports = ports

    def __len__(self) -> int:
        """Return how many legs are up."""
        return len(self._legs)

    def get(self, number: LegId) -> Leg:
        """Return a leg that is up; InvalidStateError."""
        leg = self._legs.get(number)
        if leg is None or leg.is_replaced():
            raise InvalidStateError("the call has ended")
        return leg

    def alive(self, number: LegId) -> bool:
        """Tell whether PJSIP still holds a leg."""
        leg = self._legs.get(number)
        return leg is not None and leg.alive()

    def take(self, account: Line, call: int, gate: RequestGate) -> None:
        """Take an incoming call whose INVITE has just passed the gate."""
        has_ice = account.has_ice
        self._last += 1
        leg = Leg(self._last, account, self, incoming=call)
        leg.video_ports = self._video_ports
        passed = gate.take_passed(leg.call_id)
        self._legs[leg.number] = leg
        if passed is None:
            _LOGGER.error("A call came in that the gate has not passed")
            leg.end(_SERVER_ERROR)
            return
        request, verdict = passed
        if verdict.hop:
            self._with_hop.add(leg.call_id)
            leg.target = verdict.hop.address
        if not has_ice:
            leg.media_address = self._hosts.local_address(request.remote_address)
        try:
            self._listener.on_incoming_leg(
                IncomingLeg(leg=leg.number, request=request, verdict=verdict)
            )
        except Exception:
            leg.end(_SERVER_ERROR)
            raise
        if not leg.responded:
            # Until then PJSIP could neither be cancelled nor hang up.
            leg.respond(_TRYING)

    def dial(
        self,
        account: pjsua2.Account,
        uri: str,
        options: pjsua2.CallOpParam,
        *,
        media_address: str,
        hop: Hop | None = None,
        video: bool = False,
    ) -> LegId:
        """Call a URI over an account of PJSIP's; SipStackError."""
        self.bury()
        self._last += 1
        leg = Leg(self._last, account, self, media_address=media_address)
        leg.video_ports, leg.video_wanted = self._video_ports, video
        self._legs[leg.number] = leg
        if hop:
            leg.target = hop.address
            self._gate.send_to("", hop)
        try:
            leg.dial(uri, options)
        except CommandError:
            self._remove(leg)
            raise
        finally:
            self._gate.forgetHop("")
        if hop:
            self._with_hop.add(leg.call_id)
        return leg.number

    def connect(self, number: LegId, other: LegId) -> None:
        """Let the peers of two legs hear each other; InvalidStateError."""
        self._sounds.connect(self.get(number), self.get(other))

    def send_tones(
        self, number: LegId, tones: str, style: ToneStyle, done: Done
    ) -> None:
        """Send tones, after those that are being sent already."""
        leg = self.get(number)
        if not leg.has_audio:
            raise InvalidStateError("the call has no audio yet")
        sender = self._senders.get(number)
        if sender is None:
            sender = self._senders[number] = ToneSender(leg, self._timers)
        sender.send(tones, style, done)

    def end_all(self) -> None:
        """End whatever is up."""
        for leg in list(self._legs.values()):
            try:
                leg.end(_SERVER_ERROR)
            except CommandError as err:
                _LOGGER.warning("A leg could not be ended: %s", err)

    def bury(self) -> None:
        """Drop the objects of ended legs; not from a callback of theirs."""
        self._ended = [leg for leg in self._ended if leg.is_replaced()]

    def forget(self, number: LegId) -> None:
        """Let go of a leg whose end PJSIP did not tell."""
        if leg := self._legs.get(number):
            leg.ended = True
            self._remove(leg)

    def clear(self) -> None:
        """Drop all objects."""
        self._legs.clear()
        self.bury()

    @override
    def progressed(self, leg: Leg, status: int, *, early_media: bool) -> None:
        self._listener.on_leg_progress(leg.number, status, early_media)

    @override
    def answered(self, leg: Leg) -> None:
        self._listener.on_leg_answered(leg.number)

    @override
    def media_started(self, leg: Leg) -> None:
        self._clock.hold(leg.number)
        self._sounds.renew(leg)

    @override
    def tone_wanted(self, leg: Leg, tone: str, length: int) -> None:
        self._sounds.play_tone(leg, tone, length)

    @override
    def over(self, leg: Leg, end: LegEnd) -> None:
        self._remove(leg)
        if end.remote:
            self._listener.on_leg_ended(end)
        else:
            # PJSIP tells while end() is still at work.
            self._timers.soon(lambda: self._listener.on_leg_ended(end))

    @override
    def showed(self, leg: Leg, *, shown: bool) -> None:
        self._listener.on_leg_video(leg.number, shown=shown)

    @override
    def held(self, leg: Leg, media: LegMedia) -> None:
        self._listener.on_leg_hold(leg.number, media)

    @override
    def soon(self, action: Callable[[], None]) -> None:
        self._timers.soon(action)

    @override
    def tone(self, leg: Leg, tone: str) -> None:
        self._listener.on_tone(leg.number, tone)

    def _remove(self, leg: Leg) -> None:
        if self._legs.pop(leg.number, None):
            leg.drop_video()
            self._sounds.drop(leg)
            if sender := self._senders.pop(leg.number, None):
                sender.stop()
            self._ended.append(leg)
            self._forget_hop(leg.call_id)
        self._clock.release(leg.number)

    def _forget_hop(self, call_id: str) -> None:
        """Forget where a call's requests go; its BYE may have to be repeated."""
        if call_id in self._with_hop:
            self._with_hop.remove(call_id)
            self._timers.after(_LAST_REQUESTS, lambda: self._gate.forgetHop(call_id))
