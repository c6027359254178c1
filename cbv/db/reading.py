"""Run select statements in the session of this context and return their rows.

:mod:`cbv.db.statements` builds the statements that are run here. Django: evaluating a
``QuerySet``, and ``get_object_or_404`` of ``django.shortcuts``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from typing import NoReturn
from typing import overload
from typing import TypeVar

from flask import abort
from sqlalchemy import literal
from sqlalchemy import Select
from sqlalchemy import select
from sqlalchemy.exc import StatementError
from sqlalchemy.orm import Session

from .session import session
from .statements import count_of
from .statements import each_once
from .statements import entity_of
from .statements import is_limited
from .statements import is_row
from .statements import matching
from .statements import prepared

M = TypeVar("M")


def rows(
    statement: Any,
    values: Mapping[str, Any] | None = None,
    *,
    using: Session | None = None,
) -> list[Any]:
    """Run a statement and return its rows.

    An object that a join repeats (one row for each of its children) is returned once.

    :param statement: a ``select()``.
    :param values: the values of the statement's bound parameters, by name.
    :param using: another SQLAlchemy session than the application's.

    Since 0.1. SQLAlchemy: ``Session.execute(statement).all()``.
    """
    result = (using or session()).execute(statement, values)
    return list(each_once(statement, result).all())


def scalars(
    statement: Any,
    values: Mapping[str, Any] | None = None,
    *,
    using: Session | None = None,
) -> list[Any]:
    """Run a statement and return the first column of each row: usually the object.

    Takes the same arguments as :func:`rows`.

    Since 0.1. SQLAlchemy: ``Session.scalars(statement).all()``.
    """
    result = (using or session()).scalars(statement, values)
    return list(each_once(statement, result).all())


def scalar(
    statement: Any,
    values: Mapping[str, Any] | None = None,
    *,
    using: Session | None = None,
) -> Any:
    """Run a statement and return the first column of its only row, or None.

    Takes the same arguments as :func:`rows`.

    :returns: usually an object; None when the statement finds no row.
    :raises sqlalchemy.exc.MultipleResultsFound: when there are several rows. That is
        an error in the statement and never becomes a 404.

    Since 0.1. SQLAlchemy: ``Session.scalars(statement).one_or_none()``.
    """
    result = (using or session()).scalars(statement, values)
    return each_once(statement, result).one_or_none()


def find(statement: Any, values: Mapping[str, Any] | None = None) -> Any:
    """Return the same as :func:`scalar`, but None when a column type refuses a value.

    For values from outside, such as a key in a URL. A custom column type may raise when
    SQLAlchemy binds a value to the statement; no row can have that value.

    Since 0.1.
    """
    try:
        return scalar(statement, values)
    except StatementError as error:
        if isinstance(error.orig, (ValueError, TypeError, LookupError)):
            return None
        raise


def fetch(statement: Select[Any], *, using: Session | None = None) -> list[Any]:
    """Run a view's statement and return its objects, or its rows of several columns.

    :param statement: a ``select()``, for example from a view's ``get_queryset()``.
    :param using: another SQLAlchemy session than the application's.

    Since 0.1.
    """
    source, values = prepared(statement)
    return (rows if is_row(source) else scalars)(source, values, using=using)


def count(statement: Select[Any], *, using: Session | None = None) -> int:
    """Count the rows of a statement in the database, within its own limit and offset.

    :param using: another SQLAlchemy session than the application's.

    Since 0.1. Django: ``QuerySet.count``.
    """
    source, values = prepared(statement)
    return (using or session()).scalars(count_of(source), values).one()  # type: ignore[no-any-return]


def exists(statement: Select[Any], *, using: Session | None = None) -> bool:
    """Tell whether a statement finds any row; at most one row is read.

    :param using: another SQLAlchemy session than the application's.

    Since 0.1. Django: ``QuerySet.exists``.
    """
    if is_limited(statement):  # its own limit stays: of limit(0) there is no row
        statement = select(literal(1)).select_from(statement.subquery())
    return (using or session()).execute(statement.limit(1)).first() is not None


@overload
def get_object_or_404(source: type[M], *criteria: Any, **lookups: Any) -> M: ...
@overload
def get_object_or_404(source: Select[Any], *criteria: Any, **lookups: Any) -> Any: ...
def get_object_or_404(source: Any, *criteria: Any, **lookups: Any) -> Any:
    """Return the one object that matches all criteria, or abort the request with 404.

    ``get_object_or_404(Post, Post.is_public, slug=slug)``

    :param source: a mapped class, or a ``select()`` of one.
    :param criteria: SQLAlchemy criteria.
    :param lookups: values by attribute name; ``pk`` stands for the primary key. A value
        that the column can never hold gives a 404, not a database error.
    :raises werkzeug.exceptions.NotFound: when no object matches.
    :raises sqlalchemy.exc.MultipleResultsFound: when several objects match.
    :raises ImproperlyConfigured: for a name that is not an attribute of the mapped
        class, or a ``source`` without a mapped class.

    Since 0.1. Django: ``django.shortcuts.get_object_or_404``.
    """
    statement = matching(source, criteria, lookups)
    instance = None if statement is None else find(statement)
    return _abort_404(source) if instance is None else instance


@overload
def get_list_or_404(source: type[M], *criteria: Any, **lookups: Any) -> list[M]: ...
@overload
def get_list_or_404(
    source: Select[Any], *criteria: Any, **lookups: Any
) -> list[Any]: ...
def get_list_or_404(source: Any, *criteria: Any, **lookups: Any) -> list[Any]:
    """Return all objects that match, or abort the request with 404 if there are none.

    Arguments and errors are those of :func:`get_object_or_404`.

    Since 0.1. Django: ``django.shortcuts.get_list_or_404``.
    """
    statement = matching(source, criteria, lookups)
    instances = [] if statement is None else scalars(statement)
    return instances or _abort_404(source)


def _abort_404(source: Any) -> NoReturn:
    model = entity_of(source) if isinstance(source, Select) else source
    abort(404, description=f"No {model.__name__} matches the given query")
