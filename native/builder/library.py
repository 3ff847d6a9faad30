"""The Python module: SWIG's wrapper, the gate and PJSIP in one shared object."""

import json
import sys
import sysconfig
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from . import dependencies, pjproject
from .compiler import FLAGS, LEVEL, NO_ASSERTS, Compiler
from .paths import NATIVE
from .run import BuildError, run
from .sources import Source
from .tools import Tools

GATE = NATIVE / "gate"
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
        sources = {source.name: f"{source.version} ({source.file})" for source in self.sources}
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


def wrap(tools: Tools, compiler: Compiler, pjsip: Path, folder: Path) -> None:
    """Write pjsua2.py and the wrapper's object file, the same for every variant."""
    run(
        "binding",
        *(tools.swig, "-c++", "-threads", "-python", "-w312,401,503,516"),
        *("-I" + str(include) for include in (GATE, pjsip / "include", pjsip / "swig")),
        *("-o", folder / "wrap.cpp", "-outdir", folder, GATE / "module.i"),
        env={"SWIG_LIB": str(tools.swig_lib)},
    )
    _compile(
        compiler,
        folder / "wrap.cpp",
        folder / "wrap.o",
        [pjsip / "include", folder, *python_headers()],
        (LIMITED_API, NO_ASSERTS),
    )


def link(
    compiler: Compiler, parts: Mapping[str, Path], facts: Facts, folder: Path
) -> None:
    """Compile the gate and link everything into the module in the folder."""
    work = folder / "work"
    work.mkdir()
    (work / "build_facts.h").write_text(facts.header())
    (work / "exports").write_text(EXPORTS)
    variant = () if facts.variant == "checked" else (NO_ASSERTS,)
    includes = [parts["pjsip"] / "include", work]
    files = sorted(GATE.glob("*.cpp"))
    objects = [work / f"{file.stem}.o" for file in files]
    with ThreadPoolExecutor() as pool:
        steps = [
            pool.submit(_compile, compiler, file, output, includes, variant)
            for file, output in zip(files, objects, strict=True)
        ]
        for step in steps:
            step.result()
    run(
        "linking",
        *(compiler.cxx, LEVEL, "-shared", "-o", folder / MODULE),
        *(parts["wrapper"] / "wrap.o", *objects, "-Wl,--start-group"),
        *(parts["pjsip"] / "lib" / f"lib{name}.a" for name in pjproject.LIBRARIES),
        "-Wl,--end-group",
        *(parts["prefix"] / "lib" / f"lib{name}.a" for name in dependencies.LIBRARIES),
        f"-Wl,--version-script={work / 'exports'}",
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
        *(compiler.cxx, *FLAGS, *CXX, *DEFINES, *defines),
        *("-I" + str(include) for include in (GATE, *includes)),
        *("-c", source, "-o", output),
        env=compiler.env,
    )


def python_headers() -> list[Path]:
    """Return the folders of this Python's headers; any newer Python may load us."""
    folders = {sysconfig.get_paths()[name] for name in ("include", "platinclude")}
    include = next((Path(one) for one in folders if Path(one, "Python.h").exists()), None)
    if include is None:
        raise BuildError(
            f"{sys.executable} has no C headers (Python.h is not in {folders}).\n"
            "Install them (on Debian: apt-get install python3-dev), or run this with "
            "the Python that scripts/setup has fetched."
        )
    # Debian keeps the machine's own half of the headers one folder up.
    return [include, include.parent]
