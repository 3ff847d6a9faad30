"""One Home Assistant for all end-to-end tests, and a device for each test."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from playwright.async_api import Browser
import pytest

from tests.peers.addresses import Endpoint, free_port, new_address, new_endpoint
from tests.peers.certificates import Authority
from tests.peers.chromium import chromium
from tests.peers.firefox import SAID, Firefox, firefox
from tests.peers.kamailio import Kamailio
from tests.peers.network import allow_loopback
from tests.peers.sipp import Press
from verify.sound import write_tone

from .home_assistant import HomeAssistant
from .sip_intercom import SipIntercom, Subentry


@pytest.fixture(autouse=True)
def loopback() -> None:
    """Let the test talk to real peers."""
    allow_loopback()


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    """Return the authority that vouches for every peer."""
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture(scope="session")
def home_assistant(tmp_path_factory: pytest.TempPathFactory) -> Iterator[HomeAssistant]:
    """Run Home Assistant for all tests."""
    allow_loopback()
    home_assistant = HomeAssistant(tmp_path_factory.mktemp("home_assistant"))
    home_assistant.start()
    yield home_assistant
    allow_loopback()
    home_assistant.stop()


@pytest.fixture
async def ha(home_assistant: HomeAssistant) -> AsyncIterator[SipIntercom]:
    """Log in at a Home Assistant whose user agent is configured."""
    async with home_assistant.connect() as ha:
        if await ha.entry_id() is None:
            await ha.add_user_agent(free_port("127.0.0.1"))
        yield ha


@pytest.fixture
async def agent_endpoint(ha: SipIntercom) -> Endpoint:
    """Return where the user agent listens."""
    return Endpoint(address="127.0.0.1", port=await ha.port())


@dataclass(kw_only=True)
class Doorbell:
    """A doorbell that Home Assistant knows, and its entities."""

    address: str
    subentry: Subentry
    target: Endpoint
    entities: dict[str, str] = field(init=False)

    def __post_init__(self) -> None:
        """Shorten the way to the entities."""
        self.entities = dict(self.subentry.entities)

    def __getitem__(self, key: str) -> str:
        """Return the entity with a key such as `event.doorbell`."""
        return self.entities[key]

    def press(self, **changes: Any) -> Press:
        """Return a press of this doorbell."""
        values: dict[str, Any] = {
            "target": self.target.address,
            "port": self.target.port,
            "source": self.address,
            **changes,
        }
        return Press(**values)


@pytest.fixture
async def doorbell(
    ha: SipIntercom, agent_endpoint: Endpoint
) -> AsyncIterator[Doorbell]:
    """Add a doorbell for the test."""
    address = new_address()
    subentry = await ha.add_device(address, name=f"Doorbell {address}")
    await ha.becomes(subentry.entities["sensor.call_state"], "idle")
    yield Doorbell(address=address, subentry=subentry, target=agent_endpoint)
    await ha.remove(subentry)


@pytest.fixture
async def registrar(tmp_path: Path, authority: Authority) -> AsyncIterator[Kamailio]:
    """Run a registrar with three users."""
    endpoint = new_endpoint(span=2)
    registrar = Kamailio(
        folder=tmp_path / "registrar",
        users={"house": "secret", "garden": "secret", "doorbell": "secret"},
        identity=authority.issue(endpoint.address),
        endpoint=endpoint,
    )
    async with registrar:
        yield registrar


@pytest.fixture
async def browser(tmp_path: Path) -> AsyncIterator[Browser]:
    """Run a browser whose microphone says a tone."""
    async with speaking_chromium(tmp_path / "said.wav") as browser:
        yield browser


@pytest.fixture(params=["chromium", "firefox"])
async def each_browser(
    request: pytest.FixtureRequest, tmp_path: Path
) -> AsyncIterator[Browser | Firefox]:
    """Run one browser after the other."""
    if request.param == "firefox":
        async with firefox(tmp_path / "firefox") as browser:
            yield browser
    else:
        async with speaking_chromium(tmp_path / "said.wav") as browser:
            yield browser


@asynccontextmanager
async def speaking_chromium(sound: Path) -> AsyncIterator[Browser]:
    """Run a Chromium whose microphone says a tone."""
    write_tone(sound, SAID, rate=48_000, channels=1, seconds=30)
    async with chromium(sound) as browser:
        yield browser
