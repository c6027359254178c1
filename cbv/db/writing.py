"""Save and delete objects, and end the transaction of a request.

Django: ``Model.save``, ``Model.delete`` and ``django.db.transaction``.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import event
from sqlalchemy.exc import DataError
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import ORMExecuteState
from sqlalchemy.orm import Session

from .columns import without_proxies
from .session import opened_sessions
from .session import session

#: What a database answers to a save that its constraints or columns refuse.
SAVE_ERRORS = (IntegrityError, DataError)

_WROTE = "cbv_wrote"


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
