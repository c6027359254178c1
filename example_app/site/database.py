"""Where the rows live: a SQLite file in the instance folder, or PostgreSQL.

Django keeps this in ``settings.DATABASES`` and ``manage.py migrate``.
"""

from __future__ import annotations

import sqlite3
from threading import Lock
from typing import Any
from weakref import WeakSet

from flask import Flask
from flask_sqlalchemy_lite import SQLAlchemy
from sqlalchemy import Engine
from sqlalchemy import event
from sqlalchemy import inspect
from sqlalchemy import make_url
from sqlalchemy import MetaData
from sqlalchemy import text
from sqlalchemy import URL
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.orm import Session

DEFAULT_URL = "sqlite:///blog.sqlite"

#: Columns that tables had not from the beginning: table, column, how it is declared.
ADDED_LATER = (("posts", "version", "INTEGER NOT NULL DEFAULT 1"),)

_ready: WeakSet[Engine] = WeakSet()
_lock = Lock()


class Base(DeclarativeBase):
    """Every table of the blog; constraints are named, so that they can be changed."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


class BlogSession(Session):
    """A session that makes the tables the first time the database is used."""

    def __init__(self, bind: Engine, **options: Any) -> None:
        super().__init__(bind=bind, **options)
        make_tables(bind)


db = SQLAlchemy(session_options={"class_": BlogSession})


def init_app(app: Flask) -> None:
    """Connect the app to ``DATABASE_URL`` (its config or the environment)."""
    address = app.config.get("DATABASE_URL") or DEFAULT_URL
    app.config.setdefault("SQLALCHEMY_ENGINES", {"default": _engine_options(address)})
    db.init_app(app)
    with app.app_context():
        event.listen(db.engine, "connect", _prepare_connection)


def make_tables(engine: Engine) -> None:
    """Make the tables that are missing, once for an engine.

    Two server processes may start on an empty database at the same moment. The one
    that comes second is refused a table that is there by now, so it looks again.
    """
    if engine in _ready:
        return
    with _lock:
        try:
            _make_missing(engine)
        except DBAPIError:
            _make_missing(engine)
        _ready.add(engine)


def _make_missing(engine: Engine) -> None:
    """Make tables, and the columns that tables of an older blog have not.

    Django twin: ``manage.py migrate``. A blog that grows takes Alembic for it.
    """
    Base.metadata.create_all(engine)
    for name, column, declared in ADDED_LATER:
        known = {found["name"] for found in inspect(engine).get_columns(name)}
        if column not in known:
            with engine.begin() as connection:
                connection.execute(
                    text(f"ALTER TABLE {name} ADD COLUMN {column} {declared}")
                )


def _engine_options(address: str | URL) -> dict[str, Any]:
    url = make_url(address)
    if url.drivername in ("postgres", "postgresql"):
        url = url.set(drivername="postgresql+psycopg")
    if url.get_backend_name() != "postgresql":
        return {"url": url}
    # A database that restarted is met by a new connection, not by an error page.
    return {"url": url, "pool_pre_ping": True, "connect_args": {"connect_timeout": 5}}


def _prepare_connection(connection: Any, record: Any) -> None:
    """Have SQLite keep foreign keys, wait for a writer, and read while it writes."""
    if not isinstance(connection, sqlite3.Connection):
        return
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute("PRAGMA busy_timeout = 5000")
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = NORMAL")
