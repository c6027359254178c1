"""The addresses of the account pages: ``path("accounts/", include("cbv.auth.urls"))``.

Django: ``django.contrib.auth.urls``; ``register`` is not there.
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
