"""Who reads: the user of this request, with Flask-Login and without it.

Django: ``AuthenticationMiddleware``.
"""

from __future__ import annotations

from typing import Any

from flask import current_app
from flask import Flask
from flask_login import AnonymousUserMixin
from flask_login import current_user


def reader() -> Any:
    """Return the user of this request: the object itself, not Flask-Login's proxy.

    An ``AnonymousUserMixin`` without a login, without Flask-Login, and where its
    ``anonymous_user`` gives None.
    """
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]
    user = None
    if hasattr(app, "login_manager"):
        user = current_user._get_current_object()
    return AnonymousUserMixin() if user is None else user
