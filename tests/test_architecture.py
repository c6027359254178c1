"""The house rules of cbv: floors, one door to the database, budgets, shallow trees.

``support/floors.py`` is the one place that says which wing stands where. A file may
import files of its own wing, and of wings on lower floors.
"""

from __future__ import annotations

import ast
import builtins
import importlib
import inspect
import re
import subprocess
import sys
from graphlib import CycleError
from graphlib import TopologicalSorter
from pathlib import Path
from statistics import median

import pytest

import cbv
from cbv import View
from support.floors import FILES
from support.floors import floor_of
from support.floors import FLOORS
from support.floors import imported
from support.floors import may_import
from support.floors import nodes
from support.floors import PACKAGE
from support.floors import place
from support.floors import ROOT
from support.floors import TREES
from support.floors import wing_of
from support.floors import WINGS
from support.floors import wrong_imports

#: The wing that nothing of the library imports, and that needs a package of its own.
APART = {"port"}
#: What a ported site is given: its own files then, written as an application's are.
OF_SITES = "port.shipped"
MAX_FILE, MAX_CLASS, MAX_FUNCTION, MAX_MEDIAN = 420, 130, 25, 10
#: Modules whose classes make up list, detail and edit pages.
CRUD_CORE = {
    "cbv.views.base",
    "cbv.views.detail",
    "cbv.views.list",
    "cbv.views.edit",
    "cbv.views.filtering",
}
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
#: The files of the wing db through which others read and write.
DOORS = {"reading", "writing"}
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


def import_graph():
    """Return, by module, the modules of cbv that it imports."""
    graph = {name: set() for name in TREES}
    for name, node in nodes(ast.Import, ast.ImportFrom):
        graph[name].update(set(imported(name, node)) - {name})
    return graph


GRAPH = import_graph()


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


def test_imports_point_down():
    wrong = wrong_imports()
    assert not wrong, "\n".join(wrong)


def test_a_wrong_import_is_named_with_its_file_and_wing(monkeypatch):
    upward = ast.parse("from ..views.base import View")
    monkeypatch.setitem(TREES, "forms.choices", upward)
    assert wrong_imports() == [
        "cbv/forms/choices.py:1 imports cbv.views.base: the wing forms (floor 4) may"
        " not reach the wing views (floor 5)"
    ]


@pytest.mark.parametrize("wing", ["auth", "pagination"])
def test_a_wing_may_not_import_another_of_its_floor(wing):
    others = FLOORS[floor_of(wing) - 1] - {wing}
    assert others
    assert not any(may_import(f"{wing}.views", other) for other in others)


def test_the_top_of_cbv_holds_twelve_wings_and_nine_files():
    entries = [e for e in PACKAGE.iterdir() if e.name != "__pycache__"]
    files = {e.stem for e in entries if e.suffix == ".py"}
    folders = {e.name for e in entries if e.is_dir()}
    assert folders == WINGS | {"templates", "static"}
    assert len(WINGS) == 12
    assert files - {"__init__"} == set().union(*FLOORS) - WINGS - {""}
    assert len(files) == 9


def test_files_import_from_files():
    """A face is for users: whoever comes through it loads its whole wing."""
    through = [
        f"{place(name, node)} imports {alias.name} from the face of {source}"
        for name, node in nodes(ast.ImportFrom)
        if name and not name.startswith(OF_SITES)
        for alias, source in zip(node.names, imported(name, node), strict=False)
        if source in WINGS and alias.name != source.rpartition(".")[2]
    ]
    assert not through


@pytest.mark.parametrize("wing", sorted(WINGS))
def test_a_face_holds_public_names_and_nothing_else(wing):
    tree, face = TREES[wing], importlib.import_module(f"cbv.{wing}")
    kinds = (ast.Expr, ast.ImportFrom, ast.Assign, ast.If)
    assert all(isinstance(node, kinds) for node in tree.body)
    assigned = [t.id for n in tree.body if isinstance(n, ast.Assign) for t in n.targets]
    assert {name for name in assigned if name != "_HOMES"} == {"__all__"}
    assert all(hasattr(face, name) for name in face.__all__)


