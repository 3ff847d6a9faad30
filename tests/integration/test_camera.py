"""Tests of cameras: their pictures, their streams, and talking by them."""

import asyncio
from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager, suppress
from http import HTTPStatus
from pathlib import Path
import socket
from typing import Any, Final, override
from unittest.mock import patch

from aiohttp import web
from aiohttp.test_utils import TestServer
from homeassistant.components import camera
from homeassistant.components.camera import Camera
from homeassistant.components.camera.webrtc import (
    CameraWebRTCProvider,
    WebRTCAnswer,
    WebRTCSendMessage,
    async_register_webrtc_provider,
)
from homeassistant.config_entries import ConfigSubentry, SubentryFlowResult
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    MockUser,
)
from pytest_homeassistant_custom_component.typing import (
    ClientSessionGenerator,
    WebSocketGenerator,
)
import pytest_socket
from webrtc_models import RTCIceCandidateInit, RTCIceServer

from custom_components.sip_intercom import ffmpeg_process, video_feed
from custom_components.sip_intercom.diagnostics import (
    async_get_config_entry_diagnostics,
)
from custom_components.sip_intercom.lib.sipagent.protocol.calls import (
    CallEventType,
    ViewerEnd,
)
from custom_components.sip_intercom.lib.sipagent.protocol.errors import (
    InvalidOfferError,
)
from custom_components.sip_intercom.lib.sipagent.protocol.messages import (
    VideoChanged,
    ViewerCandidate,
    ViewerClosed,
)
from custom_components.sip_intercom.video_view import PATH, STREAMS
from custom_components.sip_intercom.visitor_files import VisitorFiles
from tests.conftest import DOORBELL_ID, INTERCOM_ID, PHONE_ID, device
from tests.fake_agent import FakeAgent

TALK: Final = "camera.front_door_camera"
SEE: Final = "camera.gate_camera"
OF_CALL: Final = "camera.garden_camera"
VISITOR: Final = "image.garden_last_visitor"
JPEG: Final = b"\xff\xd8\xff\xe0 a picture \xff\xd9"
OFFER: Final = "v=0\r\nm=audio 9 UDP/TLS/RTP/SAVPF 111\r\na={}\r\n"
GARDEN: Final = "garden-1"
CALL: Final = {"camera_source": "call", "talk": False}


@pytest.fixture
def port(socket_enabled: None) -> int:
    """Return the port of the camera's pictures."""
    pytest_socket.socket_allow_hosts(["127.0.0.1", "::1"])
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def subentries(port: int) -> list[ConfigSubentry]:
    """Return a door with Talk, a gate with a stream, and one with video of its calls."""
    url = f"http://127.0.0.1:{port}"
    return [
        device(camera_source="call", talk=True, early_media=True),
        device(
            INTERCOM_ID,
            "Gate",
            "intercom",
            "192.0.2.21",
            camera_source="url",
            stream_url=f"{url}/stream",
            still_url=f"{url}/still",
            camera_username="admin",
            camera_password="s3cret",
            talk=False,
        ),
        device(GARDEN, "Garden", "doorbell", "192.0.2.22", **CALL),
        device(PHONE_ID, "Kitchen", "phone", "192.0.2.23", camera_source="none"),
    ]


@pytest.fixture(autouse=True)
def folder(hass: HomeAssistant, tmp_path: Path) -> None:
    """Keep pictures of visitors in a folder of the test's."""
    hass.config.config_dir = str(tmp_path)


@pytest.fixture(autouse=True)
def servers() -> Generator[list[RTCIceServer]]:
    """Return Home Assistant's STUN and TURN servers: none, unless a test adds some."""
    servers: list[RTCIceServer] = []
    with patch(
        "custom_components.sip_intercom.ice_servers.async_get_ice_servers",
        return_value=servers,
    ):
        yield servers


