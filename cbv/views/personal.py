"""Refuse a response cache that would show one user's page to another.

Django has no counterpart: there ``Vary: Cookie`` keeps such pages apart in the cache.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from collections.abc import Iterator
from dis import get_instructions
from inspect import isfunction
from inspect import unwrap
from itertools import pairwise
from types import CodeType
from typing import Any

from flask import session
from flask_login import current_user
from sqlalchemy import Select
from sqlalchemy.sql import visitors

from ..db.request_values import is_of_reader
from ..db.statements import criteria_of
from ..exceptions import misconfigured
from .caches import CACHE
from .caches import kinds_of
from .caches import layers_of
from .plan import guarding
from .plan import in_library
from .plan import Plan
from .plan import VERBS

#: The module whose hooks decide who may see a view: they run before what is cached.
_ACCESS = "cbv.auth.mixins"
#: The instructions that end by loading a variable.
_LOADS = re.compile("LOAD_(FAST|DEREF)")
_PROXIES = {"current_user": current_user, "session": session}


def check_caches(view: Any, plan: Plan, layers: Iterable[Any] | None = None) -> None:
    """Refuse a response cache around a guard, or around what depends on the user.

    A cache around the view function stands around everything; a cache around a handler
    or ``dispatch_request`` stands inside the guards. ``cache_is_per_user`` lets all of
    them through. Otherwise ``plan.is_shared`` tells whether there is a cache.

    :param view: an instance of the view class.
    :param layers: the view function and what it wraps, from outside to inside; None for
        those that ``as_view`` made.
    :raises ImproperlyConfigured: naming the class, what the cache would skip, and every
        cure.
    """
    if view.cache_is_per_user:
        return
    around = [*(plan.layers if layers is None else layers)]
    for handler in dict.fromkeys(plan.handlers.values()):
        stack = _stack(type(view), around, handler)
        if CACHE not in stack:  # this takes what stands outside the cache from it
            continue
        plan.is_shared = True
        guards = [kind for kind in stack if kind != CACHE]
        personal = [*_personal(view)]
        if guards or personal:
            raise _refusal(view, dict.fromkeys(guards), dict.fromkeys(personal))


def _refusal(view: Any, guards: Iterable[str], personal: Iterable[str]) -> Exception:
    """Return the error that names what a cache would skip, and every cure."""
    found = ", ".join([*guards, *personal])
    first = "cache a function that does not depend on the user, and call it here"
    if guards:
        first = "guard the view by an access mixin of cbv.auth, outside of the cache"
    if guards and not personal:
        first = 'cache a handler: method_decorator(cache.cached(…), name="get")'
    return misconfigured(
        view,
        f"has a response cache around {found}, so that one user's page would be shown"
        " to others",
        first,
        "make the key of the cache depend on the user, and say so by"
        " cache_is_per_user = True",
    )


def _stack(view_class: type, around: list[Any], handler: str) -> Iterator[str]:
    """Yield the caches and guards that a request meets on its way to a handler."""
    yield from kinds_of(around)
    for klass in guarding(view_class):
        yield f"the guard of {klass.__name__}"
    for name in ("dispatch_request", handler):
        for klass in view_class.__mro__:
            yield from kinds_of([*layers_of(vars(klass).get(name))])


# --- what depends on the user ---------------------------------------------------------


def _personal(view: Any) -> Iterator[str]:
    """Yield what makes the answers of a view differ from user to user.

    What only a request can tell is left to :func:`cbv.views.dispatch.forbid_if_shared`.
    """
    queryset = getattr(view, "queryset", None)
    statement = [queryset] if isinstance(queryset, Select) else []
    for name, clauses in (
        ("scope", criteria_of(getattr(view, "scope", None))),
        ("queryset", statement),
    ):
        if any(is_of_reader(e) for c in clauses for e in visitors.iterate(c)):
            yield f"its {name}, which asks who reads"
    if view.csrf_protected and not view.csrf_exempt:
        yield "a form with a CSRF token"
    for name, function in _hooks(type(view)):
        for asked in _asked_in(function):
            yield f"{asked} in {name}()"


def _hooks(view_class: type) -> Iterator[tuple[str, Any]]:
    """Yield the application's hooks of a view that run inside the guards."""
    mro = view_class.__mro__
    ours = [k for k in mro if in_library(k) and k.__module__ != _ACCESS]
    names = {name for k in ours for name in vars(k)}.union(VERBS) - {"check_access"}
    for klass in mro:
        if in_library(klass):
            continue
        for name in names.intersection(vars(klass)):
            value = vars(klass)[name]
            for attribute in ("fget", "func", "__func__"):  # of properties and others
                value = getattr(value, attribute, value)
            function = unwrap(value) if callable(value) else value
            if isfunction(function):
                yield name, function


def _asked_in(function: Any) -> Iterator[str]:
    """Yield ``self.user`` and the proxies of the user that a function names."""
    itself = next(iter(function.__code__.co_varnames), None)
    for code in _codes(function.__code__):
        for name, proxy in _PROXIES.items():
            if any(function.__globals__.get(n) is proxy for n in code.co_names):
                yield name
        for before, step in pairwise(get_instructions(code)):
            loaded = before.argval
            if isinstance(loaded, tuple):  # one instruction for two variables
                loaded = loaded[-1:]
            if step.argval == "user" and step.opname in ("LOAD_ATTR", "LOAD_METHOD"):
                if loaded in (itself, (itself,)) and _LOADS.search(before.opname):
                    yield "self.user"


def _codes(code: CodeType) -> Iterator[CodeType]:
    """Yield the code of a function and of the functions within it."""
    yield code
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _codes(constant)
