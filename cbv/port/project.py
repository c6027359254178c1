"""A Django project as its files tell: apps, settings, models, addresses, templates."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from dataclasses import field
from functools import cached_property
from pathlib import Path

from . import modules
from .class_facts import Classes
from .class_facts import read_classes
from .files import read
from .files import Text
from .files import walk
from .knowledge import Knowledge
from .model_facts import is_property
from .model_facts import Models
from .model_facts import read_models
from .notes import Note
from .notes import Untranslatable
from .urlconf import read_urls
from .urlconf import URLs

_SETTINGS = re.compile(r"""DJANGO_SETTINGS_MODULE['"],\s*['"]([\w.]+)""")
_DATES = {"DateField": "DATE", "DateTimeField": "DATETIME", "TimeField": "TIME"}
#: Files of Django's that have no counterpart in Flask.
DROPPED = {"manage.py", "wsgi.py", "asgi.py", "admin.py", "apps.py"}


@dataclass
class Project:
    """The files of a project, read and never run.

    ``base`` is the folder that dotted names start from; ``faults`` are files that are
    no text, do not parse, or include what is not there.
    """

    root: Path
    texts: dict[Path, Text] = field(default_factory=dict)
    trees: dict[Path, ast.Module] = field(default_factory=dict)
    others: list[Path] = field(default_factory=list)
    faults: list[tuple[Path, Note]] = field(default_factory=list)

    @property
    def base(self) -> Path:
        """The folder that dotted names start from."""
        is_package = (self.root / "__init__.py").exists()
        return self.root.parent if is_package else self.root

    @cached_property
    def files(self) -> dict[str, Path]:
        """The Python files, by dotted name."""
        return {modules.dotted(self.base, path): path for path in self.trees}

    @cached_property
    def labels(self) -> dict[Path, str]:
        """The label of the app that each Python file belongs to."""
        apps = {path.parent for path in self.trees if _is_app_file(path)}
        labels = {}
        for path in self.trees:
            around = [folder for folder in path.parents if folder in apps]
            labels[path] = around[0].name if around else path.parent.name
        return labels

    @cached_property
    def settings(self) -> Path | None:
        """The settings that ``manage.py`` names, else any ``settings.py``."""
        manage = self.texts.get(self.root / "manage.py")
        named = _SETTINGS.search(manage.text) if manage else None
        if named and (path := modules.find(self.files, named[1])):
            return path
        found = [path for path in self.trees if path.name == "settings.py"]
        return found[0] if found else None

    @property
    def package(self) -> str:
        """The dotted name of the package that the settings are in."""
        if self.settings is None:
            return "project"
        parts = modules.dotted(self.base, self.settings).split(".")
        return ".".join(parts[: parts.index("settings")] or parts[:-1]) or "project"

    @cached_property
    def values(self) -> dict[str, ast.expr]:
        """The settings, by name."""
        tree = self.trees.get(self.settings) if self.settings else None
        return modules.assignments(tree) if tree else {}

    @cached_property
    def urls(self) -> URLs:
        """The addresses."""
        root = modules.literal(self.values.get("ROOT_URLCONF"))
        return read_urls(self.files, self.trees, str(root) if root else None)

    @cached_property
    def models(self) -> Models:
        """The models."""
        return read_models(self.trees, self.labels)

    @cached_property
    def classes(self) -> Classes:
        """The classes."""
        names = {path: name for name, path in self.files.items()}
        return read_classes(self.trees, names, self.models)

    @cached_property
    def on_request(self) -> set[str]:
        """Names that the project itself sets on the request."""
        return {
            target.attr
            for tree in self.trees.values()
            for node in ast.walk(tree)
            if isinstance(node, ast.Assign)
            for target in node.targets
            if isinstance(target, ast.Attribute)
            and modules.full_name(target.value) in ("request", "self.request")
        }

    @cached_property
    def taking_request(self) -> set[str]:
        """Functions whose first argument is the request."""
        return {
            node.name
            for tree in self.trees.values()
            for node in tree.body
            if isinstance(node, ast.FunctionDef)
            and [argument.arg for argument in node.args.args[:1]] == ["request"]
        }

    @cached_property
    def templates(self) -> dict[str, Path]:
        """The templates, by the names that others call them."""
        found = {}
        for path in self.texts:
            folders = [p for p in path.parents if p.name in ("templates", "jinja2")]
            if folders and path.suffix != ".py":
                found[path.relative_to(folders[-1]).as_posix()] = path
        return found

    @cached_property
    def known(self) -> Knowledge:
        """What templates need to be told."""
        known = Knowledge(addresses=self.urls.addresses)
        for name, model in self.models.by_name.items():
            fields = self.models.fields(name)
            known.methods |= model.methods
            known.attributes |= fields.keys()
            known.dates |= {
                f.name: _DATES[f.kind] for f in fields.values() if f.kind in _DATES
            }
            known.relations |= {r.name for r in self.models.reverses(name)}
            many = (f.name for f in fields.values() if f.kind == "ManyToManyField")
            known.relations |= set(many)
        known.methods |= {name for tree in self.trees.values() for name in _asked(tree)}
        for tree in self.trees.values():
            _own_tags(tree, known)
        return known


def _is_app_file(path: Path) -> bool:
    return path.name in ("models.py", "apps.py") or path.parent.name == "models"


def _asked(tree: ast.Module) -> Iterator[str]:
    """Yield the methods of classes that take nothing but ``self``."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef):
            for inner in node.body:
                if isinstance(inner, ast.FunctionDef) and not is_property(inner):
                    if len(inner.args.args) == 1 and not inner.name.startswith("_"):
                        yield inner.name


def _own_tags(tree: ast.Module, known: Knowledge) -> None:
    """Note the filters and tags that a module registers."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef):
            for found in node.decorator_list:
                call = found.func if isinstance(found, ast.Call) else found
                kind = modules.full_name(call).rpartition(".")[2]
                name = _named(found) or node.name
                if kind == "filter":
                    known.filters.add(name)
                elif kind in ("simple_tag", "inclusion_tag"):
                    known.tags.add(name)
        elif modules.full_name(getattr(node, "func", node)) == "register.filter":
            if isinstance(node, ast.Call) and node.args:
                known.filters.add(str(modules.literal(node.args[0])))


def _named(decorator: ast.expr) -> str:
    """Return the name that a decorator registers a filter or tag under."""
    if not isinstance(decorator, ast.Call):
        return ""
    given = {word.arg: modules.literal(word.value) for word in decorator.keywords}
    first = modules.literal(decorator.args[0]) if decorator.args else None
    is_template = modules.called_name(decorator) == "inclusion_tag"
    return str(given.get("name") or ("" if is_template else first) or "")


def read_project(root: Path, target: Path | None = None) -> Project:
    """Read the files of a project; those below ``target`` are none of it.

    What cannot be read or does not parse is among the project's ``faults``.
    """
    project = Project(root)
    for path in walk(root):
        if target is not None and path.is_relative_to(target):
            continue
        is_text = path.suffix == ".py" or "templates" in path.parts
        if not is_text:
            project.others.append(path)
            continue
        try:
            project.texts[path] = read(path)
            if path.suffix == ".py":
                project.trees[path] = ast.parse(project.texts[path].text)
        except Untranslatable as reason:
            project.faults.append((path, reason.at(1)))
        except (SyntaxError, ValueError) as error:
            line = getattr(error, "lineno", 1) or 1
            note = Note(line, f"it does not parse: {error}", is_error=True)
            project.faults.append((path, note))
    return project
