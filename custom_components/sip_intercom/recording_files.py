"""The files of recordings: where they are, how they are completed, when they go."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
import re
from typing import Final

from .device_file import DeviceFile

HEARD: Final = ".heard.wav"
SENT: Final = ".sent.wav"
OPUS: Final = "opus"
WAV: Final = "wav"
ENDINGS: Final = {OPUS: ".ogg", WAV: ".wav"}
HEADER: Final = 44  # bytes of a WAV file's header
_STAMP: Final = "%Y-%m-%d_%H-%M-%S"
_NAME: Final = re.compile(
    r"(\d{4}-\d{2}-\d{2})_(\d{2}-\d{2}-\d{2})_[0-9a-z]+\.(?:ogg|wav)"
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Recording(DeviceFile):
    """A recording that is complete."""

    size: int
    changed: float


@dataclass(frozen=True, kw_only=True, slots=True)
class Tracks:
    """The two files that a call is being recorded to."""

    stem: Path

    @property
    def heard(self) -> Path:
        """Return the file of what the peer said."""
        return self.stem.with_name(self.stem.name + HEARD)

    @property
    def sent(self) -> Path:
        """Return the file of what the peer was sent."""
        return self.stem.with_name(self.stem.name + SENT)

    def result(self, kind: str) -> Path:
        """Return the file that both are merged into."""
        return self.stem.with_name(self.stem.name + ENDINGS[kind])

    def remove(self) -> None:
        """Remove both files."""
        for path in (self.heard, self.sent):
            path.unlink(missing_ok=True)


def new_tracks(folder: Path, device: str, call: str, now: datetime) -> Tracks:
    """Return the files of a recording that begins."""
    place = folder / device
    place.mkdir(parents=True, exist_ok=True, mode=0o700)
    name = re.sub(r"[^0-9a-z]", "", call.lower()) or "call"
    return Tracks(stem=place / f"{now.strftime(_STAMP)}_{name}")


def unfinished(folder: Path) -> list[Tracks]:
    """Return what was being recorded when Home Assistant or the agent ended."""
    stems = {
        path.with_name(path.name.removesuffix(ending))
        for ending in (HEARD, SENT)
        for path in folder.glob(f"*/*{ending}")
    }
    return [Tracks(stem=stem) for stem in sorted(stems)]


def repair(path: Path) -> bool:
    """Write the lengths into a WAV file whose writer has died; False without sound."""
    if not path.exists() or (size := path.stat().st_size) <= HEADER:
        return False
    with path.open("r+b") as file:
        head = file.read(HEADER)
        if head[:4] != b"RIFF" or head[36:40] != b"data":
            return False
        if int.from_bytes(head[4:8], "little") == 0:
            file.seek(4)
            file.write((size - 8).to_bytes(4, "little"))
            file.seek(40)
            file.write((size - HEADER).to_bytes(4, "little"))
    return True


def recordings(folder: Path) -> list[Recording]:
    """Return the complete recordings, the newest first."""
    found = [item for path in folder.glob("*/*") if (item := _recording(path))]
    return sorted(found, key=lambda each: each.path.name, reverse=True)


def remove_old(folder: Path, *, days: int, megabytes: int, now: float) -> int:
    """Remove what is too old, then the oldest of what is too much; 0 is no limit."""
    kept = recordings(folder)
    gone: list[Recording] = []
    if days:
        gone += [each for each in kept if now - each.changed > days * 86_400]
    if megabytes:
        rest = [each for each in kept if each not in gone]
        gone += list(_too_much(rest, megabytes * 1_000_000))
    for each in gone:
        each.path.unlink(missing_ok=True)
    return len(gone)


def _too_much(newest_first: Iterable[Recording], limit: int) -> Iterable[Recording]:
    """Yield the recordings that do not fit any more."""
    total = 0
    for each in newest_first:
        total += each.size
        if total > limit:
            yield each


def _recording(path: Path) -> Recording | None:
    """Return a recording, unless a file is something else."""
    found = _NAME.fullmatch(path.name)
    if found is None or path.is_symlink() or not path.is_file():
        return None
    status = path.stat()
    return Recording(
        path=path,
        device=path.parent.name,
        date=found[1],
        time=found[2].replace("-", ":"),
        size=status.st_size,
        changed=status.st_mtime,
    )
