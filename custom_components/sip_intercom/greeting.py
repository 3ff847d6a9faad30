"""Sounds that callers hear without anybody asking: a greeting, and while they wait."""

import asyncio
from contextlib import suppress
from typing import Final

from homeassistant.core import HomeAssistant, callback
from homeassistant.exceptions import HomeAssistantError

from .const import CONF_GREETING, CONF_WAIT_SOUND, LOGGER
from .coordinator import SipConfigEntry
from .data import Moment
from .lib.sipagent.protocol.calls import (
    TERMINAL_EVENTS,
    Call,
    CallEventType,
    Direction,
)
from .lib.sipagent.protocol.errors import SipAgentError
from .lib.sipagent.protocol.messages import CallChanged
from .sounds import async_ringback, async_sound

LONGEST_WAIT: Final = 60.0  # seconds, as long as phones ring


class Greeter:
    """Greets callers, and lets those hear something who wait for a phone."""

    def __init__(self, hass: HomeAssistant, entry: SipConfigEntry) -> None:
        """Listen to all calls of a user agent."""
        self._hass = hass
        self._entry = entry
        self._client = entry.runtime_data.client
        entry.runtime_data.wait_sound = self.async_wait
        entry.async_on_unload(
            entry.runtime_data.async_add_moment_listener(entry.entry_id, self._hear)
        )

    @callback
    def async_wait(self, call: Call) -> None:
        """Let a caller hear something until it is connected."""
        self._entry.async_create_background_task(
            self._hass, self._async_wait(call), "sip_intercom waiting"
        )

    @callback
    def _hear(self, moment: Moment) -> None:
        """Greet who was answered here."""
        match moment:
            case CallChanged(
                event=CallEventType.ANSWERED,
                call=Call(direction=Direction.INBOUND, connected_to=None) as call,
            ) if media_id := self._sound(call, CONF_GREETING):
                self._entry.async_create_background_task(
                    self._hass,
                    self._async_greet(call, media_id),
                    "sip_intercom greeting",
                )

    async def _async_greet(self, call: Call, media_id: str) -> None:
        """Play a greeting."""
        with suppress(SipAgentError):
            try:
                async with async_sound(self._hass, media_id) as sound:
                    await self._client.play(call.id, sound.path, sound.seconds)
            except HomeAssistantError as err:
                LOGGER.warning("A greeting was not played: %s", err)

    async def _async_wait(self, call: Call) -> None:
        """Play until the call is connected, or nobody is waited for any more."""
        connected = asyncio.Event()

        @callback
        def hear(moment: Moment) -> None:
            match moment:
                case CallChanged(event=event, call=now) if now.id == call.id and (
                    now.connected_to or event in TERMINAL_EVENTS
                ):
                    connected.set()

        remove = self._entry.runtime_data.async_add_moment_listener(
            self._entry.entry_id, hear
        )
        media_id = self._sound(call, CONF_WAIT_SOUND)
        sounds = (
            async_sound(self._hass, media_id)
            if media_id
            else async_ringback(self._hass)
        )
        with suppress(SipAgentError, HomeAssistantError):
            async with sounds as sound, asyncio.TaskGroup() as group:
                playing = group.create_task(
                    self._client.play(call.id, sound.path, LONGEST_WAIT, loop=True)
                )
                with suppress(TimeoutError):
                    async with asyncio.timeout(LONGEST_WAIT):
                        await connected.wait()
                if not playing.done():
                    await self._client.stop_playing(call.id)
        remove()

    def _sound(self, call: Call, key: str) -> str | None:
        """Return the sound of a call's device, if it has one."""
        subentry = self._entry.subentries.get(call.device or "")
        return subentry.data.get(key) if subentry else None
