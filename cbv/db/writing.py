"""Save and delete objects, and end the transaction of a request.

Django: ``Model.save``, ``Model.delete`` and ``django.db.transaction``.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import event
from sqlalchemy.exc import CircularDependencyError
from sqlalchemy.exc import DataError
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import IntegrityError
from sqlalchemy.exc import TimeoutError
from sqlalchemy.orm import ORMExecuteState
from sqlalchemy.orm import Session
from sqlalchemy.orm.exc import StaleDataError

from .columns import without_proxies
from .columns import without_proxy
from .session import opened_sessions
from .session import session

#: The SQLAlchemy errors for a save that the database's constraints or columns refuse,
#: one that another request has overtaken (``version_id_col``), and rows that refer to
#: each other in a circle, which SQLAlchemy cannot save.
SAVE_ERRORS = (IntegrityError, DataError, StaleDataError, CircularDependencyError)

#: The SQLSTATE of a serialization failure, a deadlock and a lock that was not free in
#: time; and SQLite's codes for a locked file and a locked table.
_BUSY_STATES = ("40001", "40P01", "55P03")
_BUSY_CODES = (5, 6)

#: The key in ``Session.info`` that is set once the transaction has written something.
_WROTE = "cbv_wrote"
#: The key in ``Session.info`` for the values that a flush is to save.
_MEANT = "cbv_meant"
#: The key in ``Session.info`` for what autoflush was, while it is turned off.
_AUTOFLUSH = "cbv_autoflush"


def save(instance: Any) -> None:
    """Add an object to the session and flush it; the dispatcher commits.

    After the flush the object has its primary key, and the database has checked its
    constraints. The session's autoflush, which :func:`unflushed` turns off while a form
    fills the object, is restored.

    :param instance: an object of a mapped class, new or changed.
    :raises IntegrityError, DataError, StaleDataError: when the database refuses it
        (:data:`SAVE_ERRORS`).

    Since 0.1. Django: ``Model.save``.
    """
    current = session()
    current.add(without_proxies(instance))
    current.flush()
    _resume_autoflush(current)


def delete(instance: Any) -> None:
    """Delete an object and flush the deletion; the dispatcher commits.

    The flush lets the database check here that no other row refers to the object.

    :raises IntegrityError: when another row still refers to it, also where SQLAlchemy
        finds that out before the database does.

    Since 0.1. Django: ``Model.delete``.
    """
    current = session()
    current.delete(without_proxy(instance))
    try:
        current.flush()
    except AssertionError as error:  # a child's key cannot be set to NULL
        raise IntegrityError("DELETE", None, error) from error


@contextmanager
def unflushed() -> Iterator[None]:
    """Keep queries from flushing a half-filled object to the database.

    Turns the session's autoflush off in a ``with`` block; :func:`save` or the end of
    the block restores it. Of nested blocks the outermost does.

    Since 0.1. SQLAlchemy: ``Session.no_autoflush``.
    """
    current = session()
    is_outermost = _AUTOFLUSH not in current.info
    if is_outermost:
        current.info[_AUTOFLUSH] = current.autoflush
        current.autoflush = False
    try:
        yield
    finally:
        if is_outermost:
            _resume_autoflush(current)


def _resume_autoflush(current: Session) -> None:
    if _AUTOFLUSH in current.info:
        current.autoflush = current.info.pop(_AUTOFLUSH)


def is_busy(error: BaseException) -> bool:
    """Tell whether an error says that the same request may well succeed a moment later.

    Another transaction holds what this one needs: a locked SQLite file, a deadlock, a
    lock or connection that was not free in time, or a failed serialization.
    """
    if not isinstance(error, DBAPIError):
        return isinstance(error, TimeoutError)  # SQLAlchemy's, of the connection pool
    code = getattr(error.orig, "sqlite_errorcode", None)
    if code is not None:
        return (code & 0xFF) in _BUSY_CODES
    state = getattr(error.orig, "sqlstate", getattr(error.orig, "pgcode", None))
    return state in _BUSY_STATES


# --- one transaction a request ---------------------------------------------------


def commit() -> None:
    """Commit the session of this application context, if one was used.

    Views need no call: the dispatcher commits.

    Since 0.1. Django: ``django.db.transaction.commit``.
    """
    for current in opened_sessions():
        current.commit()


def rollback() -> None:
    """Roll back the session of this application context, if one was used.

    Since 0.1. Django: ``django.db.transaction.rollback``.
    """
    for current in opened_sessions():
        current.rollback()
        _resume_autoflush(current)


def discard_changes() -> bool:
    """Roll back the changes of a request that must not save any, such as a GET.

    :returns: whether there were changes; the dispatcher warns about them.

    Since 0.1.
    """
    changed = [current for current in opened_sessions() if _has_changes(current)]
    for current in changed:
        current.rollback()
    return bool(changed)


def _has_changes(current: Session) -> bool:
    if current._is_clean():  # first, because the checks below take longer
        return bool(current.info.get(_WROTE))
    pending = current.info.get(_WROTE) or current.new or current.deleted
    return bool(pending) or any(map(current.is_modified, current.dirty))


def meant_values(instance: Any) -> dict[str, Any]:
    """Return what an object had before the database refused its changes.

    The rollback has brought back the stored values. A new object keeps its own: for it
    the result is empty.

    :returns: the values by attribute name, of those that were loaded or set.
    """
    for current in opened_sessions():
        for changed, values in current.info.get(_MEANT, ()):
            if changed is instance:
                return dict(values)
    return {}


@event.listens_for(Session, "before_flush")
def _flushing(current: Session, context: Any, instances: Any) -> None:
    current.info[_MEANT] = [(changed, dict(vars(changed))) for changed in current.dirty]


@event.listens_for(Session, "after_flush")
def _flushed(current: Session, context: Any) -> None:
    current.info[_WROTE] = True
    current.info.pop(_MEANT, None)


@event.listens_for(Session, "do_orm_execute")
def _executed(state: ORMExecuteState) -> None:
    if state.is_insert or state.is_update or state.is_delete:
        state.session.info[_WROTE] = True


@event.listens_for(Session, "after_transaction_end")
def _ended(current: Session, transaction: Any) -> None:
    if transaction.parent is None:
        current.info.pop(_WROTE, None)
