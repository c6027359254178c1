"""Find, for each view with a scope, the URL of a row that is another user's.

``cbv.testing.assert_second_user_gets_404`` sends requests to these URLs. Django has no
counterpart: there no view says which rows are whose.
"""

from __future__ import annotations

from collections.abc import Iterator
from collections.abc import Mapping
from typing import Any
from typing import NamedTuple

from flask import Flask
from flask import session
from flask import url_for
from sqlalchemy import select
from sqlalchemy.sql.visitors import iterate
from werkzeug.routing import Rule

from ..db import reading
from ..db.columns import key_names
from ..db.request_values import PerRequest
from ..db.scopes import equality
from ..db.scopes import flattened
from ..db.statements import criteria_of
from ..db.statements import entity_of
from ..views.detail import SingleObjectMixin
from ..views.edit import CreateView
from .subjects import Subject
from .subjects import subjects
from .subjects import view_in_request


class ScopedRow(NamedTuple):
    """A row that one user may see and another may not, as a view shows it."""

    endpoint: str
    #: The URLs of the row; empty when ``problem`` says why there is none.
    urls: tuple[str, ...]
    #: The HTTP methods that the view has a handler for.
    methods: frozenset[str]
    problem: str = ""


def scoped_rows(
    app: Flask, owner: Mapping[str, Any], other: Mapping[str, Any]
) -> Iterator[ScopedRow]:
    """Yield a row of one user for every view that shows each user only their own.

    These are the views of one object whose scope depends on who asks.

    :param owner: the session data of the user whose rows are looked for.
    :param other: the session data of the user who may not see them.
    """
    for subject in subjects(app):
        if not _shows_a_row(subject):
            continue
        view = subject.instance()
        criteria = [
            criterion
            for criterion in flattened(criteria_of(view.scope))
            if not any(parameter.url_name for parameter in _parameters(criterion))
        ]
        if any(_parameters(criterion) for criterion in criteria):
            name, methods = str(subject.endpoint), frozenset(view._plan.handlers)
            urls, problem = _urls(app, subject, criteria, owner, other)
            yield ScopedRow(name, urls, methods, problem)


def _shows_a_row(subject: Subject) -> bool:
    """Tell whether a view finds one object by the values in its URL."""
    return (
        subject.is_ours
        and issubclass(subject.view_class, SingleObjectMixin)
        and not issubclass(subject.view_class, CreateView)
    )


def _parameters(criterion: Any) -> list[PerRequest]:
    return [part for part in iterate(criterion) if isinstance(part, PerRequest)]


def _urls(
    app: Flask, subject: Subject, criteria: list[Any], owner: Any, other: Any
) -> tuple[tuple[str, ...], str]:
    """Return the URLs of a row that only the first user may see, or the problem."""
    with view_in_request(app, subject) as view:
        session.update(other)
        hidden = {_key(row) for row in _rows(view, criteria)}
    with view_in_request(app, subject) as view:
        session.update(owner)
        rows = [row for row in _rows(view, criteria) if _key(row) not in hidden]
        if not rows:
            return (), "the owner has no row in its scope that the other user has not"
        found = [_url(view, subject, rule, rows[0]) for rule in subject.rules]
    urls = tuple(dict.fromkeys(filter(None, found)))
    return urls, "" if urls else "its URL has values that no attribute of a row gives"


def _rows(view: Any, criteria: list[Any]) -> list[Any]:
    model = view.model or entity_of(view.get_queryset())
    return reading.fetch(select(model).where(*criteria))


def _key(row: Any) -> tuple[Any, ...]:
    return tuple(getattr(row, name) for name in key_names(type(row)))


def _url(view: Any, subject: Subject, rule: Rule, row: Any) -> str | None:
    """Return the URL of a row by one rule of a view; None where a value is unknown."""
    names = _attributes(view, type(row))
    values = dict(rule.defaults or {})
    for argument in rule.arguments - set(values):
        value = getattr(row, names.get(argument, argument), None)
        if value is None:
            return None
        values[argument] = value
    return url_for(str(subject.endpoint), **values) if rule.arguments else None


def _attributes(view: Any, model: type) -> dict[str, str]:
    """Return, by URL value, the attribute of the model that it is compared with."""
    names = {view.slug_url_kwarg: view.get_slug_field()}
    if len(keys := key_names(model)) == 1:
        names[view.pk_url_kwarg] = keys[0]
    for criterion in flattened(criteria_of(view.scope)):
        found = equality(model, criterion)
        if found is not None and isinstance(found[1], PerRequest):
            names.update({found[1].url_name: found[0]} if found[1].url_name else {})
    return names
