"""What each command of Home Assistant does, and how it is answered."""

from collections.abc import Callable, Iterable
from functools import partial
from itertools import chain
import logging
from typing import assert_never

from ..protocol.codec import decode_request, read_id
from ..protocol.commands import (
    AddCandidates,
    Answer,
    CheckHealth,
    CloseVideo,
    CloseViewer,
    Command,
    Configure,
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
    Restore,
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
from ..protocol.errors import CommandError
from ..protocol.messages import (
    AgentMessage,
    Dialled,
    Failure,
    Opened,
    Played,
    Request,
    Result,
    ResultValue,
    VideoOpened,
    ViewerAnswer,
)
from .talking import act
from .user_agent import UserAgent
from .viewing import act as view

_LOGGER = logging.getLogger(__name__)

type Protect = Callable[[Iterable[str]], None]


class Commands:
    """Executes lines and answers each by one result or failure."""

    def __init__(
        self,
        user_agent: UserAgent,
        send: Callable[[AgentMessage], None],
        protect: Protect,
    ) -> None:
        """Execute on a user agent; `protect` keeps secrets out of the log."""
        self._user_agent = user_agent
        self._send = send
        self._protect = protect

    def take(self, line: bytes) -> None:
        """Execute a line."""
        try:
            request = decode_request(line)
        except CommandError as err:
            self._fail(read_id(line), err)
            return
        self._protect(_secrets(request.command))
        try:
            self._execute(request)
        except CommandError as err:
            self._fail(request.id, err)
        except Exception:
            _LOGGER.exception("%s failed", type(request.command).__name__)
            self._fail(request.id, CommandError("the agent has a defect; see its log"))

    def _execute(self, request: Request) -> None:
        """Execute a command and answer it, at once or when it is done."""
        done = partial(self._done, request.id)
        match request.command:
            case SendTones(call=call, tones=tones, style=style):
                self._user_agent.send_tones(call, tones, style, done)
            case OpenDoor(device=device, door=door):
                self._user_agent.open_door(
                    device, door, partial(self._opened, request.id)
                )
            case Play(call=call, path=path, loop=loop):
                played = partial(self._played, request.id)
                self._user_agent.talking.play(call, path, played, loop=loop)
            case Record(call=call, heard=heard, sent=sent):
                self._user_agent.talking.record(call, heard, sent, done)
            case Transfer(call=call, target=target):
                self._user_agent.transfer(call, target, done)
            case OpenViewer() as command:
                answered = partial(self._viewer_answered, request.id)
                self._user_agent.viewing.open(command, answered)
            case SendMessage(to=to, text=text):
                self._user_agent.send_message(to, text, done)
            case TryAccount() as command:
                self._user_agent.try_account(command.account, command.hosts, done)
            case CheckHealth():
                self._user_agent.check_health(done)
            case (
                StopPlaying() | SetVolume() | StopRecording() | SetHold() | Mute()
            ) as command:
                act(self._user_agent.talking, command)
                self._send(Result(id=request.id))
            case (
                AddCandidates() | CloseViewer() | CloseVideo() | WatchVideo()
            ) as command:
                view(self._user_agent.viewing, command)
                self._send(Result(id=request.id))
            case command:
                self._send(Result(id=request.id, value=self._value(command)))

    def _value(
        self,
        command: Configure
        | Restore
        | SetHost
        | ListState
        | Answer
        | Decline
        | HangUp
        | Dial
        | Connect
        | OpenVideo,
    ) -> ResultValue | None:
        """Execute a command that is done at once and return its result."""
        user_agent = self._user_agent
        match command:
            case Configure():
                return user_agent.configure(command.config)
            case ListState():
                return user_agent.list_state()
            case Dial():
                return Dialled(call=user_agent.dial(command))
            case OpenVideo():
                port = user_agent.viewing.open_video(command.device)
                return VideoOpened(port=port)
            case Restore():
                user_agent.restore(command.bindings)
            case SetHost():
                user_agent.set_host(command.host)
            case Answer():
                user_agent.answer(command.call, command.by)
            case Decline():
                user_agent.decline(command.call, command.status)
            case HangUp():
                user_agent.hang_up(command.call)
            case Connect():
                user_agent.connect(command.call, command.callees)
            case _:
                assert_never(command)
        return None

    def _done(self, request: int, error: CommandError | None) -> None:
        """Answer a command that took its time."""
        if error is None:
            self._send(Result(id=request))
        else:
            self._fail(request, error)

    def _opened(self, request: int, outcome: str | CommandError) -> None:
        """Answer with the call in which a code was sent, or why it was not."""
        if isinstance(outcome, CommandError):
            self._fail(request, outcome)
        else:
            self._send(Result(id=request, value=Opened(call=outcome)))

    def _viewer_answered(self, request: int, outcome: str | CommandError) -> None:
        """Answer with what is to be answered to a browser, or why nothing is."""
        if isinstance(outcome, CommandError):
            self._fail(request, outcome)
        else:
            self._send(Result(id=request, value=ViewerAnswer(sdp=outcome)))

    def _played(self, request: int, finished: bool) -> None:
        """Answer with whether a file was played to its end."""
        self._send(Result(id=request, value=Played(finished=finished)))

    def _fail(self, request: int | None, error: CommandError) -> None:
        """Answer with a failure."""
        self._send(Failure(id=request, code=error.code, text=str(error)))


def _secrets(command: Command) -> list[str]:
    """Return the passwords, hashes of such and tokens that a command carries."""
    match command:
        case Configure(config=config):
            accounts = config.accounts
            credentials = [each.credentials for each in config.devices]
            turn = [server.password for server in config.ice_servers]
            codes = [door.code for device in config.devices for door in device.doors]
        case OpenViewer():
            return [server.password for server in command.servers if server.password]
        case TryAccount():
            accounts, credentials, codes, turn = (command.account,), [], [], []
        case _:
            return []
    secrets = [secret for each in accounts for secret in (each.password, each.token)]
    hashes = [each.hashes.values() for each in credentials if each]
    return [*secrets, *codes, *filter(None, turn), *chain.from_iterable(hashes)]
