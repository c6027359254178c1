"""What a view is made of: who supplies what, who may call it, which template it shows.

After Classy Class-Based Views (ccbv.co.uk), for one's own classes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from flask import current_app
from flask import Flask
from jinja2 import TemplateNotFound
from sqlalchemy import ClauseElement

from ..auth.mixins import LoginRequiredMixin
from ..auth.mixins import PermissionRequiredMixin
from ..auth.mixins import UserPassesTestMixin
from ..db.statements import criteria_of
from ..db.statements import entity_of
from ..views.base import TemplateView
from ..views.plan import guarding
from ..views.plan import merged_decorators
from .call_order import call_order
from .call_order import stands_for
from .call_order import Step
from .sections import Section
from .subjects import asked
from .subjects import shortened
from .subjects import Subject

_LONGEST = 100


def explain(app: Flask, subject: Subject) -> list[Section]:
    """Return what there is to say of a view.

    Since 0.1.
    """
    head = Section(_title(subject), _addresses(subject))
    if not subject.is_ours:
        return [head, Section("Access", access_rows(app, subject))]
    with asked(app, subject) as view:
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
    parts = (subject.endpoint, subject.name, subject.source())
    return "  ".join(part for part in parts if part)


def _addresses(subject: Subject) -> list[tuple[str, ...]]:
    if not subject.rules:
        return [("not registered", subject.methods)]
    return [(rule.rule, subject.methods) for rule in subject.rules]


def lineage(view: Any) -> list[type]:
    """Return a view's class and its bases but for Python's own."""
    left_out = ("builtins", "typing", "abc")
    return [k for k in type(view).__mro__ if k.__module__ not in left_out]


# --- access ------------------------------------------------------------------------


def access_rows(app: Flask, subject: Subject) -> list[tuple[str, ...]]:
    """Return what is asked of who calls a view, in the order in which it is asked."""
    rows: list[tuple[str, ...]] = []
    open_view = subject.options.get(
        "login_required",
        getattr(
            subject.function,
            "login_required",
            getattr(subject.view_class, "login_required", True),
        ),
    )
    if app.config.get("CBV_LOGIN_REQUIRED") and open_view is not False:
        rows.append(("CBV_LOGIN_REQUIRED", "a log-in"))
    if subject.is_ours:
        view = subject.instance()
        rows += [(k.__name__, _asks(view, k)) for k in guarding(subject.view_class)]
        if view.csrf_protected and not view.csrf_exempt:
            rows.append(("CSRF", "a token, for POST, PUT, PATCH and DELETE"))
        for criterion in criteria_of(getattr(view, "scope", None)):
            rows.append(("scope", f"only rows with {shown(criterion)}"))
    return rows or [("everyone", "")]


def _asks(view: Any, owner: type) -> str:
    """Return what one guard asks for, as far as its class tells."""
    if owner is LoginRequiredMixin:
        return "a log-in"
    if owner is PermissionRequiredMixin:
        names = view.permission_required
        listed = names if isinstance(names, str) else ", ".join(names or ())
        return f"the permission {listed or 'that get_permission_required() names'}"
    if owner is UserPassesTestMixin:
        owners = [k.__name__ for k in lineage(view) if "test_func" in vars(k)]
        return f"test_func of {owners[0]}"
    return "its own check_access()"


# --- the order of calls --------------------------------------------------------------


def _order(view: Any) -> Iterator[Section]:
    """Yield the order of calls for each handler that is not another one's."""
    told: list[list[tuple[str, ...]]] = []
    for verb, handler in view._plan.handlers.items():
        if handler == "options" or stands_for(view, handler):
            continue
        rows = list(_call_rows(call_order(view, verb)))
        if rows not in told:
            told.append(rows)
            yield Section(f"Calls for {verb}", rows)


