"""Django's other class names, so that a migrant's imports work.

cbv has fewer layers: ``get`` lives in TemplateView, ``post`` in FormMixin, the context
in View. Each name below is the class that now does its work.
"""

from __future__ import annotations

from .base import TemplateView
from .base import View
from .dates import ArchiveIndexView
from .dates import DateDetailView
from .dates import DateListView
from .dates import DateMixin
from .dates import DayArchiveView
from .dates import MonthArchiveView
from .dates import TodayArchiveView
from .dates import WeekArchiveView
from .dates import YearArchiveView
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
    "BaseArchiveIndexView",
    "BaseCreateView",
    "BaseDateDetailView",
    "BaseDateListView",
    "BaseDayArchiveView",
    "BaseDeleteView",
    "BaseDetailView",
    "BaseFormView",
    "BaseListView",
    "BaseMonthArchiveView",
    "BaseTodayArchiveView",
    "BaseUpdateView",
    "BaseWeekArchiveView",
    "BaseYearArchiveView",
    "ContextMixin",
    "DateMixin",
    "DayMixin",
    "DeletionMixin",
    "MonthMixin",
    "MultipleObjectMixin",
    "MultipleObjectTemplateResponseMixin",
    "ProcessFormView",
    "SingleObjectMixin",
    "SingleObjectTemplateResponseMixin",
    "TemplateResponseMixin",
    "WeekMixin",
    "YearMixin",
]

TemplateResponseMixin = TemplateView
BaseDetailView = DetailView
BaseListView = ListView
ProcessFormView = FormMixin
BaseFormView = FormView
BaseCreateView = CreateView
BaseUpdateView = UpdateView
BaseDeleteView = DeleteView
DeletionMixin = DeleteView
BaseDateListView = DateListView
BaseArchiveIndexView = ArchiveIndexView
BaseYearArchiveView = YearArchiveView
BaseMonthArchiveView = MonthArchiveView
BaseWeekArchiveView = WeekArchiveView
BaseDayArchiveView = DayArchiveView
BaseTodayArchiveView = TodayArchiveView
BaseDateDetailView = DateDetailView


# Classes, not aliases: Django people list several of them side by side.
class ContextMixin(View):
    """Django: ``ContextMixin``; every View has a context."""


class SingleObjectTemplateResponseMixin(TemplateView):
    """Django: ``SingleObjectTemplateResponseMixin``."""

    template_name_suffix = "_detail"


class MultipleObjectTemplateResponseMixin(TemplateView):
    """Django: ``MultipleObjectTemplateResponseMixin``."""

    template_name_suffix = "_list"


class YearMixin(DateMixin):
    """Django: ``YearMixin``."""


class MonthMixin(DateMixin):
    """Django: ``MonthMixin``."""


class WeekMixin(DateMixin):
    """Django: ``WeekMixin``."""


class DayMixin(DateMixin):
    """Django: ``DayMixin``."""
