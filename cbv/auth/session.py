"""Logging in and out: what it does to the session.

Django: ``django.contrib.auth.authenticate``, ``login`` and ``logout``.
"""

from __future__ import annotations

from datetime import datetime
from datetime import timedelta
from datetime import UTC
from typing import Any

from flask import current_app
from flask import Flask
from flask import g
from flask import has_request_context
from flask import session
from flask_login import login_user
from flask_login import logout_user
from werkzeug.local import LocalProxy

from .. import db
from ..columns import column_of
from ..columns import plain_type
from ..dispatch import current_view
from ..exceptions import ImproperlyConfigured
from . import passwords
from .users import key_text
from .users import user_named


def authenticate(username: str, password: str) -> Any:
    """Return the user with this name and password, None without one.

    Exactly one password hash is computed, whoever is named. An inactive user is None.

    Since 0.1. Django: ``authenticate`` with ``ModelBackend``.
    """
    user = user_named(username)
    if user is None:
        passwords.verify(password, None)
        return None
    before = vars(user).copy()
    if not user.check_password(password) or not user.is_active:
        return None
    if vars(user) != before:
        _save_outside_a_view()
    return user


def login(
    user: Any,
    remember: bool = False,
    duration: timedelta | None = None,
    fresh: bool = True,
) -> None:
    """Log a user in; the session gets a new id, and an unknown one's data stays.

    Another user's data, or that of a session whose password was changed, is dropped.

    :param remember: whether a cookie outlives the browser, for ``duration``.

    Since 0.1. Django: ``login``.
    """
    if isinstance(user, LocalProxy):
        user = user._get_current_object()
    known = session.get("_user_id")
    rotate_session()
    if known is not None and known != user.get_id():
        session.clear()
    _drop_csrf_token()
    if hasattr(type(user), "last_login"):
        user.last_login = _now(type(user))
    login_user(user, remember=remember, duration=duration, fresh=fresh)
    _save_outside_a_view()


def logout() -> None:
    """Log out: this session's data is gone, and its record on the server.

    Since 0.1. Django: ``logout``.
    """
    user = getattr(g, "_login_user", None)
    if current_app.config.get("CBV_LOGOUT_EVERYWHERE") and _is_known(user):
        logout_everywhere(user)
    logout_user()
    kept = {k: v for k, v in session.items() if k in ("_remember", "_flashes")}
    rotate_session()
    session.clear()
    session.update(kept)
    _drop_csrf_token()


def logout_everywhere(user: Any) -> None:
    """End every session of a user, this one included, by raising the epoch.

    :raises ImproperlyConfigured: for a user class without ``session_epoch``.

    Since 0.1.
    """
    if isinstance(user, LocalProxy):
        user = user._get_current_object()
    if not hasattr(type(user), "session_epoch"):
        raise ImproperlyConfigured(
            f"{type(user).__name__} has no session_epoch column, which"
            " logout_everywhere() raises. Cure: derive it from cbv.auth.UserMixin, or"
            " map an integer column session_epoch."
        )
    user.session_epoch = (user.session_epoch or 0) + 1
    _save_outside_a_view()


def update_session_auth_hash(user: Any) -> None:
    """Keep this session when its user's password has changed; the others end.

    Since 0.1. Django: ``update_session_auth_hash``.
    """
    rotate_session()
    session["_user_id"] = user.get_id()
    _drop_csrf_token()


def rotate_session() -> None:
    """Give a server-side session a new id; a signed cookie has none to change.

    Called before the session is emptied: on an empty one Flask-Session keeps the id.
    """
    regenerate = getattr(current_app.session_interface, "regenerate", None)
    if regenerate is not None and session:
        regenerate(session)


def user_session(app: Flask, user: Any, **environ: Any) -> dict[str, Any]:
    """Return what a session of a user who is logged in holds; for tests.

    :param environ: of the requests that will follow: address and browser.
    """
    with app.test_request_context(environ_overrides=environ):
        # Not login_user(): nobody logs in here, so no signal, no last_login.
        manager: Any = app.login_manager  # type: ignore[attr-defined]
        return {
            "_user_id": user.get_id(),
            "_fresh": True,
            "_id": manager._session_identifier_generator(),
        }


def _drop_csrf_token() -> None:
    name = current_app.config.get("WTF_CSRF_FIELD_NAME", "csrf_token")
    session.pop(name, None)
    g.pop(name, None)
    g.pop(f"{name}_raw", None)


def _is_known(user: Any) -> bool:
    return user is not None and bool(user.is_authenticated) and bool(key_text(user))


def _now(model: Any) -> datetime:
    moment = datetime.now(UTC)
    column = column_of(model, "last_login")
    aware = column is not None and getattr(plain_type(column.type), "timezone", True)
    return moment if aware else moment.replace(tzinfo=None)


def _save_outside_a_view() -> None:
    """Commit what was written where no dispatcher will: in a function view."""
    if has_request_context() and not current_view:
        db.commit()
