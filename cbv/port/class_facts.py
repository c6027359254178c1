"""What the classes of a project are: views, forms, models, tests; and whose model."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import dataclass
from dataclasses import field
from pathlib import Path

from . import modules
from .model_facts import Models

_KINDS = {
    "django.views": "view",
    "django.contrib.auth.views": "view",
    "django.contrib.auth.mixins": "view",
    "django.contrib.messages.views": "view",
    "extra_views": "view",
    "neapolitan": "view",
    "django.forms": "form",
    "django.contrib.auth.forms": "form",
    "django.test": "test",
}
#: Methods by which a mixin without bases is known to be one for views.
_HOOKS = {"dispatch", "form_valid", "get_context_data", "get_queryset", "test_func"}
_SUFFIXES = {
    "ListView": "_list",
    "DetailView": "_detail",
    "DateDetailView": "_detail",
    "CreateView": "_form",
    "UpdateView": "_form",
    "CreateWithInlinesView": "_form",
    "UpdateWithInlinesView": "_form",
    "DeleteView": "_confirm_delete",
    "ArchiveIndexView": "_archive",
    "YearArchiveView": "_archive_year",
    "MonthArchiveView": "_archive_month",
    "WeekArchiveView": "_archive_week",
    "DayArchiveView": "_archive_day",
    "TodayArchiveView": "_archive_day",
}


@dataclass
class Class:
    """A class of the project; ``generic`` is Django's view that it comes from."""

    name: str
    path: Path
    kind: str = ""
    model: str = ""
    generic: str = ""
    bases: list[str] = field(default_factory=list)
    values: dict[str, ast.expr] = field(default_factory=dict)
    methods: set[str] = field(default_factory=set)

    @property
    def suffix(self) -> str:
        """The end of the name of its template."""
        own = modules.literal(self.values.get("template_name_suffix"))
        return str(own or _SUFFIXES.get(self.generic, ""))


class Classes:
    """All classes of a project, by name."""

    def __init__(self, models: Models) -> None:
        self.models = models
        self.by_name: dict[str, Class] = {}

    def lineage(self, name: str) -> list[Class]:
        """Return a class and those that it comes from, as far as they are known."""
        found = self.by_name.get(name)
        if found is None:
            return []
        result = [found]
        for base in found.bases:
            last = base.rpartition(".")[2]
            if last != name:
                result += [c for c in self.lineage(last) if c not in result]
        return result

    def value(self, name: str, attribute: str) -> ast.expr | None:
        """Return what a class or one that it comes from sets an attribute to."""
        for found in self.lineage(name):
            if attribute in found.values:
                return found.values[attribute]
        return None


def read_classes(
    trees: Mapping[Path, ast.Module], names: Mapping[Path, str], models: Models
) -> Classes:
    """Return the classes of a project."""
    classes = Classes(models)
    for path, tree in trees.items():
        imports = modules.imports(tree, names[path], path.stem == "__init__")
        for node in ast.walk(tree):
            if isinstance(node, ast.ClassDef):
                classes.by_name.setdefault(node.name, _read(node, path, imports))
    for found in classes.by_name.values():
        _complete(found, classes)
    return classes


def _read(node: ast.ClassDef, path: Path, imports: Mapping[str, str]) -> Class:
    found = Class(node.name, path)
    for base in node.bases:
        name = modules.full_name(
            base.value if isinstance(base, ast.Subscript) else base
        )
        first, _, rest = name.partition(".")
        whole = ".".join(filter(None, [imports.get(first, first), rest]))
        found.bases.append(whole)
    found.values = modules.assignments(ast.Module(_own(node.body), []))
    for inner in node.body:
        if isinstance(inner, ast.ClassDef) and inner.name == "Meta":
            model = modules.assignments(ast.Module(_own(inner.body), [])).get("model")
            found.values |= {} if model is None else {"model": model}
    functions = (n for n in node.body if isinstance(n, ast.FunctionDef))
    found.methods = {function.name for function in functions}
    return found


def _own(body: list[ast.stmt]) -> list[ast.stmt]:
    return [node for node in body if isinstance(node, (ast.Assign, ast.AnnAssign))]


def _complete(found: Class, classes: Classes) -> None:
    """Set what comes from the bases."""
    for ancestor in classes.lineage(found.name):
        for base in ancestor.bases:
            kind = next(
                (k for start, k in _KINDS.items() if base.startswith(start)), ""
            )
            last = base.rpartition(".")[2]
            if kind == "form" and not last.endswith("Form"):
                kind = "field" if last.endswith("Field") else ""
                found.generic = last
            found.kind = found.kind or kind
            if kind == "view" and (last in _SUFFIXES or not found.generic):
                found.generic = last
    if found.name in classes.models.by_name:
        found.kind = "model"
    if not found.kind and found.methods & _HOOKS:
        found.kind = "view"
    found.model = _model(found, classes)


def _model(found: Class, classes: Classes) -> str:
    """Return the model that a view says it is about."""
    for name in ("model", "queryset"):
        node = classes.value(found.name, name)
        for inner in ast.walk(node) if node is not None else ():
            if modules.called_name(inner) == "get_user_model":
                return classes.models.user
            if isinstance(inner, ast.Name) and inner.id in classes.models.by_name:
                return inner.id
    form = classes.value(found.name, "form_class")
    return _of_form(modules.full_name(form).rpartition(".")[2], classes) if form else ""


def _of_form(name: str, classes: Classes) -> str:
    """Return the model of a form, whose ``Meta`` stands in a class of its own."""
    found = classes.by_name.get(name)
    return found.model if found and found.kind == "form" else ""
