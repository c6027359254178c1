"""Logging in and out, becoming a user, changing and resetting a password.

Django twin: ``django.contrib.auth.views`` under ``django.contrib.auth.urls``, to the
name of every address; Django has no view to register by.
"""

from __future__ import annotations

from cbv import path
from cbv import SuccessMessageMixin
from cbv.auth import LoginView
from cbv.auth import LogoutView
from cbv.auth import PasswordChangeDoneView
from cbv.auth import PasswordChangeView
from cbv.auth import PasswordResetCompleteView
from cbv.auth import PasswordResetConfirmView
from cbv.auth import PasswordResetDoneView
from cbv.auth import PasswordResetView
from cbv.auth import RegisterView
from cbv.auth import RememberAuthenticationForm

from . import throttle


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


urlpatterns = [
    path("login/", BlogLoginView, name="login"),
    path("logout/", LogoutView, name="logout"),
    path("register/", BlogRegisterView, name="register"),
    path("password_change/", PasswordChangeView, name="password_change"),
    path("password_change/done/", PasswordChangeDoneView, name="password_change_done"),
    path("password_reset/", BlogPasswordResetView, name="password_reset"),
    path("password_reset/done/", PasswordResetDoneView, name="password_reset_done"),
    path(
        "reset/<uidb64>/<token>/",
        PasswordResetConfirmView,
        name="password_reset_confirm",
    ),
    path("reset/done/", PasswordResetCompleteView, name="password_reset_complete"),
]
