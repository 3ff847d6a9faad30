"""What a start of the agent loads."""

import subprocess

from custom_components.sip_intercom.lib.sipagent.client.launch import agent_launch

HEAVY = {
    "_hashlib",  # a second OpenSSL
    "_ssl",
    "asyncio",
    "ctypes",
    "email",
    "importlib.metadata",
    "pathlib",
    "random",
    "site",
    "subprocess",
    "tempfile",
}
IMPORT = """
import sys
from sipagent.agent import __main__, logs, loop, pjsua
print(*sys.modules)
print(*sys.path, sep="\\n")
"""


def test_nothing_heavy() -> None:
    """Each of these costs every start some milliseconds, and memory for good."""
    launch = agent_launch()
    python = launch.command[: launch.command.index("-m")]
    done = subprocess.run(
        [*python, "-c", IMPORT],
        env=launch.environment,
        cwd=launch.folder,
        capture_output=True,
        text=True,
        check=True,
    )
    modules, *path = done.stdout.splitlines()
    loaded = set(modules.split())
    assert {"pjsua2", "sipagent.agent.pjsua.phone", "logging"} <= loaded
    assert loaded.isdisjoint(HEAVY)
    assert not [folder for folder in path if "site-packages" in folder]