@asynccontextmanager
async def pictures(port: int, authentication: str) -> AsyncGenerator[list[str]]:
    """Serve a picture to who logs in; yields what they showed."""
    shown: list[str] = []

    async def still(request: web.Request) -> web.Response:
        given = request.headers.get("Authorization", "")
        shown.append(given)
        if not given.startswith(authentication.split(" ", 1)[0]):
            headers = {"WWW-Authenticate": authentication}
            return web.Response(status=401, headers=headers)
        return web.Response(body=JPEG, content_type="image/jpeg")

    application = web.Application()
    application.router.add_get("/still", still)
    server = TestServer(application, host="127.0.0.1", port=port)
    await server.start_server()
    try:
        yield shown
    finally:
        await server.close()


@asynccontextmanager
async def sender(port: int) -> AsyncGenerator[None]:
    """Send H.264 to a port, as a station does."""
    process = await asyncio.create_subprocess_exec(
        *("ffmpeg", "-loglevel", "error", "-re", "-f", "lavfi"),
        *("-i", "testsrc=size=160x120:rate=10", "-pix_fmt", "yuv420p"),
        *("-c:v", "libx264", "-g", "5", "-tune", "zerolatency"),
        *("-f", "rtp", f"rtp://127.0.0.1:{port}?pkt_size=1200"),
        stdout=asyncio.subprocess.DEVNULL,
    )
    try:
        yield
    finally:
        with suppress(ProcessLookupError):
            process.kill()
        await process.wait()


async def watched_port(fake_agent: FakeAgent) -> int:
    """Return the port that somebody reads the video of a call at."""
    async with asyncio.timeout(10):
        while True:
            for command in fake_agent.commands:
                if command[0] == "watch_video" and command[3]:
                    return int(str(command[2]))
            await asyncio.sleep(0.02)


async def read_no_more(fake_agent: FakeAgent, port: int) -> None:
    """Wait until a port is watched no more, and check that it was the only one."""
    watched: set[object] = {True}
    async with asyncio.timeout(10):
        while watched != {True, False}:
            await asyncio.sleep(0.02)
            seen = [each for each in fake_agent.commands if each[0] == "watch_video"]
            watched = {each[3] for each in seen}
    assert {each[2] for each in seen} == {port}


async def test_who_has_a_camera(
    hass: HomeAssistant, init_integration: MockConfigEntry
) -> None:
    assert set(hass.states.async_entity_ids("camera")) == {TALK, SEE, OF_CALL}
    assert set(hass.states.async_entity_ids("image")) == {
        "image.front_door_last_visitor",
        "image.gate_last_visitor",
        VISITOR,
    }
    talk = hass.states.get(TALK)
    assert talk is not None
    assert talk.attributes["talk"] is True


@pytest.mark.parametrize("kind", ["Basic realm=door", 'Digest realm="d", nonce="1"'])
async def test_still_by_http(
    hass: HomeAssistant, init_integration: MockConfigEntry, port: int, kind: str
) -> None:
    async with pictures(port, kind) as shown:
        image = await camera.async_get_image(hass, SEE)
    assert image.content == JPEG
    assert shown[-1].startswith(kind.split(" ", 1)[0])
    # Where the camera is gone, its last picture stays.
    image = await camera.async_get_image(hass, SEE)
    assert image.content == JPEG


async def test_no_picture_yet(
    hass: HomeAssistant, init_integration: MockConfigEntry
) -> None:
    for entity in (SEE, OF_CALL):
        with pytest.raises(HomeAssistantError):
            await camera.async_get_image(hass, entity)


async def test_stream_has_the_login(
    hass: HomeAssistant, init_integration: MockConfigEntry, port: int
) -> None:
    source = await camera.async_get_stream_source(hass, SEE)
    assert source == f"http://admin:s3cret@127.0.0.1:{port}/stream"


