"""The view with which visitors register as users.

Django has a form for this, ``UserCreationForm``, but no view.
"""

from __future__ import annotations

from typing import Any

from flask.typing import ResponseReturnValue

from ..urls.redirects import redirect
from .forms import RegisterForm
from .session import login
from .views import LoginView


class RegisterView(LoginView):
    """The page on which a visitor registers; the new user is logged in.

    Context: ``form``, ``next``, ``title``.

    Since 0.1.
    """

    form_class = RegisterForm
    template_name = "registration/register.html"
    title = "Register"

    def form_valid(self, form: Any) -> ResponseReturnValue:
        """Create the user, log the user in, then redirect."""
        target = self.get_success_url()
        login(form.save())
        return redirect(target, code=303)

    def _explain(self, form: Any) -> None:
        """Add an error for a name or address that was taken after the form was checked.

        Two requests may pass the check with the same name; the database then refuses
        the row of the second.
        """
        check_free = getattr(form, "check_free", None)
        if check_free is None or check_free():
            super()._explain(form)
