"""What Home Assistant can ask of the agent: a typed method per command."""

from abc import ABC, abstractmethod

from ..protocol.commands import (
    AddCandidates,
    Answer,
    Callee,
    CloseVideo,
    CloseViewer,
    Connect,
    Decline,
    Dial,
    HangUp,
    ListState,
    Mute,
    OpenDoor,
    OpenVideo,
    OpenViewer,
    Play,
    Record,
    SendMessage,
    SendTones,
    SetHold,
    SetHost,
    SetVolume,
    StopPlaying,
    StopRecording,
    Transfer,
    TryAccount,
    WatchVideo,
)
from ..protocol.config import AccountConfig, HostConfig
from ..protocol.messages import (
    Dialled,
    Opened,
    Played,
    Snapshot,
    VideoOpened,
    ViewerAnswer,
)
from ..protocol.tones import RFC_4733, ToneStyle, sending_time
from .connection import AgentConnection
from .timing import Timing


class AgentCommands(ABC):
    """The commands of a client; each raises the command's own error.

    Without an agent they raise AgentGoneError, without an answer AgentTimeoutError.
    """

    _timing: Timing

    @abstractmethod
    def _agent(self) -> AgentConnection:
        """Return the healthy agent; AgentGoneError."""

    @abstractmethod
    def _hide(self, *accounts: AccountConfig) -> None:
        """Keep passwords out of the log."""

    async def set_host(self, host: HostConfig) -> None:
        """Tell the addresses of a name."""
        await self._agent().tell(SetHost(host=host))

    async def try_account(
        self, account: AccountConfig, hosts: tuple[HostConfig, ...] = ()
    ) -> None:
        """Register once with an account; raises what TryAccount raises."""
        self._hide(account)
        command = TryAccount(account=account, hosts=hosts)
        await self._agent().tell(command, seconds=self._timing.trial)

    async def list_state(self) -> Snapshot:
        """Return everything that lasts in the agent."""
        return await self._agent().ask(ListState(), Snapshot)

    async def answer(self, call: str, by: str = "") -> None:
        """Answer a ringing call; `by` is who does."""
        await self._agent().tell(Answer(call=call, by=by))

    async def decline(self, call: str, status: int = 486) -> None:
        """Decline a ringing call with 486 or 603."""
        await self._agent().tell(Decline(call=call, status=status))

    async def hang_up(self, call: str) -> None:
        """End a call in any state."""
        await self._agent().tell(HangUp(call=call))

    async def dial(self, dial: Dial) -> str:
        """Start a call and return its id."""
        return (await self._agent().ask(dial, Dialled)).call

    async def send_tones(
        self, call: str, tones: str, style: ToneStyle = RFC_4733
    ) -> None:
        """Send tones in a call; returns when the last one has been sent."""
        command = SendTones(call=call, tones=tones, style=style)
        seconds = self._timing.tones + sending_time(tones, style)
        await self._agent().tell(command, seconds=seconds)

    async def play(
        self, call: str, path: str, seconds: float, *, loop: bool = False
    ) -> bool:
        """Let the peer of a call hear a WAV file of so many seconds; tell if all of it.

        A loop may go on for so long.
        """
        command = Play(call=call, path=path, loop=loop)
        seconds += self._timing.request
        played = await self._agent().ask(command, Played, seconds=seconds)
        return played.finished

    async def stop_playing(self, call: str) -> None:
        """Stop the file that the peer of a call hears."""
        await self._agent().tell(StopPlaying(call=call))

    async def set_volume(self, call: str, volume: float) -> None:
        """Play files into a call with a volume; 1 is that of the file."""
        await self._agent().tell(SetVolume(call=call, volume=volume))

    async def record(self, call: str, heard: str, sent: str) -> None:
        """Write what is said in a call to two WAV files; returns when they are complete."""
        command = Record(call=call, heard=heard, sent=sent)
        await self._agent().tell(command, seconds=self._timing.recording)

    async def stop_recording(self, call: str) -> None:
        """Complete the files of a recording."""
        await self._agent().tell(StopRecording(call=call))

    async def hold(self, call: str, *, held: bool) -> None:
        """Put an answered call on hold, or take it back."""
        await self._agent().tell(SetHold(call=call, held=held))

    async def mute(self, call: str, *, muted: bool) -> None:
        """Let the peer of a call not hear who is connected with it, or do."""
        await self._agent().tell(Mute(call=call, muted=muted))

    async def transfer(self, call: str, target: str) -> None:
        """Have the peer of a call call somebody else; returns when that is up."""
        command = Transfer(call=call, target=target)
        await self._agent().tell(command, seconds=self._timing.transfer)

    async def connect(self, call: str, callees: tuple[Callee, ...]) -> None:
        """Call others for a call; the first to answer is connected with it."""
        await self._agent().tell(Connect(call=call, callees=callees))

    async def send_message(self, to: Callee, text: str) -> None:
        """Send a text; returns when it was taken."""
        command = SendMessage(to=to, text=text)
        await self._agent().tell(command, seconds=self._timing.tones)

    async def open_door(self, device: str, door: str) -> str:
        """Open a door of a device and return the call in which its code was sent."""
        command = OpenDoor(device=device, door=door)
        opened = await self._agent().ask(command, Opened, seconds=self._timing.opening)
        return opened.call

    async def open_viewer(self, command: OpenViewer) -> str:
        """Connect a browser with a device and return the answer to its offer."""
        answer = await self._agent().ask(command, ViewerAnswer)
        return answer.sdp

    async def add_candidates(self, command: AddCandidates) -> None:
        """Tell ways to a browser."""
        await self._agent().tell(command)

    async def close_viewer(self, viewer: str) -> None:
        """Let go of a browser."""
        await self._agent().tell(CloseViewer(viewer=viewer))

    async def open_video(self, device: str) -> int:
        """Return the port that takes H.264 for the browsers of a device."""
        return (await self._agent().ask(OpenVideo(device=device), VideoOpened)).port

    async def close_video(self, device: str) -> None:
        """Take no more video for a device."""
        await self._agent().tell(CloseVideo(device=device))

    async def watch_video(self, device: str, port: int, *, watched: bool) -> None:
        """Have the video of a device's calls copied to a port, or no more."""
        command = WatchVideo(device=device, port=port, watched=watched)
        await self._agent().tell(command)
