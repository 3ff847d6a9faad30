"""The shape of the code: who may import whom, sizes, docstrings."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from graphlib import TopologicalSorter
from pathlib import Path
import sys

import pytest

ROOT = Path(__file__).parents[1]
COMPONENT = ROOT / "custom_components" / "sip_intercom"
LIBRARY = COMPONENT / "lib" / "sipagent"
LIBRARY_NAME = "custom_components.sip_intercom.lib.sipagent"
MAX_FILE_LINES = 400
MAX_FUNCTION_LINES = 60
PURE_MODULES = {
    "collections",
    "dataclasses",
    "enum",
    "functools",
    "ipaddress",
    "json",
    "re",
    "types",
    "typing",
    "urllib",
}
PLATFORMS = {"binary_sensor", "button", "event", "sensor"}


@dataclass(frozen=True)
class Import:
    """One import: whence, what by its full name, and how many dots it had."""

    importer: str
    module: str
    dots: int

    def __str__(self) -> str:
        return f"{self.importer} imports {self.module}"


def python_files(*folders: Path) -> list[Path]:
    """Return our Python files, without what a release or a build puts there."""
    return [
        path
        for folder in folders
        for path in sorted(folder.rglob("*.py"))
        if "native" not in path.relative_to(folder).parts
    ]


@cache
def tree(path: Path) -> ast.Module:
    """Return a file's syntax tree."""
    return ast.parse(path.read_text(), str(path))


def module_name(path: Path) -> str:
    """Return the dotted name of a file."""
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imports(path: Path) -> Iterator[Import]:
    """Return every import of a file, relative ones resolved."""
    importer = module_name(path)
    package = importer.split(".")
    if path.name != "__init__.py":
        package = package[:-1]
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield Import(importer, alias.name, 0)
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else []
            module = ".".join([*base, *([node.module] if node.module else [])])
            yield Import(importer, module, node.level)
            for alias in node.names:
                yield Import(importer, f"{module}.{alias.name}", node.level)


def within(module: str, package: str) -> bool:
    """Tell whether a module is a package or lies in it."""
    return module == package or module.startswith(f"{package}.")


def imports_below(folder: Path) -> list[Import]:
    """Return all imports of a folder's files."""
    return [found for path in python_files(folder) for found in imports(path)]


def component_files() -> list[Path]:
    """Return the files of the Home Assistant side."""
    return [
        path
        for path in python_files(COMPONENT)
        if COMPONENT / "lib" not in path.parents
    ]


def component_imports() -> list[Import]:
    """Return the imports of the Home Assistant side."""
    return [found for path in component_files() for found in imports(path)]


def test_there_is_something_to_check() -> None:
    """The folders are where these tests look for them."""
    assert len(component_files()) > 10
    for part in ("protocol", "client", "agent"):
        assert len(python_files(LIBRARY / part)) > 5


@pytest.mark.parametrize(
    "forbidden", ["socket", "subprocess", "pjsua2", "sipagent", f"{LIBRARY_NAME}.agent"]
)
def test_home_assistant_side_keeps_out(forbidden: str) -> None:
    """Home Assistant's process has no sockets, no processes, no PJSIP."""
    wrong = [str(i) for i in component_imports() if within(i.module, forbidden)]
    assert not wrong


@pytest.mark.parametrize(
    ("part", "allowed"),
    [
        ("protocol", ("protocol",)),
        ("client", ("client", "protocol")),
        ("agent", ("agent", "protocol")),
    ],
)
def test_directions_inside_the_library(part: str, allowed: tuple[str, ...]) -> None:
    """Client and agent know the protocol, which knows nobody."""
    packages = [f"{LIBRARY_NAME}.{name}" for name in allowed]
    ours = [i for i in imports_below(LIBRARY / part) if within(i.module, LIBRARY_NAME)]
    wrong = [
        str(i)
        for i in ours
        if i.module != LIBRARY_NAME and not any(within(i.module, p) for p in packages)
    ]
    assert ours
    assert not wrong


def test_library_is_imported_relatively() -> None:
    """The library goes by two names, so that it must not use either."""
    wrong = [
        str(i)
        for i in imports_below(LIBRARY)
        if not i.dots and within(i.module.replace("custom_components.", ""), "sipagent")
    ]
    escapes = [
        str(i)
        for i in imports_below(LIBRARY)
        if i.dots and not within(i.module, LIBRARY_NAME)
    ]
    assert not wrong
    assert not escapes


