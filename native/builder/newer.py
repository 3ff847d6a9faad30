"""Whether Debian's archive has moved on, and why we have not."""

from dataclasses import asdict, dataclass, replace
import hashlib
import json
import re

from . import pjproject, sources
from .archive import Archive, archives
from .index import Package, numbers, released
from .run import BuildError, say
from .sources import Source

PJSIP = "pjproject"


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What the archive has for one pin: a line about it, and what could be pinned.

    It does not fit if patches of ours do not apply to it.
    """

    name: str
    line: str
    newer: Source | None = None
    fits: bool = True


def ask(pin: Source) -> Answer:
    """Ask the archive; raise BuildError if it cannot be asked."""
    failed = ["apt names no mirror of Debian"]
    for archive in archives():
        try:
            packages = released(archive.packages(pin.package, newest=True))
        except BuildError as error:
            failed.append(str(error))
            continue
        if found := _candidates(pin, packages):
            return _compare(pin, archive, found)
        failed.append(f"Debian's archive has no {pin.package}")
    raise BuildError(f"{pin.name} {pin.version}: {failed[-1]}")


def remark() -> str | None:
    """Return why a release is not built from a newer PJSIP, or None if there is none."""
    pin = next(one for one in sources.pinned() if one.name == PJSIP)
    try:
        answer = ask(pin)
    except BuildError as error:
        reason = str(error).partition("\n")[0]
        return f"no look into Debian's archive for a newer PJSIP: {reason}"
    return answer.line if answer.newer else None


def take(found: list[Source]) -> None:
    """Pin these versions in the place of those that are pinned."""
    by_name = {one.name: one for one in found}
    pins = [by_name.get(one.name, one) for one in sources.pinned()]
    shown = [
        {key: value for key, value in asdict(pin).items() if key != "series" or value}
        for pin in pins
    ]
    sources.PINS.write_text(json.dumps(shown, indent=2) + "\n")


def with_upstream(pin: Source) -> Source:
    """Return the pin with the checksum of the project's own file, if it can be had."""
    part = sources.store() / f"{pin.sha256}.part"
    try:
        sources.save(pin.upstream, part)
        found = hashlib.sha256(part.read_bytes()).hexdigest()
    except OSError as error:
        say(f"{pin.name}: only Debian's file is pinned; {pin.upstream}: {error}")
        found = ""
    part.unlink(missing_ok=True)
    return replace(pin, upstream_sha256=found)


def _candidates(pin: Source, packages: list[Package]) -> list[tuple[Package, str]]:
    """Return the packages with the file that is pinned, whatever its version."""
    component = re.escape(pin.file[pin.file.index(".orig") :].partition(".tar")[0])
    name = re.compile(rf"{re.escape(pin.package)}_[^/]*{component}\.tar\.\w+")
    return [
        (one, file) for one in packages for file in one.files if name.fullmatch(file)
    ]


def _compare(pin: Source, archive: Archive, found: list[tuple[Package, str]]) -> Answer:
    within = [one for one in found if _within(pin, one[1])]
    beyond = ""
    if pin.series and found[-1] not in within:
        beyond = f" of {pin.series} ({found[-1][1]} is there too; docs/adr/0007)"
    if not within or within[-1][0].files[within[-1][1]] == pin.sha256:
        return _answer(pin, f"the newest{beyond}")
    newer = _look(pin, archive, *within[-1])
    if numbers(newer.version) < numbers(pin.version):
        return _answer(pin, "the archive has only older ones")
    unfit = []
    if pin.name == PJSIP:
        unfit = pjproject.unfit(sources.store() / newer.sha256)
    reason = "it is not pinned (native/newer.py --take does that)"
    if unfit:
        reason = f"these patches do not apply to it: {', '.join(unfit)}"
    line = f"{newer.version} is there ({newer.file}), not taken: {reason}"
    return replace(_answer(pin, line), newer=newer, fits=not unfit)


def _answer(pin: Source, line: str) -> Answer:
    return Answer(name=pin.name, line=f"{pin.name} {pin.version}: {line}")


def _within(pin: Source, file: str) -> bool:
    return file.startswith(
        f"{pin.package}_{pin.series}." if pin.series else pin.package
    )


def _look(pin: Source, archive: Archive, package: Package, file: str) -> Source:
    """Return the newer version as a pin; Asterisk's does not tell that of its PJSIP."""
    sha256 = package.files[file]
    if pin.name == PJSIP:
        kept = sources.store() / sha256
        if not kept.is_file():
            part = kept.with_suffix(".part")
            archive.fetch(package, file, part)
            part.rename(kept)
        version = pjproject.version(kept)
    else:
        version = re.sub(r"[+~].*", "", file.partition("_")[2].partition(".orig")[0])
    upstream = pin.upstream.replace(pin.version, version)
    changes = {"version": version, "file": file, "sha256": sha256, "upstream": upstream}
    return replace(pin, **changes, upstream_sha256="")
