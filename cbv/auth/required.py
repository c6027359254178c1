"""CBV_LOGIN_REQUIRED: an application that is closed but for what says otherwise.

Django: ``LoginRequiredMiddleware`` (5.1).
"""

from __future__ import annotations

from typing import Any

from flask import after_this_request
from flask import current_app
from flask import request
from flask_login import current_user

from cbv.dispatch import keep_private
from cbv.urls import login_url
from cbv.urls import redirect_to_login
from cbv.urls import this_address


def require_login() -> Any:
    """Send an anonymous user to the login page, if the application asks for a login.

    Static files stay open, as do views with ``login_required = False`` and functions
    marked ``@login_not_required``. An address that no view answers is a 404 for all.
    """
    if not current_app.config.get("CBV_LOGIN_REQUIRED") or _is_open():
        return None
    after_this_request(keep_private)
    if current_user.is_authenticated:
        return None
    function: Any = current_app.view_functions[str(request.endpoint)]
    view_class = getattr(function, "view_class", None)
    target = login_url(getattr(view_class, "login_url", None))
    field = getattr(view_class, "redirect_field_name", "next")
    return redirect_to_login(this_address(target), target, field)


def _is_open() -> bool:
    endpoint = request.endpoint
    if endpoint is None or endpoint.rpartition(".")[2] == "static":
        return True
    function: Any = current_app.view_functions.get(endpoint)
    options = getattr(function, "view_initkwargs", {})
    view_class = getattr(function, "view_class", None)
    default = getattr(view_class, "login_required", True)
    own = getattr(function, "login_required", default)
    return options.get("login_required", own) is False
