"""Write the imports that a ported file needs, where Django's stood."""

from __future__ import annotations

from typing import Any

import libcst as cst

from .code_context import Here
from .notes import Note

_WIDTH = 88
MARK = "__imports__"


class _Names(cst.CSTVisitor):
    """Collects the names that a file uses, and those that it imports."""

    def __init__(self) -> None:
        self.used: set[str] = set()
        self.imported: set[str] = set()

    def visit_Name(self, node: cst.Name) -> None:
        """Note a name."""
        self.used.add(node.value)

    def visit_ImportFrom(self, node: cst.ImportFrom) -> bool:
        """Note what is imported."""
        if not isinstance(node.names, cst.ImportStar):
            for alias in node.names:
                name = alias.asname.name if alias.asname else alias.name
                self.imported.add(cst.ensure_type(name, cst.Name).value)
        return False


def with_imports(here: Here, module: cst.Module) -> cst.Module:
    """Return a file with the imports that it needs and no others."""
    names = _Names()
    module.visit(names)
    body = list(module.body)
    lines = _lines(here, names)
    place = next((n for n, node in enumerate(body) if _is_mark(node)), None)
    if place is None:
        place = _first_place(body)
    else:
        marked = body.pop(place)
        comments = list(getattr(marked, "leading_lines", ()))
        if lines:
            lines[0] = lines[0].with_changes(leading_lines=comments)
        elif place < len(body):
            own = list(getattr(body[place], "leading_lines", ()))
            body[place] = body[place].with_changes(leading_lines=[*comments, *own])
    body[place:place] = lines
    return module.with_changes(body=_with_future(here, module, body))


def _is_mark(node: cst.CSTNode) -> bool:
    is_line = isinstance(node, cst.SimpleStatementLine) and len(node.body) == 1
    if not is_line:
        return False
    first = cst.ensure_type(node, cst.SimpleStatementLine).body[0]
    return (
        isinstance(first, cst.Expr)
        and isinstance(first.value, cst.Name)
        and first.value.value == MARK
    )


def _first_place(body: list[Any]) -> int:
    """Return the place behind the docstring and ``from __future__``."""
    place = 0
    for number, node in enumerate(body):
        first = node.body[0] if isinstance(node, cst.SimpleStatementLine) else None
        is_text = isinstance(first, cst.Expr) and number == 0
        is_future = isinstance(first, cst.ImportFrom) and _is_future(first)
        if is_text or is_future:
            place = number + 1
    return place


def _is_future(node: cst.ImportFrom) -> bool:
    return isinstance(node.module, cst.Name) and node.module.value == "__future__"


def _lines(here: Here, names: _Names) -> list[cst.SimpleStatementLine]:
    """Return the imports of what is used and not there yet, sorted."""
    modules = sorted(here.needs.get("", ()))
    code = [
        f"import {name}" for name in modules if name.partition(".")[0] in names.used
    ]
    for module in sorted(filter(None, here.needs)):
        wanted = here.needs[module] & names.used - names.imported
        for name in sorted(wanted & here.defined - {"create_user"}):
            text = f"{name} is meant twice: the file's own, and that of {module}"
            here.notes.append(Note(1, text))
        if wanted:
            code += _import(module, sorted(wanted, key=str.lower))
    return [
        cst.ensure_type(cst.parse_statement(line), cst.SimpleStatementLine)
        for line in code
    ]


def _import(module: str, names: list[str]) -> list[str]:
    line = f"from {module} import {', '.join(names)}"
    if len(line) <= _WIDTH:
        return [line]
    inner = "".join(f"    {name},\n" for name in names)
    return [f"from {module} import (\n{inner})"]


def _with_future(here: Here, module: cst.Module, body: list[Any]) -> list[Any]:
    """Models name each other in annotations before they are there."""
    if "Mapped" not in here.needs.get("sqlalchemy.orm", ()):
        return body
    if any(
        isinstance(node, cst.SimpleStatementLine)
        and isinstance(node.body[0], cst.ImportFrom)
        and _is_future(node.body[0])
        for node in body
    ):
        return body
    place = 1 if body and _is_docstring(body[0]) else 0
    line = cst.parse_statement("from __future__ import annotations")
    blank = [cst.EmptyLine(indent=False)] if place else []
    return [*body[:place], line.with_changes(leading_lines=blank), *body[place:]]


def _is_docstring(node: cst.CSTNode) -> bool:
    first = node.body[0] if isinstance(node, cst.SimpleStatementLine) else None
    return isinstance(first, cst.Expr) and isinstance(
        first.value, (cst.SimpleString, cst.ConcatenatedString)
    )
