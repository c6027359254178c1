"""Read what a project's models are made of: fields, relations, methods, ``Meta``.

Django: ``models.py``; nothing of it is imported.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from collections.abc import Mapping
from dataclasses import dataclass
from dataclasses import field
from pathlib import Path

from . import modules

RELATIONS = {"ForeignKey", "OneToOneField", "ManyToManyField"}
_BASES = {"models.Model", "Model"}
_USERS = {"AbstractUser", "AbstractBaseUser"}
FOREIGN_USER = "User"
#: Django's own user, whose table a ported site goes on reading.
USER = """
class User(models.Model):
    password = models.CharField(max_length=128)
    last_login = models.DateTimeField(null=True, blank=True)
    is_superuser = models.BooleanField(default=False)
    username = models.CharField(max_length=150, unique=True)
    first_name = models.CharField(max_length=150, blank=True)
    last_name = models.CharField(max_length=150, blank=True)
    email = models.EmailField(blank=True)
    is_staff = models.BooleanField(default=False)
    is_active = models.BooleanField(default=True)
    date_joined = models.DateTimeField(default=timezone.now)

    class Meta:
        db_table = "auth_user"

    def __str__(self):
        return self.username

    def get_full_name(self):
        return f"{self.first_name} {self.last_name}".strip()

    def get_short_name(self):
        return self.first_name

    def get_username(self):
        return self.username
"""


@dataclass
class Field:
    """One field of a model: its name, kind, arguments, and the model it refers to."""

    name: str
    kind: str
    args: dict[str, ast.expr]
    line: int
    target: str = ""

    def given(self, name: str) -> object:
        """Return the value of a constant argument, else None."""
        return modules.literal(self.args.get(name))


@dataclass
class Model:
    """One model, as far as its text tells."""

    name: str
    app: str
    path: Path
    bases: list[str]
    fields: dict[str, Field] = field(default_factory=dict)
    meta: dict[str, ast.expr] = field(default_factory=dict)
    methods: set[str] = field(default_factory=set)

    @property
    def is_abstract(self) -> bool:
        """Tell whether it has no table of its own."""
        return modules.literal(self.meta.get("abstract")) is True

    @property
    def is_user(self) -> bool:
        """Tell whether it is the project's user."""
        return any(base.rpartition(".")[2] in _USERS for base in self.bases)

    @property
    def table(self) -> str:
        """Return the table's name: Django's ``app_model``, or ``Meta.db_table``."""
        named = modules.literal(self.meta.get("db_table"))
        return str(named or f"{self.app}_{self.name.lower()}")


@dataclass
class Reverse:
    """What the other side of a relation is called, and where it leads."""

    name: str
    owner: str
    field: Field


class Models:
    """All models of a project, by name."""

    def __init__(self) -> None:
        self.by_name: dict[str, Model] = {}
        self.user = FOREIGN_USER

    def add(self, model: Model) -> None:
        """Note a model."""
        self.by_name[model.name] = model
        if model.is_user:
            self.user = model.name

    def fields(self, name: str) -> dict[str, Field]:
        """Return the fields of a model, inherited ones first."""
        model = self.by_name.get(name)
        if model is None:
            return {}
        found: dict[str, Field] = {}
        for base in model.bases:
            parent = self.by_name.get(base.rpartition(".")[2])
            if parent is not None and parent.is_abstract:
                found |= self.fields(parent.name)
        return found | model.fields

    def target(self, name: str, owner: str = "") -> str:
        """Return the class that a reference names: ``app.Model``, ``self``, a class."""
        last = name.rpartition(".")[2]
        if last in ("AUTH_USER_MODEL", "get_user_model"):
            return self.user
        return owner if last == "self" else last

    def reverses(self, name: str) -> Iterator[Reverse]:
        """Yield what other models' relations make of a model."""
        for model in self.by_name.values():
            for found in {} if model.is_abstract else self.fields(model.name).values():
                if not found.target or self.target(found.target, model.name) != name:
                    continue
                called = reverse_name(model, found)
                if called and not called.endswith("+"):
                    yield Reverse(called, model.name, found)

    def pk(self, name: str) -> str:
        """Return the name of a model's primary key attribute."""
        for found in self.fields(name).values():
            if found.given("primary_key") is True:
                is_key = found.kind in RELATIONS
                return f"{found.name}_id" if is_key else found.name
        return "id"

    def relation(self, name: str, attribute: str) -> str:
        """Return the model that an attribute of another leads to, or nothing."""
        found = self.fields(name).get(attribute)
        if found is not None and found.target:
            return self.target(found.target, name)
        for reverse in self.reverses(name):
            if reverse.name == attribute:
                return reverse.owner
        return ""

    def is_many(self, name: str, attribute: str) -> bool:
        """Tell whether an attribute is a list of rows."""
        found = self.fields(name).get(attribute)
        if found is not None:
            return found.kind == "ManyToManyField"
        return any(
            reverse.name == attribute and reverse.field.kind != "OneToOneField"
            for reverse in self.reverses(name)
        )


