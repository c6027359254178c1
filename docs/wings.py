"""Draw the wings of cbv from their imports, as the Mermaid graph in architecture.md.

``python docs/wings.py`` prints the graph; a test compares it with the page.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from importlib.util import resolve_name
from pathlib import Path

PACKAGE = Path(__file__).parents[1] / "cbv"


def drawing() -> str:
    """Return the graph: an arrow means that the upper wing imports the lower one.

    An arrow that a longer way shows already is left out.
    """
    imports = wing_imports()
    lines = [
        f"    {wing} --> {below}"
        for wing in sorted(imports)
        for below in sorted(imports[wing])
        if not any(below in reached(imports, other) for other in imports[wing])
    ]
    return "\n".join(["graph TD", *lines])


def wing_imports() -> dict[str, set[str]]:
    """Return, by wing (a folder or a file at the top of cbv), the wings it imports."""
    imports: dict[str, set[str]] = {}
    for path in sorted(PACKAGE.rglob("*.py")):
        wing = path.relative_to(PACKAGE).with_suffix("").parts[0]
        if wing != "__init__":
            imports.setdefault(wing, set()).update(_imported_wings(path) - {wing})
    return imports


def _imported_wings(path: Path) -> set[str]:
    package = ".".join(("cbv", *path.relative_to(PACKAGE).parent.parts))
    return {
        name.split(".")[1]
        for name in _imported_names(path, package)
        if name.startswith("cbv.")
    }


def _imported_names(path: Path, package: str) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom):
            source = "." * node.level + (node.module or "")
            for alias in node.names:
                yield f"{resolve_name(source, package)}.{alias.name}"


def reached(imports: dict[str, set[str]], wing: str) -> set[str]:
    """Return every wing that one imports, directly or through others."""
    return imports[wing].union(*(reached(imports, other) for other in imports[wing]))


if __name__ == "__main__":
    print(drawing())
