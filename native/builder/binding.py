"""What Python sees of PJSIP: the names of the allow-list, and no others."""

import ast
from collections.abc import Iterable, Iterator
from fnmatch import fnmatchcase
from pathlib import Path
import re

from .run import BuildError, run
from .tools import Tools

ALLOWED = "allowed.txt"
LEFT_OUT = "left_out.i"
TEMPLATE = re.compile(r"^\s*%template\((?P<name>\w+)\)\s*(?P<type>.+?);", re.MULTILINE)
# C's structures have no namespace, SWIG's own class has its own.
GLOBAL = re.compile(r"pj[a-z]*_")
CONSTANT = re.compile(r"[A-Z]+(_|$)")
ITERATOR = "SwigPyIterator"
MEMBERSHIP = (
    "    thisown = property(lambda x: x.this.own(), lambda x, v: x.this.own(v), "
    'doc="The membership flag")\n'
)
SHARED = f"    thisown = {ITERATOR}.thisown\n"


def generate(tools: Tools, gate: Path, pjsip: Path, folder: Path) -> None:
    """Write wrap.cpp and pjsua2.py into the folder; BuildError for a list that is wrong.

    SWIG knows no allow-list: it runs once for all names, then without the others.
    """
    module, left_out = folder / "pjsua2.py", folder / LEFT_OUT
    left_out.write_text("")
    _run_swig("every name", tools, gate, pjsip, folder)
    every = names(module.read_text())
    wanted = chosen(every, patterns(gate / ALLOWED))
    interface = (pjsip / "swig" / "pjsua2.i").read_text()
    left_out.write_text(directives(every - wanted, interface))
    _run_swig("binding", tools, gate, pjsip, folder)
    if wrong := names(module.read_text()) ^ wanted:
        raise BuildError(f"SWIG did not follow the allow-list in {sorted(wrong)}")
    module.write_text(share_membership(module.read_text()))


def _run_swig(step: str, tools: Tools, gate: Path, pjsip: Path, folder: Path) -> None:
    includes = (gate, folder, pjsip / "include", pjsip / "swig")
    run(
        step,
        *(tools.swig, "-c++", "-threads", "-python", "-w312,401,503,516"),
        *("-I" + str(include) for include in includes),
        *("-o", folder / "wrap.cpp", "-outdir", folder, gate / "module.i"),
        env={"SWIG_LIB": str(tools.swig_lib)},
    )


def patterns(allowed: Path) -> list[str]:
    """Return the lines of an allow-list that are not comments."""
    lines = (line.strip() for line in allowed.read_text().splitlines())
    return [line for line in lines if line and not line.startswith("#")]


def names(module: str) -> set[str]:
    """Return the public names of a module by SWIG: classes, members and constants."""
    tree = ast.parse(module)
    found = set(_defined(tree.body))
    for node in tree.body:
        if isinstance(node, ast.ClassDef):
            found.add(node.name)
            found |= {f"{node.name}.{name}" for name in _defined(node.body)}
    return {name for name in found if not _internal(name.rpartition(".")[2])}


def chosen(every: Iterable[str], wanted: Iterable[str]) -> set[str]:
    """Return the names that a list allows; BuildError if a line names nothing."""
    every, kept, unknown = set(every), set(), []
    for pattern in wanted:
        found = {name for name in every if allows(pattern, name)}
        if not found:
            unknown.append(pattern)
        kept |= found
    if unknown:
        raise BuildError(
            f"the allow-list names what pjsua2 does not have: {', '.join(unknown)}. "
            "Look for a slip of the pen, or for the class that defines the member."
        )
    return kept | {name.partition(".")[0] for name in kept}


def allows(pattern: str, name: str) -> bool:
    """Tell whether a line of the list names this."""
    return pattern.count(".") == name.count(".") and fnmatchcase(name, pattern)


def directives(unwanted: Iterable[str], interface: str) -> str:
    """Return SWIG's directives that leave out these names of an interface."""
    templates = {found["name"]: found["type"] for found in TEMPLATE.finditer(interface)}
    lines = []
    for name in sorted(unwanted):
        owner, _, member = name.partition(".")
        if member:
            lines.append(f"{_scope(owner, templates)}::{member}")
        else:
            # A constant is found in whatever scope it is.
            lines.append(owner if CONSTANT.match(owner) else _scope(owner, templates))
    return "".join(f"%ignore {line};\n" for line in lines)


def share_membership(module: str) -> str:
    """Return a module by SWIG whose classes share the property that each has twice."""
    first, found, rest = module.partition(MEMBERSHIP)
    return first + found + rest.replace(MEMBERSHIP, SHARED) if found else module


def _scope(owner: str, templates: dict[str, str]) -> str:
    """Return what C++ calls a class."""
    if owner in templates:
        return templates[owner]
    if owner == ITERATOR:
        return f"swig::{owner}"
    return owner if GLOBAL.match(owner) else f"pj::{owner}"


def _defined(body: list[ast.stmt]) -> Iterator[str]:
    for node in body:
        match node:
            case ast.FunctionDef(name=name):
                yield name
            case ast.Assign(targets=[ast.Name(id=name)]):
                yield name


def _internal(name: str) -> bool:
    return name.startswith("_") or name in {"thisown", "weakref"}
