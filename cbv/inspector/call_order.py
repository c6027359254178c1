"""Find out which hooks a view calls, and in which order, from its source code.

Django's documentation has such lists ("method flowchart"), written by hand. These are
read from the methods themselves, so they are never out of date and show the hooks of a
subclass in their place.
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
#: Attributes that are not listed: Flask's ``request``, and the answer to an HTTP method
#: without a handler.
LEFT_OUT = {"request", "http_method_not_allowed"}


class Step(NamedTuple):
    """One call of a hook in the order of calls."""

    #: The number of hooks that it was called through.
    depth: int
    #: The name of the class that defines the hook.
    owner: str
    name: str


def call_order(view: Any, verb: str) -> list[Step]:
    """Return the hooks that a request to a view may call, in order.

    The hooks of all branches of an ``if`` are listed, one branch after the other. A
    cached property is listed once.

    :param view: an instance of the view.
    :param verb: the HTTP method in upper case.
    """
    view_class = type(view)
    walk = _Walk(view_class)
    steps = list(walk.steps("setup"))
    steps += [Step(0, klass.__name__, "check_access") for klass in guarding(view_class)]
    if view.csrf_protected and not view.csrf_exempt and verb in UNSAFE:
        steps.append(Step(0, "cbv.forms.csrf", "protect"))
    steps += walk.steps("dispatch_request")
    handler = view._plan.handlers[verb]
    return steps if view._plan.is_bare else [*steps, *walk.steps(handler, 1)]


def only_calls_another(view: Any, handler: str) -> bool:
    """Tell whether a handler only calls another one, as ``put`` of a form view does.

    :param view: an instance of the view.
    :param handler: the name of the method, such as "put".
    """
    view_class, others = type(view), set(view._plan.handlers.values()) - {handler}
    function = function_named(view_class, handler)
    if handler != "get" and function is function_named(view_class, "get"):
        return True
    calls = calls_in(function)
    return len(calls) == 1 and calls[0] in {(name, False) for name in others}


def function_named(view_class: type, name: str) -> Any:
    """Return the function behind a class's method or property, None without one."""
    owners = [klass for klass in view_class.__mro__ if name in vars(klass)]
    return _function(vars(owners[0])[name]) if owners else None


class _Walk:
    """Follows calls of ``self.…`` and ``super().…`` through the methods of a class."""

    def __init__(self, view_class: type) -> None:
        self.mro = view_class.__mro__
        #: The cached properties that were read already; they do not run again.
        self.cached: set[str] = set()
        #: The functions that the current one is called from; a recursion ends there.
        self.callers: list[Any] = []

    def steps(self, name: str, depth: int = 0, start: int = 0) -> Iterator[Step]:
        """Yield the step of a hook, then the steps of the hooks that it calls.

        :param start: the position in the MRO from which the hook is looked up; after a
            class's own position for a call of ``super()``.
        """
        position = self._position(name, start)
        if position is None or name in self.cached or name in LEFT_OUT:
            return
        owner = self.mro[position]
        value = vars(owner)[name]
        function = _function(value)
        if function is None or function in self.callers:
            return
        if isinstance(value, CACHED):
            self.cached.add(name)
        if not name.startswith("_"):
            yield Step(depth, owner.__name__, name)
            depth += 1
        self.callers.append(function)
        for called, is_super in calls_in(function):
            yield from self.steps(called, depth, position + 1 if is_super else 0)
        self.callers.pop()

    def _position(self, name: str, start: int) -> int | None:
        positions = range(start, len(self.mro) - 1)  # the last one is object
        return next((n for n in positions if name in vars(self.mro[n])), None)


def _function(value: Any) -> Any:
    """Return the function behind a method, a property or a class method."""
    for attribute in ("func", "fget", "__func__"):
        value = getattr(value, attribute, value)
    return inspect.unwrap(value) if inspect.isroutine(value) else None


@functools.lru_cache(maxsize=2048)
def calls_in(function: Any) -> tuple[tuple[str, bool], ...]:
    """Return the attributes of ``self`` that a method reads, in order of evaluation.

    Nested functions are left out. Without source code, there are none.

    :returns: pairs of a name and whether it is read through ``super()``.
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
    return tuple(reader.attributes)


class _Reader(ast.NodeVisitor):
    """Collects the attributes of ``self`` and ``super()`` that a syntax tree reads."""

    def __init__(self, self_name: str) -> None:
        #: The name of the method's first argument.
        self.self_name = self_name
        self.attributes: list[tuple[str, bool]] = []

    def visit_Call(self, node: ast.Call) -> None:
        """Collect from the arguments first: they are evaluated before the call."""
        for part in (*node.args, *node.keywords):
            self.visit(part)
        self.visit(node.func)

    def visit_Attribute(self, node: ast.Attribute) -> None:
        """Collect ``self.name`` and ``super().name``, unless they are assigned to."""
        inner = node.value
        if not isinstance(node.ctx, ast.Load):
            return
        if isinstance(inner, ast.Name) and inner.id == self.self_name:
            self.attributes.append((node.attr, False))
        elif isinstance(inner, ast.Call) and getattr(inner.func, "id", "") == "super":
            self.attributes.append((node.attr, True))
        else:
            self.visit(inner)

    def visit_Lambda(self, node: ast.Lambda) -> None:
        """Leave out a nested function: it is called later or never."""

    visit_FunctionDef = visit_Lambda  # type: ignore[assignment]
