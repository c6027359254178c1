"""Logging in and out, and becoming a user.

Django twin: ``django.contrib.auth.views`` and a ``CreateView`` for the last.
"""

from __future__ import annotations

from flask.typing import ResponseReturnValue

from cbv import CreateView
from cbv import SuccessMessageMixin
from cbv.auth import login
from cbv.auth import LoginView
from cbv.auth.forms import RememberAuthenticationForm

from . import throttle
from .forms import RegisterForm
from .models import User


class BlogLoginView(LoginView):
    """Log in; who is logged in already is sent home."""

    authentication_form = RememberAuthenticationForm
    redirect_authenticated_user = True
    decorators = [throttle.logins]


class RegisterView(SuccessMessageMixin, CreateView[User]):
    """Become a user, and be logged in at once."""

    form_class = RegisterForm
    template_name = "registration/register.html"
    success_url = "home"
    success_message = "Welcome, %(username)s."
    login_required = False

    def form_valid(self, form: RegisterForm) -> ResponseReturnValue:
        """Save the user with a hash of the password, then log in."""
        form.instance.set_password(form.password1.data)
        answer = super().form_valid(form)
        login(self.object)
        return answer
