"""Puts a library into an installed integration; the index is that of a release, too."""

from collections.abc import Mapping
import hashlib
import json
from pathlib import Path
import shutil
import tempfile

from .builder.paths import NATIVE
from .builder.recipe import Order
from .builder.run import BuildError, say

OWN = NATIVE.parent / "custom_components" / "sip_intercom"
INDEX = "libraries.json"
# The client reads it: sipagent/client/library_index.py.
FORMAT = 1
Index = dict[str, object]


def described(key: str, folder: str, contents: Mapping[str, bytes]) -> Index:
    """Return what an index says of the library of one platform."""
    return {
        "folder": folder,
        "build_id": folder.removeprefix(f"{key}-"),
        "files": {
            name: {
                "size": len(content),
                "sha256": hashlib.sha256(content).hexdigest(),
            }
            for name, content in sorted(contents.items())
        },
    }


def written(libraries: Mapping[str, object]) -> bytes:
    """Return the text of an index; `libraries` are described() by platform."""
    data = {"format": FORMAT, "libraries": libraries}
    return f"{json.dumps(data, indent=2, sort_keys=True)}\n".encode()


def check(component: Path) -> None:
    """Raise BuildError unless the folder holds the integration, and not this clone's."""
    if component.resolve() == OWN.resolve():
        raise BuildError(
            f"{component} belongs to this clone, which uses what scripts/setup builds. "
            "Give the folder of the installed integration, or run scripts/setup native."
        )
    if (version := _version(component)) is None:
        raise BuildError(
            f"{component} does not hold SIP Intercom: give the folder sip_intercom in "
            "custom_components of Home Assistant's configuration."
        )
    if version != (own := _version(OWN)):
        say(
            f"beware: {component} has version {version}, this clone {own}; "
            f"if the library does not start there, check out v{version} and repeat"
        )


def install(order: Order, library: Path, component: Path) -> Path:
    """Put a built library into the integration and its index; return its folder."""
    root = component / "lib" / "native"
    root.mkdir(parents=True, exist_ok=True)
    folder = root / library.name
    with tempfile.TemporaryDirectory(prefix=".install-", dir=root) as work:
        fresh = Path(work) / library.name
        shutil.copytree(library, fresh, ignore=_not_ours)
        if folder.exists():
            folder.rename(Path(work) / "before")
        fresh.rename(folder)
        files = [path for path in sorted(folder.rglob("*")) if path.is_file()]
        contents = {str(path.relative_to(folder)): path.read_bytes() for path in files}
        key = order.target.host
        libraries = _libraries(root / INDEX)
        libraries[key] = described(key, folder.name, contents)
        index = Path(work) / INDEX
        index.write_bytes(written(libraries))
        index.replace(root / INDEX)
    say(f"installed for {key}; reload SIP Intercom in Home Assistant, or restart it")
    return folder


def _not_ours(folder: str, names: list[str]) -> list[str]:
    """Return the compiled files that a Python has made for itself: no flag is set."""
    compiled = [name for name in names if name.endswith(".pyc")]
    return [name for name in compiled if not any(Path(folder, name).read_bytes()[4:8])]


def _libraries(index: Path) -> Index:
    """Return what the index names already."""
    try:
        data = json.loads(index.read_bytes())
    except FileNotFoundError:
        return {}
    except ValueError as err:
        raise BuildError(
            f"{index} cannot be read: {err}. Install SIP Intercom again."
        ) from err
    if data.get("format") != FORMAT:
        raise BuildError(
            f"{index} has format {data.get('format')}, this clone {FORMAT}: "
            "check out the version that is installed."
        )
    return dict(data["libraries"])


def _version(component: Path) -> str | None:
    try:
        manifest = json.loads((component / "manifest.json").read_bytes())
    except (OSError, ValueError):
        return None
    return str(manifest["version"]) if manifest.get("domain") == OWN.name else None
