"""The answer to a visitor who must log in first, as Flask-Login's settings have it.

Every refusal of cbv that sends somebody to the login page comes from here: those of the
access mixins, of the decorators, of ``CBV_LOGIN_REQUIRED`` and of a scope without a
user.

Django has only ``redirect_to_login``. Flask-Login: ``LoginManager.unauthorized``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from typing import NamedTuple

from flask import current_app
from flask import flash
from flask import session
from flask.typing import ResponseReturnValue
from flask_login import LOGIN_MESSAGE
from flask_login import LOGIN_MESSAGE_CATEGORY
from flask_login import REFRESH_MESSAGE
from flask_login import REFRESH_MESSAGE_CATEGORY
from flask_login import user_needs_refresh
from flask_login import user_unauthorized

from ..exceptions import answered
from .paths import redirect_to_login
from .paths import resolve_url
from .paths import this_address


class _Occasion(NamedTuple):
    """A reason to ask somebody to log in, by its names in Flask-Login's manager."""

    #: The method that asks; with ``_handler``, the decorator of the application's own.
    method: str
    #: The attribute with the application's own handler.
    callback: str
    #: The attribute with the message; with ``_category``, that with its category.
    message: str
    #: Flask-Login's own message and category, which nobody has chosen.
    default: tuple[str, str]
    #: The signal that is sent.
    signal: Any


_ANONYMOUS = _Occasion(
    "unauthorized",
    "unauthorized_callback",
    "login_message",
    (LOGIN_MESSAGE, LOGIN_MESSAGE_CATEGORY),
    user_unauthorized,
)
_STALE = _Occasion(
    "needs_refresh",
    "needs_refresh_callback",
    "needs_refresh_message",
    (REFRESH_MESSAGE, REFRESH_MESSAGE_CATEGORY),
    user_needs_refresh,
)


#: The key in the session of a user who was asked to log in again.
AGAIN = "_cbv_again"


def ask_to_log_in(
    find_login_page: Callable[[], str], redirect_field_name: str | None = "next"
) -> ResponseReturnValue:
    """Return what Flask-Login's ``unauthorized_handler`` answers, else the redirect.

    The redirect flashes Flask-Login's ``login_message`` if the application has set it,
    or its category; Flask-Login's own defaults flash nothing.

    :param find_login_page: returns the address of the login page; it is not called
        where the application has an ``unauthorized_handler``.
    :param redirect_field_name: the query key for the address to return to.
    :raises ImproperlyConfigured: when the handler returns no answer.

    Since 0.1. Flask-Login: ``LoginManager.unauthorized``.
    """
    return _ask(_ANONYMOUS, find_login_page, redirect_field_name)


def ask_to_log_in_again(
    find_login_page: Callable[[], str], redirect_field_name: str | None = "next"
) -> ResponseReturnValue:
    """Return the answer to a user who was only remembered, where that is not enough.

    It is that of Flask-Login's ``needs_refresh_handler``, else the redirect to its
    ``refresh_view``, else to the login page. ``needs_refresh_message`` is flashed as
    ``login_message`` is by :func:`ask_to_log_in`.

    :param find_login_page: as for :func:`ask_to_log_in`.
    :param redirect_field_name: as for :func:`ask_to_log_in`.
    :raises ImproperlyConfigured: when the handler returns no answer.

    Since 0.1. Flask-Login: ``LoginManager.needs_refresh``.
    """
    session[AGAIN] = True  # the login page redirects other users who are logged in
    refresh_view = getattr(_manager(), "refresh_view", None)
    if refresh_view:
        return _ask(_STALE, lambda: resolve_url(refresh_view), redirect_field_name)
    return _ask(_STALE, find_login_page, redirect_field_name)


def _ask(
    occasion: _Occasion, find_login_page: Callable[[], str], field: str | None
) -> ResponseReturnValue:
    """Return the application's own answer on an occasion, else the redirect."""
    manager = _manager()
    handler = getattr(manager, occasion.callback, None)
    if handler is not None:
        subject = f"is Flask-Login's {occasion.method}_handler, and"
        answer = getattr(manager, occasion.method)()
        return answered(handler, subject, answer)  # type: ignore[no-any-return]
    login_page = find_login_page()
    if manager is not None:
        occasion.signal.send(current_app._get_current_object())  # type: ignore[attr-defined]
        _flash_message(manager, occasion)
    return redirect_to_login(this_address(login_page), login_page, field)


def _manager() -> Any:
    """Return Flask-Login's manager of this application; None if it has none."""
    return getattr(current_app, "login_manager", None)


def _flash_message(manager: Any, occasion: _Occasion) -> None:
    """Flash the message of a login manager, unless it has Flask-Login's defaults."""
    message = getattr(manager, occasion.message)
    category = getattr(manager, f"{occasion.message}_category")
    if message and (message, category) != occasion.default:
        translate = manager.localize_callback or str
        flash(translate(message), category=category)
