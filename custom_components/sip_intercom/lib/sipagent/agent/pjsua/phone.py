"""PJSIP behind the Phone interface."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
import gc
import logging
import os
from time import monotonic
from typing import Final

import pjsua2

from ...protocol.calls import Proof
from ...protocol.config import (
    AccountConfig,
    HostConfig,
    IceServer,
    MediaEncryption,
    Transport,
    TransportsConfig,
)
from ...protocol.messages import TransportStatus
from ...protocol.sip_uri import SipUri, parse_uri
from ...protocol.tones import ToneStyle
from ..phone import (
    Done,
    LegId,
    PhoneListener,
    TrialListener,
)
from ..request import Credentials, Hop, Pass, Request, Verdict
from . import build
from .accounts import Accounts
from .call_video import VideoPorts
from .clock import MediaClock
from .endpoint import choose_codecs, close_endpoint, open_endpoint
from .headers import header
from .health import HealthCheck
from .hosts import Hosts
from .legs import Legs
from .listener import Places
from .log_writer import NORMAL_LEVEL, TRACE_LEVEL
from .media_phone import MediaPhone
from .registering import read_credentials
from .requests import RequestGate
from .settings import dialled_uri, next_hop
from .sounds import Sounds
from .texting import Texts
from .timers import Timers
from .transports import Listeners
from .trial import Trials
from .video import Videos
from .viewers import Viewers

_LOGGER = logging.getLogger(__name__)

_MEDIA_POLL: Final = 0.01  # seconds
_FAREWELL: Final = 1.0  # seconds
PHONES_GROUP: Final = "224.0.1.75"
"""Where phones look for a server (all SIP servers; RFC 3261 section 22.1)."""


class PjsuaPhone(MediaPhone):
    """A SIP stack with one thread, driven by poll()."""

    def start(self, username: str, listener: PhoneListener) -> None:
        """Create the endpoint; no transport yet."""
        self._listener = listener
        self._timers = Timers()
        self._hosts = Hosts()
        self._endpoint = open_endpoint()
        self._gate = RequestGate(
            self._judge,
            self._choose_account,
            listener.on_name_wanted,
            self._connection_lost,
            self._timers,
        )
        self._gate.start()
        self._wake_up = self._gate.wakeUpHandle()
        self._clock = MediaClock(self._endpoint, self._timers)
        self._sounds = Sounds(self._endpoint, self._timers)
        self._videos = Videos(self._timers)
        self._legs = Legs(
            listener, self._clock, self._timers, self._hosts, self._gate, self._sounds
        )
        self._legs.take_videos(VideoPorts(self._timers, self._videos, self._rtp_ports))
        self._viewers = Viewers(
            listener=listener,
            clock=self._clock,
            timers=self._timers,
            legs=self._legs,
            sounds=self._sounds,
            videos=self._videos,
        )
        self._viewers.ports = self._rtp_ports
        self._accounts = Accounts(
            endpoint=self._endpoint,
            gate=self._gate,
            hosts=self._hosts,
            timers=self._timers,
            incoming=lambda line, call: self._legs.take(line, call, self._gate),
            report=listener.on_registration,
        )
        self._accounts.set_username(username)
        self._listeners = Listeners(
            self._endpoint,
            self._timers,
            busy=lambda: len(self._legs) > 0,
            moved=self._settle,
            tell=listener.on_transport,
        )
        self._places: Places = {}
        self._trials = Trials(self._accounts, self._timers)
        self._health = HealthCheck(self._listeners, self._timers)
        self._texts = Texts(self._gate, self._timers)
        self._username = username
        self._transports = TransportsConfig()

    def stop(self) -> None:
        """Hang up, unregister (at most 1 s) and destroy the endpoint."""
        self._trials.clear()
        self._viewers.clear()
        self._legs.end_all()
        self._accounts.withdraw_all()
        deadline = monotonic() + _FAREWELL
        while self._accounts.registered and (rest := deadline - monotonic()) > 0:
            self._endpoint.libHandleEvents(round(rest * 1000))
        self._sounds.clear()
        while self._sounds.unfinished and monotonic() < deadline:
            self.poll(_MEDIA_POLL)
        self._clock.stop()
        self._gate.stop()
        self._legs.clear()
        self._videos.clear()
        self._health.clear()
        self._texts.clear()
        self._accounts.clear()
        self._timers.clear()
        gc.collect()
        close_endpoint(self._endpoint)

    def build(self) -> Mapping[str, build.Fact]:
        """Return what the SIP stack runs on; `pjsip` is its version."""
        return build.facts()

    def poll(self, seconds: float) -> None:
        """Handle what arrives; return at once after wake()."""
        self._legs.bury()
        self._timers.run()
        if self._clock.running:
            seconds = min(seconds, _MEDIA_POLL)
        self._endpoint.libHandleEvents(round(self._timers.wait(seconds) * 1000))
        self._timers.run()

    def wake(self) -> None:
        """Make a poll return; the only method that any thread may call."""
        with suppress(BlockingIOError):  # it is awake already
            os.write(self._wake_up, b"\0")

    def set_username(self, username: str) -> None:
        """Change the user part that direct devices dial."""
        self._username = username
        self._accounts.set_username(username)

    def open_transports(self, config: TransportsConfig) -> tuple[TransportStatus, ...]:
        """Bring the listening transports to this configuration."""
        self._transports = config
        self._hosts.bind_address = config.bind_address
        statuses = self._listeners.bring_to(config)
        self._settle()
        return statuses

    def set_trace(self, enabled: bool) -> None:
        """Log every SIP message, credentials redacted, or not."""
        pjsua2.Gate.setLogLevel(TRACE_LEVEL if enabled else NORMAL_LEVEL)

    def set_host(self, host: HostConfig) -> None:
        """Tell the addresses of a name."""
        self._hosts.put(host)
        try:
            self._gate.setHost(host.name, pjsua2.StringVector(list(host.addresses)))
        except pjsua2.Error as err:
            _LOGGER.warning("The addresses of a name cannot be used: %s", err.reason)
        self._accounts.host_changed(host.name)

    def forget_host(self, name: str) -> None:
        """Forget the addresses of a name."""
        self._hosts.remove(name)
        self._gate.removeHost(name)

    def put_account(self, account: AccountConfig) -> None:
        """Add an account or apply its changes, without registering."""
        self._accounts.put(account)

    def set_ice_servers(self, servers: tuple[IceServer, ...]) -> None:
        """Use these servers for accounts with ICE."""
        self._accounts.set_ice_servers(servers)

    def remove_account(self, account: str) -> None:
        """Unregister and forget an account."""
        self._accounts.remove(account)

    def register(self, account: str) -> None:
        """Register now, with a transport made anew where the old one is dead."""
        self._accounts.register(account)

    def address_changed(self) -> None:
        """Re-register and re-bind after the machine's address changed."""
        changed = self._listeners.check()
        self._bind_media()
        self._places = self._listeners.places
        self._accounts.forget_contacts(frozenset(Transport))
        for status in changed:
            self._listener.on_transport(status)

    def try_account(self, account: AccountConfig, done: TrialListener) -> None:
        """Register once with an account and report; at most 10 s."""
        self._trials.start(account, done)

    def check_health(self, done: TrialListener) -> None:
        """Send an OPTIONS to ourselves and report; at most 3 s."""
        self._health.start(done)

    def credentials(self, realm: str) -> Credentials | None:
        """Return the credentials for a realm that the judged request shows, if any."""
        return read_credentials(self._gate, realm)

    def verify(self, username: str, realm: str, ha1: str) -> bool:
        """Tell whether the request that is being judged shows the right credentials."""
        return self._gate.verify(username, realm, ha1)

    def same_uri(self, one: str, other: str) -> bool:
        """Tell whether two URIs are the same (RFC 3261 section 19.1.4)."""
        return pjsua2.Gate.sameUri(one, other)

    def keep_connection(self, connection: int, kept: bool) -> None:
        """Keep a TCP or TLS connection open although nothing comes over it, or not."""
        self._gate.keepConnection(connection, kept)

    def show_headers(self, names: frozenset[str]) -> None:
        """Show these header fields of INVITEs, by their names in small letters."""
        self._gate.headers = names

    def set_codecs(self, codecs: tuple[str, ...]) -> None:
        """Offer and take these codecs only, best first; none means our own order."""
        choose_codecs(self._endpoint, codecs)

    def find_phones(self, enabled: bool) -> None:
        """Hear phones that look for a server (SIP PnP), or not."""
        self._listeners.hear_group(PHONES_GROUP if enabled else "")

    def ring(self, leg: LegId) -> None:
        """Send 180."""
        self._legs.get(leg).respond(180)

    def start_early_media(self, leg: LegId) -> None:
        """Send 183 with SDP; on_leg_progress tells when there is media."""
        self._legs.get(leg).respond(183)

    def take_video(self, leg: LegId) -> None:
        """Take the video that an INVITE offers, with the next SDP that is sent."""
        self._legs.get(leg).video_wanted = True

    def answer(self, leg: LegId) -> None:
        """Send 200 with SDP."""
        self._legs.get(leg).respond(200)

    def end(self, leg: LegId, status: int = 486, *, elsewhere: bool = False) -> None:
        """Decline, cancel or hang up a leg, whatever state it is in."""
        self._legs.get(leg).end(status, elsewhere=elsewhere)

    def dial(
        self,
        uri: str,
        *,
        account: str | None,
        encryption: MediaEncryption,
        hop: Hop | None = None,
        video: bool = False,
    ) -> LegId:
        """Call a SIP URI over an account, or directly."""
        options = pjsua2.CallOpParam(True)
        options.opt.audioCount, options.opt.videoCount = 1, 0
        options.opt.textCount = 0
        for value in hop.path if hop else ():
            options.txOption.headers.append(header("Route", value))
        if account is None:
            there = hop.address if hop else parse_uri(uri).host
            here = self._hosts.local_address(there)
            if here:
                caller = SipUri(user=self._username, host=here)
                options.txOption.localUri = f"<{caller}>"
            line = self._accounts.direct(encryption, ipv6=":" in here)
            return self._legs.dial(
                line, uri, options, media_address=here, hop=hop, video=video
            )
        registration = self._accounts.registration(account)
        return self._legs.dial(
            registration,
            str(dialled_uri(registration.config, parse_uri(uri))),
            options,
            media_address=self._media_address(registration.config),
            video=video,
        )

    def send_message(
        self,
        uri: str,
        text: str,
        done: Done,
        *,
        account: str | None,
        hop: Hop | None = None,
    ) -> None:
        """Send a text over an account, or directly."""
        if account is not None:
            registration = self._accounts.registration(account)
            uri = str(dialled_uri(registration.config, parse_uri(uri)))
            self._texts.send(registration, uri, text, done)
            return
        there = hop.address if hop else parse_uri(uri).host
        here = self._hosts.local_address(there) or "localhost"
        sender = SipUri(user=self._username, host=here)
        self._texts.send_directly(str(sender), uri, text, done, hop)

    def connect(self, leg: LegId, other: LegId) -> None:
        """Let the peers of two confirmed legs hear each other, until one ends."""
        self._legs.connect(leg, other)

    def call_id(self, leg: LegId) -> str:
        """Return the Call-ID of a leg."""
        return self._legs.get(leg).call_id

    def send_tones(self, leg: LegId, tones: str, style: ToneStyle, done: Done) -> None:
        """Send tones, after those that are being sent already."""
        self._legs.send_tones(leg, tones, style, done)

    def transfer(self, leg: LegId, uri: str, done: Done) -> None:
        """Have a leg's peer call a URI instead."""
        self._legs.get(leg).transfer(uri, done)

    def forget(self, leg: LegId) -> None:
        """Let go of a leg that PJSIP does not hold any more."""
        self._legs.forget(leg)

    def leg_alive(self, leg: LegId) -> bool:
        """Tell whether PJSIP still holds the leg (a lost DISCONNECTED)."""
        return self._legs.alive(leg)

    def _judge(self, request: Request) -> Verdict:
        """Judge a request; our own health check is nobody else's business."""
        if request.method == "INVITE":
            self._legs.bury()
        if self._health.owns(request):
            return Pass(proof=Proof.ADDRESS)
        return self._listener.on_request(request)

    def _choose_account(self, verdict: Pass) -> int | None:
        """Return PJSIP's number of the account that takes a call."""
        return self._accounts.for_call(verdict)

    def _settle(self) -> None:
        """Register anew what a moved listener concerns: Contacts name its port."""
        self._bind_media()
        before, self._places = self._places, self._listeners.places
        moved = {kind[0] for kind, _ in before.items() ^ self._places.items()}
        if moved:
            self._accounts.forget_contacts(moved)

    def _media_address(self, account: AccountConfig) -> str:
        """Return where the media of an account's calls is; ICE knows by itself."""
        return "" if account.ice else self._hosts.local_address(next_hop(account))

    def _rtp_ports(self) -> tuple[str, int, int]:
        """Return the address and the range of ports that media is at."""
        transports = self._transports
        return transports.bind_address, transports.rtp_first, transports.rtp_last

    def _bind_media(self) -> None:
        """Send media from where SIP is listened to, not from where it should be."""
        address = self._listeners.bound_address
        self._accounts.set_transports(replace(self._transports, bind_address=address))

    def _connection_lost(self, connection: int) -> None:
        """Take the end of a connection, outside PJSIP's own callback."""

        def tell() -> None:
            self._accounts.connection_lost(connection)
            self._listener.on_connection_lost(connection)

        self._timers.soon(tell)