def test_star_imports_replace_no_builtin_and_no_other_public_name():
    met = {}
    for face in ("cbv", *(f"cbv.{wing}" for wing in sorted(WINGS))):
        module, scope = importlib.import_module(face), {}
        exec(f"from {face} import *", scope)
        names = set(scope) - {"__builtins__"}
        assert names == set(module.__all__), face
        assert not [n for n in names if hasattr(builtins, n)], face
        for name in names:
            home = met.setdefault(name, (face, scope[name]))
            assert scope[name] is home[1], f"{face}.{name} is not {home[0]}.{name}"


@pytest.mark.parametrize("wing", sorted(WINGS - APART))
def test_no_file_takes_the_place_of_a_public_name(wing):
    """Importing ``cbv.db.rollback`` would put that file in the place of a function."""
    for name in TREES:
        if wing_of(name) == wing and name.count(".") == 1:
            importlib.import_module(f"cbv.{name}")
    face = importlib.import_module(f"cbv.{wing}")
    assert not [n for n in face.__all__ if inspect.ismodule(getattr(face, n))]


def test_importing_cbv_loads_no_wing_that_few_pages_need():
    code = "import cbv, sys; print(*[m for m in sys.modules if m.startswith('cbv.')])"
    printed = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout.split()
    loaded = {name.split(".")[1] for name in printed}
    late = {"auth", "tasks", "formsets", "crud", "dates", "inspector", "extension"}
    assert "views" in loaded
    assert not loaded & late


def test_setting_cbv_up_loads_every_wing():
    code = "from cbv import CBV; import sys; print(*sys.modules)"
    printed = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout.split()
    assert {f"cbv.{wing}" for wing in WINGS - APART} <= set(printed)
    assert not {f"cbv.{wing}" for wing in APART} & set(printed)
    assert {f"cbv.{home}" for home in cbv._HOMES.values()} <= set(printed)
    assert {f"cbv.views.{home}" for home in cbv.views._HOMES.values()} <= set(printed)


def test_a_name_that_is_imported_late_is_where_it_says():
    for name, home in cbv._HOMES.items():
        module = importlib.import_module(f"cbv.{home}")
        assert getattr(cbv, name) is getattr(module, name)
    assert set(cbv._HOMES) <= set(cbv.__all__) <= set(dir(cbv))
    for wing in cbv._WINGS:
        assert getattr(cbv, wing) is importlib.import_module(f"cbv.{wing}")
    with pytest.raises(AttributeError, match="Misspelt"):
        cbv.Misspelt  # noqa: B018


def test_a_type_checker_sees_the_same_late_names():
    """What stands under TYPE_CHECKING is what ``__getattr__`` gives."""
    [block] = [
        node
        for node in TREES[""].body
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"
    ]
    seen = {
        alias.name: node.module
        for node in block.body
        for alias in node.names
        if node.module is not None
    }
    assert seen == cbv._HOMES


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
        if wing_of(name) == "pagination" and node.module == "flask"
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
    doors = {door for door in doors if not door.startswith(OF_SITES)}
    assert {wing_of(door) for door in doors} <= {"db"}


def test_only_db_asks_or_tells_a_session():
    """Outside the wing, ``writing.commit()`` is a call of the door; nothing else is."""
    found = [
        place(name, node)
        for name, node in nodes(ast.Call)
        if wing_of(name) != "db"
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in SESSION_METHODS
        and not through_the_door(node.func.value)
    ]
    assert not found


def test_nobody_takes_the_session_out_of_the_door():
    taken = [
        place(name, node)
        for name, node in nodes(ast.ImportFrom)
        if wing_of(name) != "db" and "db.session" in imported(name, node)
        if {alias.name for alias in node.names} & {"session", "opened_sessions"}
    ]
    assert not taken


def through_the_door(value):
    """Tell whether a method is a door's function, or a view's, form's or response's."""
    if not isinstance(value, ast.Name):
        return isinstance(value, ast.Call)  # super().delete(), response().delete()
    return value.id in {*DOORS, "self"}


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
    """Return the classes and functions that the faces of cbv offer, by name."""
    faces = (cbv, *(importlib.import_module(f"cbv.{wing}") for wing in WINGS))
    return {
        name: value
        for face in faces
        for name in face.__all__
        if inspect.isclass(value := getattr(face, name)) or inspect.isfunction(value)
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
