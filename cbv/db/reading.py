"""Run a statement in the session of this context and return what it finds.

Django: ``QuerySet``'s evaluation, and ``get_object_or_404`` of ``django.shortcuts``.
:mod:`cbv.db.statements` shapes the statements that are run here.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from typing import NoReturn
from typing import overload
from typing import TypeVar

from flask import abort
from sqlalchemy import Select
from sqlalchemy.exc import StatementError
from sqlalchemy.orm import Session

from .session import session
from .statements import count_of
from .statements import each_once
from .statements import entity_of
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
    """Run a statement and return its rows; an object of a joined load comes once.

    :param values: the values of its bound parameters, by name.
    :param using: another session than the application's.
    """
    result = (using or session()).execute(statement, values)
    return list(each_once(statement, result).all())


def scalars(
    statement: Any,
    values: Mapping[str, Any] | None = None,
    *,
    using: Session | None = None,
) -> list[Any]:
    """Run a statement and return the first column (the entities) of its rows."""
    result = (using or session()).scalars(statement, values)
    return list(each_once(statement, result).all())


def scalar(
    statement: Any,
    values: Mapping[str, Any] | None = None,
    *,
    using: Session | None = None,
) -> Any:
    """Run a statement and return the first column of its only row, or None.

    :raises sqlalchemy.exc.MultipleResultsFound: for several rows: an error in the
        statement, never a 404.
    """
    result = (using or session()).scalars(statement, values)
    return each_once(statement, result).one_or_none()


def find(statement: Any, values: Mapping[str, Any] | None = None) -> Any:
    """Return what :func:`scalar` does; None too for a value that no row can have.

    An own type of column may refuse a value from outside when it is bound.
    """
    try:
        return scalar(statement, values)
    except StatementError as error:
        if isinstance(error.orig, (ValueError, TypeError, LookupError)):
            return None
        raise


def fetch(statement: Select[Any], *, using: Session | None = None) -> list[Any]:
    """Run a statement and return its objects, or its rows if it selects columns."""
    source, values = prepared(statement)
    return (rows if is_row(source) else scalars)(source, values, using=using)


def count(statement: Select[Any], *, using: Session | None = None) -> int:
    """Return how many rows a statement has, its limits and order left as they are.

    Since 0.1. Django: ``QuerySet.count``.
    """
    source, values = prepared(statement)
    return (using or session()).scalars(count_of(source), values).one()  # type: ignore[no-any-return]


def exists(statement: Select[Any], *, using: Session | None = None) -> bool:
    """Tell whether a statement has any row, reading one at most."""
    return (using or session()).execute(statement.limit(1)).first() is not None


@overload
def get_object_or_404(source: type[M], *criteria: Any, **lookups: Any) -> M: ...
@overload
def get_object_or_404(source: Select[Any], *criteria: Any, **lookups: Any) -> Any: ...
def get_object_or_404(source: Any, *criteria: Any, **lookups: Any) -> Any:
    """Return the one object that fits, or abort with 404.

    ``get_object_or_404(Post, Post.is_public, slug=slug)``

    :param source: a mapped class, or a ``select()`` of one.
    :param criteria: SQLAlchemy criteria.
    :param lookups: values by attribute name (``pk`` is the key); one that could never
        be in its column is a 404, not a fault of the database.
    :raises werkzeug.exceptions.NotFound: when there is none.
    :raises sqlalchemy.exc.MultipleResultsFound: for several.
    :raises ImproperlyConfigured: for a name that is no attribute, or no model.

    Since 0.1. Django: ``django.shortcuts.get_object_or_404``.
    """
    statement = matching(source, criteria, lookups)
    found = None if statement is None else find(statement)
    return _not_there(source) if found is None else found


@overload
def get_list_or_404(source: type[M], *criteria: Any, **lookups: Any) -> list[M]: ...
@overload
def get_list_or_404(
    source: Select[Any], *criteria: Any, **lookups: Any
) -> list[Any]: ...
def get_list_or_404(source: Any, *criteria: Any, **lookups: Any) -> list[Any]:
    """Return the objects that fit, or abort with 404; see :func:`get_object_or_404`.

    Since 0.1. Django: ``django.shortcuts.get_list_or_404``.
    """
    statement = matching(source, criteria, lookups)
    found = [] if statement is None else scalars(statement)
    return found or _not_there(source)


def _not_there(source: Any) -> NoReturn:
    model = entity_of(source) if isinstance(source, Select) else source
    abort(404, description=f"No {model.__name__} matches the given query")
