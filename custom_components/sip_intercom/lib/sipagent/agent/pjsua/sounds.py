"""What the peers of legs hear besides silence: each other, and tones."""

from typing import Final

import pjsua2

from ...protocol.errors import InvalidStateError
from ..phone import LegId
from .leg import Leg

_CLOCK_RATE: Final = 16_000  # Hz
_MONO: Final = 1
_LOUDNESS: Final = 12_000  # of 32767


class Sounds:
    """Connects legs in PJSIP's bridge, which drops connections with a leg's media.

    Who holds on to a leg whose call is over would end the call that has got its
    number since; drop() lets go of it.
    """

    def __init__(self) -> None:
        """Start with silence."""
        self._heard_by: dict[LegId, Leg] = {}
        self._generators: dict[LegId, pjsua2.ToneGenerator] = {}

    def connect(self, one: Leg, other: Leg) -> None:
        """Let the peers of two legs hear each other; InvalidStateError."""
        self._heard_by[one.number] = other
        self._heard_by[other.number] = one
        try:
            self._transmit(one)
            self._transmit(other)
        except pjsua2.Error as err:
            raise InvalidStateError(err.reason) from None

    def renew(self, leg: Leg) -> None:
        """Connect a leg again whose media began anew."""
        self._generators.pop(leg.number, None)
        other = self._heard_by.get(leg.number)
        if other:
            self._transmit(leg)
            self._transmit(other)

    def drop(self, leg: Leg) -> None:
        """Let go of a leg that is over."""
        self._generators.pop(leg.number, None)
        other = self._heard_by.pop(leg.number, None)
        if other and self._heard_by.get(other.number) is leg:
            del self._heard_by[other.number]

    def play_tone(self, leg: Leg, tone: str, length: int) -> None:
        """Let a leg's peer hear a tone for milliseconds; InvalidStateError."""
        try:
            self._generator(leg).playDigits(_digits(tone, length))
        except pjsua2.Error as err:
            raise InvalidStateError(err.reason) from None

    def _generator(self, leg: Leg) -> pjsua2.ToneGenerator:
        """Return what makes the tones of a leg."""
        generator = self._generators.get(leg.number)
        if generator is None:
            generator = pjsua2.ToneGenerator()
            generator.createToneGenerator(_CLOCK_RATE, _MONO)
            port: pjsua2.AudioMedia = generator
            port.startTransmit(leg.audio())
            self._generators[leg.number] = generator
        return generator

    def _transmit(self, leg: Leg) -> None:
        """Send what comes from a leg to the one that hears it."""
        other = self._heard_by[leg.number]
        if other.ended or leg.ended:
            return
        if leg.has_audio and other.has_audio:
            leg.audio().startTransmit(other.audio())


def _digits(tone: str, length: int) -> pjsua2.ToneDigitVector:
    """Return one tone as PJSIP wants it."""
    whole = pjsua2.ToneDigit()
    digit: pjsua2.pjmedia_tone_digit = whole
    digit.digit = tone
    digit.on_msec, digit.off_msec = length, 0
    digit.volume = _LOUDNESS
    digits = pjsua2.ToneDigitVector()
    digits.append(whole)
    return digits
