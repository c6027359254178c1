"""Class-based views: template, redirect, list, detail, form, create, update, delete.

Import them from here or from ``cbv``. Since 0.1.

Django: ``django.views.generic``.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any
from typing import TYPE_CHECKING

from .base import RedirectView
from .base import TemplateView
from .base import View
from .caches import register_response_cache
from .decorators import method_decorator
from .detail import DetailView
from .detail import SingleObjectMixin
from .dispatch import current_view
from .edit import CreateView
from .edit import DeleteView
from .edit import FormMixin
from .edit import FormView
from .edit import ModelFormMixin
from .edit import UpdateView
from .list import ListView
from .list import MultipleObjectMixin

if TYPE_CHECKING:
    from .filtering import FilterMixin
    from .htmx import HtmxMixin
    from .messages import SuccessMessageMixin
    from .task_progress import TaskProgressView

__all__ = [
    "CreateView",
    "DeleteView",
    "DetailView",
    "FilterMixin",
    "FormMixin",
    "FormView",
    "HtmxMixin",
    "ListView",
    "ModelFormMixin",
    "MultipleObjectMixin",
    "RedirectView",
    "SingleObjectMixin",
    "SuccessMessageMixin",
    "TaskProgressView",
    "TemplateView",
    "UpdateView",
    "View",
    "current_view",
    "method_decorator",
    "register_response_cache",
]

#: What a plain list, detail or form page does without: imported when it is asked for.
_HOMES = {
    "FilterMixin": "filtering",
    "HtmxMixin": "htmx",
    "SuccessMessageMixin": "messages",
    "TaskProgressView": "task_progress",
}

if not TYPE_CHECKING:

    def __getattr__(name: str) -> Any:
        """Import a view or mixin that few pages need when it is first asked for."""
        if name not in _HOMES:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        return getattr(import_module(f".{_HOMES[name]}", __name__), name)