def _call_rows(steps: list[Step]) -> Iterator[tuple[str, ...]]:
    """Yield a row for each call; what one calls in turn is told the first time only."""
    told: set[Step] = set()
    hidden: int | None = None
    for step, following in zip(steps, [*steps[1:], None], strict=True):
        if hidden is not None and step.depth > hidden:
            continue
        hidden = None
        name, known = "  " * step.depth + step.name, step._replace(depth=0)
        if known in told and following is not None and following.depth > step.depth:
            name, hidden = f"{name} …", step.depth
        told.add(known)
        yield name, step.owner


# --- templates -----------------------------------------------------------------------


def template_names(view: Any) -> list[str]:
    """Return the names of the templates that a view tries, without loading its rows.

    What a hook of the application needs of a real request, it does not find here.

    :raises Exception: whatever such a hook raises then.
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
    """Return each template name with its file, and which one is used."""
    try:
        names = template_names(view)
    except Exception as error:
        return [("known at request time only", f"{type(error).__name__}: {error}")]
    rows: list[tuple[str, ...]] = []
    used = False
    for name in names:
        file = template_file(name)
        mark = "" if file is None or used else "used"
        used = used or file is not None
        rows.append((name, file or "not there", mark))
    return rows or [("none", "")]


def template_file(name: str) -> str | None:
    """Return the file of a template, None where there is none."""
    try:
        file = current_app.jinja_env.get_template(name).filename
    except TemplateNotFound:
        return None
    return shortened(file) if file else "in memory"


# --- attributes and hooks ------------------------------------------------------------


def _attributes(subject: Subject, view: Any) -> Iterator[tuple[str, ...]]:
    for name in sorted(_names(view)):
        owner = _owner(view, name)
        if name in subject.options:
            yield name, shown(subject.options[name]), "as_view()"
        elif not _is_hook(vars(owner)[name]):
            yield name, _declared(view, name), owner.__name__
    decorators = merged_decorators(type(view))
    if decorators:
        yield "decorators", shown(decorators), "all bases"


def _declared(view: Any, name: str) -> str:
    return shown(vars(_owner(view, name))[name])


def _hooks(view: Any) -> Iterator[tuple[str, ...]]:
    for name in sorted(_names(view)):
        owners = [k for k in lineage(view) if name in vars(k)]
        if _is_hook(vars(owners[0])[name]):
            over = f"over {owners[1].__name__}" if len(owners) > 1 else ""
            yield name, owners[0].__name__, over


def _names(view: Any) -> set[str]:
    """Return the public names of a view, but for Flask's own settings."""
    ours = [k for k in lineage(view) if not k.__module__.startswith("flask.")]
    names = {name for k in ours for name in vars(k) if not name.startswith("_")}
    return names - {"methods", "init_every_request", "decorators"}


def _owner(view: Any, name: str) -> type:
    return next(k for k in type(view).__mro__ if name in vars(k))


def _is_hook(value: Any) -> bool:
    return (
        not isinstance(value, type)
        and (callable(value) or hasattr(value, "__get__"))
        and not isinstance(value, ClauseElement)
    )


def shown(value: Any) -> str:
    """Return a value as text of one line: SQL for what SQLAlchemy would run."""
    text = _sql(value) if isinstance(value, ClauseElement) else _named(value)
    text = " ".join(text.split())
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"


def _sql(clause: ClauseElement) -> str:
    """Return a clause with, for each parameter, its value or who gives it."""
    compiled: Any = clause.compile()
    values = {
        name: f"{bound.callable.__name__.strip('_')}()"
        if bound.callable
        else repr(bound.value)
        for name, bound in compiled.binds.items()
    }
    return re.sub(r":(\w+)", lambda m: values.get(m[1], m[0]), str(compiled))


def _named(value: Any) -> str:
    if isinstance(value, type):
        return value.__name__
    if isinstance(value, (list, tuple)) and not hasattr(value, "_fields"):
        inner = ", ".join(map(_named, value))
        return f"[{inner}]" if isinstance(value, list) else f"({inner})"
    name = getattr(value, "__qualname__", None)
    return name if isinstance(name, str) else repr(value)
