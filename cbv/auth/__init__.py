"""Accounts on Flask-Login: access mixins, users, logging in and out, passwords.

Django: ``django.contrib.auth``.
"""

from __future__ import annotations

from cbv.urls import redirect_to_login as redirect_to_login

from .backend import user_model as user_model
from .decorators import login_not_required as login_not_required
from .decorators import login_required as login_required
from .decorators import permission_required as permission_required
from .decorators import user_passes_test as user_passes_test
from .forms import AuthenticationForm as AuthenticationForm
from .forms import RegisterForm as RegisterForm
from .forms import RememberAuthenticationForm as RememberAuthenticationForm
from .mixins import AccessMixin as AccessMixin
from .mixins import LoginRequiredMixin as LoginRequiredMixin
from .mixins import PermissionRequiredMixin as PermissionRequiredMixin
from .mixins import UserPassesTestMixin as UserPassesTestMixin
from .password_forms import PasswordChangeForm as PasswordChangeForm
from .password_forms import PasswordResetForm as PasswordResetForm
from .password_forms import SetPasswordForm as SetPasswordForm
from .password_views import PasswordChangeDoneView as PasswordChangeDoneView
from .password_views import PasswordChangeView as PasswordChangeView
from .password_views import PasswordResetCompleteView as PasswordResetCompleteView
from .password_views import PasswordResetConfirmView as PasswordResetConfirmView
from .password_views import PasswordResetDoneView as PasswordResetDoneView
from .password_views import PasswordResetView as PasswordResetView
from .passwords import is_password_usable as is_password_usable
from .passwords import make_password as make_password
from .register import RegisterView as RegisterView
from .session import authenticate as authenticate
from .session import login as login
from .session import logout as logout
from .session import logout_everywhere as logout_everywhere
from .session import update_session_auth_hash as update_session_auth_hash
from .tokens import default_token_generator as default_token_generator
from .tokens import PasswordResetTokenGenerator as PasswordResetTokenGenerator
from .urls import urlpatterns as urlpatterns
from .users import AbstractUserMixin as AbstractUserMixin
from .users import current_user_id as current_user_id
from .users import UserMixin as UserMixin
from .views import LoginView as LoginView
from .views import logout_then_login as logout_then_login
from .views import LogoutView as LogoutView
from .views import PasswordContextMixin as PasswordContextMixin
from .views import RedirectURLMixin as RedirectURLMixin
