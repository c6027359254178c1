"""Becoming a user.

Django has a form for it, ``UserCreationForm``, but no view.
"""

from __future__ import annotations

from typing import Any

from flask import redirect
from flask.typing import ResponseReturnValue

from .forms import RegisterForm
from .session import login
from .views import LoginView


class RegisterView(LoginView):
    """Make a user by a form, and log the new user in.

    Context: ``form``, ``next``.

    Since 0.1.
    """

    form_class = RegisterForm
    template_name = "registration/register.html"
    title = "Register"

    def form_valid(self, form: Any) -> ResponseReturnValue:
        """Save the user, log in, then redirect."""
        target = self.get_success_url()
        login(form.save())
        return redirect(target, code=303)

    def _explain(self, form: Any) -> None:
        """Say which name was taken meanwhile, by a request that was faster."""
        check_free = getattr(form, "check_free", None)
        if check_free is None or check_free():
            super()._explain(form)
