"""Which wing of cbv stands on which floor, and the imports that break this order.

Read from the files as text: an import that points up may close a circle, and then cbv
cannot be imported at all. ``conftest.py`` asks first, so that the rule is named then.
"""

from __future__ import annotations

import ast
from pathlib import Path

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "cbv"

#: From the ground up: the wings (folders) and rooms (files) of each floor. A wing never
#: imports another of its own floor; what stands on the ground is one wing.
FLOORS = (
    {"exceptions", "translation", "timezone"},
    {"db"},
    {"pagination", "urls", "tasks"},
    {"forms"},
    {"views"},
    {"auth", "formsets", "crud", "dates"},
    {"inspector", "compat", "port"},
    {"cli", "testing"},
    {"extension", "pytest_plugin"},
    {""},
)
WINGS = {
    "db",
    "pagination",
    "urls",
    "tasks",
    "forms",
    "views",
    "formsets",
    "dates",
    "crud",
    "auth",
    "inspector",
    "port",
}


def module_name(path):
    """Return ``auth.views`` for ``cbv/auth/views.py``, ``auth`` for its package."""
    parts = path.relative_to(PACKAGE).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


FILES = {module_name(path): path for path in sorted(PACKAGE.rglob("*.py"))}
TREES = {name: ast.parse(path.read_text()) for name, path in FILES.items()}


def nodes(*kinds):
    """Yield the module and each syntax node of these kinds in the package."""
    for name, tree in TREES.items():
        for node in ast.walk(tree):
            if isinstance(node, kinds):
                yield name, node


def place(name, node):
    """Return where a node is, for a message."""
    return f"{FILES[name].relative_to(ROOT)}:{node.lineno}"


def package_of(name):
    """Return the package that a relative import in a module starts from."""
    is_package = FILES[name].name == "__init__.py"
    return name if is_package else name.rpartition(".")[0]


def imported(name, node):
    """Yield the modules of cbv that one import statement names."""
    if isinstance(node, ast.Import):
        for alias in node.names:
            if alias.name.partition(".")[0] == "cbv":
                yield alias.name.removeprefix("cbv").removeprefix(".")
        return
    source = node.module or ""
    if node.level:
        base = package_of(name)
        for _ in range(node.level - 1):
            base = base.rpartition(".")[0]
        source = ".".join(filter(None, (base, source)))
    elif source.partition(".")[0] == "cbv":
        source = source.removeprefix("cbv").removeprefix(".")
    else:
        return
    for alias in node.names:
        inner = ".".join(filter(None, (source, alias.name)))
        yield inner if inner in TREES else source


def wing_of(name):
    """Return the folder of a module, or the module itself at the top of cbv."""
    return name.partition(".")[0]


def floor_of(name):
    """Return the number of the floor that a module stands on, from 1."""
    wing = wing_of(name)
    return next(n for n, wings in enumerate(FLOORS, 1) if wing in wings)


def may_import(name, other):
    """Tell whether one module of cbv may import another."""
    floor = floor_of(name)
    same_wing = wing_of(name) == wing_of(other) or floor == 1
    return floor_of(other) < floor or (same_wing and floor_of(other) == floor)


def wrong_imports():
    """Return a sentence for each import that points up or to a wing beside its own."""
    return [
        f"{place(name, node)} imports cbv.{other}: the wing {wing_of(name)} (floor"
        f" {floor_of(name)}) may not reach the wing {wing_of(other)} (floor"
        f" {floor_of(other)})"
        for name, node in nodes(ast.Import, ast.ImportFrom)
        for other in imported(name, node)
        if other != name and not may_import(name, other)
    ]
