"""One's own account: mail address and picture, how one is logged in, and leaving.

Django twin: ``UpdateView`` with ``get_object`` returning ``request.user``.
"""

from __future__ import annotations

from typing import Any
from typing import NamedTuple

from flask.typing import ResponseReturnValue
from flask_login import login_fresh

from cbv import FormView
from cbv import SuccessMessageMixin
from cbv import UpdateView
from cbv.auth import LoginRequiredMixin
from cbv.auth import logout
from cbv.auth import logout_everywhere
from cbv.forms import Form

from .forms import ProfileForm
from .models import User


class LoginState(NamedTuple):
    """One of the three ways in which Flask-Login knows someone."""

    name: str
    meaning: str
    now: bool


class ProfileView(LoginRequiredMixin, SuccessMessageMixin, UpdateView[User]):
    """Change one's mail address and picture."""

    form_class = ProfileForm
    template_name = "profile.html"
    context_object_name = "account"
    success_url = "profile"
    success_message = "Your profile is changed."

    def get_object(self, queryset: Any = None) -> User:
        """Return whoever is logged in; the address names nobody."""
        user: User = self.user
        return user

    def form_valid(self, form: ProfileForm) -> ResponseReturnValue:
        """Save the address, and the picture with it or neither."""
        if form.drop.data:
            form.instance.picture = None
        return super().form_valid(form)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the states of a login, of which two can be met here."""
        fresh = login_fresh()
        kwargs["states"] = [
            LoginState("fresh", "You gave your password in this session.", fresh),
            LoginState("remembered", "A cookie brought you back.", not fresh),
            LoginState("anonymous", "Nobody is logged in: no profile.", False),
        ]
        return super().get_context_data(**kwargs)


class LogoutEverywhereView(LoginRequiredMixin, SuccessMessageMixin, FormView):
    """End every session of one's own, on all devices, this one included."""

    form_class = Form
    http_method_names = ["post", "options"]
    success_url = "login"
    success_message = "You are logged out on all devices."

    def form_valid(self, form: Form) -> ResponseReturnValue:
        """Raise the epoch that every session of this user must have."""
        logout_everywhere(self.user)
        logout()
        return super().form_valid(form)