def test_library_needs_only_python_and_pjsip() -> None:
    """Nothing has to be installed for the child, least of all Home Assistant."""
    wrong = [
        str(i)
        for i in imports_below(LIBRARY)
        if not i.dots
        and i.module.partition(".")[0] not in sys.stdlib_module_names | {"pjsua2"}
    ]
    assert not wrong


def test_protocol_does_no_input_or_output() -> None:
    """The protocol is made of values."""
    wrong = [
        str(i)
        for i in imports_below(LIBRARY / "protocol")
        if not i.dots and i.module.partition(".")[0] not in PURE_MODULES
    ]
    assert not wrong


def test_only_the_pjsua_package_imports_pjsua2() -> None:
    """One folder knows PJSIP's interface."""
    importers = {
        i.importer for i in imports_below(COMPONENT) if within(i.module, "pjsua2")
    }
    wrong = {i for i in importers if not within(i, f"{LIBRARY_NAME}.agent.pjsua")}
    assert importers
    assert not wrong


def test_only_main_joins_user_agent_and_pjsip() -> None:
    """The policy is tested without PJSIP because it does not know it."""
    pjsua = f"{LIBRARY_NAME}.agent.pjsua"
    importers = {
        i.importer
        for i in imports_below(LIBRARY / "agent")
        if within(i.module, pjsua) and not within(i.importer, pjsua)
    }
    assert importers == {f"{LIBRARY_NAME}.agent.__main__"}


def test_the_agent_loads_all_of_itself_at_once() -> None:
    """An update below a running agent must not become a part of it.

    What main imports late, it imports before its hello.
    """
    late = {
        f"{module_name(path)}.{function.name}"
        for path in python_files(LIBRARY / "agent", LIBRARY / "protocol")
        for function in ast.walk(tree(path))
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef)
        for node in ast.walk(function)
        if isinstance(node, ast.ImportFrom) and node.level
    }
    assert late == {f"{LIBRARY_NAME}.agent.__main__.main"}


def test_no_platform_imports_another() -> None:
    """Platforms share the base entity, nothing else."""
    package = "custom_components.sip_intercom"
    platforms = {f"{package}.{name}" for name in PLATFORMS}
    wrong = [
        str(i)
        for i in component_imports()
        if i.importer in platforms and i.module in platforms - {i.importer}
    ]
    assert not wrong


def test_imports_have_no_cycle() -> None:
    """Every file can be read after those that it imports."""
    files = {module_name(path): path for path in python_files(COMPONENT)}
    graph = {
        name: {i.module for i in imports(path)} & files.keys() - {name}
        for name, path in files.items()
    }
    for name, path in files.items():
        if path.name == "__init__.py":
            # `from .x import y` names the package on the way; that is no use of it.
            graph = {
                other: {
                    used for used in uses if used != name or not within(other, name)
                }
                for other, uses in graph.items()
            }
    TopologicalSorter(graph).prepare()


SIZED = python_files(COMPONENT, ROOT / "scripts", ROOT / "native")


@pytest.mark.parametrize("path", SIZED, ids=lambda path: str(path.relative_to(ROOT)))
def test_sizes(path: Path) -> None:
    """Files and functions stay small enough to be read."""
    lines = len(path.read_text().splitlines())
    long = [
        f"{node.name} has {node.end_lineno - node.lineno + 1} lines"
        for node in ast.walk(tree(path))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and node.end_lineno is not None
        and node.end_lineno - node.lineno + 1 > MAX_FUNCTION_LINES
    ]
    assert lines <= MAX_FILE_LINES
    assert not long


@pytest.mark.parametrize(
    "path", python_files(COMPONENT), ids=lambda path: str(path.relative_to(COMPONENT))
)
def test_docstrings(path: Path) -> None:
    """Whatever is public says in a line what it is or does."""
    silent = [name for name, node in public(tree(path)) if not ast.get_docstring(node)]
    assert not silent


type Documented = ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef


def public(node: Documented, name: str = "module") -> Iterator[tuple[str, Documented]]:
    """Return a module, its public classes and functions, and their methods."""
    yield name, node
    for child in node.body:
        if isinstance(child, ast.ClassDef) and not child.name.startswith("_"):
            yield from public(child, child.name)
        elif (
            isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef)
            and not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
            and not child.name.startswith("_")
            and not is_override(child)
        ):
            yield child.name, child


def is_override(node: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    """Tell whether a method's contract is told by its base class."""
    return any(ast.unparse(mark) == "override" for mark in node.decorator_list)
