"""A release is installed, and the next one is unpacked over it while it runs."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
import os
from pathlib import Path
import signal

import pytest

from tests.peers.addresses import Endpoint, free_port, new_address
from tests.peers.kamailio import Kamailio
from tests.peers.network import allow_loopback
from tests.peers.sipp import Sipp

from .accounts import add_account
from .conftest import Doorbell
from .home_assistant import HomeAssistant
from .release import COMPONENT, SCHEMA, as_hacs_does, copied_over, library, make
from .sip_intercom import DOMAIN, SipIntercom, Subentry

OLD, NEW = "1.0.0", "1.0.1"
VARIANTS = {OLD: "current", NEW: "checked"}
BACK_TIMEOUT = 60.0  # seconds


@dataclass(frozen=True, kw_only=True)
class Stage:
    """A Home Assistant with nothing but the old release."""

    home_assistant: HomeAssistant
    releases: Path

    @property
    def config(self) -> Path:
        """Return Home Assistant's configuration folder."""
        return self.home_assistant.folder

    def maps(self) -> set[str]:
        """Return the folders of the libraries that the agent has loaded."""
        (agent,) = self.home_assistant.agents()
        lines = Path(f"/proc/{agent}/maps").read_text().splitlines()
        files = {line.split(maxsplit=5)[-1] for line in lines if "_pjsua2" in line}
        return {Path(file.removesuffix(" (deleted)")).parent.name for file in files}

    def library_folders(self) -> set[str]:
        """Return the folders of libraries that lie in the integration."""
        root = self.config / COMPONENT / "lib" / "native"
        return {path.name for path in root.iterdir() if path.is_dir()}


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    """Install the old release into an empty folder, and start Home Assistant."""
    allow_loopback()
    releases, config = tmp_path / "releases", tmp_path / "config"
    releases.mkdir()
    copied_over(make(releases, OLD, VARIANTS[OLD]), config)
    nowhere = {"XDG_CACHE_HOME": str(tmp_path / "cache"), "SIP_INTERCOM_NATIVE": ""}
    home_assistant = HomeAssistant(config, environment=nowhere, unpacked=True)
    home_assistant.start()
    yield Stage(home_assistant=home_assistant, releases=releases)
    home_assistant.stop()


async def version(ha: SipIntercom) -> str:
    """Return the version of the integration that Home Assistant runs."""
    async with await ha.api.websocket() as socket:
        manifest = await socket.call("manifest/get", integration=DOMAIN)
    return str(manifest["version"])


async def issues(ha: SipIntercom) -> set[str]:
    """Return the repairs that Home Assistant shows for the integration."""
    async with await ha.api.websocket() as socket:
        found = await socket.call("repairs/list_issues")
    return {each["issue_id"] for each in found["issues"] if each["domain"] == DOMAIN}


async def add_doorbell(ha: SipIntercom, target: Endpoint) -> Doorbell:
    """Add a doorbell, as a user would."""
    address = new_address()
    subentry = await ha.add_device(address, name="Door")
    return Doorbell(address=address, subentry=subentry, target=target)


async def rings(ha: SipIntercom, doorbell: Doorbell, folder: Path) -> None:
    """Ring, and see it."""
    await ha.becomes(doorbell["sensor.call_state"], "idle", seconds=BACK_TIMEOUT)
    async with Sipp(folder=folder, press=doorbell.press(ring=0.2)) as sipp:
        await ha.event(doorbell["event.doorbell"], "ring")
        await ha.event(doorbell["event.call"], "missed")
        assert await sipp.outcomes() == ("ringing", "cancelled"), sipp.errors
    await ha.becomes(doorbell["sensor.call_state"], "idle")


