"""The functions that check a login, log a user in and out, and end sessions.

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

from ..db import unit
from ..db import writing
from ..db.columns import column_of
from ..db.columns import plain_type
from ..db.columns import without_proxy
from ..exceptions import ImproperlyConfigured
from ..views.dispatch import current_view
from ..views.reader import reader
from . import passwords
from .backend import user_model
from .backend import user_named
from .rotation import drop_csrf_token
from .rotation import rotate_session
from .truth import is_true
from .users import AbstractUserMixin
from .users import identity_of
from .users import is_identity_of
from .users import is_same_user
from .users import password_length


def authenticate(username: str | None, password: str | None) -> Any:
    """Return the active user with this login name and password, or None.

    Exactly one password hash is computed in every case, also for an unknown name, so
    that the response time does not tell which names exist.

    :param username: the text that the user typed as login name.
    :param password: the password that the user typed.
    :returns: None for an unknown name, a wrong password, an inactive user, and where
        the name or the password is None.

    Since 0.1. Django: ``authenticate`` with ``ModelBackend``.
    """
    user = None if username is None else user_named(username)
    if user is None or password is None or not user.is_active:
        passwords.verify(password, None, _hash_length())
        return None
    before = vars(user).copy()
    if not is_true(user, user.check_password(password)):
        return None
    if vars(user) != before:
        _save_outside_a_view()
    return user


def _hash_length() -> int | None:
    """Return how many characters the password column holds; None for no limit."""
    model = user_model()
    return password_length(model) if issubclass(model, AbstractUserMixin) else None


def login(
    user: Any,
    remember: bool = False,
    duration: timedelta | None = None,
    fresh: bool = True,
) -> bool:
    """Log a user in: the session of this request belongs to the user from now on.

    The session gets a new id. The data of an anonymous session is kept. The data of
    another user, or of a session from before a change of the password, is deleted.

    :param user: the user to log in.
    :param remember: whether a cookie keeps the user logged in after the browser was
        closed.
    :param duration: how long that cookie is valid; None for
        ``REMEMBER_COOKIE_DURATION``.
    :param fresh: whether the login counts as fresh for Flask-Login.
    :returns: True; False for an inactive user, who is not logged in.
    :raises ValueError: for a user that was never saved in the database.
    :raises ImproperlyConfigured: for a user class of cbv's with a ``get_id()`` that
        gives no stamp.

    Since 0.1. Django: ``login``.
    """
    user, identity = without_proxy(user), session.get("_user_id")
    identity_of(user)  # raises for a user of no use, before anything changes
    if not user.is_active:
        return False
    rotate_session()
    if identity is not None and not is_identity_of(user, identity):
        session.clear()
    drop_csrf_token()
    if hasattr(type(user), "last_login"):
        user.last_login = _current_time(type(user))
    login_user(user, remember=remember, duration=duration, fresh=fresh)
    _forget_view_user()
    _save_outside_a_view()
    return True


def logout() -> None:
    """Log the current user out and delete the session's data, on the server, too.

    With ``CBV_LOGOUT_EVERYWHERE`` every other session of the user ends as well.

    Since 0.1. Django: ``logout``.
    """
    if current_app.config.get("CBV_LOGOUT_EVERYWHERE"):
        if reader().is_authenticated:
            logout_everywhere(reader())
    logout_user()
    remember = session.get("_remember")
    rotate_session()
    session.clear()
    if remember is not None:  # Flask-Login deletes its cookie after the request
        session["_remember"] = remember
    _forget_view_user()
    drop_csrf_token()


def logout_everywhere(user: Any) -> None:
    """End every session of a user, the current one included.

    It increments the user's ``session_epoch``, which makes the stamp in each session
    invalid (see :func:`cbv.auth.users.session_stamp`).

    :raises ImproperlyConfigured: for a user class without ``session_epoch``.

    Since 0.1.
    """
    user = without_proxy(user)
    if not hasattr(type(user), "session_epoch"):
        raise ImproperlyConfigured(
            f"{type(user).__name__} has no session_epoch column, which"
            " logout_everywhere() raises. Cure: derive it from cbv.auth.UserMixin, or"
            " map an integer column session_epoch."
        )
    user.session_epoch = (user.session_epoch or 0) + 1
    _save_outside_a_view()


def update_session_auth_hash(user: Any) -> None:
    """Keep the current session valid after its user's password was changed.

    Without this call it would end, as all other sessions of the user do. The remember
    cookie in this browser stays valid, too. The session gets a new id. For any other
    user that is all: an administrator who sets somebody's password stays who they are.

    :param user: the user whose password was changed.

    Since 0.1. Django: ``update_session_auth_hash``.
    """
    user = without_proxy(user)
    rotate_session()
    if not is_same_user(user, without_proxy(current_user)):
        return
    session["_user_id"] = identity_of(user)
    if current_app.config.get("REMEMBER_COOKIE_NAME", COOKIE_NAME) in request.cookies:
        session["_remember"] = "set"
    drop_csrf_token()


def user_session(app: Flask, user: Any, **environ: Any) -> dict[str, Any]:
    """Return the session data of a user who is logged in, for a test client.

    Nobody is logged in by this: no signal is sent and ``last_login`` does not change.

    :param environ: WSGI variables of the requests that will use the session, such as
        ``REMOTE_ADDR``; Flask-Login's session protection depends on them.

    Since 0.1.
    """
    with app.test_request_context(environ_overrides=environ):
        # Not login_user(), which would send a signal.
        manager: Any = app.login_manager  # type: ignore[attr-defined]
        return {
            "_user_id": identity_of(user),
            "_fresh": True,
            "_id": manager._session_identifier_generator(),
        }


def _forget_view_user() -> None:
    """Make the running view look its user up again when ``self.user`` is next used."""
    if current_view:
        current_view.__dict__.pop("user", None)


def _current_time(model: Any) -> datetime:
    """Return the time in UTC, for the column ``last_login``.

    It is naive for a column without a time zone.
    """
    time = datetime.now(UTC)
    column = column_of(model, "last_login")
    is_aware = column is not None and getattr(plain_type(column.type), "timezone", True)
    return time if is_aware else time.replace(tzinfo=None)


def _save_outside_a_view() -> None:
    """Commit the transaction where no class-based view does it at its end.

    That is the case in a function view, in a command, and once a view has ended, as in
    a function given to ``on_commit``.
    """
    if not unit.is_running():
        writing.commit()
