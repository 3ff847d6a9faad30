"""The Python module: SWIG's wrapper, the gate and PJSIP in one shared object."""

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
import json
from pathlib import Path
import tempfile

from . import binding, check, dependencies, pjproject
from .compiler import ASSERTS, FLAGS, LEVEL, NO_ASSERTS, Compiler, workers
from .paths import NATIVE
from .run import run
from .sources import Source
from .tools import Tools

GATE = NATIVE / "gate"
API = GATE / "gate.hpp"
MODULE = "_pjsua2.abi3.so"
LIMITED_API = "-DPy_LIMITED_API=0x030b0000"
EXPORTS = "{ global: PyInit__pjsua2; local: *; };\n"
DEFINES = ("-DPJ_AUTOCONF=1", "-DPJ_IS_BIG_ENDIAN=0", "-DPJ_IS_LITTLE_ENDIAN=1")
CXX = ("-std=c++17", "-fexceptions", "-frtti", "-w")


@dataclass(frozen=True, kw_only=True)
class Facts:
    """What a library says of itself."""

    build_id: str
    variant: str
    target: str
    compiler: str
    sources: tuple[Source, ...]

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
            "BUILD_PATCHES": json.dumps([patch.stem for patch in pjproject.patches()]),
        }
        return "".join(
            f"#define {name} {json.dumps(value)}\n" for name, value in values.items()
        )


@dataclass(frozen=True, kw_only=True)
class Parts:
    """The folders that earlier steps have made."""

    prefix: Path
    pjsip: Path
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
        # Debian keeps the machine's own half of Python's headers one folder up.
        (LIMITED_API, NO_ASSERTS, "-idirafter", str(headers.parent)),
    )


def link(compiler: Compiler, parts: Parts, facts: Facts, folder: Path) -> None:
    """Compile the gate and link everything into the module in the folder."""
    with tempfile.TemporaryDirectory(prefix="sip-intercom-") as name:
        work = Path(name)
        (work / "build_facts.h").write_text(facts.header())
        (work / "exports").write_text(EXPORTS)
        variant = ASSERTS if facts.variant == "checked" else NO_ASSERTS
        pieces: list[str | Path] = [
            *(parts.wrapper / "wrap.o", *_gate(compiler, parts, variant, work)),
            "-Wl,--start-group",
            *(parts.pjsip / "lib" / f"lib{one}.a" for one in pjproject.LIBRARIES),
            "-Wl,--end-group",
            *(parts.prefix / "lib" / f"lib{one}.a" for one in dependencies.LIBRARIES),
            f"-Wl,--version-script={work / 'exports'}",
        ]
        module = folder / MODULE
        _link(compiler, module, *pieces)
        check.exported(module)
        if not compiler.target.musl:
            check.versions(module, compiler.target.zig.partition("gnu.")[2])
        python = check.stand_in(compiler, check.python_only(module), work)
        _link(compiler, work / "complete.so", *pieces, python, "-Wl,-z,defs")


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


def _link(compiler: Compiler, module: Path, *pieces: str | Path) -> None:
    run(
        f"linking {module.name}",
        *(compiler.cxx, LEVEL, "-shared", "-o", module, *pieces),
        *("-Wl,-z,relro,-z,now", "-Wl,--gc-sections", "-s", "-lpthread"),
        env=compiler.env,
    )


def _compile(
    compiler: Compiler,
    source: Path,
    output: Path,
    includes: Iterable[Path],
    defines: Iterable[str],
) -> None:
    run(
        source.stem,
        *(compiler.cxx, *FLAGS, *CXX, *DEFINES, f"-ffile-prefix-map={GATE}=gate"),
        *defines,
        *("-I" + str(include) for include in (GATE, *includes)),
        *("-c", source, "-o", output),
        env=compiler.env,
    )
