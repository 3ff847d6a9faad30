"""A browser that is connected with us by WebRTC."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Protocol, override

import pjsua2

from ...protocol.config import IceServer
from ...protocol.errors import SipStackError
from ..phone import ViewerId
from ..webrtc_sdp import Offer, OfferedLine, compose_answer, usable_candidates
from .guard import guarded
from .timers import Timers


class ViewerListener(Protocol):
    """Hears what happens to a browser, outside of PJSIP's callbacks."""

    def viewer_answer(self, viewer: Viewer, sdp: str) -> None:
        """Hear what is to be answered."""

    def viewer_candidate(
        self, viewer: Viewer, line: OfferedLine, candidate: str
    ) -> None:
        """Hear of one more way to us."""

    def viewer_connected(self, viewer: Viewer) -> None:
        """Hear that the browser hears us."""

    def viewer_failed(self, viewer: Viewer) -> None:
        """Hear that there is no way to the browser."""


class ViewerLine(pjsua2.WebRtcLine):
    """One m= line of a browser's; of audio it is a port of PJSIP's bridge."""

    def __init__(self, told: Callable[[str, str | int], None]) -> None:
        """Tell what happens, by the name of it."""
        super().__init__()
        self._told = told

    @override
    @guarded(None)
    def onAnswer(self, sdp: str) -> None:
        self._told("answer", sdp)

    @override
    @guarded(None)
    def onCandidate(self, candidate: str) -> None:
        self._told("candidate", candidate)

    @override
    @guarded(None)
    def onState(self, state: int) -> None:
        self._told("state", state)


class Viewer:
    """One session of a browser: a line of audio, and perhaps one of video."""

    def __init__(
        self,
        viewer_id: ViewerId,
        offer: Offer,
        listener: ViewerListener,
        timers: Timers,
    ) -> None:
        """Take an offer; nothing happens yet."""
        self.id = viewer_id
        self.offer = offer
        self.connected = False
        self._listener = listener
        self._timers = timers
        self._lines: dict[int, ViewerLine] = {}
        self._answers: dict[int, str] = {}
        self._early: dict[int, list[str]] = {}
        self._packets = 0
        self._heard_at = timers.now()
        self._closed = False

    def open(
        self,
        servers: Sequence[IceServer],
        address: str,
        ports: tuple[int, int],
    ) -> None:
        """Open a line for what is served of the offer; SipStackError."""
        ice = _ice_servers(servers)
        served = [self.offer.audio]
        if self.offer.video:
            served.append(self.offer.video)
        try:
            for line in served:
                self._open_line(line, ice, address, ports)
        except pjsua2.Error as err:
            self.close()
            raise SipStackError(err.reason) from None

    def _open_line(
        self,
        line: OfferedLine,
        ice: pjsua2.IceServers,
        address: str,
        ports: tuple[int, int],
    ) -> None:
        """Open one line; pjsua2.Error."""

        def told(what: str, value: str | int) -> None:
            self._timers.soon(lambda: self._told(line, what, value))

        opened = self._lines[line.index] = ViewerLine(told)
        opened.open(line.offer, line.answer, ice, address, *ports)

    @property
    def audio(self) -> pjsua2.AudioMedia | None:
        """Return its port in PJSIP's bridge, if it has one yet."""
        line = self._lines.get(self.offer.audio.index)
        return line if line and line.getPortId() >= 0 else None

    @property
    def video(self) -> ViewerLine | None:
        """Return the line that shows video, if there is one."""
        offered = self.offer.video
        return self._lines.get(offered.index) if offered else None

    def add_candidates(self, index: int, candidates: Sequence[str]) -> None:
        """Take candidates of a line; none means that these were all."""
        line = self._lines.get(index)
        if line is None:
            return
        if index not in self._answers:
            self._early.setdefault(index, []).extend(candidates or [""])
            return
        usable = usable_candidates(candidates)
        if usable or not candidates:
            line.addCandidates(pjsua2.StringVector(usable), not candidates)

    def silence(self) -> float:
        """Return the seconds since anything has come from the browser."""
        packets = sum(line.received() for line in self._lines.values())
        now = self._timers.now()
        if packets != self._packets or not self.connected:
            self._packets, self._heard_at = packets, now
        return now - self._heard_at

    def close(self) -> None:
        """Say goodbye; nothing is told any more."""
        self._closed = True
        for line in self._lines.values():
            with suppress(pjsua2.Error):
                line.close()
        self._lines.clear()

    def _told(self, line: OfferedLine, what: str, value: str | int) -> None:
        """Take what a line has told."""
        if self._closed:
            return
        match what, value:
            case "answer", str(sdp):
                self._take_answer(line, sdp)
            case "candidate", str(candidate):
                self._listener.viewer_candidate(self, line, candidate)
            case "state", pjsua2.WEBRTC_FAILED if line is self.offer.audio:
                self._listener.viewer_failed(self)
            case "state", pjsua2.WEBRTC_CONNECTED if line is self.offer.audio:
                self.connected = True
                self._listener.viewer_connected(self)

    def _take_answer(self, line: OfferedLine, sdp: str) -> None:
        """Answer once every line has been."""
        self._answers[line.index] = sdp
        if self._answers.keys() >= self._lines.keys():
            answer = compose_answer(self.offer, self._answers)
            self._listener.viewer_answer(self, answer)
        early = self._early.pop(line.index, [])
        if candidates := [each for each in early if each]:
            self.add_candidates(line.index, candidates)
        if "" in early:
            self.add_candidates(line.index, [])


def _ice_servers(servers: Sequence[IceServer]) -> pjsua2.IceServers:
    """Return the first server of each kind, which is all that PJSIP uses."""
    ice = pjsua2.IceServers()
    for server in servers:
        if server.username and not ice.turnPort:
            ice.turnAddress, ice.turnPort = server.address, server.port
            ice.turnUsername, ice.turnPassword = server.username, server.password
        elif not server.username and not ice.stunPort:
            ice.stunAddress, ice.stunPort = server.address, server.port
    return ice
