"""The URL patterns of the account pages, to be included in an application.

``path("accounts/", include("cbv.auth.urls"))`` puts them under ``/accounts/``.

Django: ``django.contrib.auth.urls``, which has no ``register``.
"""

from __future__ import annotations

from ..urls.routes import path
from .password_views import PasswordChangeDoneView
from .password_views import PasswordChangeView
from .password_views import PasswordResetCompleteView
from .password_views import PasswordResetConfirmView
from .password_views import PasswordResetDoneView
from .password_views import PasswordResetView
from .registration import RegisterView
from .views import LoginView
from .views import LogoutView

#: The routes for logging in and out, registering and changing the password. Since 0.1.
urlpatterns = [
    path("login/", LoginView, name="login"),
    path("logout/", LogoutView, name="logout"),
    path("register/", RegisterView, name="register"),
    path("password_change/", PasswordChangeView, name="password_change"),
    path("password_change/done/", PasswordChangeDoneView, name="password_change_done"),
    path("password_reset/", PasswordResetView, name="password_reset"),
    path("password_reset/done/", PasswordResetDoneView, name="password_reset_done"),
    path(
        "reset/<uidb64>/<token>/",
        PasswordResetConfirmView,
        name="password_reset_confirm",
    ),
    path("reset/done/", PasswordResetCompleteView, name="password_reset_complete"),
]
