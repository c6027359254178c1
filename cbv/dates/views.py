"""The archive views and DateDetailView: rows by year, month, week and day.

Django: ``django.views.generic.dates``. A page asks the database twice: for its rows,
and for everything about the dates around them.
"""

from __future__ import annotations

from collections.abc import Mapping
from collections.abc import Sequence
from datetime import date
from typing import Any
from typing import ClassVar
from typing import NamedTuple

from flask import abort
from sqlalchemy import false
from typing_extensions import TypeVar

from ..db import reading
from ..exceptions import misconfigured
from ..views.detail import DetailView
from ..views.list import Listing
from ..views.list import ListView
from .columns import gather
from .columns import limited
from .columns import probe
from .mixin import asked_date
from .mixin import date_source
from .mixin import DateMixin as DateMixin
from .mixin import look_around
from .mixin import remember
from .mixin import span_at
from .mixin import start_of
from .mixin import week_period
from .periods import Period
from .periods import PERIODS
from .periods import Span
from .periods import starts_between

M = TypeVar("M", default=Any)


class _Dated(NamedTuple):
    """What ``get_dated_queryset`` made, of what."""

    statement: Any
    source: Any
    lookup: Mapping[str, Any]


class DateListView(DateMixin, ListView[M]):
    """Show rows by date; a subclass says in :meth:`get_dated_items` which.

    Context: ``date_list``, what that hook adds, and that of ListView.

    Since 0.1. Django: ``BaseDateListView``.
    """

    allow_empty: bool = False
    #: What ``date_list`` is a list of: "year", "month", "week" or "day".
    date_list_period: str = "year"
    #: Whether the rows themselves are shown, not only their dates.
    make_object_list: bool = True

    #: The periods whose neighbours are shown; the first is that of the page.
    _shown: ClassVar[tuple[str, ...]] = ()
    _lists_dates: ClassVar[bool] = True

    _dated: _Dated | None = None
    _page: Span | None = None
    _own: Mapping[str, Any] | None = None
    _spans: tuple[Span, ...] = ()
    _no_rows: Any = None

    def _check_setup(self) -> None:
        super()._check_setup()
        _list_period(self, self.get_date_list_period())

    def get_context_data(
        self, *, object_list: Any = None, **kwargs: Any
    ) -> dict[str, Any]:
        """Add ``date_list`` and what :meth:`get_dated_items` says beside it."""
        if "date_list" not in kwargs:
            self.date_list, items, extra = self.get_dated_items()
            object_list = items if object_list is None else object_list
            kwargs = {"date_list": self.date_list, **extra, **kwargs}
        return super().get_context_data(object_list=object_list, **kwargs)

    def get_dated_items(self) -> tuple[Any, Any, dict[str, Any]]:
        """Return the list of dates, the statement of the rows, and more context.

        Since 0.1. Django: ``BaseDateListView.get_dated_items``.
        """
        if not self._shown:
            raise NotImplementedError(f"{type(self).__name__} has no get_dated_items()")
        return self._items_at(asked_date(self, self._parts))

    def _items_at(self, day: date) -> tuple[Any, Any, dict[str, Any]]:
        """Return the dated items of the period of this page that a day lies in."""
        spans = tuple(span_at(self, _period(self, name), day) for name in self._shown)
        self._page = spans[0]
        self._own = _lookup(self, self._page)
        queryset = self.get_dated_queryset(**self._own)
        self._spans = () if self.get_allow_empty() else spans
        dates = self.get_date_list(queryset) if self._lists_dates else None
        if any(span not in self._nearest for span in self._spans):
            look_around(self, self._spans)
        context: dict[str, Any] = {self._shown[0]: day}
        for name in self._shown:
            for way in ("next", "previous"):
                neighbour = getattr(self, f"get_{way}_{name}")
                context[f"{way}_{name}"] = neighbour(day)
        return dates, self._rows_of(queryset), context

    def _rows_of(self, queryset: Any) -> Any:
        """Return the statement, or one without rows where only the dates are shown."""
        if self.get_make_object_list():
            return queryset
        self._no_rows = queryset.where(false())
        return self._no_rows

    def _listed(self, queryset: Any) -> Listing:
        if queryset is self._no_rows and queryset is not None:
            return Listing(queryset, [])  # known without asking, and no 404
        return super()._listed(queryset)

    def get_ordering(self) -> Any:
        """Return ``ordering``, else the date, newest first."""
        if self.ordering is None:
            return f"-{self.get_date_field()}"
        return self.ordering

    def get_dated_queryset(self, **lookup: Any) -> Any:
        """Return the statement limited by date, without the future if it is not shown.

        An empty list is a 404 when it is loaded, unless ``allow_empty``.

        :param lookup: values by attribute, or by attribute and ``__gte``, ``__gt``,
            ``__lte`` or ``__lt``.

        Since 0.1. Django: ``BaseDateListView.get_dated_queryset``.
        """
        source = self.get_queryset()
        date_source(self, source)  # or say what is wrong with it
        found = limited(source, _limits(self, lookup))
        self._dated = _Dated(found, source, lookup)
        return found

    def get_date_list_period(self) -> str:
        """Return what ``date_list`` is a list of."""
        return self.date_list_period

    def get_make_object_list(self) -> bool:
        """Tell whether the rows themselves are shown, not only their dates."""
        return self.make_object_list

    def get_date_list(
        self, queryset: Any, date_type: str | None = None, ordering: str = "ASC"
    ) -> list[date]:
        """Return the periods that the rows of a statement lie in.

        Dates, or date-times for a column of date-times. Empty is a 404, unless
        ``allow_empty``.

        :param date_type: "year", "month", "week" or "day" instead of
            ``date_list_period``.
        :param ordering: "ASC" or "DESC".

        Since 0.1. Django: ``BaseDateListView.get_date_list``.
        """
        period = _list_period(self, date_type or self.get_date_list_period())
        found = _starts(self, queryset, period)
        if not found and not self.get_allow_empty():
            abort(404, description=f"No dates in {type(self).__name__}")
        ordered = sorted(found, reverse=ordering == "DESC")
        return list(map(self._dates.shown, ordered))


