"""Logging in and out, becoming a user, changing and resetting a password.

Django twin: ``django.contrib.auth.views`` under ``django.contrib.auth.urls``, to the
name of every address; Django has no view to register by.
"""

from __future__ import annotations

from cbv import auth
from cbv import SuccessMessageMixin
from cbv.auth import LoginView
from cbv.auth import PasswordResetView
from cbv.auth import RegisterView
from cbv.auth import RememberAuthenticationForm
from cbv.urls import URLPattern
from example_app.site import throttle


class BlogLoginView(LoginView):
    """Log in; who is logged in already is sent home."""

    authentication_form = RememberAuthenticationForm
    redirect_authenticated_user = True
    decorators = [throttle.logins]


class BlogRegisterView(SuccessMessageMixin, RegisterView):
    """Become a user, and be logged in at once."""

    success_message = "Welcome, %(username)s."


class BlogPasswordResetView(PasswordResetView):
    """Have a link sent; not without end, for somebody must read all that mail."""

    decorators = [throttle.mails]


OWN = {
    "login": BlogLoginView,
    "register": BlogRegisterView,
    "password_reset": BlogPasswordResetView,
}

#: Every address of cbv.auth, three of them answered by the views above.
urlpatterns = [
    entry._replace(view=OWN.get(str(entry.name), entry.view))
    for entry in auth.urlpatterns
    if isinstance(entry, URLPattern)
]
