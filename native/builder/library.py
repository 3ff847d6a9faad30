"""The Python module: SWIG's wrapper, the gate and PJSIP in one shared object."""

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
import tempfile

from . import binding, check, dependencies, hardening, pjproject, python_api
from .compiler import ASSERTS, FLAGS, LEVEL, NO_ASSERTS, Compiler, workers
from .facts import Facts
from .paths import NATIVE
from .run import BuildError
from .tools import Tools

GATE = NATIVE / "gate"
API = GATE / "gate.hpp"
MODULE = "_pjsua2.abi3.so"
EXPORTS = "{ global: PyInit__pjsua2; local: *; };\n"
DEFINES = ("-DPJ_AUTOCONF=1", "-DPJ_IS_BIG_ENDIAN=0", "-DPJ_IS_LITTLE_ENDIAN=1")
CXX = ("-std=c++17", "-fexceptions", "-frtti", "-w")


@dataclass(frozen=True, kw_only=True)
class Parts:
    """The folders that earlier steps have made."""

    prefix: Path
    pjsip: Path
    headers: Path
    wrapper: Path


def wrap(
    tools: Tools, compiler: Compiler, pjsip: Path, headers: Path, folder: Path
) -> None:
    """Write pjsua2.py and the wrapper's object file, the same for every variant."""
    binding.generate(tools, GATE, pjsip, folder)
    _compile(
        compiler,
        folder / "wrap.cpp",
        folder / "wrap.o",
        [pjsip / "include", folder, headers],
        (python_api.LIMITED_API, NO_ASSERTS),
    )


def link(compiler: Compiler, parts: Parts, facts: Facts, folder: Path) -> None:
    """Compile the gate and link everything into the module in the folder."""
    with tempfile.TemporaryDirectory(prefix="sip-intercom-") as name:
        work = Path(name)
        (work / "build_facts.h").write_text(facts.header())
        (work / "exports").write_text(EXPORTS)
        variant = ASSERTS if facts.variant == "checked" else NO_ASSERTS
        objects = [parts.wrapper / "wrap.o", *_gate(compiler, parts, variant, work)]
        _link(compiler, folder / MODULE, parts, objects, work / "exports")
    stable = python_api.stable(parts.headers)
    check.module(folder / MODULE, compiler.target, stable)


def _gate(compiler: Compiler, parts: Parts, variant: str, work: Path) -> list[Path]:
    files = sorted(GATE.glob("*.cpp"))
    objects = [work / f"{file.stem}.o" for file in files]
    includes = [parts.pjsip / "include", work]
    with ThreadPoolExecutor(workers()) as pool:
        steps = [
            pool.submit(_compile, compiler, file, output, includes, [variant])
            for file, output in zip(files, objects, strict=True)
        ]
        for step in steps:
            step.result()
    return objects


def _link(
    compiler: Compiler, module: Path, parts: Parts, objects: list[Path], exports: Path
) -> None:
    pjsip = [parts.pjsip / "lib" / f"lib{one}.a" for one in pjproject.LIBRARIES]
    others = [parts.prefix / "lib" / f"lib{one}.a" for one in dependencies.LIBRARIES]
    if bare := hardening.unguarded([*pjsip, *others]):
        raise BuildError(f"built without the stack protector: {', '.join(bare)}")
    compiler.run(
        f"linking {module.name}",
        compiler.cxx,
        *(LEVEL, "-shared", "-o", module),
        *objects,
        *("-Wl,--start-group", *map(str, pjsip), "-Wl,--end-group"),
        *others,
        *(f"-Wl,--version-script={exports}", "-Wl,-z,relro,-z,now"),
        *("-Wl,--gc-sections", "-s", "-lpthread"),
    )


def _compile(
    compiler: Compiler,
    source: Path,
    output: Path,
    includes: Iterable[Path],
    defines: Iterable[str],
) -> None:
    folders = (GATE, *includes)
    compiler.run(
        source.stem,
        compiler.cxx,
        *(*FLAGS, *CXX, *DEFINES, *defines),
        # Asserts keep the name of their file.
        *(f"-ffile-prefix-map={folder}=native" for folder in folders),
        *(f"-I{folder}" for folder in folders),
        *("-c", source, "-o", output),
    )
