"""Explain one view: its bases, guards, order of calls, templates and hooks.

The model is Classy Class-Based Views (ccbv.co.uk), which explains Django's own views;
this explains the views of an application. ``flask cbv explain`` prints it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from flask import current_app
from flask import Flask
from jinja2 import TemplateNotFound
from sqlalchemy import ClauseElement

from ..auth.mixins import FreshLoginRequiredMixin
from ..auth.mixins import LoginRequiredMixin
from ..auth.mixins import PermissionRequiredMixin
from ..auth.mixins import UserPassesTestMixin
from ..db.statements import criteria_of
from ..db.statements import entity_of
from ..views.base import TemplateView
from ..views.plan import guarding
from ..views.plan import merged_decorators
from .call_order import call_order
from .call_order import only_calls_another
from .call_order import Step
from .sections import Section
from .subjects import shortened
from .subjects import Subject
from .subjects import view_in_request

#: Characters of a value that are shown; the rest is cut off.
_LONGEST = 100


def explain(app: Flask, subject: Subject) -> list[Section]:
    """Return a description of a view, in titled sections.

    For a view class of cbv: its URL rules, bases, access rules, order of calls for
    each HTTP method, templates, attributes and hooks. For any other view: its URL
    rules and access rules.

    Since 0.1. Classy Class-Based Views: the page of a class.
    """
    head = Section(_title(subject), _addresses(subject))
    if not subject.is_ours:
        return [head, Section("Access", access_rows(app, subject))]
    with view_in_request(app, subject) as view:
        return [
            head,
            Section("Bases", [(k.__name__, k.__module__) for k in lineage(view)]),
            Section("Access", access_rows(app, subject)),
            *_order(view),
            Section("Templates", template_rows(view)),
            Section("Attributes", list(_attributes(subject, view))),
            Section("Hooks", list(_hooks(view))),
        ]


def _title(subject: Subject) -> str:
    """Return the endpoint, the name and the source file of a view, as far as known."""
    parts = (subject.endpoint, subject.name, subject.source())
    return "  ".join(part for part in parts if part)


def _addresses(subject: Subject) -> list[tuple[str, ...]]:
    """Return each URL rule of a view with its HTTP methods."""
    if not subject.rules:
        return [("not registered", subject.methods)]
    return [(rule.rule, subject.methods) for rule in subject.rules]


def lineage(view: Any) -> list[type]:
    """Return the class and the bases of a view instance, without Python's own."""
    left_out = ("builtins", "typing", "abc")
    return [k for k in type(view).__mro__ if k.__module__ not in left_out]


# --- access ------------------------------------------------------------------------


def access_rows(app: Flask, subject: Subject) -> list[tuple[str, ...]]:
    """Return the access rules of a view, in the order in which they are checked.

    :returns: rows of a guard (a setting, a class, CSRF or the scope) and its demand;
        one row for "everyone" if there are none.
    """
    rows: list[tuple[str, ...]] = []
    login_required = subject.options.get(
        "login_required",
        getattr(
            subject.function,
            "login_required",
            getattr(subject.view_class, "login_required", True),
        ),
    )
    if app.config.get("CBV_LOGIN_REQUIRED") and login_required is not False:
        rows.append(("CBV_LOGIN_REQUIRED", "a log-in"))
    if subject.is_ours:
        view = subject.instance()
        guards = guarding(subject.view_class)
        rows += [(guard.__name__, _demand(view, guard)) for guard in guards]
        if view.csrf_protected and not view.csrf_exempt:
            rows.append(("CSRF", "a token, for POST, PUT, PATCH and DELETE"))
        for criterion in criteria_of(getattr(view, "scope", None)):
            rows.append(("scope", f"only rows with {one_line(criterion)}"))
    return rows or [("everyone", "")]


_LOGINS: dict[type, str] = {
    LoginRequiredMixin: "a log-in",
    FreshLoginRequiredMixin: "a log-in in this session, not by a remember cookie",
}


def _demand(view: Any, guard: type) -> str:
    """Return what a guard demands of a user, as far as its class shows it."""
    if guard in _LOGINS:
        return _LOGINS[guard]
    if guard is PermissionRequiredMixin:
        names = view.permission_required
        listed = names if isinstance(names, str) else ", ".join(names or ())
        return f"the permission {listed or 'that get_permission_required() names'}"
    if guard is UserPassesTestMixin:
        owners = [k.__name__ for k in lineage(view) if "test_func" in vars(k)]
        return f"test_func of {owners[0]}"
    return "its own check_access()"


# --- the order of calls --------------------------------------------------------------


def _order(view: Any) -> Iterator[Section]:
    """Yield a section with the order of calls for each HTTP method.

    A method is left out if its handler only calls another, or has the same calls.
    """
    listed: list[list[tuple[str, ...]]] = []
    for verb, handler in view._plan.handlers.items():
        if handler == "options" or only_calls_another(view, handler):
            continue
        rows = list(_call_rows(call_order(view, verb)))
        if rows not in listed:
            listed.append(rows)
            yield Section(f"Calls for {verb}", rows)


