"""Accounts on Flask-Login: access mixins, users, logging in and out.

Django: ``django.contrib.auth``.
"""

from __future__ import annotations

from ..urls import redirect_to_login as redirect_to_login
from .decorators import login_not_required as login_not_required
from .decorators import login_required as login_required
from .decorators import permission_required as permission_required
from .decorators import user_passes_test as user_passes_test
from .forms import AuthenticationForm as AuthenticationForm
from .mixins import AccessMixin as AccessMixin
from .mixins import LoginRequiredMixin as LoginRequiredMixin
from .mixins import PermissionRequiredMixin as PermissionRequiredMixin
from .mixins import UserPassesTestMixin as UserPassesTestMixin
from .passwords import is_password_usable as is_password_usable
from .passwords import make_password as make_password
from .session import authenticate as authenticate
from .session import login as login
from .session import logout as logout
from .session import logout_everywhere as logout_everywhere
from .session import update_session_auth_hash as update_session_auth_hash
from .users import AbstractUserMixin as AbstractUserMixin
from .users import current_user_id as current_user_id
from .users import UserMixin as UserMixin
from .views import LoginView as LoginView
from .views import LogoutView as LogoutView
from .views import logout_then_login as logout_then_login
from .views import RedirectURLMixin as RedirectURLMixin