async def upgrade_below_a_call(
    stage: Stage, ha: SipIntercom, doorbell: Doorbell, unpack: Callable[[], None]
) -> None:
    """Unpack the new release below a call, which is answered and ends by itself."""
    press = doorbell.press(ring=60, talk=0.5)
    async with Sipp(folder=stage.releases / "call", press=press) as sipp:
        await ha.becomes(doorbell["sensor.call_state"], "ringing")
        unpack()
        await ha.act("button.press", entity_id=doorbell["button.answer"])
        ended = await ha.event(
            doorbell["event.call"], "ended", skip=["incoming", "answered"]
        )
        assert ended.attributes["reason"] == "remote_hangup"
        assert await sipp.outcomes() == ("ringing", "answered", "hung up"), sipp.errors


async def install(
    stage: Stage, ha: SipIntercom, registrar: Kamailio
) -> tuple[Subentry, Doorbell]:
    """Configure the old release, and see that it is what runs."""
    port = free_port("127.0.0.1")
    await ha.add_user_agent(port)
    account = await add_account(ha, registrar)
    doorbell = await add_doorbell(ha, Endpoint(address="127.0.0.1", port=port))
    await ha.becomes(account.entities["binary_sensor.registered"], "on")
    assert await version(ha) == OLD
    assert stage.maps() == {library(VARIANTS[OLD]).name}
    return account, doorbell


@pytest.mark.timeout(300)
async def test_upgrade_by_hacs(
    stage: Stage, registrar: Kamailio, tmp_path: Path
) -> None:
    """Calls go on, a child in between is whole, and after a restart all is new."""
    async with stage.home_assistant.connect() as ha:
        account, doorbell = await install(stage, ha, registrar)
        await rings(ha, doorbell, tmp_path / "old")
        (agent,) = stage.home_assistant.agents()
        zip_file = make(stage.releases, NEW, VARIANTS[NEW])
        await upgrade_below_a_call(
            stage, ha, doorbell, lambda: as_hacs_does(zip_file, stage.config)
        )
        assert list(stage.home_assistant.agents()) == [agent]
        assert stage.maps() == {library(VARIANTS[OLD]).name}

        os.kill(agent, signal.SIGKILL)
        await ha.changes(doorbell["sensor.call_state"], "unavailable")
        await rings(ha, doorbell, tmp_path / "between")
        assert stage.maps() == {library(VARIANTS[NEW]).name}
        assert await issues(ha) == set()

    await new_after_a_restart(stage, account, doorbell)


@pytest.mark.timeout(300)
async def test_upgrade_that_is_copied_over(
    stage: Stage, registrar: Kamailio, tmp_path: Path
) -> None:
    """The next version speaks otherwise, and what it has not stays beside it."""
    async with stage.home_assistant.connect() as ha:
        account, doorbell = await install(stage, ha, registrar)
        zip_file = make(stage.releases, NEW, VARIANTS[NEW], schema=SCHEMA + 1)
        await upgrade_below_a_call(
            stage, ha, doorbell, lambda: copied_over(zip_file, stage.config)
        )
        (agent,) = stage.home_assistant.agents()
        assert stage.maps() == {library(VARIANTS[OLD]).name}
        assert len(stage.library_folders()) == 2

        async with await ha.api.websocket() as socket:
            event = "repairs_issue_registry_updated"
            await socket.call("subscribe_events", event_type=event)
            os.kill(agent, signal.SIGKILL)
            while "restart_needed" not in await issues(ha):
                await socket.next_event()

    await new_after_a_restart(stage, account, doorbell)


async def new_after_a_restart(
    stage: Stage, account: Subentry, doorbell: Doorbell
) -> None:
    """Restart, and see the new version with all that was configured, and no old one."""
    stage.home_assistant.stop()
    stage.home_assistant.start()
    async with stage.home_assistant.connect() as ha:
        registered = account.entities["binary_sensor.registered"]
        await ha.becomes(registered, "on", seconds=BACK_TIMEOUT)
        await rings(ha, doorbell, stage.releases / "new")
        assert await version(ha) == NEW
        assert stage.maps() == {library(VARIANTS[NEW]).name}
        assert stage.library_folders() == {library(VARIANTS[NEW]).name}
        assert await issues(ha) == set()
