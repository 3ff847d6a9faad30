"""A SIP stack without SIP: doors are pressed, callers cancel, media flows or not."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import count
from queue import SimpleQueue
from threading import Event as ThreadEvent
from typing import Any

from custom_components.sip_intercom.lib.sipagent.agent.phone import (
    Done,
    IncomingLeg,
    LegEnd,
    LegId,
    LegMedia,
    LegPeer,
    PhoneListener,
    PlayDone,
    RegistrationReport,
    TrialListener,
    ViewerId,
)
from custom_components.sip_intercom.lib.sipagent.agent.request import (
    Credentials,
    Hop,
    Pass,
    Request,
    Verdict,
)
from custom_components.sip_intercom.lib.sipagent.agent.webrtc_sdp import Offer
from custom_components.sip_intercom.lib.sipagent.protocol.calls import (
    RegistrationState,
)
from custom_components.sip_intercom.lib.sipagent.protocol.config import (
    AccountConfig,
    HostConfig,
    IceServer,
    MediaEncryption,
    Transport,
    TransportsConfig,
)
from custom_components.sip_intercom.lib.sipagent.protocol.errors import (
    CommandError,
    InvalidStateError,
)
from custom_components.sip_intercom.lib.sipagent.protocol.messages import (
    TransportStatus,
)
from custom_components.sip_intercom.lib.sipagent.protocol.tones import ToneStyle

DOOR = "192.0.2.10"
OUR_ADDRESS = "192.0.2.1"

INVITE = Request(
    method="INVITE",
    uri=f"sip:homeassistant@{OUR_ADDRESS}",
    transport=Transport.UDP,
    connection=0,
    outgoing=False,
    tls_verified=False,
    local_address=OUR_ADDRESS,
    local_port=5060,
    remote_address=DOOR,
    remote_port=5060,
    from_uri=f"sip:door@{DOOR}",
    from_name="Front door",
    from_tag="a1",
    to_uri=f"sip:homeassistant@{OUR_ADDRESS}",
    to_tag="",
    call_id="press-1",
    cseq=1,
    asserted_identity="",
    called_party="",
    user_agent="Door/1.0",
    has_replaces=False,
    transaction=False,
    dialog=False,
    defect="",
)


_AT_THE_DOOR = LegPeer(target=DOOR, media=DOOR)
_TALKING = LegMedia(silence=0, on_hold=False)


@dataclass(kw_only=True)
class FakeViewer:
    """A browser and what became of it."""

    offer: Offer
    servers: tuple[IceServer, ...]
    candidates: list[tuple[int, tuple[str, ...]]] = field(default_factory=list)
    silence: float = 0.0
    joined: tuple[LegId, bool] | None = None
    shown: str | LegId | None = None


@dataclass(kw_only=True)
class FakeLeg:
    """A dialog as PJSIP would hold it."""

    id: LegId
    request: Request | None = None
    uri: str = ""
    account: str | None = None
    encryption: MediaEncryption = MediaEncryption.NONE
    sent: list[int] = field(default_factory=list)
    hop: Hop | None = None
    tones: str = ""
    styles: list[ToneStyle] = field(default_factory=list)
    sendings: list[Done] = field(default_factory=list)
    told_elsewhere: bool = False
    playing: list[tuple[str, bool, PlayDone]] = field(default_factory=list)
    volume: float = 1.0
    files: tuple[str, str] | None = None
    muted: bool = False
    held_by_us: bool = False
    transfers: list[tuple[str, Done]] = field(default_factory=list)
    peer: LegPeer = _AT_THE_DOOR
    media: LegMedia = _TALKING
    ended: LegEnd | None = None
    held: bool = True


class FakePhone:
    """Implements Phone; what a peer does are its other methods."""

    def __init__(self) -> None:
        self.listener: PhoneListener
        self.username = ""
        self.started = False
        self.stopped = False
        self.trace = False
        self.legs: dict[LegId, FakeLeg] = {}
        self.passed: list[IncomingLeg] = []
        self.accounts: dict[str, AccountConfig] = {}
        self.registered: list[str] = []
        self.removed: list[str] = []
        self.hosts: dict[str, tuple[str, ...]] = {}
        self.opened: list[TransportsConfig] = []
        self.unbindable: set[Transport] = set()
        self.address_changes = 0
        self.trials: list[tuple[AccountConfig, TrialListener]] = []
        self.health_checks: list[TrialListener] = []
        self.loses_ends = False
        self.forgotten: list[LegId] = []
        self.failure: dict[str, CommandError] = {}
        self.polls: list[float] = []
        self.shown: Credentials | None = None
        self.right = ""
        self.verified: list[tuple[str, str, str]] = []
        self.kept: set[int] = set()
        self.finds_phones = False
        self.connected: list[tuple[LegId, LegId]] = []
        self.headers: frozenset[str] = frozenset()
        self.codecs: tuple[str, ...] = ()
        self.ice_servers: tuple[IceServer, ...] = ()
        self.with_video: set[LegId] = set()
        self.viewers: dict[ViewerId, FakeViewer] = {}
        self.fed: set[str] = set()
        self.watched: list[tuple[LegId, int, bool]] = []
        self.texts: list[tuple[str, str, str | None, Hop | None, Done]] = []
        self._numbers = count(1)
        self._ends: list[LegEnd] = []
        self._awake = ThreadEvent()
        self._jobs: SimpleQueue[Callable[[], object]] = SimpleQueue()

    # What peers do.

    def post(self, job: Callable[[], object]) -> None:
        """Have something happen in the next poll, from any thread."""
        self._jobs.put(job)
        self.wake()

    def ask(self, request: Request = INVITE, /, **facts: Any) -> Verdict:
        """Receive a request."""
        return self.listener.on_request(replace(request, **facts))

    def press(self, request: Request = INVITE, /, **facts: Any) -> FakeLeg:
        """Receive an INVITE that passes."""
        request = replace(request, **facts)
        verdict = self.listener.on_request(request)
        assert isinstance(verdict, Pass), verdict
        leg = FakeLeg(id=next(self._numbers), request=request, account=verdict.account)
        self.legs[leg.id] = leg
        self.passed.append(IncomingLeg(leg=leg.id, request=request, verdict=verdict))
        self.listener.on_incoming_leg(self.passed[-1])
        return leg

    def cancel(self, leg: FakeLeg, *, elsewhere: bool = False) -> None:
        """Receive CANCEL."""
        self.close(leg, status=487, elsewhere=elsewhere)

    def acknowledge(self, leg: FakeLeg) -> None:
        """Receive the ACK of our 200, or the 200 of our INVITE."""
        self.listener.on_leg_answered(leg.id)

    def bye(self, leg: FakeLeg) -> None:
        """Receive BYE."""
        self.close(leg, status=200)

    def close(
        self,
        leg: FakeLeg,
        *,
        status: int,
        remote: bool = True,
        elsewhere: bool = False,
    ) -> None:
        """End a leg."""
        leg.ended = LegEnd(
            leg=leg.id, status=status, text="", remote=remote, elsewhere=elsewhere
        )
        leg.held = False
        self.listener.on_leg_ended(leg.ended)

    def progress(self, leg: FakeLeg, status: int, *, early_media: bool = False) -> None:
        """Receive a provisional response."""
        self.listener.on_leg_progress(leg.id, status, early_media)

    def report(self, account: str, state: RegistrationState, **facts: Any) -> None:
        """Hear from a registrar."""
        status = {
            RegistrationState.REGISTERED: 200,
            RegistrationState.AUTH_FAILED: 401,
        }.get(state, 0)
        report = RegistrationReport(
            account=account, state=state, status=status, text="", expires=300
        )
        self.listener.on_registration(replace(report, **facts))

    # Phone.

    def start(self, username: str, listener: PhoneListener) -> None:
        self.username, self.listener, self.started = username, listener, True

    def stop(self) -> None:
        self.stopped = True

    def build(self) -> Mapping[str, str | int | bool | tuple[str, ...]]:
        return {"pjsip": "2.17", "patches": ("one", "two")}

    def poll(self, seconds: float) -> None:
        self.polls.append(seconds)
        ends, self._ends = self._ends, []
        for end in ends:
            self.legs[end.leg].held = False
            self.listener.on_leg_ended(end)
        if seconds:
            self._awake.wait(seconds)
            self._awake.clear()
        while not self._jobs.empty():
            self._jobs.get()()

    def wake(self) -> None:
        self._awake.set()

    def set_username(self, username: str) -> None:
        self.username = username

    def open_transports(self, config: TransportsConfig) -> tuple[TransportStatus, ...]:
        self._fail("open_transports")
        self.opened.append(config)
        return tuple(
            TransportStatus(
                transport=transport,
                address=config.bind_address or "0.0.0.0",
                port=config.port,
                listening=transport not in self.unbindable,
                text="taken" if transport in self.unbindable else "",
            )
            for transport in (Transport.UDP, Transport.TCP)
        )

    def set_trace(self, enabled: bool) -> None:
        self.trace = enabled

    def set_host(self, host: HostConfig) -> None:
        self.hosts[host.name] = host.addresses

    def forget_host(self, name: str) -> None:
        del self.hosts[name]

    def put_account(self, account: AccountConfig) -> None:
        self._fail("put_account")
        self.accounts[account.id] = account

    def remove_account(self, account: str) -> None:
        del self.accounts[account]
        self.removed.append(account)

    def register(self, account: str) -> None:
        self._fail("register")
        self.registered.append(account)

    def address_changed(self) -> None:
        self.address_changes += 1

    def try_account(self, account: AccountConfig, done: TrialListener) -> None:
        self.trials.append((account, done))

    def check_health(self, done: TrialListener) -> None:
        self.health_checks.append(done)

    def ring(self, leg: LegId) -> None:
        self._fail("ring")
        self._up(leg).sent.append(180)

    def answer(self, leg: LegId) -> None:
        self._fail("answer")
        self._up(leg).sent.append(200)

    def end(self, leg: LegId, status: int = 486, *, elsewhere: bool = False) -> None:
        fake = self._up(leg)
        self._fail("end")
        fake.sent.append(status)
        fake.told_elsewhere = elsewhere
        if self.loses_ends:
            return
        fake.ended = LegEnd(leg=leg, status=status, text="", remote=False)
        self._ends.append(fake.ended)

    def credentials(self, realm: str) -> Credentials | None:
        return self.shown

    def verify(self, username: str, realm: str, ha1: str) -> bool:
        self.verified.append((username, realm, ha1))
        return ha1 == self.right

    def same_uri(self, one: str, other: str) -> bool:
        return one.casefold() == other.casefold()

    def keep_connection(self, connection: int, kept: bool) -> None:
        (self.kept.add if kept else self.kept.remove)(connection)

    def find_phones(self, enabled: bool) -> None:
        self.finds_phones = enabled

    def connect(self, leg: LegId, other: LegId) -> None:
        self._fail("connect")
        self.connected.append((leg, other))

    def dial(
        self,
        uri: str,
        *,
        account: str | None,
        encryption: MediaEncryption,
        hop: Hop | None = None,
        video: bool = False,
    ) -> LegId:
        self._fail("dial")
        leg = FakeLeg(
            id=next(self._numbers),
            uri=uri,
            account=account,
            encryption=encryption,
            hop=hop,
        )
        self.legs[leg.id] = leg
        return leg.id

    def call_id(self, leg: LegId) -> str:
        return f"dialled-{leg}"

    def send_tones(self, leg: LegId, tones: str, style: ToneStyle, done: Done) -> None:
        fake = self._up(leg)
        self._fail("send_tones")
        fake.tones += tones
        fake.styles.append(style)
        fake.sendings.append(done)

    def sent_all(self, leg: FakeLeg, error: CommandError | None = None) -> None:
        """Have sent the tones that were to be sent first, or not."""
        leg.sendings.pop(0)(error)

    def play(self, leg: LegId, path: str, done: PlayDone, *, loop: bool) -> None:
        fake = self._up(leg)
        self._fail("play")
        fake.playing.append((path, loop, done))

    def stop_playing(self, leg: LegId) -> None:
        for _, _, done in self._up(leg).playing:
            done(False)
        self._up(leg).playing.clear()

    def set_volume(self, leg: LegId, volume: float) -> None:
        self._up(leg).volume = volume

    def record(self, leg: LegId, heard: str, sent: str, done: Done) -> None:
        self._fail("record")
        self._up(leg).files = (heard, sent)

    def stop_recording(self, leg: LegId) -> None:
        self._fail("stop_recording")
        self._up(leg).files = None

    def mute(self, leg: LegId, *, muted: bool) -> None:
        self._up(leg).muted = muted

    def hold(self, leg: LegId, *, held: bool) -> None:
        self._fail("hold")
        self._up(leg).held_by_us = held

    def agree_to_hold(self, leg: FakeLeg, *, held: bool, by_us: bool) -> None:
        """Hear that a leg was put on hold, or taken back."""
        media = LegMedia(silence=0, on_hold=held, held_by_us=by_us)
        self.listener.on_leg_hold(leg.id, media)

    def transfer(self, leg: LegId, uri: str, done: Done) -> None:
        self._fail("transfer")
        self._up(leg).transfers.append((uri, done))

    def show_headers(self, names: frozenset[str]) -> None:
        self.headers = names

    def set_codecs(self, codecs: tuple[str, ...]) -> None:
        self.codecs = codecs

    def set_ice_servers(self, servers: tuple[IceServer, ...]) -> None:
        self.ice_servers = servers

    def take_video(self, leg: LegId) -> None:
        self.with_video.add(leg)

    def open_viewer(
        self, viewer: ViewerId, offer: Offer, servers: Sequence[IceServer]
    ) -> None:
        self._fail("open_viewer")
        self.viewers[viewer] = FakeViewer(offer=offer, servers=tuple(servers))

    def add_candidates(
        self, viewer: ViewerId, line: int, candidates: Sequence[str]
    ) -> None:
        self.viewers[viewer].candidates.append((line, tuple(candidates)))

    def close_viewer(self, viewer: ViewerId) -> None:
        del self.viewers[viewer]

    def viewer_silence(self, viewer: ViewerId) -> float:
        return self.viewers[viewer].silence

    def join(self, viewer: ViewerId, leg: LegId, *, talks: bool) -> None:
        self._up(leg)
        self.viewers[viewer].joined = leg, talks

    def part(self, viewer: ViewerId) -> None:
        self.viewers[viewer].joined = None

    def open_video(self, name: str) -> int:
        self.fed.add(name)
        return 40_000

    def close_video(self, name: str) -> None:
        self.fed.remove(name)

    def show_video(self, viewer: ViewerId, source: str | LegId | None) -> None:
        self.viewers[viewer].shown = source

    def watch_video(self, leg: LegId, port: int, *, watched: bool) -> None:
        self._fail("watch_video")
        self.watched.append((leg, port, watched))

    def send_message(
        self,
        uri: str,
        text: str,
        done: Done,
        *,
        account: str | None,
        hop: Hop | None = None,
    ) -> None:
        self._fail("send_message")
        self.texts.append((uri, text, account, hop, done))

    def leg_peer(self, leg: LegId) -> LegPeer:
        return self._up(leg).peer

    def start_early_media(self, leg: LegId) -> None:
        self._fail("start_early_media")
        self._up(leg).sent.append(183)

    def leg_media(self, leg: LegId) -> LegMedia:
        self._fail("leg_media")
        return self._up(leg).media

    def forget(self, leg: LegId) -> None:
        self.forgotten.append(leg)

    def leg_alive(self, leg: LegId) -> bool:
        return self.legs[leg].held

    def _up(self, leg: LegId) -> FakeLeg:
        """Return a leg that PJSIP still holds."""
        if not self.legs[leg].held:
            raise InvalidStateError("the call has ended")
        return self.legs[leg]

    def _fail(self, method: str) -> None:
        """Refuse what a test says is refused."""
        if error := self.failure.get(method):
            raise error
