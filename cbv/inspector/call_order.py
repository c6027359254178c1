"""Which hooks a view calls, in which order, read from the source of its methods.

Django's documentation keeps such lists by hand ("method flowchart"); these cannot
drift, and show a subclass's own hooks in their place.
"""

from __future__ import annotations

import ast
import functools
import inspect
from collections.abc import Iterator
from textwrap import dedent
from typing import Any
from typing import NamedTuple

from werkzeug.utils import cached_property

from ..forms.csrf import UNSAFE
from ..views.plan import guarding

CACHED = (cached_property, functools.cached_property)
#: Flask's ``request``, and what answers a verb that has no handler.
LEFT_OUT = {"request", "http_method_not_allowed"}


class Step(NamedTuple):
    """One hook in the order of calls: how deep, which class supplies it, its name."""

    depth: int
    owner: str
    name: str


def call_order(view: Any, verb: str) -> list[Step]:
    """Return the hooks that one request with this verb may call, in order.

    Branches stand one after the other; a property that keeps its value stands once.
    """
    view_class = type(view)
    walk = _Walk(view_class)
    steps = list(walk.steps("setup"))
    if view.csrf_protected and not view.csrf_exempt and verb in UNSAFE:
        steps.append(Step(0, "cbv.forms.csrf", "protect"))
    steps += [Step(0, klass.__name__, "check_access") for klass in guarding(view_class)]
    steps += walk.steps("dispatch_request")
    handler = view._plan.handlers[verb]
    return [*steps, *walk.steps(handler, 1)]


def stands_for(view: Any, handler: str) -> bool:
    """Tell whether a handler only calls another one, as PUT does of a form view."""
    view_class, others = type(view), set(view._plan.handlers.values()) - {handler}
    function = supplied(view_class, handler)
    if handler != "get" and function is supplied(view_class, "get"):
        return True
    called = calls_in(function)
    return len(called) == 1 and called[0] in {(name, False) for name in others}


def supplied(view_class: type, name: str) -> Any:
    """Return the function of that name that a class has, itself or by a base."""
    owners = [klass for klass in view_class.__mro__ if name in vars(klass)]
    return _function(vars(owners[0])[name]) if owners else None


class _Walk:
    """Follows calls of ``self.…`` and ``super().…`` through a class's methods."""

    def __init__(self, view_class: type) -> None:
        self.mro = view_class.__mro__
        self.kept: set[str] = set()
        #: The callers of what is looked at now: a recursion ends there.
        self.callers: list[Any] = []

    def steps(self, name: str, depth: int = 0, start: int = 0) -> Iterator[Step]:
        """Yield the hook of that name, found from ``start`` on, and what it calls."""
        place = self._place(name, start)
        if place is None or name in self.kept or name in LEFT_OUT:
            return
        owner = self.mro[place]
        value = vars(owner)[name]
        function = _function(value)
        if function is None or function in self.callers:
            return
        if isinstance(value, CACHED):
            self.kept.add(name)
        if not name.startswith("_"):
            yield Step(depth, owner.__name__, name)
            depth += 1
        self.callers.append(function)
        for called, is_super in calls_in(function):
            yield from self.steps(called, depth, place + 1 if is_super else 0)
        self.callers.pop()

    def _place(self, name: str, start: int) -> int | None:
        places = range(start, len(self.mro) - 1)  # the last one is object
        return next((n for n in places if name in vars(self.mro[n])), None)


def _function(value: Any) -> Any:
    """Return the function behind a method, a property or a class method."""
    for attribute in ("func", "fget", "__func__"):
        value = getattr(value, attribute, value)
    return inspect.unwrap(value) if inspect.isroutine(value) else None


@functools.lru_cache(maxsize=2048)
def calls_in(function: Any) -> tuple[tuple[str, bool], ...]:
    """Return the names that a method asks of ``self``, and whether by ``super()``.

    In the order of evaluation; what a nested function does is left out.
    """
    try:
        tree = ast.parse(dedent(inspect.getsource(function))).body[0]
    except (OSError, TypeError, SyntaxError):
        return ()
    if not isinstance(tree, (ast.FunctionDef, ast.AsyncFunctionDef)):
        return ()
    reader = _Reader(tree.args.args[0].arg if tree.args.args else "self")
    for statement in tree.body:
        reader.visit(statement)
    return tuple(reader.found)


class _Reader(ast.NodeVisitor):
    def __init__(self, own_name: str) -> None:
        self.own_name = own_name
        self.found: list[tuple[str, bool]] = []

    def visit_Call(self, node: ast.Call) -> None:
        """Note the arguments before the call that is given them."""
        for part in (*node.args, *node.keywords):
            self.visit(part)
        self.visit(node.func)

    def visit_Attribute(self, node: ast.Attribute) -> None:
        """Note ``self.name`` and ``super().name``, unless they are set."""
        inner = node.value
        if not isinstance(node.ctx, ast.Load):
            return
        if isinstance(inner, ast.Name) and inner.id == self.own_name:
            self.found.append((node.attr, False))
        elif isinstance(inner, ast.Call) and getattr(inner.func, "id", "") == "super":
            self.found.append((node.attr, True))
        else:
            self.visit(inner)

    def visit_Lambda(self, node: ast.Lambda) -> None:
        """Leave out what is called later, if at all."""

    visit_FunctionDef = visit_Lambda  # type: ignore[assignment]
