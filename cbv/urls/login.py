"""The answer to a visitor who must log in first, as Flask-Login's settings have it.

Every refusal of cbv that sends somebody to the login page comes from here: those of the
access mixins, of the decorators, of ``CBV_LOGIN_REQUIRED`` and of a scope without a
user.

Django has only ``redirect_to_login``. Flask-Login: ``LoginManager.unauthorized``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import current_app
from flask import flash
from flask.typing import ResponseReturnValue
from flask_login import LOGIN_MESSAGE
from flask_login import LOGIN_MESSAGE_CATEGORY

from ..exceptions import answered
from .paths import redirect_to_login
from .paths import this_address


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
    manager: Any = getattr(current_app, "login_manager", None)
    handler = getattr(manager, "unauthorized_callback", None)
    if handler is not None:
        subject = "is Flask-Login's unauthorized_handler, and"
        return answered(handler, subject, manager.unauthorized())  # type: ignore[no-any-return]
    login_page = find_login_page()
    if manager is not None:
        _flash_message(manager)
    return redirect_to_login(this_address(login_page), login_page, redirect_field_name)


def _flash_message(manager: Any) -> None:
    """Flash the message of a login manager, unless it has Flask-Login's defaults."""
    message, category = manager.login_message, manager.login_message_category
    if message and (message, category) != (LOGIN_MESSAGE, LOGIN_MESSAGE_CATEGORY):
        translate = manager.localize_callback or str
        flash(translate(message), category=category)
