"""Find the SQLAlchemy session that belongs to the current application context.

It comes from the ``scoped_session``, ``sessionmaker`` or callable that
``CBV(app, session=…)`` was given; without one, from Flask-SQLAlchemy or
Flask-SQLAlchemy-Lite. Django has no counterpart: its connections are global.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import current_app
from flask import Flask
from flask import g
from flask import has_app_context
from flask import request
from sqlalchemy import Dialect
from sqlalchemy.engine.default import DefaultDialect
from sqlalchemy.exc import UnboundExecutionError
from sqlalchemy.orm import scoped_session
from sqlalchemy.orm import Session
from sqlalchemy.orm import sessionmaker

from ..exceptions import ImproperlyConfigured

#: The attribute of ``g`` that holds the session of this application context.
_ON_G = "_cbv_session"


class _NoDatabase(DefaultDialect):
    """SQLAlchemy's default dialect, with what JSON of SQLAlchemy 2.0 asks of it."""

    _json_serializer = None
    _json_deserializer = None


_DEFAULT_DIALECT = _NoDatabase()


class Scoped:
    """Provide the session of a ``scoped_session``.

    Its owner, such as Flask-SQLAlchemy, removes the session at the end of the request.
    """

    def __init__(self, registry: scoped_session[Session]) -> None:
        self.registry = registry.registry

    def get(self) -> Session:
        """Return this context's session, opening it if there is none yet."""
        # An async handler runs in its own thread, in which the scoped_session is still
        # empty: it uses the session that its application context has already.
        current: Session | None = None if self.registry.has() else g.get(_ON_G)
        current = g._cbv_session = self.registry() if current is None else current
        return current

    def opened(self) -> list[Session]:
        """Return the sessions that this context has opened so far."""
        sessions = _session_on_g()
        if self.registry.has() and self.registry() not in sessions:
            sessions.append(self.registry())
        return sessions

    def set_aside(self) -> Callable[[], object]:
        """Take away this thread's session, and return a function that gives it back."""
        if not self.registry.has():
            return lambda: None
        current = self.registry()
        self.registry.clear()
        return lambda: self.registry.set(current)


class Lite:
    """Provide Flask-SQLAlchemy-Lite's default session, which it keeps on ``g``.

    Flask-SQLAlchemy-Lite closes it at the end of the application context.
    """

    def __init__(self, extension: Any) -> None:
        self.extension = extension

    def get(self) -> Session:
        """Return this context's session, opening it if there is none yet."""
        current: Session = self.extension.session
        return current

    def opened(self) -> list[Session]:
        """Return the session if this context has opened it, in a list."""
        sessions: dict[str, Session] = g.get("_sqlalchemy_sessions", {})
        return [sessions["default"]] if "default" in sessions else []


class Made:
    """Provide one session for each application context from a ``sessionmaker``.

    cbv makes these sessions itself, and closes them at the end of the context.
    """

    def __init__(self, maker: sessionmaker[Session]) -> None:
        self.maker = maker

    def get(self) -> Session:
        """Return this context's session, making it if there is none yet."""
        current: Session | None = g.get(_ON_G)
        if current is None:
            current = g._cbv_session = self.maker()
        return current

    def opened(self) -> list[Session]:
        """Return the session if this context has opened it, in a list."""
        return _session_on_g()


class Called:
    """Provide the session that a callable of the application returns.

    The callable is called once for each request, because it may make a new session at
    each call. The application closes the session.
    """

    def __init__(self, function: Callable[[], Session]) -> None:
        self.function = function

    def get(self) -> Session:
        """Return this request's session, calling the function the first time."""
        current: Any = request._get_current_object() if request else None  # type: ignore[attr-defined]
        if g.get("_cbv_session_request", self) is not current:
            g._cbv_session, g._cbv_session_request = self.function(), current
        current_session: Session = g._cbv_session
        return current_session

    def opened(self) -> list[Session]:
        """Return the session in a list, except in a GET that has not used it."""
        # The application may have used its session without cbv, and only calling the
        # function tells. That is done where a commit may follow; a request that only
        # reads should not open a session for it.
        reads = bool(request) and request.method in ("GET", "HEAD", "OPTIONS")
        return _session_on_g() if reads else [self.get()]


