"""CBV_LOGIN_REQUIRED: an application that is closed but for what says otherwise.

Django: ``LoginRequiredMiddleware`` (5.1).
"""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from flask import after_this_request
from flask import current_app
from flask import request
from flask_login import current_user

from ..exceptions import misconfigured
from ..urls.paths import login_url
from ..urls.paths import redirect_to_login
from ..urls.paths import this_address
from ..views.dispatch import keep_private


def require_login() -> Any:
    """Send an anonymous user to the login page: ``CBV_LOGIN_REQUIRED`` is set.

    Static files stay open, as do views with ``login_required = False`` and functions
    marked ``@login_not_required``. An address that no view answers is a 404 for all.

    :raises ImproperlyConfigured: for a login page that asks for a login itself.
    """
    if _is_open():
        return None
    after_this_request(keep_private)
    if current_user.is_authenticated:
        return None
    view_class = getattr(_function(), "view_class", None)
    target = login_url(getattr(view_class, "login_url", None))
    if urlsplit(target).path == request.script_root + request.path:
        raise misconfigured(
            view_class or _function(),
            "is the login page, and CBV_LOGIN_REQUIRED closes it",
            "set login_required = False on the view",
            "mark the function @login_not_required",
        )
    field = getattr(view_class, "redirect_field_name", "next")
    return redirect_to_login(this_address(target), target, field)


def _is_open() -> bool:
    if request.endpoint is None or _is_static(request.endpoint):
        return True
    options = getattr(_function(), "view_initkwargs", {})
    view_class = getattr(_function(), "view_class", None)
    default = getattr(view_class, "login_required", True)
    own = getattr(_function(), "login_required", default)
    return options.get("login_required", own) is False


def _function() -> Any:
    return current_app.view_functions[str(request.endpoint)]


def _is_static(endpoint: str) -> bool:
    """Tell whether Flask serves the files of the application or a blueprint by it."""
    blueprint, _, name = endpoint.rpartition(".")
    owner: Any = current_app.blueprints[blueprint] if blueprint else current_app
    return name == "static" and owner.has_static_folder
