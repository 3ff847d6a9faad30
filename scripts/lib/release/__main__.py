"""Make dist/sip_intercom.zip as HACS installs it; docs/adr/0008-release.md says why so."""

import argparse
from pathlib import Path
import sys
import zipfile

from bootstrap import system_packages
from bootstrap.interpreter import find_interpreter
from bootstrap.paths import ROOT
from bootstrap.steps import SetupError, step
from native.builder import sources, tools
from native.builder.library import MODULE
from native.builder.run import BuildError

from . import libraries
from .errors import ReleaseError
from .pack import Order, pack
from .parts import Part, of_source, of_tool
from .version import Version, wanted

TOOLS = ("ziglang", "swig")


def main() -> int:
    """Make the release; returns the exit status."""
    arguments = _parse()
    try:
        version = wanted(ROOT, arguments.version)
        zip_file = _make(version, arguments.output)
    except (ReleaseError, SetupError, BuildError) as err:
        print(f"\nNo release: {err}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nInterrupted; start again to go on.", file=sys.stderr)
        return 130
    _show(zip_file)
    return 0


def _make(version: Version, output: Path) -> Path:
    print(f"Release {version.name}", flush=True)
    system_packages.prepare(system_packages.BUILD)
    folders = libraries.build(ROOT, find_interpreter())
    with step("licences of what is linked in"):
        parts = linked_in()
    order = Order(root=ROOT, version=version, folders=folders, parts=parts)
    with step("packing"):
        return pack(order, output)


def linked_in() -> list[Part]:
    """Return everything that the libraries contain; fetches what is not here."""
    archives = sources.fetch(None)
    zig = tools.tools().zig
    found = [of_source(source, archives[source.name]) for source in sources.pinned()]
    for package in TOOLS:
        found += of_tool(package, zig.parent.parent)
    return found


def _show(zip_file: Path) -> None:
    with zipfile.ZipFile(zip_file) as archive:
        for entry in archive.infolist():
            if entry.filename.endswith(MODULE):
                folder = Path(entry.filename).parent.name
                print(f"  {entry.file_size / 1e6:6.2f} MB  {folder}")
    for file in sorted(zip_file.parent.iterdir()):
        print(f"  {file.stat().st_size / 1e6:6.2f} MB  {file}")
    print(zip_file.with_name(f"{zip_file.name}.sha256").read_text().strip())


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="scripts/release", description=__doc__)
    parser.add_argument(
        "version",
        nargs="?",
        help="e.g. 1.2.3, which CHANGELOG.md must have a section for; without it "
        "the manifest's version, for a trial",
    )
    parser.add_argument(
        "--output", type=Path, default=ROOT / "dist", help="default: dist"
    )
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
