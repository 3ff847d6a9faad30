"""Tests of recordings: made, merged, repaired, found in the media browser, removed."""

from array import array
import asyncio
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
import wave

from homeassistant.components import media_source
from homeassistant.config_entries import ConfigSubentry
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import ServiceValidationError
from homeassistant.setup import async_setup_component
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.sip_intercom.const import DOMAIN
from custom_components.sip_intercom.lib.sipagent.protocol.calls import (
    Call,
    CallEventType,
)
from custom_components.sip_intercom.lib.sipagent.protocol.errors import SoundFileError
from custom_components.sip_intercom.recording import recordings_folder
from custom_components.sip_intercom.recording_files import (
    new_tracks,
    recordings,
    remove_old,
    repair,
    unfinished,
)
from custom_components.sip_intercom.visitor_files import VisitorFiles
from tests.conftest import DOORBELL_ID, INTERCOM_ID, PHONE_ID, device
from tests.fake_agent import FakeAgent

RATE = 16_000


@pytest.fixture
def subentries() -> list[ConfigSubentry]:
    """Return a door that is recorded, one that is not, and a phone."""
    return [
        device(record="answered"),
        device(INTERCOM_ID, "Gate", "intercom", "192.0.2.21"),
        device(PHONE_ID, "Kitchen", "phone", "192.0.2.22", record="all"),
    ]


@pytest.fixture(autouse=True)
def _config(hass: HomeAssistant, tmp_path: Path, fake_agent: FakeAgent) -> None:
    """Keep recordings in a folder of the test; the agent writes real files."""
    hass.config.config_dir = str(tmp_path)
    fake_agent.recording = record


async def record(heard: str, sent: str) -> None:
    """Write half a second of each side, as the agent does."""
    loop = asyncio.get_running_loop()
    await loop.run_in_executor(None, write, Path(heard), 3000)
    await loop.run_in_executor(None, write, Path(sent), -3000)


