"""Undo what an application does in its databases, for one test.

Django: ``django.test.TestCase``, which does the same with ``atomic()``.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextlib import ExitStack
from typing import Any
from weakref import WeakKeyDictionary

from flask import Flask
from sqlalchemy.engine import Connection
from sqlalchemy.engine import Engine
from sqlalchemy.orm import Session

from .session import session


@contextmanager
def rolled_back(app: Flask) -> Iterator[None]:
    """Undo everything that sessions write in this block, also what they commit.

    While the block runs, every session works in a savepoint on one connection. Its
    commit ends the savepoint, and at the end of the block the connection is rolled
    back. This holds for the application's sessions, wherever they come from, and for
    those of the same class that a test makes itself. It does not hold for connections
    that are taken from an engine without a session.

    A session that is in a transaction when the block starts is rolled back. At its end
    all sessions that were used in it are closed.

    :raises ImproperlyConfigured: when the application has no database session for cbv.

    Since 0.1. Django: ``TestCase``.
    """
    with app.app_context():
        current = session()
        current.rollback()  # else it would go on in its own transaction
        session_class = type(current)
    outer = _OuterTransactions()
    with ExitStack() as stack:
        stack.callback(outer.end)
        for owner in session_class.__mro__:
            if "get_bind" in vars(owner):
                stack.enter_context(_redirected(owner, outer))
        yield


@contextmanager
def _redirected(session_class: Any, outer: _OuterTransactions) -> Iterator[None]:
    """Let the sessions of a class work on the connections of the test.

    ``get_bind`` is the hook by which SQLAlchemy lets a class of sessions choose what
    each of its statements runs on, for every way in which a session can be made.
    """
    original = session_class.get_bind

    def get_bind(self: Session, *args: Any, **kwargs: Any) -> Engine | Connection:
        return outer.joined(self, original(self, *args, **kwargs))

    session_class.get_bind = get_bind
    try:
        yield
    finally:
        session_class.get_bind = original


class _OuterTransactions:
    """The transactions of one test, one for each database, that are rolled back."""

    def __init__(self) -> None:
        #: By the pool of an engine: ``engine.execution_options()`` gives another engine
        #: on the same database.
        self.connections: dict[object, Connection] = {}
        #: The sessions that joined, each with its own mode.
        self.modes: WeakKeyDictionary[Session, Any] = WeakKeyDictionary()

    def joined(self, current: Session, bind: Engine | Connection) -> Connection:
        """Let a session join the transaction on what it would run a statement on."""
        self.modes.setdefault(current, current.join_transaction_mode)
        current.join_transaction_mode = "create_savepoint"
        if isinstance(bind, Connection):
            return bind
        if bind.pool not in self.connections:
            self.connections[bind.pool] = _begun(bind)
        return self.connections[bind.pool]

    def end(self) -> None:
        """Close the sessions, and roll back what they did."""
        for used, mode in self.modes.items():
            used.close()
            used.join_transaction_mode = mode
        for connection in self.connections.values():
            connection.rollback()
            connection.close()


def _begun(engine: Engine) -> Connection:
    """Return a connection in a transaction that a savepoint's end does not commit."""
    connection = engine.connect()
    connection.begin()
    driver: Any = connection.connection.driver_connection
    # sqlite3 begins a transaction with the first statement that writes: a savepoint
    # before that would be the transaction, and its release the commit.
    if getattr(driver, "in_transaction", None) is False:
        driver.execute("BEGIN")
    return connection