def _call_rows(steps: list[Step]) -> Iterator[tuple[str, ...]]:
    """Yield a row for each call, indented by its depth.

    The calls inside a hook are listed the first time only; later its name has a "…".
    """
    listed: set[Step] = set()
    #: The depth of a hook whose inner calls are left out, None if there is none.
    folded: int | None = None
    for step, following in zip(steps, [*steps[1:], None], strict=True):
        if folded is not None and step.depth > folded:
            continue
        folded = None
        name, hook = "  " * step.depth + step.name, step._replace(depth=0)
        if hook in listed and following is not None and following.depth > step.depth:
            name, folded = f"{name} …", step.depth
        listed.add(hook)
        yield name, step.owner


# --- templates -----------------------------------------------------------------------


def template_names(view: Any) -> list[str]:
    """Return the names of the templates that a view tries, without loading its rows.

    :param view: an instance from :func:`cbv.inspector.subjects.view_in_request`.
    :raises Exception: any error of an application's hook that needs a real request.
    """
    if not issubclass(type(view), TemplateView):
        return []
    if hasattr(type(view), "object"):
        view.object = None
    model = getattr(view, "model", None)
    if model is None and hasattr(view, "get_queryset"):
        model = entity_of(view.get_queryset())
    view._template_model = lambda: model
    names: list[str] = view.get_template_names()
    return names


def template_rows(view: Any) -> list[tuple[str, ...]]:
    """Return rows of a template's name, its file, and "used" for the first that exists.

    If the names are known at request time only, the one row says why.
    """
    try:
        names = template_names(view)
    except Exception as error:
        return [("known at request time only", f"{type(error).__name__}: {error}")]
    rows: list[tuple[str, ...]] = []
    is_used = False
    for name in names:
        file = template_file(name)
        mark = "" if file is None or is_used else "used"
        is_used = is_used or file is not None
        rows.append((name, file or "not there", mark))
    return rows or [("none", "")]


def template_file(name: str) -> str | None:
    """Return the file of a template, or None if there is no such template."""
    try:
        file = current_app.jinja_env.get_template(name).filename
    except TemplateNotFound:
        return None
    return shortened(file) if file else "in memory"


# --- attributes and hooks ------------------------------------------------------------


def _attributes(subject: Subject, view: Any) -> Iterator[tuple[str, ...]]:
    """Yield each public attribute of a view, its value and the class that sets it."""
    for name in sorted(_names(view)):
        owner = _owner(view, name)
        if name in subject.options:
            yield name, one_line(subject.options[name]), "as_view()"
        elif not _is_hook(vars(owner)[name]):
            yield name, one_line(vars(owner)[name]), owner.__name__
    decorators = merged_decorators(type(view))
    if decorators:
        yield "decorators", one_line(decorators), "all bases"


def _hooks(view: Any) -> Iterator[tuple[str, ...]]:
    """Yield each public hook, the class that defines it, and the one it overrides."""
    for name in sorted(_names(view)):
        owners = [k for k in lineage(view) if name in vars(k)]
        if _is_hook(vars(owners[0])[name]):
            over = f"over {owners[1].__name__}" if len(owners) > 1 else ""
            yield name, owners[0].__name__, over


def _names(view: Any) -> set[str]:
    """Return the public names of a view, without those that Flask defines."""
    ours = [k for k in lineage(view) if not k.__module__.startswith("flask.")]
    names = {name for k in ours for name in vars(k) if not name.startswith("_")}
    return names - {"methods", "init_every_request", "decorators"}


def _owner(view: Any, name: str) -> type:
    """Return the class that supplies an attribute of a view."""
    return next(k for k in type(view).__mro__ if name in vars(k))


def _is_hook(value: Any) -> bool:
    """Tell whether a class attribute is a method or a property, not a setting."""
    return (
        not isinstance(value, type)
        and (callable(value) or hasattr(value, "__get__"))
        and not isinstance(value, ClauseElement)
    )


def one_line(value: Any) -> str:
    """Return a value as one line of text, at most 100 characters and "…" long.

    A statement or criterion of SQLAlchemy is shown as SQL.
    """
    text = _sql(value) if isinstance(value, ClauseElement) else _named(value)
    text = " ".join(text.split())
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"


def _sql(clause: ClauseElement) -> str:
    """Return the SQL of a clause, with values in the place of its parameters.

    A parameter whose value comes from a function at run time shows the function.
    """
    compiled: Any = clause.compile()
    values = {
        name: f"{bound.callable.__name__.strip('_')}()"
        if bound.callable
        else repr(bound.value)
        for name, bound in compiled.binds.items()
    }
    return re.sub(r":(\w+)", lambda m: values.get(m[1], m[0]), str(compiled))


def _named(value: Any) -> str:
    """Return the name of a class or function, else the ``repr`` of a value."""
    if isinstance(value, type):
        return value.__name__
    if isinstance(value, (list, tuple)) and not hasattr(value, "_fields"):
        inner = ", ".join(map(_named, value))
        return f"[{inner}]" if isinstance(value, list) else f"({inner})"
    name = getattr(value, "__qualname__", None)
    return name if isinstance(name, str) else repr(value)
