"""The action that plays a message and collects digits."""

import asyncio
from collections.abc import Iterable, Mapping
from contextlib import AsyncExitStack, suppress
from typing import Any, Final

from homeassistant.core import ServiceCall, ServiceResponse, callback
from homeassistant.helpers import config_validation as cv
import probatio

from .call_choice import async_chosen_calls
from .calls import talking_call
from .const import ATTR_CALL_ID
from .coordinator import SipCoordinator
from .data import Moment
from .errors import input_error, translated_errors
from .lib.sipagent.protocol.calls import TERMINAL_EVENTS, CallEventType, CallState
from .lib.sipagent.protocol.errors import (
    InvalidStateError,
    NoSuchCallError,
    SipAgentError,
)
from .lib.sipagent.protocol.messages import CallChanged, ToneReceived
from .sounds import Sound, async_sound, speech_id
from .targets import async_get_coordinator

ATTR_MESSAGE: Final = "message"
ATTR_MEDIA: Final = "media"
ATTR_SPEECH_ENGINE: Final = "tts_engine"
ATTR_COUNT: Final = "count"
ATTR_TERMINATOR: Final = "terminator"
ATTR_TIMEOUT: Final = "timeout"
ATTR_DIGIT_TIMEOUT: Final = "digit_timeout"
ATTR_BARGE_IN: Final = "barge_in"
ATTR_DIGITS: Final = "digits"
ATTR_OUTCOME: Final = "outcome"

OUTCOME_COMPLETE: Final = "complete"
OUTCOME_TIMEOUT: Final = "timeout"
OUTCOME_ENDED: Final = "call_ended"
MAX_DIGITS: Final = 32
ANSWER_LIMIT: Final = 5.0  # seconds
_END: Final = ""
"""In the place of a digit: the call has ended."""

_SECONDS: Final = probatio.All(probatio.Coerce(float), probatio.Range(min=0.5, max=120))
SCHEMA: Final = probatio.Schema(
    {
        **cv.ENTITY_SERVICE_FIELDS,
        probatio.Optional(ATTR_CALL_ID): cv.string,
        probatio.Exclusive(ATTR_MESSAGE, "sound"): cv.string,
        probatio.Exclusive(ATTR_MEDIA, "sound"): probatio.Any(
            cv.string, probatio.Schema({}, extra=probatio.ALLOW_EXTRA)
        ),
        probatio.Optional(ATTR_SPEECH_ENGINE): cv.string,
        probatio.Optional(ATTR_COUNT, default=MAX_DIGITS): probatio.All(
            probatio.Coerce(int), probatio.Range(min=1, max=MAX_DIGITS)
        ),
        probatio.Optional(ATTR_TERMINATOR, default="#"): probatio.In(
            ["", *"0123456789*#ABCD"]
        ),
        probatio.Optional(ATTR_TIMEOUT, default=10): _SECONDS,
        probatio.Optional(ATTR_DIGIT_TIMEOUT, default=5): _SECONDS,
        probatio.Optional(ATTR_BARGE_IN, default=True): cv.boolean,
    }
)


async def async_ask_digits(call: ServiceCall) -> ServiceResponse:
    """Play a message into a call and return the digits that are pressed."""
    coordinator = async_get_coordinator(call.hass)
    calls = async_chosen_calls(
        coordinator, call.data, talking_call, "no_call_to_ask_in"
    )
    if len(calls) > 1:
        raise input_error("several_calls")
    async with AsyncExitStack() as stack:
        asking = Asking(coordinator, calls[0], call.data)
        stack.callback(asking.close)
        await asking.async_answered()
        if media_id := _media_id(call):
            sound = await stack.enter_async_context(async_sound(call.hass, media_id))
            await asking.async_say(sound)
        outcome = await asking.async_collect()
    return {
        ATTR_DIGITS: asking.digits,
        ATTR_OUTCOME: outcome,
        ATTR_CALL_ID: calls[0],
    }


class Asking:
    """Collects the digits of one call."""

    def __init__(
        self, coordinator: SipCoordinator, call: str, data: Mapping[str, Any]
    ) -> None:
        """Listen to a call from now on."""
        self._coordinator = coordinator
        self._call = call
        self._data = data
        self._tones: asyncio.Queue[str] = asyncio.Queue()
        self._heard = asyncio.Event()
        self._answered = asyncio.Event()
        self.digits = ""
        self.close = coordinator.async_add_moment_listener(
            coordinator.config_entry.entry_id, self._hear
        )

    async def async_answered(self) -> None:
        """Wait for a call that is just being answered; ServiceValidationError."""
        call = self._coordinator.data.calls[self._call]
        if call.state is CallState.IN_CALL:
            return
        try:
            async with asyncio.timeout(ANSWER_LIMIT):
                await self._answered.wait()
        except TimeoutError as err:
            raise input_error("no_call_to_ask_in") from err

    async def async_say(self, sound: Sound) -> None:
        """Play a message; a digit interrupts it, or is not heard."""
        client = self._coordinator.client
        barge_in = self._data[ATTR_BARGE_IN]
        playing = asyncio.ensure_future(
            client.play(self._call, sound.path, sound.seconds)
        )
        pressing = asyncio.ensure_future(self._heard.wait())
        try:
            waits = {playing, pressing} if barge_in else {playing}
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
            if not playing.done():
                with suppress(SipAgentError):
                    await client.stop_playing(self._call)
            with translated_errors(), suppress(InvalidStateError, NoSuchCallError):
                await playing
        finally:
            playing.cancel()
            pressing.cancel()
        if not barge_in:
            self._forget()

    async def async_collect(self) -> str:
        """Return how the digits came to their end."""
        while len(self.digits) < self._data[ATTR_COUNT]:
            limit = ATTR_DIGIT_TIMEOUT if self.digits else ATTR_TIMEOUT
            try:
                async with asyncio.timeout(self._data[limit]):
                    tone = await self._tones.get()
            except TimeoutError:
                return OUTCOME_TIMEOUT
            if tone == _END:
                return OUTCOME_ENDED
            if tone == self._data[ATTR_TERMINATOR]:
                return OUTCOME_COMPLETE
            self.digits += tone
        return OUTCOME_COMPLETE

    @callback
    def _hear(self, moment: Moment) -> None:
        """Take a digit, or the end of the call."""
        match moment:
            case CallChanged(event=CallEventType.ANSWERED, call=call) if (
                call.id == self._call
            ):
                self._answered.set()
            case ToneReceived(call=call, tone=tone) if call == self._call:
                self._tones.put_nowait(tone)
                self._heard.set()
            case CallChanged(event=event, call=call) if (
                call.id == self._call and event in TERMINAL_EVENTS
            ):
                self._tones.put_nowait(_END)
                self._heard.set()

    def _forget(self) -> None:
        """Forget the digits that have come so far, but not the end of the call."""
        kept = [tone for tone in _drain(self._tones) if tone == _END]
        for tone in kept:
            self._tones.put_nowait(tone)


def _drain(queue: asyncio.Queue[str]) -> Iterable[str]:
    """Take everything out of a queue."""
    while not queue.empty():
        yield queue.get_nowait()


def _media_id(call: ServiceCall) -> str | None:
    """Return what is to be played, if anything."""
    if text := call.data.get(ATTR_MESSAGE):
        return speech_id(call.hass, text, call.data.get(ATTR_SPEECH_ENGINE))
    match call.data.get(ATTR_MEDIA):
        case {"media_content_id": str(media_id)}:
            return media_id
        case str(media_id):
            return media_id
        case None:
            return None
        case _:
            raise input_error("invalid_media")