def write(path: Path, level: int, seconds: float = 0.5) -> None:
    """Write a WAV file."""
    with wave.open(str(path), "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(RATE)
        sound.writeframes(array("h", [level] * round(seconds * RATE)).tobytes())


def folder(hass: HomeAssistant) -> Path:
    """Return the folder of recordings."""
    return recordings_folder(hass)


async def found(hass: HomeAssistant) -> list[Path]:
    """Return the files of the recordings, after all work is done."""
    await hass.async_block_till_done(wait_background_tasks=True)
    items = await hass.async_add_executor_job(recordings, folder(hass))
    return [each.path for each in items]


def talk(fake_agent: FakeAgent, owner: str = DOORBELL_ID, **facts: Any) -> Call:
    """Have a call answered."""
    return fake_agent.answered(fake_agent.ring(owner, **facts))


@pytest.mark.usefixtures("init_integration")
async def test_answered_call_is_recorded(
    hass: HomeAssistant, fake_agent: FakeAgent
) -> None:
    call = talk(fake_agent)
    (path,) = await found(hass)
    assert path.parent == folder(hass) / DOORBELL_ID
    assert path.name.endswith(f"_{call.id}.ogg")
    assert path.read_bytes()[:4] == b"OggS"
    assert not list(path.parent.glob("*.wav"))
    assert "www" not in path.parts


@pytest.mark.usefixtures("init_integration")
@pytest.mark.parametrize(
    ("owner", "facts", "count"),
    [
        (DOORBELL_ID, {"connected_to": "c9"}, 0),
        (INTERCOM_ID, {}, 0),
        (PHONE_ID, {}, 1),
        (PHONE_ID, {"connected_to": "c9"}, 1),
    ],
)
async def test_what_is_recorded(
    hass: HomeAssistant,
    fake_agent: FakeAgent,
    owner: str,
    facts: dict[str, Any],
    count: int,
) -> None:
    talk(fake_agent, owner, **facts)
    assert len(await found(hass)) == count


async def test_both_sides_are_kept_apart(
    hass: HomeAssistant, mock_entry: MockConfigEntry, fake_agent: FakeAgent
) -> None:
    hass.config_entries.async_update_entry(mock_entry, options={"record_format": "wav"})
    assert await hass.config_entries.async_setup(mock_entry.entry_id)
    await hass.async_block_till_done()
    talk(fake_agent)
    (path,) = await found(hass)
    with wave.open(str(path)) as sound:
        assert (sound.getnchannels(), sound.getframerate()) == (2, RATE)
        frames = array("h", sound.readframes(100))
    assert (frames[0], frames[1]) == (3000, -3000)


@pytest.mark.usefixtures("init_integration")
async def test_recording_by_action(hass: HomeAssistant, fake_agent: FakeAgent) -> None:
    with pytest.raises(ServiceValidationError) as raised:
        await hass.services.async_call(DOMAIN, "record", {}, blocking=True)
    assert raised.value.translation_key == "no_talk"
    call = talk(fake_agent, INTERCOM_ID)
    await hass.services.async_call(DOMAIN, "record", {}, blocking=True)
    assert len(await found(hass)) == 1
    await hass.services.async_call(DOMAIN, "stop_recording", {}, blocking=True)
    assert fake_agent.commands[-1] == ("stop_recording", call.id)


@pytest.mark.usefixtures("init_integration")
async def test_recording_that_fails_leaves_nothing(
    hass: HomeAssistant, fake_agent: FakeAgent, caplog: pytest.LogCaptureFixture
) -> None:
    fake_agent.command_error = SoundFileError("disk full")
    talk(fake_agent)
    assert await found(hass) == []
    assert "was not recorded to its end" in caplog.text


async def test_what_a_crash_has_left_is_completed(
    hass: HomeAssistant, mock_entry: MockConfigEntry, fake_agent: FakeAgent
) -> None:
    now = dt_util.now()
    tracks = new_tracks(folder(hass), DOORBELL_ID, "c7", now)
    for path, level in ((tracks.heard, 3000), (tracks.sent, -3000)):
        write(path, level)
        broken = bytearray(path.read_bytes())
        broken[4:8] = broken[40:44] = bytes(4)
        path.write_bytes(broken)
    alone = new_tracks(folder(hass), DOORBELL_ID, "c8", now)
    write(alone.heard, 3000)
    empty = new_tracks(folder(hass), DOORBELL_ID, "c9", now)
    empty.heard.write_bytes(b"RIFF")
    assert await hass.config_entries.async_setup(mock_entry.entry_id)
    names = [path.name for path in await found(hass)]
    assert [name[-6:] for name in names] == ["c8.ogg", "c7.ogg"]
    assert unfinished(folder(hass)) == []


def test_repaired_header(tmp_path: Path) -> None:
    path = tmp_path / "a.wav"
    write(path, 1)
    whole = path.read_bytes()
    broken = bytearray(whole)
    broken[4:8] = broken[40:44] = bytes(4)
    path.write_bytes(broken)
    assert repair(path)
    assert path.read_bytes() == whole
    assert not repair(tmp_path / "none.wav")
    path.write_bytes(b"x" * 100)
    assert not repair(path)


def make(folder: Path, name: str, size: int = 1000) -> Path:
    """Write a file where recordings are."""
    path = folder / "d" / name
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(b"x" * size)
    return path


def test_old_and_large_ones_go(tmp_path: Path) -> None:
    old = make(tmp_path, "2026-01-01_10-00-00_c1.ogg")
    new = make(tmp_path, "2026-01-02_10-00-00_c2.ogg", 600_000)
    newest = make(tmp_path, "2026-01-03_10-00-00_c3.ogg", 600_000)
    other = make(tmp_path, "notes.txt")
    now = old.stat().st_mtime
    assert remove_old(tmp_path, days=0, megabytes=0, now=now + 1e9) == 0
    assert remove_old(tmp_path, days=1, megabytes=0, now=now + 3600) == 0
    assert remove_old(tmp_path, days=0, megabytes=1, now=now) == 2
    assert not old.exists()
    assert not new.exists()
    assert newest.exists()
    assert remove_old(tmp_path, days=1, megabytes=0, now=now + 90_000) == 1
    assert other.exists()


# The media browser.


async def browse(hass: HomeAssistant, path: str = "") -> Any:
    """Return what the media browser shows."""
    identifier = f"media-source://{DOMAIN}{'/' + path if path else ''}"
    return await media_source.async_browse_media(hass, identifier)


@pytest.mark.usefixtures("init_integration")
async def test_media_browser(
    hass: HomeAssistant, fake_agent: FakeAgent, hass_client: ClientSessionGenerator
) -> None:
    assert await async_setup_component(hass, "media_source", {})
    await hass.async_block_till_done()
    talk(fake_agent)
    (path,) = await found(hass)
    root = await browse(hass)
    assert [(each.title, each.can_expand) for each in root.children] == [
        ("Front door", True)
    ]
    dates = await browse(hass, DOORBELL_ID)
    (date,) = [each.title for each in dates.children]
    (file,) = (await browse(hass, f"{DOORBELL_ID}/{date}")).children
    assert file.can_play
    media = await media_source.async_resolve_media(hass, file.media_content_id, None)
    assert media.mime_type == "audio/ogg"
    client = await hass_client()
    response = await client.get(media.url)
    assert response.status == 200
    assert await response.read() == path.read_bytes()


@pytest.mark.usefixtures("init_integration")
async def test_visitors_in_the_media_browser(
    hass: HomeAssistant, hass_client: ClientSessionGenerator
) -> None:
    assert await async_setup_component(hass, "media_source", {})
    await hass.config.async_set_time_zone("Europe/Berlin")
    files = VisitorFiles(hass, DOORBELL_ID)
    await files.async_add(b"earlier", datetime(2026, 11, 20, 12, tzinfo=UTC))
    await files.async_add(b"later", datetime(2026, 11, 20, 23, 30, tzinfo=UTC))
    await hass.async_add_executor_job((files.folder / "note.jpg").touch)
    dates = await browse(hass, DOORBELL_ID)
    assert [each.title for each in dates.children] == ["2026-11-21", "2026-11-20"]
    (picture,) = (await browse(hass, f"{DOORBELL_ID}/2026-11-21")).children
    assert (picture.title, picture.media_class) == ("00:30:00", "image")
    assert picture.can_play
    media = await media_source.async_resolve_media(hass, picture.media_content_id, None)
    assert media.mime_type == "image/jpeg"
    client = await hass_client()
    for url in (media.url, picture.thumbnail):
        response = await client.get(url)
        assert response.headers["Content-Type"] == "image/jpeg"
        assert await response.read() == b"later"


@pytest.mark.usefixtures("init_integration")
async def test_nothing_else_is_served(
    hass: HomeAssistant,
    hass_client: ClientSessionGenerator,
    hass_client_no_auth: ClientSessionGenerator,
    tmp_path: Path,
) -> None:
    assert await async_setup_component(hass, "media_source", {})
    await hass.async_block_till_done()
    await hass.async_add_executor_job((tmp_path / "secrets.yaml").write_text, "x")
    await browse(hass)
    client = await hass_client()
    for name in ("none/none.ogg", "..%2F../secrets.yaml", "%2e%2e/secrets.yaml"):
        response = await client.get(f"/api/{DOMAIN}/media/{name}")
        assert response.status in (400, 403, 404)
    stranger = await hass_client_no_auth()
    response = await stranger.get(f"/api/{DOMAIN}/media/a/b.ogg")
    assert response.status == 401
    for path in (f"{DOORBELL_ID}/2026-01-01/x.ogg", "../../secrets.yaml"):
        with pytest.raises(media_source.Unresolvable):
            await media_source.async_resolve_media(
                hass, f"media-source://{DOMAIN}/{path}", None
            )


# Sounds without being asked.


@pytest.fixture
async def greeting(hass: HomeAssistant, tmp_path: Path) -> str:
    """Return a sound that Home Assistant has."""
    await hass.async_add_executor_job(write, tmp_path / "hello.wav", 1000)
    hass.config.media_dirs = {"local": str(tmp_path)}
    assert await async_setup_component(hass, "media_source", {})
    return "media-source://media_source/local/hello.wav"


async def test_caller_is_greeted_and_told_of_the_recording(
    hass: HomeAssistant,
    init_integration: MockConfigEntry,
    fake_agent: FakeAgent,
    greeting: str,
) -> None:
    subentry = init_integration.subentries[DOORBELL_ID]
    data = {**subentry.data, "greeting": greeting, "record_announcement": greeting}
    hass.config_entries.async_update_subentry(init_integration, subentry, data=data)
    await hass.async_block_till_done()
    talk(fake_agent)
    await hass.async_block_till_done(wait_background_tasks=True)
    names = [command[0] for command in fake_agent.commands]
    assert names.count("play") == 2
    assert "record" in names
    assert names.index("record") > names.index("play")


async def test_nothing_is_recorded_unannounced(
    hass: HomeAssistant,
    init_integration: MockConfigEntry,
    fake_agent: FakeAgent,
    caplog: pytest.LogCaptureFixture,
) -> None:
    subentry = init_integration.subentries[DOORBELL_ID]
    data = {**subentry.data, "record_announcement": "/nowhere.wav"}
    hass.config_entries.async_update_subentry(init_integration, subentry, data=data)
    await hass.async_block_till_done()
    talk(fake_agent)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert "record" not in [command[0] for command in fake_agent.commands]
    assert "A call was not recorded to its end" in caplog.text


@pytest.mark.usefixtures("init_integration")
async def test_caller_hears_ringing_until_connected(
    hass: HomeAssistant, fake_agent: FakeAgent
) -> None:
    call = talk(fake_agent, INTERCOM_ID)
    fake_agent.playing = asyncio.get_running_loop().create_future()
    phone = next(iter(hass.config_entries.async_entries(DOMAIN)))
    registry_id = _device_id(hass, phone, PHONE_ID)
    await hass.services.async_call(
        DOMAIN, "connect", {"call_id": call.id, "phones": [registry_id]}, blocking=True
    )
    while ("play_loop", call.id, 60.0) not in fake_agent.commands:  # noqa: ASYNC110
        await asyncio.sleep(0.01)
    fake_agent.change(call, CallEventType.ANSWERED, connected_to="c9")
    await hass.async_block_till_done(wait_background_tasks=True)
    assert fake_agent.commands[-1] == ("stop_playing", call.id)


def _device_id(hass: HomeAssistant, entry: Any, subentry: str) -> str:
    """Return the id in the device registry."""
    from homeassistant.helpers import device_registry as dr  # noqa: PLC0415

    found = dr.async_get(hass).async_get_device_by_identifier(
        (DOMAIN, subentry), entry.entry_id
    )
    assert found is not None
    return found.id
