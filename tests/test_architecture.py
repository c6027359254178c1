"""The house rules of cbv: floors, one door to the database, budgets, shallow trees.

The floors are those of the design: an import points down or stays on its floor, and
never closes a circle. A module without a floor of its own stands on the highest floor
that it imports from.
"""

from __future__ import annotations

import ast
import importlib
import inspect
import re
from graphlib import CycleError
from graphlib import TopologicalSorter
from pathlib import Path
from statistics import median

import pytest

import cbv
from cbv import View

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "cbv"

FLOORS = {
    "exceptions": 1,
    "urls": 1,
    "db": 2,
    "base": 2,
    "tasks": 2,
    "paginator": 3,
    "forms": 3,
    "detail": 3,
    "formsets": 4,
    "list": 4,
    "edit": 4,
    "dates": 5,
    "formset_views": 5,
    "htmx": 5,
    "task_views": 5,
    "messages": 5,
    "crud": 5,
    "auth": 5,
    "testing": 6,
    "inspector": 6,
    "cli": 6,
    "extension": 7,
    "compat": 7,
    "": 8,
}

MAX_FILE, MAX_CLASS, MAX_FUNCTION, MAX_MEDIAN = 420, 130, 25, 10
#: Modules whose classes make up list, detail and edit pages.
CRUD_CORE = {"cbv.base", "cbv.detail", "cbv.list", "cbv.edit"}
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
#: What a SQLAlchemy session is made of, asked or told.
SESSION_CLASSES = {
    "Session",
    "AsyncSession",
    "sessionmaker",
    "scoped_session",
    "object_session",
}
SESSION_METHODS = {
    "add_all",
    "begin_nested",
    "commit",
    "delete",
    "execute",
    "expire_all",
    "expunge",
    "flush",
    "merge",
    "refresh",
    "rollback",
    "scalars",
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


def import_graph():
    """Return, by module, the modules of cbv that it imports."""
    graph = {name: set() for name in TREES}
    for name, node in nodes(ast.Import, ast.ImportFrom):
        graph[name].update(set(imported(name, node)) - {name})
    return graph


GRAPH = import_graph()


def reached(name, found=None):
    """Return every module that one imports, directly or through others."""
    found = set() if found is None else found
    for other in GRAPH[name] - found:
        found.add(other)
        reached(other, found)
    return found


def floor_of(name):
    """Return the floor that the design gives a module, None if it gives none."""
    return FLOORS.get(name, FLOORS.get(name.partition(".")[0]))


def public_classes():
    """Return the classes of cbv by their own modules, private ones apart."""
    found = {}
    for name in TREES:
        module = importlib.import_module(f"cbv.{name}" if name else "cbv")
        for class_name, value in vars(module).items():
            own = inspect.isclass(value) and value.__module__ == module.__name__
            if own and not class_name.startswith("_"):
                found[value] = module.__name__
    return found


def code_lines(node):
    """Return how many lines of code a class or function has.

    Docstrings, comments and blank lines are free: they are what a reader is given.
    """
    body = node.body
    documented = ast.get_docstring(node, clean=False) is not None
    code = body[1:] if documented else body
    used = set(range(node.lineno, body[0].lineno))
    for statement in code:
        used.update(_lines(statement))
    return len(used)


def _lines(statement):
    """Return the numbers of the lines that hold code of a statement."""
    if isinstance(statement, (*FUNCTIONS, ast.ClassDef)):
        first = min([statement.lineno, *(d.lineno for d in statement.decorator_list)])
        inner = statement.body
        if ast.get_docstring(statement, clean=False) is not None:
            inner = inner[1:]
        own = set(range(first, statement.body[0].lineno))
        return own.union(*map(_lines, inner)) if inner else own
    return set(range(statement.lineno, statement.end_lineno + 1))


# --- floors ---------------------------------------------------------------------------


@pytest.mark.parametrize("name", sorted(set(FLOORS) & set(TREES)))
def test_imports_never_point_up(name):
    higher = {
        other
        for other in reached(name)
        if other and (floor_of(other) or 0) > floor_of(name)
    }
    assert not higher, f"cbv/{name} (floor {floor_of(name)}) comes to {higher}"


def test_nothing_imports_the_face_of_the_package():
    assert not [name for name, targets in GRAPH.items() if "" in targets]


def test_there_is_no_import_cycle():
    try:
        list(TopologicalSorter(GRAPH).static_order())
    except CycleError as error:
        pytest.fail(f"a circle of imports: {' -> '.join(error.args[1])}")


def test_no_import_stands_in_a_function():
    inside = [
        place(name, inner)
        for name, function in nodes(*FUNCTIONS)
        for inner in ast.walk(function)
        if isinstance(inner, ast.Import | ast.ImportFrom)
    ]
    assert not inside


def test_the_paginator_knows_no_request():
    asked = {
        alias.name
        for name, node in nodes(ast.ImportFrom)
        if name in {"paginator", "pages", "keyset"} and node.module == "flask"
        for alias in node.names
    }
    assert "request" not in asked


# --- one door to the database ---------------------------------------------------------


def test_only_db_imports_what_makes_a_session():
    doors = {
        name
        for name, node in nodes(ast.ImportFrom)
        for alias in node.names
        if (node.module or "").startswith("sqlalchemy")
        and alias.name in SESSION_CLASSES
    }
    assert doors <= {"db"}


def test_only_db_asks_or_tells_a_session():
    """Outside db.py, ``db.commit()`` is a call of the door; nothing else is."""
    found = [
        place(name, node)
        for name, node in nodes(ast.Call)
        if name != "db"
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in SESSION_METHODS
        and not through_the_door(node.func.value)
    ]
    assert not found


def test_nobody_takes_the_session_out_of_the_door():
    taken = [
        place(name, node)
        for name, node in nodes(ast.Attribute)
        if name != "db"
        and node.attr in {"session", "opened_sessions"}
        and isinstance(node.value, ast.Name)
        and node.value.id == "db"
    ]
    assert not taken


def through_the_door(value):
    """Tell whether a method is called on ``db``, or on a view, form or response."""
    if not isinstance(value, ast.Name):
        return isinstance(value, ast.Call)  # super().delete(), response().delete()
    return value.id in {"db", "self"}


# --- budgets --------------------------------------------------------------------------


def test_files_are_short():
    long = {
        str(path.relative_to(ROOT)): count
        for path in FILES.values()
        if (count := len(path.read_text().splitlines())) > MAX_FILE
    }
    assert not long


def test_classes_are_short():
    long = {
        f"{place(name, node)} {node.name}": count
        for name, node in nodes(ast.ClassDef)
        if (count := code_lines(node)) > MAX_CLASS
    }
    assert not long


def test_functions_are_short():
    long = {
        f"{place(name, node)} {node.name}": count
        for name, node in nodes(*FUNCTIONS)
        if (count := code_lines(node)) > MAX_FUNCTION
    }
    assert not long


def test_half_of_the_functions_are_very_short():
    functions = nodes(*FUNCTIONS)
    assert median(code_lines(node) for _, node in functions) <= MAX_MEDIAN


def test_no_module_is_a_lumber_room():
    lumber = {"utils", "helpers", "core", "common", "misc"}
    assert not lumber.intersection(part for name in TREES for part in name.split("."))


# --- shallow trees --------------------------------------------------------------------


def test_own_ancestors_are_few():
    """At most 6 classes of cbv in the CRUD core, 8 anywhere."""
    deep = {
        found.__name__: depth
        for found, module in public_classes().items()
        if (depth := own_depth(found)) > (6 if module in CRUD_CORE else 8)
    }
    assert not deep


def own_depth(found):
    """Return how many classes of cbv a class consists of, itself included."""
    return sum(
        ancestor.__module__.partition(".")[0] == "cbv" for ancestor in found.mro()
    )


def test_there_is_one_get_and_one_post_in_the_crud_core():
    owners = {
        verb: {
            c.__name__
            for c, m in public_classes().items()
            if m in CRUD_CORE and verb in vars(c)
        }
        for verb in ("get", "post")
    }
    assert owners == {
        "get": {"TemplateView", "RedirectView"},
        "post": {"FormMixin", "RedirectView"},
    }


# --- what a reader is given -----------------------------------------------------------


def public_definitions():
    """Yield the place and node of every public class, function and offered method.

    The methods of a class that no face of the package offers are its own business.
    """
    offered = set(exported())
    for name, tree in TREES.items():
        for node in tree.body:
            if isinstance(node, (*FUNCTIONS, ast.ClassDef)) and is_public(node):
                yield place(name, node), node
                is_offered = isinstance(node, ast.ClassDef) and node.name in offered
                for inner in node.body if is_offered else ():
                    if isinstance(inner, FUNCTIONS) and is_public(inner):
                        yield place(name, inner), inner


def is_public(node):
    """Tell whether the name of a class or function is for users."""
    return not node.name.startswith("_")


def is_accessory(node):
    """Tell whether a function only sets, overloads or holds what another documents."""
    return any(
        ast.unparse(decorator).endswith((".setter", "overload"))
        for decorator in getattr(node, "decorator_list", ())
    )


def test_every_module_says_what_lives_in_it():
    assert not [name for name, tree in TREES.items() if not ast.get_docstring(tree)]


def test_every_public_name_has_a_docstring():
    bare = [
        f"{where} {node.name}"
        for where, node in public_definitions()
        if not is_accessory(node) and not ast.get_docstring(node)
    ]
    assert not bare


def exported():
    """Return what ``cbv`` and ``cbv.auth`` offer, by name."""
    faces = (cbv, importlib.import_module("cbv.auth"))
    return {
        name: value
        for face in faces
        for name, value in vars(face).items()
        if not name.startswith("_")
        and (inspect.isclass(value) or inspect.isfunction(value))
    }


def test_every_exported_name_says_since_when():
    silent = [n for n, v in exported().items() if "Since 0." not in (v.__doc__ or "")]
    assert not silent


def test_cbv_exports_every_view_and_mixin():
    ours = {
        found.__name__
        for found, module in public_classes().items()
        if issubclass(found, View) and module != "cbv.compat"
    }
    views = {name for name in ours if name.endswith(("View", "Mixin"))}
    assert not views - set(vars(cbv))


@pytest.mark.parametrize(
    "name",
    [
        "CBV",
        "ImproperlyConfigured",
        "KeysetPaginator",
        "Paginator",
        "current_view",
        "include",
        "method_decorator",
        "path",
        "per_request",
        "register",
        "reverse",
        "reverse_lazy",
        "route",
        "url_value",
    ],
)
def test_cbv_exports(name):
    assert hasattr(cbv, name)


# --- what no file may hold ------------------------------------------------------------


def test_nothing_is_pickled():
    names = {
        alias.name.partition(".")[0]
        for _, node in nodes(ast.Import, ast.ImportFrom)
        for alias in [*node.names, ast.alias(getattr(node, "module", None) or "")]
    }
    assert not names & {"dill", "marshal", "pickle", "shelve"}


def test_no_error_is_silenced_without_its_code():
    bare = re.compile(r"#\s*(noqa|type:\s*ignore)(?![:\[])")
    assert not matches(bare)


def test_no_work_is_left_as_a_note():
    assert not matches(re.compile(r"#.*\b(TODO|FIXME|XXX|HACK)\b"))


def test_no_file_names_a_place_on_one_machine():
    assert not matches(re.compile(r"[\"'\s(](/home/|/root/|/Users/|/work/|/tmp/)"))


def matches(pattern):
    """Return the places in Python files of the project where a pattern is found."""
    folders = (PACKAGE, ROOT / "example_app", ROOT / "tests", ROOT / "benchmarks")
    return [
        f"{path.relative_to(ROOT)}:{number}"
        for folder in folders
        for path in sorted(folder.rglob("*.py"))
        if path != Path(__file__)
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if pattern.search(line)
    ]
