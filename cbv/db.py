"""The only door to SQLAlchemy's session: rows, keys, saving, the commit.

Django spreads this over querysets, ``Model.save`` and ``django.db.transaction``.
Nothing else in cbv touches a session; :mod:`cbv.statements` shapes what is run here.
"""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Iterator
from collections.abc import Mapping
from contextlib import contextmanager
from typing import Any
from typing import NoReturn
from typing import overload
from typing import TypeVar

from flask import abort
from flask import current_app
from flask import Flask
from flask import g
from flask import request
from sqlalchemy import event
from sqlalchemy import Select
from sqlalchemy.exc import DataError
from sqlalchemy.exc import IntegrityError
from sqlalchemy.exc import StatementError
from sqlalchemy.orm import ORMExecuteState
from sqlalchemy.orm import scoped_session
from sqlalchemy.orm import Session
from sqlalchemy.orm import sessionmaker

from .columns import without_proxies
from .exceptions import ImproperlyConfigured
from .request_values import per_request as per_request
from .request_values import url_value as url_value
from .statements import count_of
from .statements import each_once
from .statements import entity_of
from .statements import is_row
from .statements import matching
from .statements import prepared
from .unit import on_commit as on_commit
from .unit import set_rollback as set_rollback
from .unit import Unit as Unit

M = TypeVar("M")

#: What a database answers to a save that its constraints or columns refuse.
SAVE_ERRORS = (IntegrityError, DataError)

_WROTE = "cbv_wrote"
#: Under this name the session of a context is on ``g``.
_HELD = "_cbv_session"


# --- where the session comes from ------------------------------------------------


class Scoped:
    """A ``scoped_session``; its owner removes it (Flask-SQLAlchemy does)."""

    def __init__(self, registry: scoped_session[Session]) -> None:
        self.registry = registry.registry

    def get(self) -> Session:
        # An async handler runs in a thread of its own, whose scope is empty: it works
        # with the session of its context.
        found: Session | None = None if self.registry.has() else g.get(_HELD)
        found = g._cbv_session = self.registry() if found is None else found
        return found

    def opened(self) -> list[Session]:
        found = _held()
        if self.registry.has() and self.registry() not in found:
            found.append(self.registry())
        return found


class Lite:
    """Flask-SQLAlchemy-Lite's default session, which it keeps on ``g`` and closes."""

    def __init__(self, extension: Any) -> None:
        self.extension = extension

    def get(self) -> Session:
        found: Session = self.extension.session
        return found

    def opened(self) -> list[Session]:
        sessions: dict[str, Session] = g.get("_sqlalchemy_sessions", {})
        return [sessions["default"]] if "default" in sessions else []


class Made:
    """Sessions that cbv makes itself from a ``sessionmaker``, one an app context."""

    def __init__(self, maker: sessionmaker[Session]) -> None:
        self.maker = maker

    def get(self) -> Session:
        found: Session | None = g.get(_HELD)
        if found is None:
            found = g._cbv_session = self.maker()
        return found

    def opened(self) -> list[Session]:
        return _held()


class Called:
    """A callable of the application that gives its session; the owner closes it.

    Asked once for each request: it may make a new session each time.
    """

    def __init__(self, function: Callable[[], Session]) -> None:
        self.function = function

    def get(self) -> Session:
        current: Any = request._get_current_object() if request else None  # type: ignore[attr-defined]
        if g.get("_cbv_session_request", self) is not current:
            g._cbv_session, g._cbv_session_request = self.function(), current
        found: Session = g._cbv_session
        return found

    def opened(self) -> list[Session]:
        # The application may have used its own session behind our back, which only
        # asking tells: where a commit is due, ask; a page that reads asks for none.
        reads = bool(request) and request.method in ("GET", "HEAD", "OPTIONS")
        return _held() if reads else [self.get()]


def _held() -> list[Session]:
    found = g._get_current_object().get(_HELD)
    return [] if found is None else [found]


#: Each gives this context's session, or those that are ``opened`` already.
Provider = Scoped | Lite | Made | Called
#: Under this name an application's extensions hold its provider.
_NAME = "cbv.session"


