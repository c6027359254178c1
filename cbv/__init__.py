"""Django's class-based views for Flask, on Flask-Login, WTForms and SQLAlchemy."""

from __future__ import annotations

from .base import current_view as current_view
from .base import method_decorator as method_decorator
from .base import RedirectView as RedirectView
from .base import TemplateView as TemplateView
from .base import View as View
from .dates import ArchiveIndexView as ArchiveIndexView
from .dates import DateDetailView as DateDetailView
from .dates import DateMixin as DateMixin
from .dates import DayArchiveView as DayArchiveView
from .dates import MonthArchiveView as MonthArchiveView
from .dates import TodayArchiveView as TodayArchiveView
from .dates import WeekArchiveView as WeekArchiveView
from .dates import YearArchiveView as YearArchiveView
from .db import per_request as per_request
from .db import url_value as url_value
from .detail import DetailView as DetailView
from .detail import SingleObjectMixin as SingleObjectMixin
from .edit import CreateView as CreateView
from .edit import DeleteView as DeleteView
from .edit import FormMixin as FormMixin
from .edit import FormView as FormView
from .edit import ModelFormMixin as ModelFormMixin
from .edit import UpdateView as UpdateView
from .exceptions import ImproperlyConfigured as ImproperlyConfigured
from .extension import CBV as CBV
from .keyset import KeysetPage as KeysetPage
from .keyset import KeysetPaginator as KeysetPaginator
from .list import FilterMixin as FilterMixin
from .list import ListView as ListView
from .list import MultipleObjectMixin as MultipleObjectMixin
from .messages import SuccessMessageMixin as SuccessMessageMixin
from .paginator import Paginator as Paginator
from .urls import include as include
from .urls import path as path
from .urls import register as register
from .urls import reverse as reverse
from .urls import reverse_lazy as reverse_lazy
from .urls import route as route