async def test_picture_of_a_call_and_of_a_visitor(
    hass: HomeAssistant,
    init_integration: MockConfigEntry,
    fake_agent: FakeAgent,
    hass_client: ClientSessionGenerator,
) -> None:
    call = fake_agent.ring(GARDEN)
    fake_agent.emit(VideoChanged(device=GARDEN, shown=True))
    async with sender(await watched_port(fake_agent)):
        image = await camera.async_get_image(hass, OF_CALL)
        assert image.content.startswith(b"\xff\xd8")
        state = hass.states.get(OF_CALL)
        assert state is not None
        assert state.state == "streaming"
        async with asyncio.timeout(10):
            # A picture has no event; its file follows in the background.
            while not await VisitorFiles(hass, GARDEN).async_last():  # noqa: ASYNC110
                await asyncio.sleep(0.05)
    fake_agent.change(call, CallEventType.MISSED)
    fake_agent.emit(VideoChanged(device=GARDEN, shown=False))
    await hass.async_block_till_done()
    assert (await camera.async_get_image(hass, OF_CALL)).content.startswith(b"\xff\xd8")
    client = await hass_client()
    shown = await client.get(f"/api/image_proxy/{VISITOR}")
    assert shown.status == HTTPStatus.OK
    # After a restart it is still there.
    await hass.config_entries.async_reload(init_integration.entry_id)
    await hass.async_block_till_done()
    shown = await client.get(f"/api/image_proxy/{VISITOR}")
    assert shown.status == HTTPStatus.OK


async def test_reading_begins_with_the_ring(
    hass: HomeAssistant, init_integration: MockConfigEntry, fake_agent: FakeAgent
) -> None:
    """The first picture may come before the news that there is video."""
    call = fake_agent.ring(DOORBELL_ID)
    port = await watched_port(fake_agent)
    state = hass.states.get(TALK)
    assert state is not None
    assert state.state == "idle"
    async with sender(port):
        fake_agent.emit(VideoChanged(device=DOORBELL_ID, shown=True))
        image = await camera.async_get_image(hass, TALK)
        assert image.content.startswith(b"\xff\xd8")
    fake_agent.change(call, CallEventType.MISSED)
    fake_agent.emit(VideoChanged(device=DOORBELL_ID, shown=False))
    await read_no_more(fake_agent, port)


async def test_reading_ends_with_a_call_that_shows_nothing(
    hass: HomeAssistant, init_integration: MockConfigEntry, fake_agent: FakeAgent
) -> None:
    call = fake_agent.ring(DOORBELL_ID)
    port = await watched_port(fake_agent)
    fake_agent.change(call, CallEventType.MISSED)
    await read_no_more(fake_agent, port)


class Provider(CameraWebRTCProvider):
    """Shows browsers streams, as go2rtc does, and remembers which."""

    def __init__(self) -> None:
        """Know no stream yet."""
        self.sources: list[str] = []

    @property
    @override
    def domain(self) -> str:
        return "provider"

    @override
    def async_is_supported(self, stream_source: str) -> bool:
        self.sources.append(stream_source)
        return True

    @override
    async def async_handle_async_webrtc_offer(
        self,
        camera: Camera,
        offer_sdp: str,
        session_id: str,
        send_message: WebRTCSendMessage,
    ) -> None:
        send_message(WebRTCAnswer("the provider's answer"))

    @override
    async def async_on_webrtc_candidate(
        self, session_id: str, candidate: RTCIceCandidateInit
    ) -> None:
        """Need no candidates."""


@pytest.fixture
async def provider(hass: HomeAssistant) -> Provider:
    """Return what shows browsers streams from before the cameras are there."""
    assert await async_setup_component(hass, "camera", {})
    provider = Provider()
    async_register_webrtc_provider(hass, provider)
    return provider


async def test_who_shows_streams_is_given_them(
    hass: HomeAssistant,
    provider: Provider,
    init_integration: MockConfigEntry,
    fake_agent: FakeAgent,
    port: int,
) -> None:
    """A camera that talks shows itself; one of a call has a stream only in a call."""
    await hass.async_block_till_done()
    assert hass.states.get(OF_CALL)
    stream = f"http://admin:s3cret@127.0.0.1:{port}/stream"
    assert set(provider.sources) == {stream}
    fake_agent.ring(GARDEN)
    fake_agent.emit(VideoChanged(device=GARDEN, shown=True))
    await hass.async_block_till_done()
    (source,) = set(provider.sources) - {stream}
    assert source == await camera.async_get_stream_source(hass, OF_CALL)


