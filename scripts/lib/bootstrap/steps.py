"""Steps: one visible line each, a log for the failing one, results built once."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
import fcntl
from pathlib import Path
import shutil
import subprocess
import sys
import tempfile
import time

from .paths import cache_folder

READY = ".ready"
LOG_TAIL_LINES = 30
# Locks that children hold too: a command outlives a killed set-up, and so does its lock.
_held: set[int] = set()


class SetupError(Exception):
    """A step failed; the text says what failed and what to do."""


@contextmanager
def step(title: str) -> Iterator[None]:
    """Print the title now and the seconds it took afterwards."""
    print(f"  {title} …", end="", flush=True)
    started = time.monotonic()
    try:
        yield
    except BaseException:
        print(" failed", flush=True)
        raise
    print(f" {time.monotonic() - started:.1f} s", flush=True)


def run(
    command: Sequence[str | Path],
    *,
    advice: str,
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
) -> str:
    """Run a command quietly and return its standard output.

    Raises SetupError with the tail of its output and the advice.
    """
    words = [str(word) for word in command]
    try:
        done = subprocess.run(
            words,
            cwd=cwd,
            env=env,
            pass_fds=tuple(_held),
            capture_output=True,
            text=True,
            check=False,
        )
    except OSError as err:
        raise SetupError(f"{words[0]} cannot be started: {err}\n{advice}") from err
    if done.returncode == 0:
        return done.stdout
    tail = "\n".join((done.stdout + done.stderr).splitlines()[-LOG_TAIL_LINES:])
    shown = " ".join(words[:6]) + (" …" if len(words) > 6 else "")
    raise SetupError(f"{shown} ended with {done.returncode}:\n{tail}\n{advice}")


@contextmanager
def locked(name: str) -> Iterator[None]:
    """Hold a lock between set-ups; however one ends, the next can go on."""
    folder = cache_folder()
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / f".{name}.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            print(f"  waiting for another set-up ({name})", flush=True)
            fcntl.flock(lock, fcntl.LOCK_EX)
        _held.add(lock.fileno())
        try:
            yield
        finally:
            _held.discard(lock.fileno())


def build_once(target: Path, build: Callable[[Path], None], *, title: str) -> Path:
    """Return target, building it first if no finished one is there.

    The build fills a temporary folder that becomes target in one rename, so that
    an interrupted build leaves nothing that looks finished.
    """
    if (target / READY).exists():
        return target
    with locked(target.name):
        if (target / READY).exists():
            return target
        with step(title):
            _replace(target, build)
    return target


def _replace(target: Path, build: Callable[[Path], None]) -> None:
    for leftover in target.parent.glob(f".{target.name}.*.partial"):
        shutil.rmtree(leftover, ignore_errors=True)
    target.parent.mkdir(parents=True, exist_ok=True)
    partial = Path(
        tempfile.mkdtemp(
            prefix=f".{target.name}.", suffix=".partial", dir=target.parent
        )
    )
    try:
        build(partial)
        (partial / READY).touch()
        if target.exists():
            shutil.rmtree(target)
        partial.chmod(0o755)
        partial.rename(target)
    except BaseException:
        shutil.rmtree(partial, ignore_errors=True)
        raise


def fail(error: SetupError) -> int:
    """Print why the set-up stopped; returns the exit status."""
    print(f"\nSet-up stopped: {error}", file=sys.stderr)
    return 1
