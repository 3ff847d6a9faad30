"""The build's last step refuses a module with any of these faults."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
import re
import struct

import pytest

from native.builder import check, hardening, library, paths, python_api
from native.builder.compiler import LEVEL, Compiler, compiler
from native.builder.elf import Elf
from native.builder.run import BuildError
from native.builder.target import TARGETS, this_machine
from native.builder.tools import tools

TARGET = TARGETS[this_machine()]
MUSL = next(one for one in TARGETS.values() if one.musl)
GLIBC_ONLY = pytest.mark.skipif(TARGET.musl, reason="this machine has musl")
PYTHON = {"PyLong_FromLong", "_Py_NoneStruct"}
TAKEN = (
    *("__stack_chk_fail", "pthread_attr_setstacksize", "PyLong_FromLong"),
    *(() if TARGET.musl else hardening.TAKEN_FROM_GLIBC),
)
FLAGS = ("-fPIC", "-fvisibility=hidden", "-fno-builtin", "-w", "-Wl,-z,relro,-z,now")


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """How a tiny module is made that has nothing but what a check looks for."""

    calls: tuple[str, ...] = TAKEN
    more: str = ""
    flags: tuple[str, ...] = (*FLAGS, "-s")
    inputs: tuple[Path, ...] = field(default=())

    def with_flag(self, *flags: str) -> Recipe:
        """Return the recipe with more options for the compiler."""
        return replace(self, flags=(*self.flags, *flags))

    def source(self) -> str:
        """Return the text of the module."""
        declared = "".join(f"extern int {name}();\n" for name in self.calls)
        called = "".join(f"{name}();" for name in self.calls)
        shown = '__attribute__((visibility("default")))'
        return f"{declared}{shown} int {check.ENTRY}() {{ {called} }}\n{self.more}\n"


@pytest.fixture(scope="module")
def zig(tmp_path_factory: pytest.TempPathFactory) -> Compiler:
    """Return this machine's compiler."""
    return compiler(tools(), TARGET, tmp_path_factory.mktemp("compiler"))


Link = Callable[[Recipe], Path]


@pytest.fixture
def link(zig: Compiler, tmp_path: Path) -> Link:
    """Return what links a module from its recipe."""

    def make(recipe: Recipe, name: str = library.MODULE) -> Path:
        source = tmp_path / "module.c"
        source.write_text(recipe.source())
        flags = (LEVEL, "-shared", *recipe.flags, *map(str, recipe.inputs))
        zig.run("module", "cc", *flags, "-o", tmp_path / name, source)
        return tmp_path / name

    return make


def refused(file: Path, reason: str) -> None:
    """Expect that the check gives the reason, and no other."""
    with pytest.raises(BuildError, match=reason) as caught:
        check.module(file, TARGET, PYTHON)
    assert len(re.findall("^- ", str(caught.value), re.MULTILINE)) == 1


def test_nothing_wrong(link: Link) -> None:
    """What every refused module starts from is not refused itself."""
    check.module(link(Recipe()), TARGET, PYTHON)


@pytest.mark.parametrize("name", TAKEN[:2] + TAKEN[3:])
def test_protection_that_nothing_uses(link: Link, name: str) -> None:
    """A flag or a switch that got lost shows by what is not called."""
    calls = tuple(one for one in TAKEN if one != name)
    refused(link(Recipe(calls=calls)), f"{name} is not called")


@pytest.mark.parametrize(
    "name",
    [
        "no_such_function",
        pytest.param("_PyEval_EvalFrameDefault", id="private to Python"),
        pytest.param("PyType_GetFullyQualifiedName", id="newer than Python 3.11"),
    ],
)
def test_symbol_that_nobody_has(link: Link, name: str) -> None:
    """It would be missed when the module is loaded, or only on another machine."""
    refused(link(Recipe(calls=(*TAKEN, name))), rf"neither .* has \['{name}'\]")


@pytest.mark.parametrize("name", ["statx", "__memcpy_chk"])
def test_symbol_that_musl_lacks(link: Link, name: str) -> None:
    """One that is newer than musl 1.2.3, and one that only glibc has."""
    known = Recipe(calls=TAKEN[:3]).with_flag("-nostdlib")
    check.module(link(known), MUSL, PYTHON)
    file = link(replace(known, calls=(*known.calls, name)))
    with pytest.raises(BuildError, match=rf"neither musl .* has \['{name}'\]"):
        check.module(file, MUSL, PYTHON)


