"""The order of the steps, and which results of earlier builds still hold."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
import shutil

from . import dependencies, library, newer, pjproject, python_api, pythons, sources
from .binding import ALLOWED
from .compiler import Compiler, compiler
from .facts import Facts
from .paths import NATIVE, cache, fingerprint, locked, made
from .run import BuildError, say
from .target import Target
from .tools import REQUIREMENTS, Tools, tools

BUILDER = NATIVE / "builder"
PLATFORM = NATIVE / "platform"
VARIANTS = ("release", "checked")
AT_ONCE = 2


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
        files += [*library.GATE.iterdir(), *BUILDER.glob("*.py"), *PLATFORM.iterdir()]
        return fingerprint(files, self.target.zig)


def build(orders: list[Order]) -> list[Path]:
    """Return the folders of the finished libraries, built if they are not yet there."""
    missing = [order for order in orders if not order.folder().is_dir()]
    if missing:
        with locked(cache()):
            material = _gather(missing[0])
            # One platform's single steps fill the gaps of another's parallel ones.
            with ThreadPoolExecutor(AT_ONCE) as pool:
                for step in [pool.submit(_build, one, material) for one in missing]:
                    step.result()
    return [order.folder() for order in orders]


@dataclass(frozen=True, kw_only=True)
class _Material:
    """What all platforms are built with and from."""

    kit: Tools
    zig: str
    archives: dict[str, Path]
    headers: Path
    python: Path


def _gather(order: Order) -> _Material:
    python = pythons.find(order.python)
    with ThreadPoolExecutor() as pool:
        fetching = pool.submit(_fetch, order)
        kit = tools()
        archives = fetching.result()
    key = fingerprint([sources.PINS, BUILDER / "python_api.py", python_api.CONFIG])
    headers = made(
        cache() / "steps" / f"python-{key}",
        lambda folder: python_api.unpack(archives["python"], folder),
    )
    return _Material(
        kit=kit,
        zig=kit.zig_version(),
        archives=archives,
        headers=headers,
        python=python,
    )


def _fetch(order: Order) -> dict[str, Path]:
    archives = sources.fetch(order.sources)
    if order.variant == "release" and (remark := newer.remark()):
        say(remark)
    return archives


def _build(order: Order, material: _Material) -> None:
    made(order.folder(), lambda part: _make(order, material, part))


def _make(order: Order, material: _Material, part: Path) -> None:
    build_id = order.build_id()
    scripts = cache() / "compiler" / f"{fingerprint([REQUIREMENTS])}-{order.target.zig}"
    zig = compiler(material.kit, order.target, scripts)
    parts = _parts(order, material, zig)
    pins = sources.pinned()
    facts = Facts(
        build_id=build_id,
        variant=order.variant,
        target=order.target.zig,
        compiler=f"zig {material.zig}",
        sources=tuple(pins),
        matched={
            pin.name: sources.matched(pin, material.archives[pin.name]) for pin in pins
        },
    )
    library.link(zig, parts, facts, part)
    module = part / "pjsua2.py"
    shutil.copyfile(parts.wrapper / module.name, module)
    pythons.compile_module(module, material.python)
    facts.write(part)
    if order.build_id() != build_id:
        raise BuildError("an input has changed during the build: run it again")


def _parts(order: Order, material: _Material, zig: Compiler) -> library.Parts:
    """Return the folders of the steps before the last, each kept by its inputs."""
    steps = cache() / "steps"
    checked = order.variant == "checked"
    common = [BUILDER / "compiler.py", sources.PINS, REQUIREMENTS]
    key = fingerprint([*common, BUILDER / "dependencies.py"], order.target.zig)
    installed = made(
        steps / f"dependencies-{key}",
        lambda folder: dependencies.build(material.archives, zig, folder),
    )
    prefix = installed / dependencies.PREFIX
    inputs = [BUILDER / "pjproject.py", pjproject.SWITCHES, *pjproject.patches()]
    key = fingerprint([*common, *inputs], key, order.variant)
    pjsip = made(
        steps / f"pjsip-{key}",
        lambda folder: pjproject.build(
            material.archives["pjproject"], zig, prefix, folder, asserts=checked
        ),
    )
    inputs += [BUILDER / "library.py", *library.GATE.glob("*.i"), library.API]
    inputs += [BUILDER / "python_api.py", python_api.CONFIG]
    inputs += [BUILDER / "binding.py", library.GATE / ALLOWED]
    key = fingerprint([*common, *inputs], order.target.zig)
    wrapper = made(
        steps / f"binding-{key}",
        lambda folder: library.wrap(material.kit, zig, pjsip, material.headers, folder),
    )
    return library.Parts(
        prefix=prefix, pjsip=pjsip, headers=material.headers, wrapper=wrapper
    )