def _session_on_g() -> list[Session]:
    current = g._get_current_object().get(_ON_G)
    return [] if current is None else [current]


#: A source of sessions: ``get()`` returns this context's session, ``opened()`` those
#: that it has opened already.
Provider = Scoped | Lite | Made | Called
#: The key of the provider in ``app.extensions``.
_PROVIDER = "cbv.session"


def bind_session(app: Flask, source: Any) -> None:
    """Set the source of an application's SQLAlchemy session.

    ``CBV(app, session=source)`` calls it.

    :param source: a ``scoped_session``, a ``sessionmaker``, or a callable that returns
        a Session. cbv closes only the sessions that it makes from a ``sessionmaker``,
        at the end of the application context.
    :raises ImproperlyConfigured: for anything else.

    Since 0.1.
    """
    if isinstance(source, scoped_session):
        app.extensions[_PROVIDER] = Scoped(source)
    elif isinstance(source, sessionmaker):
        app.extensions[_PROVIDER] = Made(source)
        app.teardown_appcontext(_close_made)
    elif callable(source) and not isinstance(source, (type, Session)):
        app.extensions[_PROVIDER] = Called(source)
    else:
        raise ImproperlyConfigured(
            f"CBV cannot take its session from {source!r}. Cure: pass a scoped_session,"
            " a sessionmaker, or a callable that gives a Session."
        )


def _close_made(error: BaseException | None) -> None:
    if (made := g._get_current_object().pop(_ON_G, None)) is not None:
        made.close()


def _provider() -> Provider | None:
    extensions: dict[str, Any] = current_app._get_current_object().extensions  # type: ignore[attr-defined]
    provider: Provider | None = extensions.get(_PROVIDER)
    if provider is None and "sqlalchemy" in extensions:
        provider = extensions[_PROVIDER] = _detected(extensions["sqlalchemy"])
    return provider


def _detected(extension: Any) -> Provider:
    # Looked up on the class, because reading it from a Lite object needs an application
    # context.
    lite = isinstance(getattr(type(extension), "session", None), property)
    return Lite(extension) if lite else Scoped(extension.session)


def session() -> Session:
    """Return the SQLAlchemy session of this application context.

    :raises ImproperlyConfigured: when ``CBV`` was given no session and the application
        has neither Flask-SQLAlchemy nor Flask-SQLAlchemy-Lite.

    Since 0.1.
    """
    provider = _provider()
    if provider is None:
        raise ImproperlyConfigured(
            f"The application {current_app.name!r} has no database session for cbv."
            " Cure: pass CBV(app, session=...), or set up Flask-SQLAlchemy or"
            " Flask-SQLAlchemy-Lite before the first request."
        )
    return provider.get()


def opened_sessions() -> list[Session]:
    """Return the sessions that this application context has used so far.

    :returns: an empty list before the first use; normally one session; two when an
        async handler and the rest of the application each used their own.

    Since 0.1.
    """
    provider = _provider()
    return [] if provider is None else provider.opened()


def set_aside_session() -> Callable[[], object]:
    """Let this application context have a session of its own, whoever opened it.

    The session of a ``scoped_session`` may belong to the thread, and so to a caller who
    has opened this context within another: the caller's work would be committed here,
    and the application would remove the session at the end of this context.

    :returns: a function that gives the caller's session back, to be called after the
        end of this context.

    Since 0.1.
    """
    provider = _provider()
    return provider.set_aside() if isinstance(provider, Scoped) else lambda: None


def dialect_of(column: Any) -> Dialect:
    """Return the dialect of the database that has a column.

    :param column: a column, a mapped attribute, or anything else with a type.
    :returns: SQLAlchemy's default dialect where nothing tells: outside an application
        context, without a session, and for a session without a database.
    """
    provider = _provider() if has_app_context() else None
    if provider is None:
        return _DEFAULT_DIALECT
    table = getattr(column, "table", None)
    try:
        return provider.get().get_bind(clause=table).dialect
    except UnboundExecutionError:
        return _DEFAULT_DIALECT
