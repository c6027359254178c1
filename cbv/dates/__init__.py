"""Archive pages that list the rows of a table by year, month, week and day.

Django: ``django.views.generic.dates``.
"""

from __future__ import annotations

from .mixin import DateMixin
from .periods import format_date
from .views import ArchiveIndexView
from .views import DateDetailView
from .views import DateListView
from .views import DayArchiveView
from .views import MonthArchiveView
from .views import TodayArchiveView
from .views import WeekArchiveView
from .views import YearArchiveView

__all__ = [
    "ArchiveIndexView",
    "DateDetailView",
    "DateListView",
    "DateMixin",
    "DayArchiveView",
    "MonthArchiveView",
    "TodayArchiveView",
    "WeekArchiveView",
    "YearArchiveView",
    "format_date",
]
