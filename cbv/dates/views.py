"""Views that list rows by year, month, week or day, or show one row of a day.

A page runs two statements: one loads its rows, the other finds the periods that have
rows and the next and previous dates to link to.

Django: ``django.views.generic.dates``.
"""

from __future__ import annotations

from collections.abc import Mapping
from collections.abc import Sequence
from datetime import date
from typing import Any
from typing import ClassVar
from typing import NamedTuple

from flask import abort
from flask.typing import ResponseReturnValue
from sqlalchemy import false
from typing_extensions import TypeVar

from ..db import reading
from ..exceptions import misconfigured
from ..views.detail import DetailView
from ..views.list import ListView
from ..views.listing import Listing
from .columns import gather
from .columns import limited
from .columns import probe
from .mixin import date_in_url
from .mixin import DateMixin as DateMixin
from .mixin import week_period
from .neighbours import date_source
from .neighbours import look_around
from .neighbours import remember
from .neighbours import span_at
from .neighbours import start_of
from .periods import Period
from .periods import PERIODS
from .periods import Span
from .periods import starts_between

M = TypeVar("M", default=Any)


class _DatedQuery(NamedTuple):
    """The last result of ``get_dated_queryset``, and what it was built from."""

    statement: Any
    #: The view's query source before the lookup was added.
    source: Any
    lookup: Mapping[str, Any]