async def test_stream_of_a_call(
    hass: HomeAssistant,
    init_integration: MockConfigEntry,
    fake_agent: FakeAgent,
    hass_client: ClientSessionGenerator,
) -> None:
    (stream,) = [each for each in hass.data[STREAMS].values() if each.device == GARDEN]
    client = await hass_client()
    assert (await client.get(f"{PATH}/wrong")).status == HTTPStatus.NOT_FOUND
    response = await client.get(f"{PATH}/{stream.token}")
    assert response.status == HTTPStatus.OK
    async with sender(await watched_port(fake_agent)):
        async with asyncio.timeout(10):
            chunk = await response.content.readexactly(188)
        assert chunk[0] == 0x47  # the first byte of MPEG-TS
    response.close()
    assert stream.url.endswith(stream.token)
    assert await camera.async_get_stream_source(hass, OF_CALL) == stream.url


async def test_settings_change(
    hass: HomeAssistant, init_integration: MockConfigEntry, port: int
) -> None:
    subentry = init_integration.subentries[GARDEN]
    data = {**subentry.data, "camera_source": "entity", "camera_entity": SEE}
    hass.config_entries.async_update_subentry(init_integration, subentry, data=data)
    await hass.async_block_till_done()
    async with pictures(port, "Basic realm=door"):
        image = await camera.async_get_image(hass, OF_CALL)
    assert image.content == JPEG
    source = await camera.async_get_stream_source(hass, OF_CALL)
    assert source == f"http://admin:s3cret@127.0.0.1:{port}/stream"
    subentry = init_integration.subentries[GARDEN]
    data = {**data, "camera_source": "none"}
    hass.config_entries.async_update_subentry(init_integration, subentry, data=data)
    await hass.async_block_till_done()
    assert hass.states.get(OF_CALL) is None


async def offer(socket: Any, direction: str = "sendrecv", entity: str = TALK) -> Any:
    """Send an offer, and return the events that follow until the answer."""
    await socket.send_json_auto_id(
        {
            "type": "camera/webrtc/offer",
            "entity_id": entity,
            "offer": OFFER.format(direction),
        }
    )
    events = []
    while not events or events[-1]["type"] not in ("answer", "error"):
        message = await socket.receive_json()
        if message["type"] == "event":
            events.append(message["event"])
    return events


async def test_talking(
    hass: HomeAssistant,
    init_integration: MockConfigEntry,
    fake_agent: FakeAgent,
    hass_ws_client: WebSocketGenerator,
) -> None:
    socket = await hass_ws_client()
    session, answer = await offer(socket)
    assert answer == {"type": "answer", "answer": "the answer"}
    ((_, command),) = [each for each in fake_agent.commands if each[0] == "open_viewer"]
    assert command.device == DOORBELL_ID
    assert command.viewer == session["session_id"]
    assert command.by

    viewer = session["session_id"]
    await socket.send_json_auto_id(
        {
            "type": "camera/webrtc/candidate",
            "entity_id": TALK,
            "session_id": viewer,
            "candidate": {"candidate": "candidate:1", "sdpMid": "0"},
        }
    )
    await socket.receive_json()
    assert fake_agent.commands[-1][0] == "add_candidates"

    for text in ("candidate:2", ""):
        fake_agent.emit(
            ViewerCandidate(viewer=viewer, mid="0", index=0, candidate=text)
        )
    fake_agent.emit(ViewerClosed(viewer=viewer, reason=ViewerEnd.VANISHED))
    events = [(await socket.receive_json())["event"] for _ in range(2)]
    assert events[0]["candidate"]["candidate"] == "candidate:2"
    assert events[1]["code"] == "webrtc_session_ended"


async def test_session_is_closed(
    hass: HomeAssistant,
    init_integration: MockConfigEntry,
    fake_agent: FakeAgent,
    hass_ws_client: WebSocketGenerator,
) -> None:
    socket = await hass_ws_client()
    session, _ = await offer(socket, "recvonly")
    await socket.close()
    await hass.async_block_till_done()
    assert ("close_viewer", session["session_id"]) in fake_agent.commands


