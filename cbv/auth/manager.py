"""Flask-Login in an application: who loads the user of a session, and when.

Django: ``AuthenticationMiddleware`` and ``get_user``.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any

from flask import current_app
from flask import Flask
from flask import g
from flask import Request
from flask import request
from flask import Response
from flask import session
from flask_login import COOKIE_NAME
from flask_login import current_user
from flask_login import LoginManager
from flask_login import user_loaded_from_cookie
from flask_login.utils import _user_context_processor

from .backend import load_user
from .rotation import rotate_session
from .users import AbstractUserMixin
from .users import has_stamp
from .users import split_identity


def install_login(app: Flask, user_model: Any) -> None:
    """Give an application Flask-Login, unless it has it, and a way to load its users.

    What the application installs itself is kept, whichever comes first.

    :param user_model: the mapped class of the users; None leaves loading to the
        application's own ``user_loader``.
    """
    if user_model is not None:
        app.extensions["cbv.user_model"] = user_model
    if not hasattr(app, "login_manager"):
        app.config.setdefault("REMEMBER_COOKIE_SAMESITE", "Lax")
        app.config.setdefault("REMEMBER_COOKIE_HTTPONLY", True)
        Manager().init_app(app, add_context_processor=False)
    app.context_processor(_lazy_user)
    user_loaded_from_cookie.connect(_remembered, app)


class Manager(LoginManager):  # type: ignore[misc]
    """Flask-Login's, for an application that has none of its own."""

    def __init__(self) -> None:
        super().__init__()
        self._user_callback = _Loader(None)
        self._session_identifier_generator = visitor_digest

    def _update_remember_cookie(self, response: Response) -> Response:
        """Leave the session alone in a request that asked for no user.

        To look into it would make every page vary by cookie. What is to be done with
        the cookie was put there by a login or logout, and those ask.
        """
        config = current_app._get_current_object().config  # type: ignore[attr-defined]
        asked = "_login_user" in g._get_current_object()
        if asked or config.get("REMEMBER_COOKIE_REFRESH_EACH_REQUEST"):
            return super()._update_remember_cookie(response)  # type: ignore[no-any-return]
        return response

    def _set_cookie(self, response: Response) -> None:
        """Set the cookie that remembers a user: Secure where the page was encrypted."""
        made = Response()
        super()._set_cookie(made)
        chosen = "REMEMBER_COOKIE_SECURE" in current_app.config
        mark = "; Secure" if request.is_secure and not chosen else ""
        for cookie in made.headers.getlist("Set-Cookie"):
            response.headers.add("Set-Cookie", cookie + mark)


def visitor_digest() -> str:
    """Return what Flask-Login's session protection knows a visitor by.

    The address is the one that Flask sees: behind proxies that of ``ProxyFix``, which
    believes as many as the application trusts. Flask-Login would believe anybody's
    X-Forwarded-For.
    """
    current: Request = request._get_current_object()  # type: ignore[attr-defined]
    browser = current.headers.get("User-Agent", "")
    return hashlib.sha512(f"{current.remote_addr}|{browser}".encode()).hexdigest()


def _lazy_user() -> dict[str, Any]:
    return {"current_user": current_user}


def _remembered(app: Flask, user: Any) -> None:
    """Give the session that a remember cookie logs in a new id, as a login does."""
    rotate_session()


def adopt_manager(app: Flask) -> None:
    """Have the manager that is installed now load users through cbv."""
    manager: Any = app.login_manager  # type: ignore[attr-defined]
    callback = manager._user_callback
    if isinstance(callback, _Loader):
        return
    manager._user_callback = _Loader(callback)
    # Flask-Login's own would load the user for every page, named there or not.
    processors = app.template_context_processors[None]
    processors[:] = [p for p in processors if p is not _user_context_processor]


class _Loader:
    """Loads the user of a session, if the stamp in the session still fits."""

    def __init__(self, callback: Callable[[str], Any] | None) -> None:
        self.callback = callback or load_user

    def __call__(self, identity: Any) -> Any:
        key, stamp = split_identity(identity)
        user = self.callback(key)
        if stamp is not None and not _fits(user, stamp):
            _forget()
            return None
        return user if user is not None and getattr(user, "is_active", True) else None


def _fits(user: Any, stamp: str) -> bool:
    if not isinstance(user, AbstractUserMixin):
        return user is not None
    return has_stamp(user, stamp)


def _forget() -> None:
    """Drop a session whose user is gone or changed the password, and its cookie.

    A CSRF token that this request has put into its page already stays. Django:
    ``get_user`` flushes such a session.
    """
    name = current_app.config.get("WTF_CSRF_FIELD_NAME", "csrf_token")
    shown = {name: session[name]} if name in g and name in session else {}
    rotate_session()
    session.clear()
    session.update(shown)
    if current_app.config.get("REMEMBER_COOKIE_NAME", COOKIE_NAME) in request.cookies:
        session["_remember"] = "clear"
