"""Django's other class names, so that a migrant's imports work.

cbv has fewer layers: ``get`` lives in TemplateView, ``post`` in FormMixin, the context
in View. Each name below is the class that now does its work.
"""

from __future__ import annotations

from .dates.views import ArchiveIndexView
from .dates.views import DateDetailView
from .dates.views import DateListView
from .dates.views import DateMixin
from .dates.views import DayArchiveView
from .dates.views import MonthArchiveView
from .dates.views import TodayArchiveView
from .dates.views import WeekArchiveView
from .dates.views import YearArchiveView
from .views.base import TemplateView
from .views.base import View
from .views.detail import DetailView
from .views.detail import SingleObjectMixin
from .views.edit import CreateView
from .views.edit import DeleteView
from .views.edit import FormMixin
from .views.edit import FormView
from .views.edit import UpdateView
from .views.list import ListView
from .views.list import MultipleObjectMixin

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