class ArchiveIndexView(DateListView[M]):
    """Show the newest rows, and the years (or months …) that have any.

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
    """Show which months of a year have rows; the rows too if ``make_object_list``.

    Context: ``year``, ``next_year``, ``previous_year``, ``date_list``.

    Since 0.1. Django: ``YearArchiveView``.
    """

    date_list_period = "month"
    make_object_list = False
    template_name_suffix = "_archive_year"
    _parts = ("year",)
    _shown = ("year",)


class MonthArchiveView(DateListView[M]):
    """Show the rows of a month, and which of its days have any.

    Context: ``month``, ``next_month``, ``previous_month``, ``date_list``.

    Since 0.1. Django: ``MonthArchiveView``.
    """

    date_list_period = "day"
    template_name_suffix = "_archive_month"
    _parts = ("year", "month")
    _shown = ("month",)


class WeekArchiveView(DateListView[M]):
    """Show the rows of a week.

    Context: ``week``, ``next_week``, ``previous_week``; ``date_list`` is None.

    Since 0.1. Django: ``WeekArchiveView``.
    """

    template_name_suffix = "_archive_week"
    _parts = ("year", "week")
    _shown = ("week",)
    _lists_dates = False


class DayArchiveView(DateListView[M]):
    """Show the rows of a day.

    Context: ``day``, ``next_day``, ``previous_day``, ``next_month``,
    ``previous_month``; ``date_list`` is None.

    Since 0.1. Django: ``DayArchiveView``.
    """

    template_name_suffix = "_archive_day"
    _parts: ClassVar[tuple[str, ...]] = ("year", "month", "day")
    _shown = ("day", "month")
    _lists_dates = False


class TodayArchiveView(DateListView[M]):
    """Show the rows of today, in the zone that ``CBV_TIMEZONE`` names.

    Context: as in DayArchiveView.

    Since 0.1. Django: ``TodayArchiveView``.
    """

    template_name_suffix = "_archive_day"
    _shown = ("day", "month")
    _lists_dates = False

    def get_dated_items(self) -> tuple[Any, Any, dict[str, Any]]:
        """Return the dated items of today."""
        return self._items_at(self._dates.today())


class DateDetailView(DateMixin, DetailView[M]):
    """Show one object of the day that its URL names.

    Since 0.1. Django: ``DateDetailView``.
    """

    _parts = ("year", "month", "day")

    def _searched(self, queryset: Any) -> Any:
        day = asked_date(self, self._parts)
        if not self.get_allow_future() and day > self._dates.today():
            abort(404, description="The future is not shown.")
        lookup = _lookup(self, span_at(self, PERIODS["day"], day))
        return limited(super()._searched(queryset), list(lookup.items()))


# --- what a statement is asked -----------------------------------------------------


def _lookup(view: DateMixin, span: Span) -> dict[str, Any]:
    """Return the lookup for the rows of a span, as ``get_dated_queryset`` takes it."""
    since, until = view._dates.within(span)
    name = view.get_date_field()
    return {f"{name}__gte": since, f"{name}__lt": until}


def _limits(view: DateListView, lookup: Mapping[str, Any]) -> list[tuple[str, Any]]:
    """Return a lookup as pairs, and one more if the future is not shown."""
    if view.get_allow_future():
        return list(lookup.items())
    if lookup != view._own:
        return [*lookup.items(), (f"{view.get_date_field()}__lte", view._dates.now())]
    since, (until, end) = lookup.items()
    return [since, (until, *view._dates.up_to_now([end], True))]


def _starts(view: Any, queryset: Any, period: Period) -> set[date]:
    """Return the first days of the periods that rows of a statement lie in.

    One statement, which also finds the neighbours that the page will ask for. Where
    the rows are the page's own and the column has an index, each period is probed by
    itself; else the rows are walked once.
    """
    starts = _worth_probing(view, queryset, period)
    return _probed(view, starts) if starts else _gathered(view, queryset, period)


def _worth_probing(view: Any, queryset: Any, period: Period) -> Sequence[date]:
    dated, page = view._dated, view._page
    if dated is None or page is None or queryset is not dated.statement:
        return ()
    starts = starts_between(period, page)
    own = dated.lookup == view._own and view._dates.can_probe(starts)
    return starts if own else ()


def _probed(view: Any, starts: Sequence[date]) -> set[date]:
    column, page, spans = view._dates, view._page, view._spans
    past = not view.get_allow_future()
    source = date_source(view, view._dated.source)
    statement = probe(column, source, len(starts), len(spans), past)
    bounds = [page.start, *starts[1:], page.end]
    values = {**column.values(spans, past), **column.bounds(bounds, past)}
    row = reading.rows(statement, values)[0]
    remember(view, spans, row[len(starts) :])
    return {day for day, found in zip(starts, row, strict=False) if found}


def _gathered(view: Any, queryset: Any, period: Period) -> set[date]:
    column, spans = view._dates, view._spans
    past = not view.get_allow_future()
    source = date_source(view, view.get_queryset())
    rows = date_source(view, queryset)
    statement = gather(column, rows, source, period, len(spans), past)
    found = reading.rows(statement, column.values(spans, past))
    if found:
        remember(view, spans, found[0][2:])
    starts = {start_of(view, period, v) for row in found for v in row[:2]}
    return {day for day in starts if day is not None}


def _period(view: DateMixin, name: str) -> Period:
    return week_period(view) if name == "week" else PERIODS[name]


def _list_period(view: DateListView, name: str) -> Period:
    """Return what a list of dates is a list of; its weeks start on Monday.

    :raises ImproperlyConfigured: for a name that is not in the table.
    """
    if name not in PERIODS:
        problem = f"has date_list_period = {name!r}"
        raise misconfigured(view, problem, f"use one of {', '.join(PERIODS)}")
    return PERIODS[name]
