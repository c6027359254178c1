"""The state of the port of a Python file: where it is, what it needs, what is left."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import dataclass
from dataclasses import field
from pathlib import Path

import libcst as cst

from . import modules
from .code_names import page_of
from .model_facts import Models
from .notes import Note
from .notes import Untranslatable
from .project import Project

_ROWS = (
    "get_object_or_404(",
    "scalar(",
    "session().scalars(",
    "self.get_object(",
    "super().get_object(",
    "create_user(",
)
_ROW_ENDS = (".save(commit=False)", ".instance", "self.object")


@dataclass
class ClassFacts:
    """A class that is being read: what it is, and the model it is about."""

    name: str
    kind: str
    model: str = ""


@dataclass
class FunctionFacts:
    """A function that is being read.

    ``queries`` has the variables that hold a statement, with their models;
    ``chained`` those that are asked more than once; ``rows`` those that hold an object;
    ``lists`` those that hold several; ``texts`` those that hold several texts.
    """

    name: str
    is_view: bool = False
    has_request: bool = False
    queries: dict[str, str] = field(default_factory=dict)
    chained: set[str] = field(default_factory=set)
    rows: set[str] = field(default_factory=set)
    lists: set[str] = field(default_factory=set)
    texts: dict[str, tuple[str, ...]] = field(default_factory=dict)


class Here:
    """Where the port is, and what it found."""

    def __init__(self, project: Project, path: Path, module: cst.Module) -> None:
        self.project = project
        self.path = path
        self.module = module
        is_made = path == Path()  # the users, whose text is no file of the project
        name = "" if is_made else modules.dotted(project.base, path)
        tree = project.trees.get(path) or ast.parse(module.code)
        self.imports = modules.imports(tree, name, path.stem == "__init__")
        definitions = (ast.FunctionDef, ast.ClassDef)
        self.defined = {n.name for n in tree.body if isinstance(n, definitions)}
        self.needs: dict[str, set[str]] = {}
        self.notes: list[Note] = []
        self.frames: list[list[Note]] = [[]]
        self.classes: list[ClassFacts] = []
        self.functions: list[FunctionFacts] = []
        self.asked: list[str] = []
        self.queries: dict[cst.CSTNode, str] = {}
        self.created: dict[cst.CSTNode, str] = {}
        self.commits = False
        self.marked = False
        self.positions: dict[cst.CSTNode, object] = {}

    # --- where ------------------------------------------------------------------------

    @property
    def models(self) -> Models:
        """The project's models."""
        return self.project.models

    @property
    def class_(self) -> ClassFacts | None:
        """The innermost class, None outside of classes."""
        return self.classes[-1] if self.classes else None

    @property
    def function(self) -> FunctionFacts | None:
        """The innermost function, None outside of functions."""
        return self.functions[-1] if self.functions else None

    @property
    def model(self) -> str:
        """The model that a bare condition is about."""
        for model in reversed(self.asked):
            if model:
                return model
        return self.class_.model if self.class_ else ""

    # --- names ------------------------------------------------------------------------

    def code(self, node: cst.CSTNode) -> str:
        """Return the text of a node."""
        return self.module.code_for_node(node).strip()

    def dotted(self, node: cst.CSTNode) -> str:
        """Return the dotted name that an expression is imported from, or nothing."""
        names: list[str] = []
        while isinstance(node, cst.Attribute):
            names.append(node.attr.value)
            node = node.value
        if not isinstance(node, cst.Name) or node.value not in self.imports:
            return ""
        return ".".join([self.imports[node.value], *reversed(names)])

    def need(self, module: str, name: str) -> str:
        """Note that a name must be imported, and return it."""
        self.needs.setdefault(module, set()).add(name)
        return name

    def own(self, module: str, name: str) -> str:
        """Note that a name of the project's own package must be imported."""
        return self.need(f"{self.project.package}.{module}", name)

    def user(self) -> str:
        """Return the class of the users, imported."""
        name = self.models.user
        found = self.models.by_name[name]
        if found.path == Path():
            return name if self.path == Path() else self.own("users", name)
        if found.path != self.path:
            return self.need(modules.dotted(self.project.base, found.path), name)
        return name

    def model_class(self, name: str) -> str:
        """Return the class of a model, imported unless it is in this file."""
        if name == self.models.user:
            return self.user()
        found = self.models.by_name[name]
        if found.path != self.path and name not in self.imports:
            self.need(modules.dotted(self.project.base, found.path), name)
        return name

    def model_of(self, node: cst.CSTNode) -> str:
        """Return the model that an expression names, or nothing."""
        text = self.code(node)
        last = text.rpartition(".")[2]
        if text in ("self.model", "self.object.__class__"):
            return self.model
        if self.dotted(node) == "django.contrib.auth.models.User":
            return self.models.user
        if last in self.models.by_name and (last in self.imports or text == last):
            return last
        return ""

    def class_kind(self) -> str:
        """Return what the innermost class is, or nothing."""
        return self.class_.kind if self.class_ else ""

    def is_row(self, node: cst.CSTNode, code: str) -> bool:
        """Tell whether an expression gives one row."""
        if node in self.created or code.startswith(_ROWS) or code.endswith(_ROW_ENDS):
            return True
        name = code.partition("(")[0].rpartition(".")[2]
        return "(" in code and name in self.models.by_name

    # --- what is left -----------------------------------------------------------------

    def leave(self, node: cst.CSTNode, reason: Untranslatable) -> None:
        """Note that a place needs a hand; its statement will say so."""
        first, last = self.span(node)
        self.frames[-1].append(reason.at(first, last - first + 1))

    def lost(self, node: cst.CSTNode, name: str) -> None:
        """Note that something of Django's has no counterpart."""
        text = f"{name} has no counterpart"
        self.leave(node, Untranslatable(text, page_of(name)))

    def span(self, node: cst.CSTNode) -> tuple[int, int]:
        """Return the first and the last line of a node in the source."""
        found = self.positions.get(node)
        start = getattr(getattr(found, "start", None), "line", 1)
        return start, getattr(getattr(found, "end", None), "line", start)


def expression(text: str) -> cst.BaseExpression:
    """Return the node of an expression, which may have been cut out of parentheses."""
    try:
        return cst.parse_expression(text)
    except cst.ParserSyntaxError:
        return cst.parse_expression(f"({text})")


def arguments(here: Here, node: cst.Call) -> tuple[list[str], dict[str, str]]:
    """Return the texts of a call's arguments: by position (stars too) and by name."""
    positional, named = [], {}
    for argument in node.args:
        text = here.code(argument.value)
        if argument.keyword is None:
            positional.append(argument.star + text)
        else:
            named[argument.keyword.value] = text
    return positional, named


def call(name: str, positional: Sequence[str], named: dict[str, str]) -> str:
    """Return the text of a call."""
    given = [*positional, *(f"{key}={said}" for key, said in named.items())]
    return f"{name}({', '.join(given)})"