@GLIBC_ONLY
def test_newer_glibc(link: Link) -> None:
    """A version of glibc that the target does not promise is found."""
    old = replace(TARGET, zig="x86_64-linux-gnu.2.2")
    with pytest.raises(BuildError, match=r"glibc 2\.2 is the oldest"):
        check.module(link(Recipe()), old, PYTHON)


@pytest.mark.parametrize(
    ("flag", "reason"),
    [
        ("-Wl,-z,norelro", "RELRO"),
        ("-Wl,-z,lazy", "BIND_NOW"),
        ("-Wl,-rpath,/opt", "RPATH"),
    ],
)
def test_linked_otherwise(link: Link, flag: str, reason: str) -> None:
    """Each of the linker's options is missed."""
    refused(link(Recipe().with_flag(flag)), reason)


def test_not_stripped(link: Link) -> None:
    """Names of functions are a third of the size, and of use to few."""
    refused(link(Recipe(flags=(*FLAGS, "-g"))), "not stripped")


def test_code_that_the_loader_changes(link: Link) -> None:
    """An address within the code makes the loader write there."""
    address = f'__asm__(".text\\n.quad {check.ENTRY}\\n");'
    refused(link(Recipe(more=address).with_flag("-Wl,-z,notext")), "TEXTREL")


def test_more_than_the_entry_point(link: Link) -> None:
    """Another symbol could meet one of another library in the process."""
    more = '__attribute__((visibility("default"))) int other;'
    refused(link(Recipe(more=more)), "shows .*other")


def test_another_library(link: Link, zig: Compiler, tmp_path: Path) -> None:
    """A library that happens to be here is not on every machine."""
    other = tmp_path / "libother.so"
    (tmp_path / "other.c").write_text("int other() { return 1; }\n")
    zig.run("other", "cc", LEVEL, "-shared", "-o", other, tmp_path / "other.c")
    recipe = Recipe(inputs=(other,), more="int other(); int x() { return other(); }")
    with pytest.raises(BuildError, match=r"needs libraries beside .*libother\.so"):
        check.module(link(recipe), TARGET, PYTHON)


def change_segments(file: Path, kind: int, flags: int) -> None:
    """Give the segments of a kind these flags as well."""
    data = bytearray(file.read_bytes())
    (table,) = struct.unpack_from("<Q", data, 0x20)
    size, count = struct.unpack_from("<HH", data, 0x36)
    for place in range(table, table + size * count, size):
        found, before = struct.unpack_from("<II", data, place)
        if found == kind:
            struct.pack_into("<I", data, place + 4, before | flags)
    file.write_bytes(data)


@pytest.mark.parametrize(
    ("kind", "flags", "reason"),
    [(0x6474E551, 1, "executable stack"), (1, 3, "both writable and executable")],
)
def test_memory_to_write_and_run(
    link: Link, kind: int, flags: int, reason: str
) -> None:
    """The linker has no option for these, but an input may bring them about."""
    file = link(Recipe())
    change_segments(file, kind, flags)
    refused(file, reason)


def test_too_large(link: Link, monkeypatch: pytest.MonkeyPatch) -> None:
    """A release carries four of them."""
    monkeypatch.setattr(check, "LARGEST", 1000)
    refused(link(Recipe()), "more than 1000")


def test_static_library_without_guard(tmp_path: Path) -> None:
    """One library that lost its flags does not hide among the others."""
    good, bare = tmp_path / "good.a", tmp_path / "bare.a"
    good.write_bytes(b"\0__stack_chk_fail\0")
    bare.write_bytes(b"\0something\0")
    assert hardening.unguarded([good, bare]) == ["bare.a"]


def test_stable_symbols() -> None:
    """The list of the pinned source is read with the oldest Python in mind."""
    kept = (paths.cache() / "steps").glob(f"python-*/{python_api.STABLE}")
    stable = python_api.stable(next(kept).parent)
    assert stable.issuperset(PYTHON)
    assert "PyType_GetFullyQualifiedName" not in stable
    assert "PyErr_SetFromWindowsErr" not in stable


def test_finished_library(release: Path) -> None:
    """The library itself: a look with the eyes of the check."""
    elf = Elf(release / library.MODULE)
    assert elf.symbols().given == {check.ENTRY}
    assert list(hardening.lacks(elf, glibc=not TARGET.musl)) == []
    assert "pthread_create" in elf.symbols().taken