def reverse_name(model: Model, found: Field) -> str:
    """Return what a relation is called on the other side, by Django's rules."""
    named = found.given("related_name")
    if isinstance(named, str):
        return named.replace("%(class)s", model.name.lower()).replace(
            "%(app_label)s", model.app
        )
    is_one = found.kind == "OneToOneField"
    return model.name.lower() + ("" if is_one else "_set")


def read_models(trees: Mapping[Path, ast.Module], labels: Mapping[Path, str]) -> Models:
    """Return the models of a project.

    :param labels: by file, the label of its app.
    """
    models, waiting = Models(), list(_classes(trees))
    found = True
    while found:  # a model may derive from one that is read later
        found = False
        for path, node in list(waiting):
            bases = [modules.full_name(base) for base in node.bases]
            if not _is_model(bases, models):
                continue
            found = True
            waiting.remove((path, node))
            models.add(_model(node, labels.get(path, ""), path, bases))
    _complete_user(models)
    return models


def _complete_user(models: Models) -> None:
    """Give the user Django's fields; without a class of its own, Django's class."""
    [node] = ast.parse(USER).body
    standard = _model(node, "auth", Path(), [])  # type: ignore[arg-type]
    own = models.by_name.setdefault(models.user, standard)
    if own is not standard:
        own.fields = standard.fields | own.fields
        own.methods |= standard.methods


def _classes(
    trees: Mapping[Path, ast.Module],
) -> Iterator[tuple[Path, ast.ClassDef]]:
    for path, tree in trees.items():
        for node in tree.body:
            if isinstance(node, ast.ClassDef):
                yield path, node


def _is_model(bases: list[str], models: Models) -> bool:
    return any(
        base in _BASES
        or base.rpartition(".")[2] in _USERS
        or base.rpartition(".")[2] in models.by_name
        for base in bases
    )


def _model(node: ast.ClassDef, app: str, path: Path, bases: list[str]) -> Model:
    model = Model(node.name, app, path, bases)
    for inner in node.body:
        if isinstance(inner, ast.ClassDef) and inner.name == "Meta":
            model.meta = modules.assignments(ast.Module(inner.body, []))
        elif isinstance(inner, ast.FunctionDef):
            if not is_property(inner) and len(inner.args.args) == 1:
                model.methods.add(inner.name)
        elif isinstance(inner, ast.Assign) and isinstance(inner.targets[0], ast.Name):
            found = read_field(inner.targets[0].id, inner.value)
            if found is not None:
                model.fields[found.name] = found
    return model


def is_property(node: ast.FunctionDef) -> bool:
    """Tell whether a method is asked for without a call."""
    return any("property" in ast.unparse(found) for found in node.decorator_list)


def read_field(name: str, node: ast.expr) -> Field | None:
    """Return the field that a call makes, None for anything else."""
    kind = modules.called_name(node)
    if not isinstance(node, ast.Call) or not kind.endswith(("Field", "ForeignKey")):
        return None
    names = ("to", "on_delete") if kind in RELATIONS else ("verbose_name", "name")
    if kind == "ManyToManyField":
        names = ("to", "related_name")
    args = dict(zip(names, node.args, strict=False))
    args |= {word.arg: word.value for word in node.keywords if word.arg}
    target = ""
    if kind in RELATIONS and "to" in args:
        said = modules.literal(args["to"])
        target = said if isinstance(said, str) else modules.full_name(args["to"])
        target = target or modules.called_name(args["to"])
    return Field(name, kind, args, node.lineno, target)