def bind_session(app: Flask, source: Any) -> None:
    """Tell where the application's session comes from.

    :param source: a ``scoped_session``, a ``sessionmaker``, or a callable that gives
        a Session. What cbv makes (from a sessionmaker) it closes with the context.
    :raises ImproperlyConfigured: for anything else.
    """
    if isinstance(source, scoped_session):
        app.extensions[_NAME] = Scoped(source)
    elif isinstance(source, sessionmaker):
        app.extensions[_NAME] = Made(source)
        app.teardown_appcontext(_close_made)
    elif callable(source) and not isinstance(source, (type, Session)):
        app.extensions[_NAME] = Called(source)
    else:
        raise ImproperlyConfigured(
            f"CBV cannot take its session from {source!r}. Cure: pass a scoped_session,"
            " a sessionmaker, or a callable that gives a Session."
        )


def _close_made(error: BaseException | None) -> None:
    if (found := g._get_current_object().pop(_HELD, None)) is not None:
        found.close()


def _provider() -> Provider | None:
    extensions: dict[str, Any] = current_app._get_current_object().extensions  # type: ignore[attr-defined]
    found: Provider | None = extensions.get(_NAME)
    if found is None and "sqlalchemy" in extensions:
        found = extensions[_NAME] = _detected(extensions["sqlalchemy"])
    return found


def _detected(extension: Any) -> Provider:
    # Read from the class: an attribute of Lite's instance needs an app context.
    lite = isinstance(getattr(type(extension), "session", None), property)
    return Lite(extension) if lite else Scoped(extension.session)


def session() -> Session:
    """Return the SQLAlchemy session of this application context.

    :raises ImproperlyConfigured: when the application has none to give.
    """
    found = _provider()
    if found is None:
        raise ImproperlyConfigured(
            f"The application {current_app.name!r} has no database session for cbv."
            " Cure: pass CBV(app, session=...), or set up Flask-SQLAlchemy or"
            " Flask-SQLAlchemy-Lite before the first request."
        )
    return found.get()


def opened_sessions() -> list[Session]:
    """Return the session if this context has used one, without opening it.

    Two where an async handler and the application used their own.
    """
    found = _provider()
    return [] if found is None else found.opened()


# --- rows ------------------------------------------------------------------------


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


# --- saving ----------------------------------------------------------------------


def save(instance: Any) -> None:
    """Add an object to the session and flush, so that its key and clashes appear.

    The dispatcher commits. Autoflush, off since the form filled the object, is on
    again afterwards.

    :raises IntegrityError, DataError: what the database refuses (:data:`SAVE_ERRORS`).
    """
    current = session()
    current.add(without_proxies(instance))
    current.flush()
    _resume_autoflush(current)


def delete(instance: Any) -> None:
    """Delete an object and flush, so that a row that still refers to it is met here.

    :raises IntegrityError: when another row refers to it.
    """
    current = session()
    current.delete(instance)
    current.flush()


@contextmanager
def unflushed() -> Iterator[None]:
    """Keep queries from flushing a half-filled object until :func:`save` is called."""
    current = session()
    current.info["cbv_autoflush"] = current.autoflush
    current.autoflush = False
    try:
        yield
    finally:
        _resume_autoflush(current)


def _resume_autoflush(current: Session) -> None:
    if "cbv_autoflush" in current.info:
        current.autoflush = current.info.pop("cbv_autoflush")


# --- one transaction a request ---------------------------------------------------


def commit() -> None:
    """Commit the session of this context, if one was used."""
    for current in opened_sessions():
        current.commit()


def rollback() -> None:
    """Roll the session of this context back, if one was used."""
    for current in opened_sessions():
        current.rollback()
        _resume_autoflush(current)


def discard_changes() -> bool:
    """Drop what a safe request changed; tell whether there was anything."""
    changed = [current for current in opened_sessions() if _has_changes(current)]
    for current in changed:
        current.rollback()
    return bool(changed)


def _has_changes(current: Session) -> bool:
    if current._is_clean():  # asked first: what follows costs more
        return bool(current.info.get(_WROTE))
    pending = current.info.get(_WROTE) or current.new or current.deleted
    return bool(pending) or any(map(current.is_modified, current.dirty))


@event.listens_for(Session, "after_flush")
def _flushed(current: Session, context: Any) -> None:
    current.info[_WROTE] = True


@event.listens_for(Session, "do_orm_execute")
def _executed(state: ORMExecuteState) -> None:
    if state.is_insert or state.is_update or state.is_delete:
        state.session.info[_WROTE] = True


@event.listens_for(Session, "after_transaction_end")
def _ended(current: Session, transaction: Any) -> None:
    if transaction.parent is None:
        current.info.pop(_WROTE, None)
