"""Folders of the cache, and a lock that makes two builds take turns."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
import fcntl
import hashlib
import os
from pathlib import Path
import shutil
import tempfile

from .run import say

NATIVE = Path(__file__).resolve().parent.parent


def cache() -> Path:
    """Return the folder that keeps everything this build makes."""
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "sip-intercom" / "native"


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Let one process at a time work in the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say(f"waiting for another process that works in {folder}")
            fcntl.flock(file, fcntl.LOCK_EX)
        yield


def made(folder: Path, make: Callable[[Path], None]) -> Path:
    """Return the folder, made in full or not at all."""
    if folder.is_dir():
        return folder
    folder.parent.mkdir(parents=True, exist_ok=True)
    part = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", dir=folder.parent))
    part.chmod(0o755)
    try:
        make(part)
        part.rename(folder)
    except BaseException:
        shutil.rmtree(part, ignore_errors=True)
        raise
    return folder


def fingerprint(files: Iterable[Path], *words: str) -> str:
    """Return 12 hex digits that change with any of the files or words."""
    digest = hashlib.sha256()
    for file in sorted(files):
        content = file.read_bytes()
        digest.update(f"{file.name}\0{len(content)}\0".encode() + content)
    for word in words:
        digest.update(b"\0" + word.encode())
    return digest.hexdigest()[:12]
