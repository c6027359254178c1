"""Names of Django's base classes and mixins, for code that is ported from Django.

Where Django splits a view into several classes, cbv often has one: ``get`` is defined
in TemplateView, ``post`` in FormMixin, and the context in View. Each name below stands
for the class of cbv that does the work of Django's class.
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


# These are classes, not aliases: code for Django lists several of these mixins as bases
# of one view, and Python refuses the same base twice.
class ContextMixin(View):
    """Give a template its context; in cbv every View does this.

    Since 0.1. Django: ``ContextMixin``.
    """


class SingleObjectTemplateResponseMixin(TemplateView):
    """Render the template of one object, ``<model>_detail.html``.

    Since 0.1. Django: ``SingleObjectTemplateResponseMixin``.
    """

    template_name_suffix = "_detail"


class MultipleObjectTemplateResponseMixin(TemplateView):
    """Render the template of a list of objects, ``<model>_list.html``.

    Since 0.1. Django: ``MultipleObjectTemplateResponseMixin``.
    """

    template_name_suffix = "_list"


class YearMixin(DateMixin):
    """Read the year from the URL; in cbv DateMixin does this.

    Since 0.1. Django: ``YearMixin``.
    """


class MonthMixin(DateMixin):
    """Read the month from the URL; in cbv DateMixin does this.

    Since 0.1. Django: ``MonthMixin``.
    """


class WeekMixin(DateMixin):
    """Read the week from the URL; in cbv DateMixin does this.

    Since 0.1. Django: ``WeekMixin``.
    """


class DayMixin(DateMixin):
    """Read the day from the URL; in cbv DateMixin does this.

    Since 0.1. Django: ``DayMixin``.
    """
