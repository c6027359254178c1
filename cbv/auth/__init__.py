"""User accounts on Flask-Login: access rules, logging in and out, passwords.

Here are the public names of the wing: the access mixins and decorators, the mixins for
a user class, the forms and views of the account pages, and the functions that log a
user in and out.

Django: ``django.contrib.auth``.
"""

from __future__ import annotations

from ..urls.paths import redirect_to_login
from .backend import user_model
from .decorators import login_not_required
from .decorators import login_required
from .decorators import permission_required
from .decorators import user_passes_test
from .fields import MailAddress
from .forms import AuthenticationForm
from .forms import RegisterForm
from .forms import RememberAuthenticationForm
from .mixins import AccessMixin
from .mixins import FreshLoginRequiredMixin
from .mixins import LoginRequiredMixin
from .mixins import PermissionRequiredMixin
from .mixins import UserPassesTestMixin
from .password_forms import PasswordChangeForm
from .password_forms import PasswordResetForm
from .password_forms import SetPasswordForm
from .password_views import PasswordChangeDoneView
from .password_views import PasswordChangeView
from .password_views import PasswordResetCompleteView
from .password_views import PasswordResetConfirmView
from .password_views import PasswordResetDoneView
from .password_views import PasswordResetView
from .passwords import is_password_usable
from .passwords import make_password
from .registration import RegisterView
from .session import authenticate
from .session import login
from .session import logout
from .session import logout_everywhere
from .session import update_session_auth_hash
from .tokens import default_token_generator
from .tokens import PasswordResetTokenGenerator
from .urls import urlpatterns
from .users import AbstractUserMixin
from .users import current_user_id
from .users import UserMixin
from .views import LoginView
from .views import logout_then_login
from .views import LogoutView
from .views import PasswordContextMixin
from .views import RedirectURLMixin

__all__ = [
    "AbstractUserMixin",
    "AccessMixin",
    "AuthenticationForm",
    "FreshLoginRequiredMixin",
    "LoginRequiredMixin",
    "LoginView",
    "LogoutView",
    "MailAddress",
    "PasswordChangeDoneView",
    "PasswordChangeForm",
    "PasswordChangeView",
    "PasswordContextMixin",
    "PasswordResetCompleteView",
    "PasswordResetConfirmView",
    "PasswordResetDoneView",
    "PasswordResetForm",
    "PasswordResetTokenGenerator",
    "PasswordResetView",
    "PermissionRequiredMixin",
    "RedirectURLMixin",
    "RegisterForm",
    "RegisterView",
    "RememberAuthenticationForm",
    "SetPasswordForm",
    "UserMixin",
    "UserPassesTestMixin",
    "authenticate",
    "current_user_id",
    "default_token_generator",
    "is_password_usable",
    "login",
    "login_not_required",
    "login_required",
    "logout",
    "logout_everywhere",
    "logout_then_login",
    "make_password",
    "permission_required",
    "redirect_to_login",
    "update_session_auth_hash",
    "urlpatterns",
    "user_model",
    "user_passes_test",
]
