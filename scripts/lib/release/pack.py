"""Everything that a release is made of, and the files that come of it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
import hashlib
from pathlib import Path

from . import archive, component, libraries, licences, sbom
from .parts import Part
from .version import Version

ZIP = "sip_intercom.zip"
SBOM = "sbom.cdx.json"
THIRD_PARTY = "THIRD_PARTY.md"
NOTES = "RELEASE_NOTES.md"


@dataclass(frozen=True, kw_only=True)
class Order:
    """What is to be packed; only tests want other platforms."""

    root: Path
    version: Version
    folders: Mapping[str, Path]
    parts: Iterable[Part]
    platforms: tuple[str, ...] = libraries.PLATFORMS


def content(order: Order) -> dict[str, bytes]:
    """Return what the zip holds by path; ReleaseError if something is missing."""
    parts = list(order.parts)
    files = component.files(order.root, order.version.name)
    files |= libraries.files(order.folders, order.platforms)
    files[THIRD_PARTY] = licences.third_party(order.version.name, parts)
    files[SBOM] = sbom.bill(order.version, files, parts)
    return archive.with_sums(files)


def pack(order: Order, output: Path) -> Path:
    """Write the zip and what is published beside it; return the zip; ReleaseError."""
    files = content(order)
    packed = archive.packed(files, order.version.moment)
    output.mkdir(parents=True, exist_ok=True)
    zip_file = output / ZIP
    zip_file.write_bytes(packed)
    digest = hashlib.sha256(packed).hexdigest()
    (output / f"{ZIP}.sha256").write_text(f"{digest}  {ZIP}\n")
    (output / SBOM).write_bytes(files[SBOM])
    (output / NOTES).write_text(f"{order.version.notes}\n")
    return zip_file
