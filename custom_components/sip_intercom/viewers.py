"""Browsers that look at a device, between their frontend and the agent."""

import asyncio
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Final

from homeassistant.components.camera.webrtc import (
    WebRTCAnswer,
    WebRTCCandidate,
    WebRTCError,
    WebRTCSendMessage,
)
from homeassistant.core import callback
from homeassistant.exceptions import HomeAssistantError
from webrtc_models import RTCIceCandidateInit

from .coordinator import SipCoordinator
from .errors import translated
from .ice_servers import async_ice_servers
from .lib.sipagent.client.events import AgentLost, ClientEvent
from .lib.sipagent.protocol.commands import AddCandidates, OpenViewer
from .lib.sipagent.protocol.errors import SipAgentError
from .lib.sipagent.protocol.messages import ViewerCandidate, ViewerClosed

SESSION_ENDED: Final = "webrtc_session_ended"
"""The error code by which the frontend knows that the far end is gone."""


@dataclass(kw_only=True, slots=True, eq=False)
class Session:
    """A browser; `opened` once the agent knows it."""

    device: str
    send: WebRTCSendMessage
    opened: asyncio.Event = field(default_factory=asyncio.Event)
    answered: bool = False
    early: list[ViewerCandidate] = field(default_factory=list)


class Viewers:
    """The browsers of all devices, by their session ids."""

    def __init__(self, coordinator: SipCoordinator) -> None:
        """Listen to the agent."""
        self._coordinator = coordinator
        self._servers = async_ice_servers(coordinator.hass, coordinator.resolver)
        self._sessions: dict[str, Session] = {}
        coordinator.config_entry.async_on_unload(
            coordinator.client.subscribe(self._hear)
        )

    async def async_open(
        self, device: str, session_id: str, offer: str, send: WebRTCSendMessage, by: str
    ) -> None:
        """Answer the offer of a browser; HomeAssistantError."""
        session = self._sessions[session_id] = Session(device=device, send=send)
        servers = await self._servers.async_get()
        if session_id not in self._sessions:
            return
        command = OpenViewer(
            viewer=session_id, device=device, offer=offer, servers=servers, by=by
        )
        opening = asyncio.ensure_future(self._coordinator.client.open_viewer(command))
        await asyncio.sleep(0)  # the command goes out before any candidate
        session.opened.set()
        try:
            answer = await opening
        except SipAgentError as err:
            self._sessions.pop(session_id, None)
            raise translated(err) from err
        send(WebRTCAnswer(answer))
        session.answered = True
        for candidate in session.early:
            _send_candidate(session, candidate)

    async def async_add_candidate(
        self, session_id: str, candidate: RTCIceCandidateInit
    ) -> None:
        """Tell the agent of a way to a browser; one that is gone is no error."""
        session = self._sessions.get(session_id)
        if session is None:
            return
        await session.opened.wait()
        text = candidate.candidate
        command = AddCandidates(
            viewer=session_id,
            candidates=(text,) if text else (),
            mid=candidate.sdp_mid,
            index=candidate.sdp_m_line_index,
        )
        with suppress(SipAgentError):
            await self._coordinator.client.add_candidates(command)

    @callback
    def async_close(self, session_id: str) -> None:
        """Let go of a browser."""
        if session := self._sessions.pop(session_id, None):
            self._coordinator.hass.async_create_task(
                self._async_close(session_id, session), "sip_intercom viewer"
            )

    @callback
    def async_close_device(self, device: str) -> None:
        """Let go of the browsers of a device."""
        for session_id, session in tuple(self._sessions.items()):
            if session.device == device:
                self.async_close(session_id)

    async def _async_close(self, session_id: str, session: Session) -> None:
        """Have the agent let go of a browser, also one that it is about to open."""
        if not session.opened.is_set():
            return
        with suppress(SipAgentError):
            await self._coordinator.client.close_viewer(session_id)

    @callback
    def _hear(self, event: ClientEvent) -> None:
        """Hand on what the agent tells of a browser."""
        match event:
            case ViewerCandidate(viewer=viewer) if viewer in self._sessions:
                session = self._sessions[viewer]
                if session.answered:
                    _send_candidate(session, event)
                else:
                    session.early.append(event)
            case ViewerClosed(viewer=viewer):
                self._end([viewer], "The connection to this browser is lost")
            case AgentLost():
                self._end(tuple(self._sessions), "The SIP agent is started again")

    @callback
    def _end(self, session_ids: Iterable[str], text: str) -> None:
        """Tell browsers that it is over."""
        for session_id in session_ids:
            if session := self._sessions.pop(session_id, None):
                with suppress(HomeAssistantError):
                    session.send(WebRTCError(SESSION_ENDED, text))


def _send_candidate(session: Session, event: ViewerCandidate) -> None:
    """Tell a browser of one more way to us; that there are no more needs no word."""
    if event.candidate:
        session.send(
            WebRTCCandidate(
                RTCIceCandidateInit(
                    event.candidate, sdp_mid=event.mid, sdp_m_line_index=event.index
                )
            )
        )
