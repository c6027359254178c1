"""The posts by year, month, week and day, with how many there are.

Django twin: the same classes with the same attributes; counts need ``annotate`` there.
"""

from __future__ import annotations

from datetime import date
from typing import Any
from typing import ClassVar
from typing import NamedTuple

from flask import url_for
from sqlalchemy import extract
from sqlalchemy import func

from cbv import ArchiveIndexView
from cbv import DateListView
from cbv import DayArchiveView
from cbv import MonthArchiveView
from cbv import WeekArchiveView
from cbv import YearArchiveView
from cbv.dates import format_date
from example_app.site.database import db

from .models import Post


class Unit(NamedTuple):
    """A period: how it is called, alone and within a longer one, and its address."""

    shown: str
    within: str
    url_values: dict[str, str]
    #: The periods that it lies in.
    around: tuple[str, ...] = ()


UNITS = {
    "year": Unit("%Y", "%Y", {"year": "%Y"}),
    "month": Unit("%B %Y", "%B", {"year": "%Y", "month": "%m"}, ("year",)),
    "week": Unit("week %V of %G", "week %V", {"year": "%G", "week": "%V"}),
    "day": Unit(
        "%d %B %Y",
        "%a %d",
        {"year": "%Y", "month": "%m", "day": "%d"},
        ("year", "month", "week"),
    ),
}


class Link(NamedTuple):
    """Where a period is shown, and how many posts it has if that is known."""

    url: str
    text: str
    number: int | None = None


def link_to(unit: str, day: date | None, number: int | None = None) -> Link | None:
    """Return the link to the period that a day lies in, None without a day."""
    if day is None:
        return None
    parts = UNITS[unit].url_values.items()
    values: dict[str, Any] = {name: format_date(day, form) for name, form in parts}
    form = UNITS[unit].shown if number is None else UNITS[unit].within
    text = format_date(day, form).removeprefix("0")
    return Link(url_for(f"archive_{unit}", **values), text, number)


class PostArchiveMixin(DateListView[Post]):
    """What the archives have in common: counts, and links to other periods."""

    date_field = "date_posted"
    template_name = "post_archive.html"
    related = ["authors"]
    #: The period of the page, None for all time.
    unit: ClassVar[str | None] = None
    #: How many posts each period of the list has, by its numbers.
    counts: dict[tuple[int, ...], int]

    def get_date_list(
        self, queryset: Any, date_type: str | None = None, ordering: str = "ASC"
    ) -> list[date]:
        """Return the periods that have posts, and count these in one statement."""
        period = date_type or self.get_date_list_period()
        parts = [extract(part, Post.date_posted) for part in UNITS[period].url_values]
        counted = queryset.with_only_columns(*parts, func.count()).group_by(*parts)
        rows = db.session.execute(counted.order_by(None))
        self.counts = {tuple(map(int, row[:-1])): row[-1] for row in rows}
        return super().get_date_list(queryset, date_type, ordering)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the heading, and links to the periods within and around this one."""
        context = super().get_context_data(**kwargs)
        day = context.get(self.unit or "")
        periods = self._within(context["date_list"])
        links: dict[str, Any] = {"heading": "Archive", "periods": periods}
        if self.unit is not None and day is not None:
            here = link_to(self.unit, day)
            links["heading"] = here.text if here else ""
            links["around"] = [link_to(u, day) for u in UNITS[self.unit].around]
            for way in ("previous", "next"):
                links[way] = link_to(self.unit, context[f"{way}_{self.unit}"])
        return {**context, **links}

    def _within(self, dates: list[date] | None) -> list[Link | None]:
        unit = self.get_date_list_period()
        return [link_to(unit, day, self._count(unit, day)) for day in dates or ()]

    def _count(self, unit: str, day: date) -> int | None:
        return self.counts.get(
            tuple(getattr(day, part) for part in UNITS[unit].url_values)
        )


class PostArchiveView(PostArchiveMixin, ArchiveIndexView[Post]):
    """The years."""

    make_object_list = False
    allow_empty = True


class PostYearArchiveView(PostArchiveMixin, YearArchiveView[Post]):
    """The months of a year."""

    unit = "year"


class PostMonthArchiveView(PostArchiveMixin, MonthArchiveView[Post]):
    """The days of a month, and its posts."""

    unit = "month"
    month_format = "%m"
    date_list_period = "day"
    paginate_by = 5


class PostWeekArchiveView(PostArchiveMixin, WeekArchiveView[Post]):
    """The posts of a week, which begins on a Monday (ISO 8601)."""

    unit = "week"
    year_format = "%G"
    week_format = "%V"


class PostDayArchiveView(PostArchiveMixin, DayArchiveView[Post]):
    """The posts of a day."""

    unit = "day"
    month_format = "%m"
