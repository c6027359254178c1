"""Find a project's modules by their dotted names; nothing is imported.

Django imports a URLconf and its settings; here they are read as text.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping
from pathlib import Path


def dotted(root: Path, path: Path) -> str:
    """Return the dotted name of a file of the project."""
    parts = list(path.relative_to(root).with_suffix("").parts)
    return ".".join(parts[:-1] if parts[-1:] == ["__init__"] else parts)


def find(files: Mapping[str, Path], name: str) -> Path | None:
    """Return the file of a module by its dotted name, or by the end of one.

    A project may stand deeper in its repository than its names say.
    """
    if name in files:
        return files[name]
    found = [path for other, path in files.items() if other.endswith(f".{name}")]
    return found[0] if len(found) == 1 else None


def imports(tree: ast.Module, module: str, is_package: bool) -> dict[str, str]:
    """Return, by the name it has in a module, the dotted name of all it imports."""
    found: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                first = alias.name.partition(".")[0]
                found[alias.asname or first] = alias.name if alias.asname else first
        elif isinstance(node, ast.ImportFrom):
            source = _source(node, module, is_package)
            for alias in node.names:
                name = f"{source}.{alias.name}" if source else alias.name
                found[alias.asname or alias.name] = name
    return found


def _source(node: ast.ImportFrom, module: str, is_package: bool) -> str:
    if not node.level:
        return node.module or ""
    parts = module.split(".") if module else []
    cut = node.level - is_package
    parts = parts[: len(parts) - cut] if cut else parts
    return ".".join([*parts, *filter(None, [node.module])])


def assignments(tree: ast.Module) -> dict[str, ast.expr]:
    """Return the names that a module sets, with their last values.

    ``a += b`` counts as ``a + b``.
    """
    found: dict[str, ast.expr] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            found[node.targets[0].id] = node.value
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            if node.value is not None:
                found[node.target.id] = node.value
        elif isinstance(node, ast.AugAssign) and isinstance(node.target, ast.Name):
            name = node.target.id
            if name in found:
                both = ast.BinOp(found[name], ast.Add(), node.value)
                found[name] = ast.copy_location(both, node)
    return found


def literal(node: ast.expr | None) -> object:
    """Return the value of a constant expression, else None."""
    try:
        return None if node is None else ast.literal_eval(node)
    except (ValueError, TypeError):
        return None


def called_name(node: ast.AST) -> str:
    """Return the last name of what a call calls, else an empty text."""
    if not isinstance(node, ast.Call):
        return ""
    function = node.func
    if isinstance(function, ast.Attribute):
        return function.attr
    return function.id if isinstance(function, ast.Name) else ""


def full_name(node: ast.AST) -> str:
    """Return ``a.b.c`` for such an expression, else an empty text."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        owner = full_name(node.value)
        return f"{owner}.{node.attr}" if owner else ""
    return ""
