"""Django twin of ``example_app/blog/archive.py``."""

from django.db.models import Count
from django.db.models.functions import Trunc
from django.views.generic import ArchiveIndexView
from django.views.generic import DayArchiveView
from django.views.generic import MonthArchiveView
from django.views.generic import WeekArchiveView
from django.views.generic import YearArchiveView

from .models import Post


class PostArchiveMixin:
    model = Post
    date_field = "date_posted"
    template_name = "django_twins/post_archive.html"

    def get_date_list(self, queryset, date_type=None, ordering="ASC"):
        period = date_type or self.get_date_list_period()
        counted = queryset.annotate(period=Trunc("date_posted", period))
        rows = counted.values("period").annotate(number=Count("pk")).order_by()
        self.counts = {row["period"]: row["number"] for row in rows}
        return super().get_date_list(queryset, date_type, ordering)

    def get_context_data(self, **kwargs):
        context = super().get_context_data(**kwargs)
        context["periods"] = [
            (day, self.counts.get(day)) for day in context["date_list"] or ()
        ]
        return context


class PostArchiveView(PostArchiveMixin, ArchiveIndexView):
    allow_empty = True


class PostYearArchiveView(PostArchiveMixin, YearArchiveView):
    pass


class PostMonthArchiveView(PostArchiveMixin, MonthArchiveView):
    month_format = "%m"
    paginate_by = 5


class PostWeekArchiveView(PostArchiveMixin, WeekArchiveView):
    year_format = "%G"
    week_format = "%V"


class PostDayArchiveView(PostArchiveMixin, DayArchiveView):
    month_format = "%m"
