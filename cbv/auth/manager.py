"""How cbv sets Flask-Login up in an application and loads the user of a session.

The user is loaded only when a request asks for it. A session whose user has changed
the password is ended.

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
from werkzeug.local import LocalProxy

from ..urls.login import ask_to_log_in
from ..urls.login import ask_to_log_in_again
from ..urls.paths import login_url
from ..views.dispatch import forbid_if_shared
from .backend import load_user
from .rotation import rotate_session
from .users import AbstractUserMixin
from .users import has_stamp
from .users import split_identity


def install_login(app: Flask, user_model: Any) -> None:
    """Install Flask-Login in an application that has no login manager yet.

    A login manager that the application installs itself, before or after this call, is
    the one that is used.

    :param user_model: the mapped class of the users; None when the application loads
        its users by a ``user_loader`` of its own.

    Since 0.1.
    """
    if user_model is not None:
        app.extensions["cbv.user_model"] = user_model
    if not hasattr(app, "login_manager"):
        app.config.setdefault("REMEMBER_COOKIE_SAMESITE", "Lax")
        app.config.setdefault("REMEMBER_COOKIE_HTTPONLY", True)
        Manager().init_app(app, add_context_processor=False)
    app.context_processor(_current_user)
    user_loaded_from_cookie.connect(_on_remembered, app)


class Manager(LoginManager):  # type: ignore[misc]
    """The login manager for an application that installs none of its own.

    It differs from Flask-Login's in its remember cookie, its session protection and its
    login page, which is ``CBV_LOGIN_URL``.

    Since 0.1. Flask-Login: ``LoginManager``.
    """

    def __init__(self) -> None:
        super().__init__()
        self._user_callback = _UserLoader(None)
        self._session_identifier_generator = visitor_digest

    def unauthorized(self) -> Any:
        """Answer where a decorator of Flask-Login's refuses an anonymous user.

        ``CBV_LOGIN_URL`` is the login page of these decorators, too.
        """
        if self.unauthorized_callback or not current_app.config.get("CBV_LOGIN_URL"):
            return super().unauthorized()
        return ask_to_log_in(login_url)

    def needs_refresh(self) -> Any:
        """Answer where ``fresh_login_required`` refuses a user who was remembered."""
        if self.needs_refresh_callback or not current_app.config.get("CBV_LOGIN_URL"):
            return super().needs_refresh()
        return ask_to_log_in_again(login_url)

    def _update_remember_cookie(self, response: Response) -> Response:
        """Set or delete the remember cookie only if this request asked for its user.

        Flask-Login reads the session in every request, which would make every page
        vary by cookie. Only a login or logout leaves a change of the cookie in the
        session, and both of them ask for the user.
        """
        config = current_app._get_current_object().config  # type: ignore[attr-defined]
        is_user_loaded = "_login_user" in g._get_current_object()
        if is_user_loaded or config.get("REMEMBER_COOKIE_REFRESH_EACH_REQUEST"):
            return super()._update_remember_cookie(response)  # type: ignore[no-any-return]
        return response

    def _set_cookie(self, response: Response) -> None:
        """Set the remember cookie; on an https page it gets the attribute Secure.

        ``REMEMBER_COOKIE_SECURE``, if the application sets it, decides instead.
        """
        cookie_response = Response()
        super()._set_cookie(cookie_response)
        is_configured = "REMEMBER_COOKIE_SECURE" in current_app.config
        attribute = "; Secure" if request.is_secure and not is_configured else ""
        for cookie in cookie_response.headers.getlist("Set-Cookie"):
            response.headers.add("Set-Cookie", cookie + attribute)


def visitor_digest() -> str:
    """Return the hash of IP address and browser for Flask-Login's session protection.

    The address is ``request.remote_addr``. Behind proxies ``ProxyFix`` sets it, from
    as many proxies as the application trusts. Flask-Login itself would read the
    X-Forwarded-For header, which any visitor can forge.

    :returns: the SHA-512 digest as a hexadecimal text.

    Since 0.1. Flask-Login: ``_create_identifier``.
    """
    current: Request = request._get_current_object()  # type: ignore[attr-defined]
    browser = current.headers.get("User-Agent", "")
    return hashlib.sha512(f"{current.remote_addr}|{browser}".encode()).hexdigest()


def _current_user() -> dict[str, Any]:
    """Give templates ``current_user`` as a proxy, which loads the user when used."""
    return {"current_user": _template_user}


def _shown_user() -> Any:
    forbid_if_shared("current_user")
    return current_user._get_current_object()


#: Flask-Login's current_user, unless a cache would show the page to others.
_template_user: Any = LocalProxy(_shown_user)


def _on_remembered(app: Flask, user: Any) -> None:
    """Give the session a new id when a remember cookie logs a user in."""
    rotate_session()


def adopt_manager(app: Flask) -> None:
    """Make the installed login manager check cbv's session stamp when it loads a user.

    The ``user_loader`` of the application, if there is one, still finds the user.

    Since 0.1.
    """
    manager: Any = app.login_manager  # type: ignore[attr-defined]
    callback = manager._user_callback
    if isinstance(callback, _UserLoader):
        return
    manager._user_callback = _UserLoader(callback)
    # Flask-Login's context processor would load the user for every template, even for
    # one that does not use current_user.
    processors = app.template_context_processors[None]
    processors[:] = [p for p in processors if p is not _user_context_processor]


class _UserLoader:
    """The ``user_loader`` that returns a user only if the session's stamp is valid.

    The stamp is what :meth:`cbv.auth.AbstractUserMixin.get_id` adds to the primary key.
    Users of other classes have none, and need none.

    :param callback: returns the user with a primary key; None for
        :func:`cbv.auth.backend.load_user`.
    """

    def __init__(self, callback: Callable[[str], Any] | None) -> None:
        self.callback = callback or load_user

    def __call__(self, identity: Any) -> Any:
        key, stamp = split_identity(identity)
        user = self.callback(key)
        if not _is_valid(user, stamp):
            _drop_session()
            return None
        return user if user is not None and getattr(user, "is_active", True) else None


def _is_valid(user: Any, stamp: str | None) -> bool:
    """Tell whether a session with this stamp, or with none, may belong to a user.

    One without a stamp is from before cbv, and would survive every change of the
    password. User classes that are not cbv's have no stamps.
    """
    if not isinstance(user, AbstractUserMixin):
        return stamp is None or user is not None
    if stamp is None:
        # Flask-Login's test client asks for the id outside the application.
        return current_app.testing and not _has_remember_cookie()
    return has_stamp(user, stamp)


def _has_remember_cookie() -> bool:
    """Tell whether the browser sent Flask-Login's remember cookie."""
    name = current_app.config.get("REMEMBER_COOKIE_NAME", COOKIE_NAME)
    return name in request.cookies


def _drop_session() -> None:
    """Empty a session that is not, or no longer, a valid one of its user.

    The remember cookie is deleted, too. A CSRF token that this request has already
    written into its page is kept. Django: ``get_user`` flushes such a session.
    """
    name = current_app.config.get("WTF_CSRF_FIELD_NAME", "csrf_token")
    csrf_token = {name: session[name]} if name in g and name in session else {}
    rotate_session()
    session.clear()
    session.update(csrf_token)
    if _has_remember_cookie():
        session["_remember"] = "clear"
