"""What is done to a call that is up: sounds, recording, hold, transfer."""

from typing import Final, assert_never

from ..protocol.calls import CallEventType, CallReason, CallState, Hold
from ..protocol.commands import (
    Mute,
    SetHold,
    SetVolume,
    StopPlaying,
    StopRecording,
)
from ..protocol.errors import CommandError, InvalidStateError
from .call_control import CallControl
from .calls import ActiveCall, CallBook
from .phone import Done, LegId, LegMedia, Phone, PlayDone

MAX_VOLUME: Final = 4.0


class Talking:
    """Does what Home Assistant wants of answered calls; InvalidStateError."""

    def __init__(self, phone: Phone, book: CallBook, control: CallControl) -> None:
        """Act on the calls of a book."""
        self._phone = phone
        self._book = book
        self._control = control
        self._transferring: set[str] = set()

    def play(self, call_id: str, path: str, done: PlayDone, *, loop: bool) -> None:
        """Let the peer hear a file."""
        _, leg = self._answered(call_id)
        self._phone.play(leg, path, done, loop=loop)

    def stop_playing(self, call_id: str) -> None:
        """Stop the file that the peer hears."""
        _, leg = self._answered(call_id)
        self._phone.stop_playing(leg)

    def set_volume(self, call_id: str, volume: float) -> None:
        """Play files louder or not as loud."""
        _, leg = self._answered(call_id)
        if not 0 <= volume <= MAX_VOLUME:
            raise InvalidStateError("a volume is between 0 and 4")
        self._phone.set_volume(leg, volume)

    def record(self, call_id: str, heard: str, sent: str, done: Done) -> None:
        """Write both directions to files, and report when they are complete."""
        call, leg = self._answered(call_id)
        self._phone.record(leg, heard, sent, done)
        call.recording = True
        self._control.tell(CallEventType.UPDATED, call)

    def stop_recording(self, call_id: str) -> None:
        """Complete the files of a recording."""
        call, leg = self._answered(call_id)
        self._phone.stop_recording(leg)
        call.recording = False
        self._control.tell(CallEventType.UPDATED, call)

    def hold(self, call_id: str, *, held: bool) -> None:
        """Put a call on hold, or take it back; told when the peer has agreed."""
        call, leg = self._answered(call_id)
        if held != (call.hold is Hold.LOCAL):
            self._phone.hold(leg, held=held)

    def mute(self, call_id: str, *, muted: bool) -> None:
        """Let the peer not hear who is connected with it, or do."""
        call, leg = self._answered(call_id)
        if call.muted == muted:
            return
        self._phone.mute(leg, muted=muted)
        call.muted = muted
        self._control.tell(CallEventType.UPDATED, call)

    def transfer(self, call_id: str, uri: str, done: Done) -> None:
        """Have the peer call a URI, and end the call once that was answered."""
        call, leg = self._answered(call_id)

        call_id = call.chosen.call_id if call.chosen else ""
        self._transferring.add(call_id)

        def transferred(error: CommandError | None) -> None:
            self._transferring.discard(call_id)
            if error is None and call.id in self._book.calls:
                self._control.end(call, CallReason.TRANSFERRED)
            done(error)

        try:
            self._phone.transfer(leg, uri, transferred)
        except CommandError:
            self._transferring.discard(call_id)
            raise

    def is_transferring(self, call_id: str) -> bool:
        """Tell whether the peer with a Call-ID was asked to transfer its call."""
        return call_id in self._transferring

    def held(self, leg_id: LegId, media: LegMedia) -> None:
        """Take that a call was put on hold by one side, or taken back."""
        leg = self._book.legs.get(leg_id)
        if leg is None or leg is not leg.call.chosen:
            return
        hold = Hold.NONE
        if media.on_hold:
            hold = Hold.LOCAL if media.held_by_us else Hold.REMOTE
        if hold is not leg.call.hold:
            leg.call.hold = hold
            self._control.tell(CallEventType.UPDATED, leg.call)

    def _answered(self, call_id: str) -> tuple[ActiveCall, LegId]:
        """Return a call that is up and its leg."""
        call = self._control.call(call_id)
        if call.chosen is None or call.state is not CallState.IN_CALL or call.cause:
            raise InvalidStateError("the call is not answered")
        return call, call.chosen.id


def act(
    talking: Talking,
    command: StopPlaying | SetVolume | StopRecording | SetHold | Mute,
) -> None:
    """Do to a call what a command says, which is done at once."""
    match command:
        case StopPlaying():
            talking.stop_playing(command.call)
        case SetVolume():
            talking.set_volume(command.call, command.volume)
        case StopRecording():
            talking.stop_recording(command.call)
        case SetHold():
            talking.hold(command.call, held=command.held)
        case Mute():
            talking.mute(command.call, muted=command.muted)
        case _:
            assert_never(command)
