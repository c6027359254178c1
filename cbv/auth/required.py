"""The setting ``CBV_LOGIN_REQUIRED``: every view needs a login, unless it opts out.

Django: ``LoginRequiredMiddleware`` (5.1).
"""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from flask import after_this_request
from flask import current_app
from flask import request

from ..exceptions import misconfigured
from ..urls.login import ask_to_log_in
from ..urls.paths import login_url
from ..views.dispatch import keep_private
from ..views.reader import reader


def require_login() -> Any:
    """Redirect an anonymous user to the login page, unless the view is open.

    Called before every request when ``CBV_LOGIN_REQUIRED`` is set. Static files
    stay open to everybody, and so do views with ``login_required = False`` and
    functions marked ``@login_not_required``. A URL that no rule matches is a 404 for
    everybody.

    :returns: the redirect, or None when the request may go on.
    :raises ImproperlyConfigured: when the login page itself needs a login.

    Since 0.1. Django: ``LoginRequiredMiddleware.process_view``.
    """
    if _is_open():
        return None
    after_this_request(keep_private)
    if reader().is_authenticated:
        return None
    field = getattr(_view_class(), "redirect_field_name", "next")
    return ask_to_log_in(_login_page, field)


def _login_page() -> str:
    """Return the address of the login page of this request's view.

    :raises ImproperlyConfigured: when this request is for the login page itself.
    """
    view_class = _view_class()
    target = login_url(getattr(view_class, "login_url", None))
    if urlsplit(target).path == request.script_root + request.path:
        raise misconfigured(
            view_class or _view_function(),
            "is the login page, and CBV_LOGIN_REQUIRED closes it",
            "set login_required = False on the view",
            "mark the function @login_not_required",
        )
    return target


def _is_open() -> bool:
    """Tell whether anonymous users may make this request.

    An option of ``as_view`` decides first, then the function's mark, then the class.
    """
    if request.endpoint is None or _is_static(request.endpoint):
        return True
    function = _view_function()
    options = getattr(function, "view_initkwargs", {})
    of_class = getattr(_view_class(), "login_required", True)
    of_function = getattr(function, "login_required", of_class)
    return options.get("login_required", of_function) is False


def _view_function() -> Any:
    """Return the view function of this request's endpoint."""
    return current_app.view_functions[str(request.endpoint)]


def _view_class() -> Any:
    """Return the view class of this request's endpoint, None for a plain function."""
    return getattr(_view_function(), "view_class", None)


def _is_static(endpoint: str) -> bool:
    """Tell whether an endpoint is Flask's own for static files.

    The application has one, and each blueprint with a static folder.
    """
    blueprint, _, name = endpoint.rpartition(".")
    if name != "static":
        return False
    owner: Any = current_app.blueprints.get(blueprint) if blueprint else current_app
    return owner is not None and owner.has_static_folder
