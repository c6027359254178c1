"""``current_user``: who sent the request. Django twin: ``request.user``."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from flask import session
from flask.typing import ResponseReturnValue
from flask_login import current_user
from flask_login import login_fresh
from flask_login import LoginManager

from cbv.forms import Form

from .stop import Stop


class UserStop(Stop):
    """``current_user`` is Flask-Login's proxy, ``self.user`` the object behind it."""

    subject = "current_user"
    in_django = "request.user"
    summary = "Who sent the request: a user, or nobody in particular."
    machinery = LoginManager._load_user
    form_class = Form

    def form_valid(self, form: Form) -> ResponseReturnValue:
        """Make this login an old one, as one that a remember-me cookie brought back."""
        if self.user.is_authenticated:
            session["_fresh"] = False
        return super().form_valid(form)

    def live(self) -> Iterable[tuple[str, Any]]:
        """Return what is known of whoever asks."""
        yield "type(current_user)", type(current_user)
        yield "type(self.user)", type(self.user)
        yield "current_user == self.user", current_user == self.user
        yield "current_user is self.user", current_user is self.user
        yield "current_user.is_authenticated", current_user.is_authenticated
        yield "current_user.is_anonymous", current_user.is_anonymous
        yield "current_user.is_active", current_user.is_active
        yield "login_fresh()", login_fresh()
        yield "names in the session", sorted(name for name in session if name[0] == "_")
