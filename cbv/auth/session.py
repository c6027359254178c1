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
from flask import request
from flask import session
from flask_login import COOKIE_NAME
from flask_login import current_user
from flask_login import login_user
from flask_login import logout_user
from werkzeug.local import LocalProxy

from ..db import writing
from ..db.columns import column_of
from ..db.columns import plain_type
from ..exceptions import ImproperlyConfigured
from ..views.dispatch import current_view
from . import passwords
from .backend import user_model
from .backend import user_named
from .rotation import drop_csrf_token
from .rotation import rotate_session
from .users import AbstractUserMixin
from .users import is_identity_of
from .users import password_length


def authenticate(username: str, password: str) -> Any:
    """Return the user with this name and password, None without one.

    Exactly one password hash is computed, whoever is named. An inactive user is None.

    Since 0.1. Django: ``authenticate`` with ``ModelBackend``.
    """
    user = user_named(username)
    if user is None or not user.is_active:
        passwords.verify(password, None, _hash_length())
        return None
    before = vars(user).copy()
    if not user.check_password(password):
        return None
    if vars(user) != before:
        _save_outside_a_view()
    return user


def _hash_length() -> int | None:
    model = user_model()
    return password_length(model) if issubclass(model, AbstractUserMixin) else None


def login(
    user: Any,
    remember: bool = False,
    duration: timedelta | None = None,
    fresh: bool = True,
) -> bool:
    """Log a user in; the session gets a new id, and an unknown one's data stays.

    Another user's data, or that of a session whose password was changed, is dropped.

    :param remember: whether a cookie outlives the browser, for ``duration``.
    :returns: False for an inactive user: nothing happens then.
    :raises ValueError: for a user that was never saved.

    Since 0.1. Django: ``login``.
    """
    user, known = _real(user), session.get("_user_id")
    user.get_id()  # one that was never saved is refused before anything happens
    if not user.is_active:
        return False
    rotate_session()
    if known is not None and not is_identity_of(user, known):
        session.clear()
    drop_csrf_token()
    if hasattr(type(user), "last_login"):
        user.last_login = _now(type(user))
    login_user(user, remember=remember, duration=duration, fresh=fresh)
    _look_again()
    _save_outside_a_view()
    return True


def logout() -> None:
    """Log out: this session's data is gone, and its record on the server.

    Since 0.1. Django: ``logout``.
    """
    if current_app.config.get("CBV_LOGOUT_EVERYWHERE"):
        if current_user.is_authenticated:
            logout_everywhere(current_user)
    logout_user()
    remember = session.get("_remember")
    rotate_session()
    session.clear()
    if remember is not None:  # Flask-Login deletes its cookie after the request
        session["_remember"] = remember
    _look_again()
    drop_csrf_token()


def logout_everywhere(user: Any) -> None:
    """End every session of a user, this one included, by raising the epoch.

    :raises ImproperlyConfigured: for a user class without ``session_epoch``.

    Since 0.1.
    """
    user = _real(user)
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

    So does the cookie that remembers the user in this browser.

    Since 0.1. Django: ``update_session_auth_hash``.
    """
    rotate_session()
    session["_user_id"] = _real(user).get_id()
    if current_app.config.get("REMEMBER_COOKIE_NAME", COOKIE_NAME) in request.cookies:
        session["_remember"] = "set"
    drop_csrf_token()


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


def _look_again() -> None:
    """Have the running view ask anew who its user is."""
    if current_view:
        current_view.__dict__.pop("user", None)


def _real(user: Any) -> Any:
    """Return the user behind Flask-Login's proxy."""
    return user._get_current_object() if isinstance(user, LocalProxy) else user


def _now(model: Any) -> datetime:
    moment = datetime.now(UTC)
    column = column_of(model, "last_login")
    aware = column is not None and getattr(plain_type(column.type), "timezone", True)
    return moment if aware else moment.replace(tzinfo=None)


def _save_outside_a_view() -> None:
    """Commit what was written where no dispatcher will: a function view, a command."""
    if not current_view:
        writing.commit()
