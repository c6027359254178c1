"""Django's other class names, so that a migrant's imports work.

cbv has fewer layers: ``get`` lives in TemplateView, ``post`` in FormMixin, the context
in View. Each name below is the class that now does its work.
"""

from __future__ import annotations

from .base import TemplateView
from .base import View
from .detail import DetailView
from .detail import SingleObjectMixin
from .edit import CreateView
from .edit import DeleteView
from .edit import FormMixin
from .edit import FormView
from .edit import UpdateView
from .list import ListView
from .list import MultipleObjectMixin

__all__ = [
    "BaseCreateView",
    "BaseDeleteView",
    "BaseDetailView",
    "BaseFormView",
    "BaseListView",
    "BaseUpdateView",
    "ContextMixin",
    "DeletionMixin",
    "MultipleObjectMixin",
    "MultipleObjectTemplateResponseMixin",
    "ProcessFormView",
    "SingleObjectMixin",
    "SingleObjectTemplateResponseMixin",
    "TemplateResponseMixin",
]

ContextMixin = View
TemplateResponseMixin = TemplateView
SingleObjectTemplateResponseMixin = TemplateView
MultipleObjectTemplateResponseMixin = TemplateView
BaseDetailView = DetailView
BaseListView = ListView
ProcessFormView = FormMixin
BaseFormView = FormView
BaseCreateView = CreateView
BaseUpdateView = UpdateView
BaseDeleteView = DeleteView
DeletionMixin = DeleteView
