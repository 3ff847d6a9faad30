"""Home Assistant on musl: what is lacking is told, what fails fails."""

from pathlib import Path
import subprocess
from typing import Any

import pytest

from bootstrap import environments
from bootstrap.paths import ROOT
from bootstrap.steps import SetupError
from verify import installations, musl_packages
from verify.home_assistant import House, report

NAMES = """\
from verify import musl_packages as packages
names = packages.needed()
print(*sorted(names))
print(packages.locked(names, packages.LOCK.read_text()), end="")
"""
LOCK = """\
alpha-one==1.0 ; sys_platform == 'linux' \\
    --hash=sha256:01 \\
    --hash=sha256:02
    # via beta
Beta_Two==2.0 \\
    --hash=sha256:03
gamma==3.0 \\
    --hash=sha256:04
"""
UV = """\
uv pip install … ended with 1:
error: No solution found when resolving dependencies
  cause: Because alpha==1.0 has no usable wheels and you require alpha==1.0, no.
hint: Wheels are required
"""
STORY: dict[str, Any] = {
    "alone": True,
    "version": "2026.11.0",
    "python": "3.14.4",
    "calls": [
        {
            "encryption": "dtls",
            "peer": {"transport": "TLS", "codec": "opus", "DTLS-SRTP": "AES"},
        }
    ],
    "strangers": {"udp": 403, "tls": 403},
    "compilers": [],
    "library": "/config/lib/native/x86_64-linux-musl-0123/_pjsua2.abi3.so",
}


def _house(**changes: Any) -> House:
    return House(
        name="2026.11 on musl",
        story={**STORY, **changes},
        folder=Path("/config"),
        platform="x86_64-linux-musl",
    )


def test_the_lock_has_all_that_is_needed() -> None:
    path = f"{ROOT / 'scripts' / 'lib'}:{ROOT}"
    done = subprocess.run(
        [environments.NEWEST.python, "-c", NAMES],
        env={"PYTHONPATH": path},
        capture_output=True,
        text=True,
        check=True,
    )
    names, _, lock = done.stdout.partition("\n")
    assert {"homeassistant", "aiohttp", *musl_packages.LEFT_OUT} < set(names.split())
    assert lock.count("==") >= len(names.split())
    assert "pytest==" not in lock


def test_what_is_locked_keeps_its_checksums() -> None:
    wanted = musl_packages.locked({"alpha-one", "beta-two"}, LOCK)
    assert wanted == LOCK.partition("gamma")[0]


def test_a_package_that_cannot_be_had_is_named(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def fail(_: object) -> Path:
        raise SetupError(UV)

    monkeypatch.setattr(musl_packages, "prepare", fail)
    with pytest.raises(
        installations.LackingError,
        match=r"^error: .* cause: Because alpha==1\.0 has .*, no\.$",
    ):
        installations.ALL[-1].prepare()


def test_what_is_lacking_is_not_verified_and_no_failure() -> None:
    house = House(name="2026.11 on musl", lacking="alpha")
    assert house.failures == []
    assert "NOT VERIFIED" in report([house])


def test_a_good_house() -> None:
    assert _house().failures == []
    assert "rang, answered, ended" in report([_house()])


@pytest.mark.parametrize(
    "changes",
    [
        {"error": "no ring"},
        {"strangers": {"udp": 180, "tls": 403}},
        {"compilers": ["cc"]},
        {"library": "/config/lib/native/x86_64-linux-gnu-0123/_pjsua2.abi3.so"},
        {"library": "/other/lib/native/x86_64-linux-musl-0123/_pjsua2.abi3.so"},
    ],
)
def test_a_bad_house_fails(changes: dict[str, Any]) -> None:
    house = _house(**changes)
    assert len(house.failures) == 1
    assert report([house])
