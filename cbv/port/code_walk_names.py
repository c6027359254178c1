"""Turn the names that a file imports from Django, and the attributes of its objects."""

from __future__ import annotations

from typing import Any

import libcst as cst

from . import code_forms
from . import code_queries
from . import code_requests
from . import code_tests
from . import code_urls
from .code_calls import CALLS
from .code_comments import Comments
from .code_context import expression
from .code_context import Here
from .code_imports import MARK
from .code_names import FOREIGN
from .code_names import NAMES
from .code_names import OWN
from .code_names import PARTS
from .notes import Untranslatable

URLS = {
    "django.urls.include": code_urls.include,
    "django.urls.path": code_urls.path,
    "django.urls.re_path": code_urls.re_path,
}
#: The errors of a model's manager, and those of SQLAlchemy.
_ABSENT = {
    "DoesNotExist": "NoResultFound",
    "MultipleObjectsReturned": "MultipleResultsFound",
}
_META = ("SQLAlchemy's inspect() knows what _meta says", "extension.md")
ADMIN = "django.contrib.admin"
USER = "django.contrib.auth.models.User"


class Names(Comments):
    """The walk over a file, as far as names go."""

    def leave_Element(
        self, original_node: cst.Element, updated_node: cst.Element
    ) -> Any:
        """Leave an address out that has no counterpart: its note says so."""
        value = original_node.value
        refused = value in self.refused and self.here.dotted(value.func) in URLS  # type: ignore[attr-defined]
        return cst.RemoveFromParent() if refused else updated_node

    def visit_ImportFrom(self, node: cst.ImportFrom) -> bool:
        """Names are imported anew."""
        return False

    visit_Import = visit_ImportFrom  # type: ignore[assignment]

    def leave_ImportFrom(
        self, original_node: cst.ImportFrom, updated_node: cst.ImportFrom
    ) -> Any:
        """Drop the imports of Django's; what is used of it has other names."""
        module = self.here.code(original_node.module) if original_node.module else ""
        is_foreign = not original_node.relative and module.split(".")[0] in FOREIGN
        return self._import(updated_node) if is_foreign else updated_node

    def leave_Import(self, original_node: cst.Import, updated_node: cst.Import) -> Any:
        """Drop ``import django…``."""
        names = [
            self.here.code(alias.name).split(".")[0] for alias in original_node.names
        ]
        return self._import(updated_node) if set(names) & set(FOREIGN) else updated_node

    def _import(self, node: cst.BaseSmallStatement) -> Any:
        """Leave a mark where the first import was; the new ones will stand there."""
        if self.here.marked or self.here.classes or self.here.functions:
            return cst.RemoveFromParent()
        self.here.marked = True
        return cst.Expr(cst.Name(MARK))

    def visit_Attribute(self, node: cst.Attribute) -> bool:
        """Of ``a.b.c`` the longest part that is a name of Django's is turned."""
        self.skip.add(node.attr)
        name = self.here.dotted(node)
        is_ours = _has_name(name.rpartition(".")[0]) and not _is_known(name)
        if name.split(".")[0] in FOREIGN and not is_ours:
            self.skip_inside(node)
        return True

    def skip_inside(self, node: cst.Attribute) -> None:
        """Take the inner names of ``a.b.c`` for no names of their own."""
        inner: cst.CSTNode = node.value
        while isinstance(inner, cst.Attribute):
            self.skip |= {inner, inner.attr}
            inner = inner.value
        self.skip.add(inner)

    def leave_Decorator(
        self, original_node: cst.Decorator, updated_node: cst.Decorator
    ) -> Any:
        """What only says how the admin shows a method goes with the admin."""
        node = original_node.decorator
        name = self.here.dotted(node.func if isinstance(node, cst.Call) else node)
        return cst.RemoveFromParent() if name.startswith(ADMIN) else updated_node

    def visit_Arg(self, node: cst.Arg) -> None:
        """A keyword is no name."""
        if node.keyword is not None:
            self.skip.add(node.keyword)

    def visit_Param(self, node: cst.Param) -> None:
        """A parameter is no name."""
        self.skip.add(node.name)

    def leave_Name(self, original_node: cst.Name, updated_node: cst.Name) -> Any:
        """Turn a name that is Django's, or that holds a statement."""
        if original_node in self.skip:
            return updated_node
        function = self.here.function
        if function is not None:
            if original_node.value == "request" and function.has_request:
                self.here.need("flask", "request")
            if original_node.value in function.queries:
                model = function.queries[original_node.value]
                self.here.queries[updated_node] = model
        return self._name(original_node, updated_node)

    def _name(self, original: Any, updated: Any) -> Any:
        """Return what a name of Django's is here, or the name itself."""
        name = self.here.dotted(original)
        if name in NAMES:
            return _ours(self.here, *NAMES[name])
        if name in OWN:
            return cst.Name(self.here.own(*OWN[name]))
        if name == USER:
            return cst.Name(self.here.user())
        kind = code_forms.FIELDS.get(name.rpartition(".")[2])
        if kind is not None and name.startswith("django.forms"):
            return cst.Name(self.here.need(kind.home, kind.name))
        is_part = (
            name.startswith(ADMIN) or name in PARTS or name in CALLS or name in URLS
        )
        if name.split(".")[0] in FOREIGN and not is_part:
            self.here.lost(original, name)
        return updated

    def leave_Attribute(
        self, original_node: cst.Attribute, updated_node: cst.Attribute
    ) -> Any:
        """Turn an attribute: of the request, of a model, of the settings, of Django."""
        here, name = self.here, updated_node.attr.value
        if original_node in self.skip:
            return updated_node
        if name == "_meta":
            here.leave(original_node, Untranslatable(*_META))
        if here.dotted(original_node).startswith("django.conf.settings."):
            return self._setting(original_node)
        dotted = here.dotted(original_node)
        if dotted.split(".")[0] in FOREIGN:
            is_ours = _has_name(dotted.rpartition(".")[0]) and not _is_known(dotted)
            return updated_node if is_ours else self._name(original_node, updated_node)
        if code_requests.is_request(here, original_node.value):
            return self.attempt(code_requests.attribute, original_node, updated_node)
        matched = code_requests.matched(here, original_node)
        if matched is not None:
            return matched
        model = here.model_of(updated_node.value)
        if model and name in ("objects", "_default_manager"):
            return self._query(original_node, model)
        if model and name in _ABSENT:
            return cst.Name(here.need("sqlalchemy.exc", _ABSENT[name]))
        return self._response(updated_node)

    def _response(self, node: cst.Attribute) -> cst.Attribute:
        """In tests, ``response.content`` has another name."""
        if self.here.class_kind() != "test" or self.here.code(node.value) != "response":
            return node
        name = code_tests.RESPONSE.get(node.attr.value)
        return node.with_changes(attr=cst.Name(name)) if name else node

    def _setting(self, node: cst.Attribute) -> cst.BaseExpression:
        if self.here.function is None:
            text = "settings are read when the application runs"
            self.here.leave(node, Untranslatable(text, "extension.md"))
        self.here.need("flask", "current_app")
        return expression(f'current_app.config["{node.attr.value}"]')

    def _query(self, node: cst.Attribute, model: str) -> cst.BaseExpression:
        """Begin a statement; which methods follow says whether it needs an order."""
        asked: list[str] = []
        inner: cst.CSTNode = node
        while isinstance(inner, (cst.Attribute, cst.Call)):
            inner = self.parents[inner]
            if isinstance(inner, cst.Attribute):
                asked.append(inner.attr.value)
        if asked[:1] == ["create_user"]:
            return cst.Name("create_user")
        made = expression(code_queries.start(self.here, model, asked))
        self.here.queries[made] = model
        return made


def _ours(here: Here, home: str, name: str) -> cst.BaseExpression:
    """Return a name of cbv's, by its module where the file has one like it."""
    if name in here.defined:
        here.need("", home)
        return expression(f"{home}.{name}")
    return cst.Name(here.need(home, name))


def _is_known(name: str) -> bool:
    """Tell whether a dotted name of Django's is in one of the tables."""
    tables = (NAMES, OWN, PARTS, CALLS, URLS)
    return any(name in table for table in tables)


def _has_name(name: str) -> bool:
    """Tell whether a dotted name, or a beginning of it, has another name here."""
    while name:
        if name in NAMES or name in OWN or name == USER:
            return True
        name = name.rpartition(".")[0]
    return False
