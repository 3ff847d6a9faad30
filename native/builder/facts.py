"""What a library says of itself, and what its folder says of it."""

from dataclasses import asdict, dataclass
import hashlib
import json
from pathlib import Path

from . import pjproject
from .sources import Source

NAME = "facts.json"


@dataclass(frozen=True, kw_only=True)
class Facts:
    """What a library is made from, and how."""

    build_id: str
    variant: str
    target: str
    compiler: str
    sources: tuple[Source, ...]
    matched: dict[str, str]

    def header(self) -> str:
        """Return the C header that holds them."""
        sources = {
            source.name: f"{source.version} ({source.file})" for source in self.sources
        }
        values = {
            "BUILD_ID": self.build_id,
            "BUILD_VARIANT": self.variant,
            "BUILD_TARGET": self.target,
            "BUILD_COMPILER": self.compiler,
            "BUILD_SOURCES": json.dumps(sources),
            "BUILD_PATCHES": json.dumps(_patches()),
        }
        return "".join(
            f"#define {name} {json.dumps(value)}\n" for name, value in values.items()
        )

    def write(self, folder: Path) -> None:
        """Write them beside the library, the same for the same inputs.

        Of each source this has the pins and which of them its archive matched, "sha256"
        (Debian's signed index has it) or "upstream_sha256" (the project's own file).
        """
        facts = {**asdict(self), "patches": _patches(), "files": _files(folder)}
        del facts["matched"]
        for source in facts["sources"]:
            source["matched"] = self.matched[source["name"]]
        (folder / NAME).write_text(json.dumps(facts, indent=2) + "\n")


def _patches() -> list[str]:
    return [patch.stem for patch in pjproject.patches()]


def _files(folder: Path) -> dict[str, dict[str, str | int]]:
    return {
        str(file.relative_to(folder)): {
            "size": file.stat().st_size,
            "sha256": hashlib.sha256(file.read_bytes()).hexdigest(),
        }
        for file in sorted(folder.rglob("*"))
        if file.is_file()
    }
