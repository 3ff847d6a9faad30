"""Plays sounds into the calls of a device, one after the other."""

import asyncio
from contextlib import AsyncExitStack, suppress

from homeassistant.core import callback

from .calls import talking_call
from .const import CONF_SPEAK_WHEN_IDLE, LOGGER
from .coordinator import SipCoordinator
from .dialing import MAX_TIMEOUT, async_reach
from .errors import input_error, state_error
from .lib.sipagent.protocol.calls import CallEventType
from .lib.sipagent.protocol.commands import Dial
from .lib.sipagent.protocol.errors import SipAgentError
from .sounds import Sound, async_sound


class Speaker:
    """A device as something that speaks; without a call it may be called for it."""

    def __init__(self, coordinator: SipCoordinator, device: str) -> None:
        """Speak into the calls of a device."""
        self._coordinator = coordinator
        self._device = device
        self._turn = asyncio.Lock()
        self._call: str | None = None
        self.volume = 1.0

    @property
    def playing(self) -> bool:
        """Tell whether something is played."""
        return self._call is not None

    async def async_play(
        self, media_id: str, entity_id: str | None, *, announce: bool
    ) -> asyncio.Task[None]:
        """Begin to play, after what is announced; return what plays.

        Anything else takes the place of what is played. HomeAssistantError.
        """
        stack = AsyncExitStack()
        try:
            hass = self._coordinator.hass
            sound = await stack.enter_async_context(
                async_sound(hass, media_id, entity_id)
            )
            if not announce:
                await self.async_stop()
            await stack.enter_async_context(self._turn)
            call = await self._async_call(stack)
            await self._coordinator.client.set_volume(call, self.volume)
        except BaseException:
            await stack.aclose()
            raise
        self._call = call
        return self._coordinator.config_entry.async_create_background_task(
            hass, self._async_speak(stack, call, sound), "sip_intercom speaker"
        )

    async def async_stop(self) -> None:
        """Stop what is played."""
        if self._call:
            with suppress(SipAgentError):
                await self._coordinator.client.stop_playing(self._call)

    async def async_set_volume(self, volume: float) -> None:
        """Play this and later sounds with a volume; 1 is that of the sound."""
        self.volume = volume
        if self._call:
            with suppress(SipAgentError):
                await self._coordinator.client.set_volume(self._call, volume)

    async def _async_call(self, stack: AsyncExitStack) -> str:
        """Return the call to speak in; one that is made for it is hung up after it."""
        coordinator = self._coordinator
        if call := talking_call(coordinator.device_calls(self._device)):
            return call.id
        if coordinator.device_calls(self._device) or not self._may_call():
            raise input_error("no_call_to_speak")
        dial = Dial(device=self._device)
        call_id, end = await async_reach(coordinator, dial, MAX_TIMEOUT)
        if end is None or end.event is not CallEventType.ANSWERED:
            raise state_error("speaker_not_answered")
        stack.push_async_callback(self._async_hang_up, call_id)
        return call_id

    async def _async_speak(
        self, stack: AsyncExitStack, call: str, sound: Sound
    ) -> None:
        """Play to the end, then let the next one speak."""
        async with stack:
            stack.callback(self._fall_silent)
            self._tell()
            try:
                await self._coordinator.client.play(call, sound.path, sound.seconds)
            except SipAgentError as err:
                LOGGER.debug("A sound was not played to its end: %s", err)

    @callback
    def _fall_silent(self) -> None:
        """Note that nothing is played any more."""
        self._call = None
        self._tell()

    async def _async_hang_up(self, call: str) -> None:
        """End a call that was there for a sound only."""
        with suppress(SipAgentError):
            await self._coordinator.client.hang_up(call)

    def _may_call(self) -> bool:
        """Tell whether the device may be called to speak to it."""
        subentry = self._coordinator.config_entry.subentries.get(self._device)
        return bool(subentry and subentry.data.get(CONF_SPEAK_WHEN_IDLE))

    def _tell(self) -> None:
        """Tell that the speaker began or ended to speak."""
        self._coordinator.async_update_device(self._device)