class DateListView(DateMixin, ListView[M]):
    """Show rows by date; a subclass chooses them in :meth:`get_dated_items`.

    Context: ``date_list``, what that hook adds, and the context of ListView.

    Since 0.1. Django: ``BaseDateListView``.
    """

    allow_empty: bool = False
    #: The period that ``date_list`` lists: "year", "month", "week" or "day".
    date_list_period: str = "year"
    #: Whether the rows themselves are shown, not only their dates.
    make_object_list: bool = True

    #: The periods for which the page links to the next and previous one; the first is
    #: the period that the page is about.
    _linked_periods: ClassVar[tuple[str, ...]] = ()
    #: Whether the page has a ``date_list``.
    _lists_dates: ClassVar[bool] = True

    _dated_query: _DatedQuery | None = None
    #: The interval that the page is about, and the lookup for its rows.
    _page_span: Span | None = None
    _page_lookup: Mapping[str, Any] | None = None
    #: The intervals whose neighbours must be looked up in the database.
    _spans: tuple[Span, ...] = ()
    #: The statement that stands for the list if only the dates are shown.
    _empty_statement: Any = None

    def _check_setup(self) -> None:
        super()._check_setup()
        _list_period(self, self.get_date_list_period())

    def get(self, **kwargs: Any) -> ResponseReturnValue:
        """Answer GET; Django: ``BaseDateListView.get``.

        :meth:`get_context_data` is called with Django's keywords: ``object_list``,
        ``date_list``, and what :meth:`get_dated_items` adds, such as ``year``.
        """
        return self.render_to_response(self.get_context_data(**self._dated_context()))

    def _dated_context(self) -> dict[str, Any]:
        self.date_list, items, extra = self.get_dated_items()
        self.object_list = items
        return {"object_list": items, "date_list": self.date_list, **extra}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Return the context of a list with ``date_list`` and the dates to link to.

        They are looked up if the keywords of :meth:`get` are missing.
        """
        if "date_list" not in kwargs:
            kwargs = {**self._dated_context(), **kwargs}
        return super().get_context_data(**kwargs)

    def get_dated_items(self) -> tuple[Any, Any, dict[str, Any]]:
        """Return the list of dates, the statement of the rows, and more context.

        :raises NotImplementedError: if a subclass of DateListView does not override it.

        Since 0.1. Django: ``BaseDateListView.get_dated_items``.
        """
        if not self._linked_periods:
            raise NotImplementedError(f"{type(self).__name__} has no get_dated_items()")
        return self._items_at(date_in_url(self, self._parts))

    def _items_at(self, day: date) -> tuple[Any, Any, dict[str, Any]]:
        """Return the dated items of this page for the interval that contains a day."""
        names = self._linked_periods
        spans = tuple(span_at(self, _period(self, name), day) for name in names)
        self._page_span = spans[0]
        self._page_lookup = _lookup(self, self._page_span)
        queryset = self.get_dated_queryset(**self._page_lookup)
        self._spans = () if self.get_allow_empty() else spans
        dates = self.get_date_list(queryset) if self._lists_dates else None
        if any(span not in self._nearest for span in self._spans):
            look_around(self, self._spans)
        context: dict[str, Any] = {names[0]: day}
        for name in names:
            for direction in ("next", "previous"):
                hook = getattr(self, f"get_{direction}_{name}")
                context[f"{direction}_{name}"] = hook(day)
        return dates, self._rows_of(queryset), context

    def _rows_of(self, queryset: Any) -> Any:
        """Return the statement, or one without rows if only the dates are shown."""
        if self.get_make_object_list():
            return queryset
        self._empty_statement = queryset.where(false())
        return self._empty_statement

    def _listed(self, queryset: Any) -> Listing:
        """Load the rows; without ``make_object_list``, there are none to load."""
        if queryset is self._empty_statement and queryset is not None:
            return Listing(queryset, [])  # no statement to run, and not a 404
        return super()._listed(queryset)

    def get_ordering(self) -> Any:
        """Return ``ordering``; without it, sort by the date, newest first."""
        if self.ordering is None:
            return f"-{self.get_date_field()}"
        return self.ordering

    def get_dated_queryset(self, **lookup: Any) -> Any:
        """Return the view's statement, limited to the rows that match a date lookup.

        Rows in the future are left out unless ``allow_future`` is set. If the list
        turns out to be empty when it is loaded, the answer is a 404 unless
        ``allow_empty`` is set.

        :param lookup: values by the name of an attribute, alone or followed by
            ``__gte``, ``__gt``, ``__lte`` or ``__lt``.
        :raises ImproperlyConfigured: if ``get_queryset`` does not return a statement
            that selects one mapped class.

        Since 0.1. Django: ``BaseDateListView.get_dated_queryset``.
        """
        source = self.get_queryset()
        date_source(self, source)  # raises if there are no dates to look for in it
        statement = limited(source, _limits(self, lookup))
        self._dated_query = _DatedQuery(statement, source, lookup)
        return statement

    def get_date_list_period(self) -> str:
        """Return the period that ``date_list`` lists, such as "month"."""
        return self.date_list_period

    def get_make_object_list(self) -> bool:
        """Tell whether the rows themselves are shown, not only their dates."""
        return self.make_object_list

    def get_date_list(
        self, queryset: Any, date_type: str | None = None, ordering: str = "ASC"
    ) -> list[date]:
        """Return the first day of each period in which a statement has rows.

        Without any, the answer is a 404 unless ``allow_empty`` is set.

        :param queryset: the statement of the rows.
        :param date_type: "year", "month", "week" or "day"; None for
            ``date_list_period``.
        :param ordering: "ASC" for the oldest first, "DESC" for the newest first.
        :returns: dates, or date-times at midnight if the column holds date-times.
        :raises ImproperlyConfigured: for an unknown period.

        Since 0.1. Django: ``BaseDateListView.get_date_list``.
        """
        period = _list_period(self, date_type or self.get_date_list_period())
        starts = _starts(self, queryset, period)
        if not starts and not self.get_allow_empty():
            abort(404, description=f"No dates in {type(self).__name__}")
        ordered = sorted(starts, reverse=ordering == "DESC")
        return list(map(self._dates.list_value, ordered))


class ArchiveIndexView(DateListView[M]):
    """Show the newest rows, and a list of the years (or months, …) that have rows.

    Context: ``latest``, ``date_list`` (newest first).

    Since 0.1. Django: ``ArchiveIndexView``.
    """

    context_object_name = "latest"
    template_name_suffix = "_archive"

    def get_dated_items(self) -> tuple[Any, Any, dict[str, Any]]:
        """Return the dates, the statement of the rows, and no more context."""
        queryset = self.get_dated_queryset()
        dates = self.get_date_list(queryset, ordering="DESC")
        return dates, self._rows_of(queryset), {}


class YearArchiveView(DateListView[M]):
    """Show which months of a year have rows, and with ``make_object_list`` the rows.

    Context: ``year``, ``next_year``, ``previous_year``, ``date_list``.

    Since 0.1. Django: ``YearArchiveView``.
    """

    date_list_period = "month"
    make_object_list = False
    template_name_suffix = "_archive_year"
    _parts = ("year",)
    _linked_periods = ("year",)


class MonthArchiveView(DateListView[M]):
    """Show the rows of a month, and a list of its days that have rows.

    Context: ``month``, ``next_month``, ``previous_month``, ``date_list``.

    Since 0.1. Django: ``MonthArchiveView``.
    """

    date_list_period = "day"
    template_name_suffix = "_archive_month"
    _parts = ("year", "month")
    _linked_periods = ("month",)


class WeekArchiveView(DateListView[M]):
    """Show the rows of a week.

    Context: ``week``, ``next_week``, ``previous_week``; ``date_list`` is None.

    Since 0.1. Django: ``WeekArchiveView``.
    """

    template_name_suffix = "_archive_week"
    _parts = ("year", "week")
    _linked_periods = ("week",)
    _lists_dates = False


class DayArchiveView(DateListView[M]):
    """Show the rows of a day.

    Context: ``day``, ``next_day``, ``previous_day``, ``next_month``,
    ``previous_month``; ``date_list`` is None.

    Since 0.1. Django: ``DayArchiveView``.
    """

    template_name_suffix = "_archive_day"
    _parts: ClassVar[tuple[str, ...]] = ("year", "month", "day")
    _linked_periods = ("day", "month")
    _lists_dates = False


class TodayArchiveView(DateListView[M]):
    """Show the rows of today, in the time zone that ``CBV_TIMEZONE`` names.

    Context: the same as DayArchiveView.

    Since 0.1. Django: ``TodayArchiveView``.
    """

    template_name_suffix = "_archive_day"
    _linked_periods = ("day", "month")
    _lists_dates = False

    def get_dated_items(self) -> tuple[Any, Any, dict[str, Any]]:
        """Return the dated items of today."""
        return self._items_at(self._dates.today())


class DateDetailView(DateMixin, DetailView[M]):
    """Show one object, found by the day and the key or slug in its URL.

    An object of another day is a 404, and so is a day in the future unless
    ``allow_future`` is set.

    Since 0.1. Django: ``DateDetailView``.
    """

    _parts = ("year", "month", "day")

    def _searched(self, queryset: Any) -> Any:
        """Limit the statement in which the object is looked up to rows of the day."""
        day = date_in_url(self, self._parts)
        if not self.get_allow_future() and day > self._dates.today():
            abort(404, description="The future is not shown.")
        lookup = _lookup(self, span_at(self, PERIODS["day"], day))
        return limited(super()._searched(queryset), list(lookup.items()))


# --- which rows, and which periods have some ---------------------------------------


def _lookup(view: DateMixin, span: Span) -> dict[str, Any]:
    """Return the lookup for the rows of a span, as ``get_dated_queryset`` takes it."""
    start, end = view._dates.within(span)
    name = view.get_date_field()
    return {f"{name}__gte": start, f"{name}__lt": end}


def _limits(view: DateListView, lookup: Mapping[str, Any]) -> list[tuple[str, Any]]:
    """Return a lookup as pairs; if the future is not shown, they exclude it."""
    if view.get_allow_future():
        return list(lookup.items())
    if lookup != view._page_lookup:
        return [*lookup.items(), (f"{view.get_date_field()}__lte", view._dates.now())]
    lower_limit, (upper_name, end) = lookup.items()
    return [lower_limit, (upper_name, *view._dates.up_to_now([end], True))]


def _starts(view: Any, queryset: Any, period: Period) -> set[date]:
    """Return the first days of the periods in which a statement has rows.

    The same statement finds the next and previous dates of the page. If the rows are
    those of the page and the column has an index, it tests each period by itself;
    otherwise it reads all rows once.
    """
    starts = _periods_to_probe(view, queryset, period)
    return _probed(view, starts) if starts else _gathered(view, queryset, period)


def _periods_to_probe(view: Any, queryset: Any, period: Period) -> Sequence[date]:
    """Return the first days of the periods to test one by one, () to read all rows."""
    query, span = view._dated_query, view._page_span
    if query is None or span is None or queryset is not query.statement:
        return ()
    starts = starts_between(period, span)
    is_page = query.lookup == view._page_lookup
    return starts if is_page and view._dates.can_probe(starts) else ()


def _probed(view: Any, starts: Sequence[date]) -> set[date]:
    """Test each period for rows, and return the first days of those that have some."""
    column, page, spans = view._dates, view._page_span, view._spans
    past = not view.get_allow_future()
    source = date_source(view, view._dated_query.source)
    statement = probe(column, source, len(starts), len(spans), past)
    bounds = [page.start, *starts[1:], page.end]
    values = {**column.values(spans, past), **column.bounds(bounds, past)}
    row = reading.rows(statement, values)[0]
    remember(view, spans, row[len(starts) :])
    return {day for day, has_rows in zip(starts, row, strict=False) if has_rows}


def _gathered(view: Any, queryset: Any, period: Period) -> set[date]:
    """Read all rows of a statement, and return the first days of their periods."""
    column, spans = view._dates, view._spans
    past = not view.get_allow_future()
    source = date_source(view, view.get_queryset())
    rows = date_source(view, queryset)
    statement = gather(column, rows, source, period, len(spans), past)
    groups = reading.rows(statement, column.values(spans, past))
    if groups:
        remember(view, spans, groups[0][2:])
    starts = {start_of(view, period, v) for group in groups for v in group[:2]}
    return {day for day in starts if day is not None}


def _period(view: DateMixin, name: str) -> Period:
    """Return a period by name; for "week", the one that ``week_format`` numbers."""
    return week_period(view) if name == "week" else PERIODS[name]


def _list_period(view: DateListView, name: str) -> Period:
    """Return the period that a list of dates lists; its weeks start on Monday.

    :raises ImproperlyConfigured: for an unknown name.
    """
    if name not in PERIODS:
        problem = f"has date_list_period = {name!r}"
        raise misconfigured(view, problem, f"use one of {', '.join(PERIODS)}")
    return PERIODS[name]