async def test_agent_is_lost(
    hass: HomeAssistant,
    init_integration: MockConfigEntry,
    fake_agent: FakeAgent,
    hass_ws_client: WebSocketGenerator,
) -> None:
    socket = await hass_ws_client()
    await offer(socket)
    fake_agent.lose()
    assert (await socket.receive_json())["event"]["code"] == "webrtc_session_ended"


async def test_offer_is_refused(
    hass: HomeAssistant,
    init_integration: MockConfigEntry,
    fake_agent: FakeAgent,
    hass_ws_client: WebSocketGenerator,
) -> None:
    fake_agent.command_error = InvalidOfferError("no Opus")
    *_, error = await offer(await hass_ws_client())
    assert error["code"] == "webrtc_offer_failed"
    assert "no Opus" in error["message"]


@pytest.mark.parametrize(
    ("direction", "allowed"),
    [
        ("sendrecv", False),
        ("recvonly", True),
        ("recvonly\r\na=sendrecv", False),
        ("recvonly\r\nm= audio 9 UDP/TLS/RTP/SAVPF 111", False),
    ],
)
async def test_who_may_not_control_may_not_talk(
    hass: HomeAssistant,
    init_integration: MockConfigEntry,
    fake_agent: FakeAgent,
    hass_ws_client: WebSocketGenerator,
    hass_admin_user: MockUser,
    direction: str,
    allowed: bool,
) -> None:
    hass_admin_user.groups = []
    hass_admin_user.mock_policy({"entities": {"entity_ids": {TALK: {"read": True}}}})
    *_, last = await offer(await hass_ws_client(), direction)
    assert (last["type"] == "answer") is allowed
    assert any(each[0] == "open_viewer" for each in fake_agent.commands) is allowed


async def test_servers_of_home_assistant_are_told(
    hass: HomeAssistant,
    init_integration: MockConfigEntry,
    fake_agent: FakeAgent,
    hass_ws_client: WebSocketGenerator,
    servers: list[RTCIceServer],
) -> None:
    servers += [
        RTCIceServer("stun:192.0.2.9"),
        RTCIceServer(
            [
                "turn:turn.example:5349?transport=tcp",
                "turns:turn.example",
                "turn:turn.example:5349?transport=udp",
            ],
            "user",
            "word",
        ),
        RTCIceServer("turn:192.0.2.8"),
    ]
    resolver = init_integration.runtime_data.resolver
    with patch.object(resolver, "resolve", return_value=("192.0.2.7",)):
        await offer(await hass_ws_client())
    ((_, command),) = [each for each in fake_agent.commands if each[0] == "open_viewer"]
    stun, turn = command.servers
    assert (stun.address, stun.port, stun.username) == ("192.0.2.9", 3478, "")
    assert (turn.address, turn.port) == ("192.0.2.7", 5349)
    assert (turn.username, turn.password) == ("user", "word")


