"""Django's class-based views for Flask, on Flask-Login, WTForms and SQLAlchemy.

What a list, a detail and a form page need is imported here; what stands in other wings
is imported when one of its names is first asked for (PEP 562), or by ``CBV(app)``.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any
from typing import TYPE_CHECKING

from .db.request_values import per_request
from .db.request_values import url_value
from .exceptions import ImproperlyConfigured
from .pagination.paginator import Paginator
from .urls.paths import reverse
from .urls.paths import reverse_lazy
from .urls.routes import include
from .urls.routes import path
from .urls.routes import register
from .urls.routes import route
from .views.base import RedirectView
from .views.base import TemplateView
from .views.base import View
from .views.decorators import method_decorator
from .views.detail import DetailView
from .views.detail import SingleObjectMixin
from .views.dispatch import current_view
from .views.edit import CreateView
from .views.edit import DeleteView
from .views.edit import FormMixin
from .views.edit import FormView
from .views.edit import ModelFormMixin
from .views.edit import UpdateView
from .views.list import ListView
from .views.list import MultipleObjectMixin

if TYPE_CHECKING:
    from . import auth as auth
    from . import crud as crud
    from . import dates as dates
    from . import formsets as formsets
    from . import inspector as inspector
    from . import tasks as tasks
    from .auth import AccessMixin
    from .auth import FreshLoginRequiredMixin
    from .auth import LoginRequiredMixin
    from .auth import LoginView
    from .auth import LogoutView
    from .auth import PasswordChangeDoneView
    from .auth import PasswordChangeView
    from .auth import PasswordContextMixin
    from .auth import PasswordResetCompleteView
    from .auth import PasswordResetConfirmView
    from .auth import PasswordResetDoneView
    from .auth import PasswordResetView
    from .auth import PermissionRequiredMixin
    from .auth import RedirectURLMixin
    from .auth import RegisterView
    from .auth import UserPassesTestMixin
    from .crud import CRUDView
    from .dates import ArchiveIndexView
    from .dates import DateDetailView
    from .dates import DateListView
    from .dates import DateMixin
    from .dates import DayArchiveView
    from .dates import MonthArchiveView
    from .dates import TodayArchiveView
    from .dates import WeekArchiveView
    from .dates import YearArchiveView
    from .extension import CBV
    from .formsets import CreateWithInlinesView
    from .formsets import FormSetView
    from .formsets import InlineFormSetFactory
    from .formsets import ModelFormSetView
    from .formsets import ModelFormWithInlinesMixin
    from .formsets import UpdateWithInlinesView
    from .pagination.keyset import KeysetPage
    from .pagination.keyset import KeysetPaginator
    from .views.filtering import FilterMixin
    from .views.htmx import HtmxMixin
    from .views.messages import SuccessMessageMixin
    from .views.task_progress import TaskProgressView

__all__ = [
    "CBV",
    "AccessMixin",
    "ArchiveIndexView",
    "CRUDView",
    "CreateView",
    "CreateWithInlinesView",
    "DateDetailView",
    "DateListView",
    "DateMixin",
    "DayArchiveView",
    "DeleteView",
    "DetailView",
    "FilterMixin",
    "FormMixin",
    "FormSetView",
    "FormView",
    "FreshLoginRequiredMixin",
    "HtmxMixin",
    "ImproperlyConfigured",
    "InlineFormSetFactory",
    "KeysetPage",
    "KeysetPaginator",
    "ListView",
    "LoginRequiredMixin",
    "LoginView",
    "LogoutView",
    "ModelFormMixin",
    "ModelFormSetView",
    "ModelFormWithInlinesMixin",
    "MonthArchiveView",
    "MultipleObjectMixin",
    "Paginator",
    "PasswordChangeDoneView",
    "PasswordChangeView",
    "PasswordContextMixin",
    "PasswordResetCompleteView",
    "PasswordResetConfirmView",
    "PasswordResetDoneView",
    "PasswordResetView",
    "PermissionRequiredMixin",
    "RedirectURLMixin",
    "RedirectView",
    "RegisterView",
    "SingleObjectMixin",
    "SuccessMessageMixin",
    "TaskProgressView",
    "TemplateView",
    "TodayArchiveView",
    "UpdateView",
    "UpdateWithInlinesView",
    "UserPassesTestMixin",
    "View",
    "WeekArchiveView",
    "YearArchiveView",
    "current_view",
    "include",
    "method_decorator",
    "path",
    "per_request",
    "register",
    "reverse",
    "reverse_lazy",
    "route",
    "url_value",
]

#: By the module that has them: the names that are imported when they are asked for.
_LATER = {
    "auth": (
        "AccessMixin",
        "FreshLoginRequiredMixin",
        "LoginRequiredMixin",
        "LoginView",
        "LogoutView",
        "PasswordChangeDoneView",
        "PasswordChangeView",
        "PasswordContextMixin",
        "PasswordResetCompleteView",
        "PasswordResetConfirmView",
        "PasswordResetDoneView",
        "PasswordResetView",
        "PermissionRequiredMixin",
        "RedirectURLMixin",
        "RegisterView",
        "UserPassesTestMixin",
    ),
    "crud": ("CRUDView",),
    "dates": (
        "ArchiveIndexView",
        "DateDetailView",
        "DateListView",
        "DateMixin",
        "DayArchiveView",
        "MonthArchiveView",
        "TodayArchiveView",
        "WeekArchiveView",
        "YearArchiveView",
    ),
    "extension": ("CBV",),
    "formsets": (
        "CreateWithInlinesView",
        "FormSetView",
        "InlineFormSetFactory",
        "ModelFormSetView",
        "ModelFormWithInlinesMixin",
        "UpdateWithInlinesView",
    ),
    "pagination.keyset": (
        "KeysetPage",
        "KeysetPaginator",
    ),
    "views.filtering": ("FilterMixin",),
    "views.htmx": ("HtmxMixin",),
    "views.messages": ("SuccessMessageMixin",),
    "views.task_progress": ("TaskProgressView",),
}
_HOMES = {name: home for home, names in _LATER.items() for name in names}
#: Wings that are attributes of this package, whether they are imported yet or not.
_WINGS = ("auth", "crud", "dates", "formsets", "inspector", "tasks")

if not TYPE_CHECKING:  # else any name would do for a type checker

    def __getattr__(name: str) -> Any:
        """Import a name of another wing, or the wing, when it is first asked for."""
        if name in _WINGS:
            return import_module(f".{name}", __name__)
        if name not in _HOMES:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        value = getattr(import_module(f".{_HOMES[name]}", __name__), name)
        globals()[name] = value
        return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__, *_WINGS})
