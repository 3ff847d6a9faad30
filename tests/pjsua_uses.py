"""What the agent uses of pjsua2, read from its source and the stub, without a build."""

import ast
from collections.abc import Iterator
from pathlib import Path

type Members = dict[str, dict[str, str | None]]


def stub_members(stub: Path) -> Members:
    """Return the members of each class of a stub, with the class that each one has."""
    found: Members = {"": {}}
    for node in ast.parse(stub.read_text()).body:
        inside = node.body if isinstance(node, ast.ClassDef) else [node]
        owner = node.name if isinstance(node, ast.ClassDef) else ""
        members = found.setdefault(owner, {})
        for member in inside:
            match member:
                case ast.AnnAssign(target=ast.Name(id=name), annotation=hint):
                    members[name] = ast.unparse(hint)
                case ast.FunctionDef(name=name, returns=hint):
                    members[name] = ast.unparse(hint) if hint else None
    return found


def names_of(members: Members) -> set[str]:
    """Return the names of a stub as the allow-list spells them."""
    members_only = {
        f"{owner}.{name}"
        for owner, inside in members.items()
        for name in inside
        if owner and not name.startswith("__")
    }
    return members_only | members.keys() - {""} | members[""].keys()


class Uses(ast.NodeVisitor):
    """Finds the names of pjsua2 that a package uses, as far as types can be told."""

    def __init__(self, package: Path, members: Members) -> None:
        self.found: set[str] = set()
        self._members = members
        self._types: dict[str, str] = {}
        trees = [ast.parse(path.read_text()) for path in sorted(package.glob("*.py"))]
        self._bases = dict(self._subclasses(trees))
        shared = {name: kind for tree in trees for name, kind in _functions(tree)}
        for tree in trees:
            self._returns = shared | dict(_functions(tree))
            self.visit(tree)

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        """Note what a subclass overrides, and what it calls on itself."""
        base = self._bases.get(node.name)
        if base:
            self.found |= {
                f"{base}.{each.name}"
                for each in node.body
                if isinstance(each, ast.FunctionDef)
                and _is_override(each)
                # Its own names are in camel case; ours override ours.
                and "_" not in each.name
            }
        outer, self._types = self._types, {"self": base} if base else {}
        self.generic_visit(node)
        self._types = outer

    def visit_FunctionDef(self, node: ast.FunctionDef) -> None:
        """Read a function with the types of its parameters."""
        outer, self._types = self._types, dict(self._types)
        for argument in (*node.args.args, *node.args.kwonlyargs):
            if argument.annotation and (name := _pjsua2(argument.annotation)):
                self._types[argument.arg] = name
        self.generic_visit(node)
        self._types = outer

    def visit_Assign(self, node: ast.Assign) -> None:
        """Learn the type of a variable."""
        self.generic_visit(node)
        kind = self._type(node.value)
        for target in node.targets:
            if isinstance(target, ast.Name) and kind:
                self._types[target.id] = kind

    def visit_For(self, node: ast.For) -> None:
        """Learn the type of what a loop goes through."""
        kind = self._type(node.iter)
        if isinstance(node.target, ast.Name) and kind:
            self._types[node.target.id] = kind
        self.generic_visit(node)

    def visit_ExceptHandler(self, node: ast.ExceptHandler) -> None:
        """Learn the type of an error."""
        if node.name and node.type and (kind := self._type(node.type)):
            self._types[node.name] = kind
        self.generic_visit(node)

    def visit_Attribute(self, node: ast.Attribute) -> None:
        """Note a name of the module, or a member of something whose type is known."""
        self.generic_visit(node)
        if name := _pjsua2(node):
            self.found.add(name)
        elif owner := self._type(node.value):
            own = isinstance(node.value, ast.Name) and node.value.id == "self"
            if not own or node.attr in self._members.get(owner, {}):
                self.found.add(f"{owner}.{node.attr}")

    def _type(self, node: ast.expr) -> str | None:
        """Return the class that an expression gives, if it is one of pjsua2's."""
        match node:
            case ast.Name(id=name):
                return self._types.get(name)
            case ast.Call(func=ast.Name(id=name)):
                return self._returns.get(name)
            case ast.Call(func=function):
                return _pjsua2(function) or self._type(function)
            case ast.Attribute(value=ast.Name(id="pjsua2"), attr=name):
                return name if name in self._members else None
            case ast.Attribute(value=value, attr=name):
                owner = self._type(value)
                hint = self._members.get(owner or "?", {}).get(name)
                return self._class(hint) if hint else None
        return None

    def _class(self, hint: str) -> str | None:
        """Return the class that a hint of the stub names, or that it is a list of."""
        hint = hint.removesuffix("]").rpartition("[")[2]
        item = self._members.get(hint, {}).get("__iter__")
        if item:
            return self._class(item)
        return hint if hint in self._members else None

    @staticmethod
    def _subclasses(trees: list[ast.Module]) -> Iterator[tuple[str, str]]:
        """Yield the classes that derive from one of pjsua2's, directly or not."""
        classes = {
            node.name: node
            for tree in trees
            for node in ast.walk(tree)
            if isinstance(node, ast.ClassDef)
        }
        for name, node in classes.items():
            while node.bases:
                base = node.bases[0]
                if found := _pjsua2(base):
                    yield name, found
                    break
                if not (isinstance(base, ast.Name) and base.id in classes):
                    break
                node = classes[base.id]  # noqa: PLW2901


def _is_override(node: ast.FunctionDef) -> bool:
    return any(ast.unparse(mark) == "override" for mark in node.decorator_list)


def _functions(tree: ast.Module) -> Iterator[tuple[str, str]]:
    """Yield the functions that return an object of pjsua2's, with its class."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef) and node.returns:
            kind = _pjsua2(node.returns)
            if kind:
                yield node.name, kind


def _pjsua2(node: ast.expr) -> str | None:
    """Return X of `pjsua2.X`."""
    match node:
        case ast.Attribute(value=ast.Name(id="pjsua2"), attr=name):
            return name
    return None
