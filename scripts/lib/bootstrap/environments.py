"""The two environments: the oldest and the newest Home Assistant we support."""

from dataclasses import dataclass
from pathlib import Path

from . import system_packages
from .interpreter import compile_environment, find_interpreter
from .paths import REQUIREMENTS, ROOT, fingerprint
from .steps import SetupError, locked, run, step
from .tools import uv

ADVICE = (
    "The package index must be reachable; behind a mirror of your own set "
    "UV_DEFAULT_INDEX. A second start goes on where this one stopped."
)
STAMP = ".setup"
Command = list[str | Path]


@dataclass(frozen=True, kw_only=True, slots=True)
class Environment:
    """A virtual environment and the locked requirements that fill it."""

    name: str
    locks: tuple[str, ...]
    without_dependencies: tuple[str, ...] = ()

    @property
    def folder(self) -> Path:
        """Return where it lies in the clone."""
        return ROOT / ".venvs" / self.name

    @property
    def python(self) -> Path:
        """Return its interpreter."""
        return self.folder / "bin" / "python"


OLDEST = Environment(name="ha-2026.10", locks=("ha-2026.10.txt",))
# The test package pins the previous release, so it comes without its dependencies.
NEWEST = Environment(
    name="ha-2026.11",
    locks=("ha-2026.11.txt",),
    without_dependencies=("test-package.txt",),
)
ALL = (OLDEST, NEWEST)


def prepare(environment: Environment) -> None:
    """Create the environment, unless the one there has just these requirements."""
    interpreter = find_interpreter()
    names = [*environment.locks, *environment.without_dependencies]
    key = fingerprint([str(interpreter), *(REQUIREMENTS / name for name in names)])
    stamp = environment.folder / STAMP
    if _has(stamp, key):
        return
    with locked(f"clone-{fingerprint([str(ROOT)])}"):
        if _has(stamp, key):
            return
        with step(f"environment {environment.name}"):
            _install(environment, interpreter)
            stamp.write_text(key)


def _has(stamp: Path, key: str) -> bool:
    return stamp.exists() and stamp.read_text() == key


def _install(environment: Environment, interpreter: Path) -> None:
    system_packages.prepare(system_packages.BUILD)
    target = environment.folder
    env = compile_environment(interpreter)
    create: Command = [
        uv(),
        "venv",
        "--quiet",
        "--clear",
        "--python",
        interpreter,
        target,
    ]
    run(create, advice=ADVICE, env=env)
    install: Command = [uv(), "pip", "install", "--quiet", "--require-hashes"]
    install += ["--python", environment.python]
    for name in environment.locks:
        run([*install, "-r", REQUIREMENTS / name], advice=ADVICE, env=env)
    for name in environment.without_dependencies:
        run([*install, "--no-deps", "-r", REQUIREMENTS / name], advice=ADVICE, env=env)
    _try(environment)


def _try(environment: Environment) -> None:
    check = "import homeassistant.core, ssl, sqlite3"
    try:
        run([environment.python, "-c", check], advice="")
    except SetupError as err:
        raise SetupError(
            f"{environment.name} was installed but does not start: {err}\n"
            f"Remove {environment.folder} and start again."
        ) from err