async def test_stream_of_the_network_is_fed_to_browsers(
    hass: HomeAssistant,
    init_integration: MockConfigEntry,
    fake_agent: FakeAgent,
    hass_ws_client: WebSocketGenerator,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(video_feed, "LINGER", 0.0)
    monkeypatch.setattr(video_feed, "RETRY", 0.0)
    subentry = init_integration.subentries[INTERCOM_ID]
    hass.config_entries.async_update_subentry(
        init_integration, subentry, data={**subentry.data, "talk": True}
    )
    await hass.async_block_till_done()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as receiver:
        receiver.bind(("127.0.0.1", 0))
        receiver.setblocking(False)
        fake_agent.video_port = receiver.getsockname()[1]
        own = ffmpeg_process.url_input

        def test_source(url: str) -> tuple[tuple[str, ...], str]:
            options, text = own(url)
            assert "s3cret" in text
            assert "s3cret" not in " ".join(options)
            return ("-re", "-f", "lavfi", "-i", "testsrc=size=160x120:rate=10"), ""

        monkeypatch.setattr(video_feed, "url_input", test_source)
        encode = ("-pix_fmt", "yuv420p", "-c:v", "libx264", "-tune", "zerolatency")
        monkeypatch.setattr(
            video_feed, "_RTP", (*encode, "-payload_type", "96", "-f", "rtp")
        )
        ws = await hass_ws_client()
        await offer(ws, "recvonly", SEE)
        async with asyncio.timeout(10):
            packet = await asyncio.get_running_loop().sock_recv(receiver, 2000)
    assert packet[1] & 0x7F == 96
    await ws.close()
    async with asyncio.timeout(10):
        # The stream lingers for a moment that has no event.
        while ("close_video", INTERCOM_ID) not in fake_agent.commands:  # noqa: ASYNC110
            await asyncio.sleep(0.02)


async def test_removed_device_closes_its_browsers(
    hass: HomeAssistant,
    init_integration: MockConfigEntry,
    fake_agent: FakeAgent,
    hass_ws_client: WebSocketGenerator,
) -> None:
    session, _ = await offer(await hass_ws_client(), "recvonly")
    hass.config_entries.async_remove_subentry(init_integration, DOORBELL_ID)
    await hass.async_block_till_done()
    assert ("close_viewer", session["session_id"]) in fake_agent.commands


async def test_diagnostics_keep_the_login_to_themselves(
    hass: HomeAssistant, init_integration: MockConfigEntry
) -> None:
    told = str(await async_get_config_entry_diagnostics(hass, init_integration))
    for private in ("s3cret", "admin", "127.0.0.1"):
        assert private not in told


async def reconfigured(
    hass: HomeAssistant, entry: MockConfigEntry, camera: dict[str, Any]
) -> SubentryFlowResult:
    """Return what comes of other settings of the garden's camera."""
    result = await entry.start_subentry_reconfigure_flow(hass, GARDEN)
    return await hass.config_entries.subentries.async_configure(
        result["flow_id"],
        {
            "name": "Garden",
            "kind": "doorbell",
            "account": "direct",
            "address": "192.0.2.22",
            "camera": camera,
        },
    )


@pytest.mark.parametrize(
    ("camera_settings", "error"),
    [
        ({"camera_source": "url"}, "invalid_stream_url"),
        ({"camera_source": "url", "stream_url": "ftp://a/b"}, "invalid_stream_url"),
        ({"camera_source": "url", "stream_url": "rtsp://a/'b"}, "invalid_stream_url"),
        ({"camera_source": "url", "stream_url": "rtsp://a:b@c/d"}, "login_in_url"),
        ({"camera_source": "call", "still_url": "rtsp://a/b"}, "invalid_still_url"),
        ({"camera_source": "call", "still_url": "http://["}, "invalid_still_url"),
        ({"camera_source": "entity"}, "camera_entity_required"),
        (
            {"camera_source": "entity", "camera_entity": OF_CALL},
            "camera_entity_required",
        ),
    ],
)
async def test_settings_that_cannot_be(
    hass: HomeAssistant,
    init_integration: MockConfigEntry,
    camera_settings: dict[str, Any],
    error: str,
) -> None:
    before = dict(init_integration.subentries[GARDEN].data)
    camera = {"talk": False, "early_media": False, **camera_settings}
    result = await reconfigured(hass, init_integration, camera)
    assert result["errors"] == {"base": error}
    assert dict(init_integration.subentries[GARDEN].data) == before


@pytest.mark.parametrize(
    "camera_settings",
    [
        {"camera_source": "none"},
        {"camera_source": "call", "still_url": "http://192.0.2.22/still"},
        {"camera_source": "url", "stream_url": "rtsp://192.0.2.22/main"},
        {"camera_source": "entity", "camera_entity": SEE},
    ],
)
async def test_settings_that_can_be(
    hass: HomeAssistant,
    init_integration: MockConfigEntry,
    camera_settings: dict[str, Any],
) -> None:
    camera = {"talk": False, "early_media": True, **camera_settings}
    result = await reconfigured(hass, init_integration, camera)
    assert result["reason"] == "reconfigure_successful"
    await hass.async_block_till_done()
    data = init_integration.subentries[GARDEN].data
    assert data["early_media"] is True
    assert data.items() >= camera_settings.items()
    has_camera = camera_settings["camera_source"] != "none"
    assert (hass.states.get(OF_CALL) is not None) is has_camera
