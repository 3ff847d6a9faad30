"""Debian's index of source packages, as apt shows it."""

from dataclasses import dataclass
import re

CHECKSUM = re.compile(r"^ ([0-9a-f]{64}) \d+ (\S+)$", re.MULTILINE)
PREVIEW = re.compile(r"~(alpha|beta|git|pre|rc)")


@dataclass(frozen=True, kw_only=True)
class Package:
    """One version of a source package: its folder and the checksums of its files."""

    version: str
    folder: str
    files: dict[str, str]

    def order(self) -> tuple[int, ...]:
        """Return what sorts versions of one package."""
        return numbers(self.version.partition(":")[2] or self.version)


def parse(text: str) -> list[Package]:
    """Read the paragraphs that apt-cache showsrc prints."""
    return [
        Package(
            version=_field("Version", paragraph),
            folder=_field("Directory", paragraph),
            files={name: sha256 for sha256, name in CHECKSUM.findall(paragraph)},
        )
        for paragraph in text.split("\n\n")
        if paragraph.strip()
    ]


def released(packages: list[Package]) -> list[Package]:
    """Return the packages that are no previews, the newest last."""
    final = (one for one in packages if not PREVIEW.search(one.version))
    return sorted(final, key=Package.order)


def numbers(version: str) -> tuple[int, ...]:
    """Return a version as numbers that can be compared."""
    return tuple(int(part) for part in re.findall(r"\d+", version))


def _field(name: str, paragraph: str) -> str:
    match = re.search(rf"^{name}: (.*)$", paragraph, re.MULTILINE)
    return match[1] if match else ""
