"""Where the SQLAlchemy session of an application context comes from.

A ``scoped_session``, a ``sessionmaker`` or a callable given to ``CBV(app, session=…)``,
else Flask-SQLAlchemy's or Flask-SQLAlchemy-Lite's own. Django has no counterpart: its
connections are global.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import current_app
from flask import Flask
from flask import g
from flask import request
from sqlalchemy.orm import scoped_session
from sqlalchemy.orm import Session
from sqlalchemy.orm import sessionmaker

from ..exceptions import ImproperlyConfigured

#: Under this name the session of a context is on ``g``.
_HELD = "_cbv_session"


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
