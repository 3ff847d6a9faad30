"""The order of the steps, and which results of earlier builds still hold."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
import shutil

from . import dependencies, library, pjproject, pythons, sources
from .binding import ALLOWED
from .compiler import Compiler, compiler
from .paths import NATIVE, cache, fingerprint, locked, made
from .run import BuildError
from .target import Target
from .tools import REQUIREMENTS, Tools, tools

BUILDER = NATIVE / "builder"
VARIANTS = ("release", "checked")


@dataclass(frozen=True, kw_only=True)
class Order:
    """What is to be built, and with what."""

    target: Target
    variant: str
    sources: Path | None
    python: Path | None

    def folder(self) -> Path:
        """Return where the result is kept; its name changes with every input."""
        suffix = "" if self.variant == "release" else f"-{self.variant}"
        return cache() / f"{self.target.host}-{self.build_id()}{suffix}"

    def build_id(self) -> str:
        """Return what names these inputs."""
        files = [sources.PINS, REQUIREMENTS, pjproject.SWITCHES, *pjproject.patches()]
        files += [*library.GATE.iterdir(), *BUILDER.glob("*.py")]
        return fingerprint(files, self.target.zig)


def build(order: Order) -> Path:
    """Return the folder of the finished library, built if it is not yet there."""
    folder = order.folder()
    if folder.is_dir():
        return folder
    with locked(cache()):
        return made(folder, lambda part: _build(order, folder, part))


def _build(order: Order, folder: Path, part: Path) -> None:
    with ThreadPoolExecutor() as pool:
        fetching = pool.submit(sources.fetch, order.sources)
        kit = tools()
        archives = fetching.result()
    scripts = cache() / "compiler" / f"{fingerprint([REQUIREMENTS])}-{order.target.zig}"
    zig = compiler(kit, order.target, scripts)
    parts = _parts(order, kit, zig, archives)
    facts = library.Facts(
        build_id=order.build_id(),
        variant=order.variant,
        target=order.target.zig,
        compiler=f"zig {kit.zig_version()}",
        sources=tuple(sources.pinned()),
    )
    library.link(zig, parts, facts, part)
    module = part / "pjsua2.py"
    shutil.copyfile(parts.wrapper / module.name, module)
    pythons.compile_module(module, order.python)
    if order.folder() != folder:
        raise BuildError("an input has changed during the build: run it again")


def _parts(
    order: Order, kit: Tools, zig: Compiler, archives: dict[str, Path]
) -> library.Parts:
    """Return the folders of the steps before the last, each kept by its inputs."""
    steps = cache() / "steps"
    checked = order.variant == "checked"
    common = [BUILDER / "compiler.py", sources.PINS, REQUIREMENTS]
    key = fingerprint([*common, BUILDER / "dependencies.py"], order.target.zig)
    prefix = made(
        steps / f"dependencies-{key}",
        lambda folder: dependencies.build(archives, zig, folder),
    )
    inputs = [BUILDER / "pjproject.py", pjproject.SWITCHES, *pjproject.patches()]
    key = fingerprint([*common, *inputs], key, order.variant)
    pjsip = made(
        steps / f"pjsip-{key}",
        lambda folder: pjproject.build(
            archives["pjproject"], zig, prefix, folder, asserts=checked
        ),
    )
    inputs += [BUILDER / "library.py", *library.GATE.glob("*.i"), library.API]
    inputs += [BUILDER / "binding.py", library.GATE / ALLOWED]
    key = fingerprint([*common, *inputs], order.target.zig)
    wrapper = made(
        steps / f"binding-{key}",
        lambda folder: library.wrap(
            kit, zig, pjsip, pythons.headers(order.python), folder
        ),
    )
    return library.Parts(prefix=prefix, pjsip=pjsip, wrapper=wrapper)
