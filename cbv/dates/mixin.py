"""DateMixin: the date in the URL, and the dates around it that have rows.

Django: ``DateMixin`` with ``YearMixin``, ``MonthMixin``, ``WeekMixin`` and ``DayMixin``
of ``django.views.generic.dates``; one class here, over the table in
:mod:`cbv.dates.periods`. :mod:`cbv.compat` has Django's names.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from datetime import timedelta
from typing import Any
from typing import ClassVar

from flask import abort
from flask import request
from sqlalchemy import Select
from werkzeug.utils import cached_property

from ..db import reading
from ..db.statements import checked
from ..db.statements import entity_of
from ..db.statements import finished
from ..exceptions import misconfigured
from ..timezone import current_timezone
from ..views.base import View
from ..views.plan import is_overridden
from .columns import around
from .columns import DateColumn
from .columns import is_date_column
from .periods import check_format
from .periods import date_of
from .periods import Period
from .periods import PERIODS
from .periods import Span
from .periods import span_of
from .periods import UnknownDirective
from .periods import WEEKS


class DateMixin(View):
    """Read a date from the URL, and find the dates around it that have rows.

    For views that have ``get_queryset()``. Since 0.1. Django: ``DateMixin``,
    ``YearMixin``, ``MonthMixin``, ``WeekMixin`` and ``DayMixin``.
    """

    #: The attribute that holds the date.
    date_field: str | None = None
    #: Whether rows of the future are shown.
    allow_future: bool = False
    #: The parts of the date; None to take them from the URL, else from the query.
    year: Any = None
    month: Any = None
    week: Any = None
    day: Any = None
    #: How each is written in the URL, in ``strptime``'s syntax.
    year_format: str = "%Y"
    month_format: str = "%b"
    week_format: str = "%U"
    day_format: str = "%d"

    #: The parts that make the date of the page.
    _parts: ClassVar[tuple[str, ...]] = ()

    def _check_setup(self) -> None:
        super()._check_setup()
        if not is_overridden(self, "get_date_field"):
            name = self.get_date_field()
            model = getattr(self, "model", None)
            if model is not None:
                _check_date_column(self, model, name)
        for part in self._parts:
            _check_format(self, part)
        if "week" in self._parts:
            week_period(self)

    def get_date_field(self) -> str:
        """Return the name of the attribute that holds the date.

        :raises ImproperlyConfigured: without ``date_field``.
        """
        if self.date_field is None:
            problem = "has no date_field"
            raise misconfigured(self, problem, "set date_field to a column's name")
        return self.date_field

    def get_allow_future(self) -> bool:
        """Tell whether rows of the future are shown."""
        return self.allow_future

    def get_year_format(self) -> str:
        """Return how the year is written in the URL."""
        return self.year_format

    def get_month_format(self) -> str:
        """Return how the month is written in the URL."""
        return self.month_format

    def get_week_format(self) -> str:
        """Return how the week is written in the URL: ``%U``, ``%W`` or ``%V``."""
        return self.week_format

    def get_day_format(self) -> str:
        """Return how the day is written in the URL."""
        return self.day_format

    def get_year(self) -> Any:
        """Return the year of this page as text; 404 without one."""
        return _part(self, "year")

    def get_month(self) -> Any:
        """Return the month of this page as text; 404 without one."""
        return _part(self, "month")

    def get_week(self) -> Any:
        """Return the week of this page as text; 404 without one."""
        return _part(self, "week")

    def get_day(self) -> Any:
        """Return the day of this page as text; 404 without one."""
        return _part(self, "day")

    def get_next_year(self, date: date) -> date | None:
        """Return the first day of the next year to link to, None without one."""
        return _neighbour(self, PERIODS["year"], date, forward=True)

    def get_previous_year(self, date: date) -> date | None:
        """Return the first day of the previous year to link to, None without one."""
        return _neighbour(self, PERIODS["year"], date, forward=False)

    def get_next_month(self, date: date) -> date | None:
        """Return the first day of the next month to link to, None without one."""
        return _neighbour(self, PERIODS["month"], date, forward=True)

    def get_previous_month(self, date: date) -> date | None:
        """Return the first day of the previous month to link to, None without one."""
        return _neighbour(self, PERIODS["month"], date, forward=False)

    def get_next_week(self, date: date) -> date | None:
        """Return the first day of the next week to link to, None without one."""
        return _neighbour(self, week_period(self), date, forward=True)

    def get_previous_week(self, date: date) -> date | None:
        """Return the first day of the previous week to link to, None without one."""
        return _neighbour(self, week_period(self), date, forward=False)

    def get_next_day(self, date: date) -> date | None:
        """Return the next day to link to, None without one."""
        return _neighbour(self, PERIODS["day"], date, forward=True)

    def get_previous_day(self, date: date) -> date | None:
        """Return the previous day to link to, None without one."""
        return _neighbour(self, PERIODS["day"], date, forward=False)

    @property
    def uses_datetime_field(self) -> bool:
        """Whether the column holds a time beside the day."""
        return self._dates.has_time

    @cached_property
    def _dates(self) -> DateColumn:
        """The column of the dates, with what a day is for the reader."""
        this: Any = self
        name, model = self.get_date_field(), getattr(self, "model", None)
        if model is None:
            model = entity_of(date_source(self, this.get_queryset()))
        zone = current_timezone()

        def make() -> DateColumn:
            _check_date_column(self, model, name)
            return DateColumn(model, name, zone)

        return self._plan.once("date column", make, model, name, zone)

    @cached_property
    def _nearest(self) -> dict[Span, tuple[Any, Any]]:
        """The stored values before and after a span, as far as they are known."""
        return {}


# --- the date that a page is about -------------------------------------------------


def asked_date(view: Any, parts: Iterable[str]) -> date:
    """Return the date that the parts in a page's URL make; 404 where they make none."""
    texts = [
        (getattr(view, f"get_{part}")(), getattr(view, f"get_{part}_format")())
        for part in parts
    ]
    try:
        return date_of(texts)
    except ValueError:
        abort(404, description="There is no such date.")


def span_at(view: View, period: Period, day: date) -> Span:
    """Return the interval that a day lies in; 404 at the ends of the calendar."""
    try:
        return span_of(period, day)
    except ValueError:
        abort(404, description="The calendar ends here.")


def _part(view: DateMixin, name: str) -> Any:
    found = getattr(view, name)
    if found is None:
        found = view.kwargs.get(name, request.args.get(name))
    if found is None:
        abort(404, description=f"No {name} specified.")
    return found


# --- the dates around it -----------------------------------------------------------


def _neighbour(view: Any, period: Period, day: date, *, forward: bool) -> date | None:
    """Return the next or previous interval whose page would not be a 404."""
    span = span_at(view, period, day)
    if view.get_allow_empty():
        found = span.end if forward else period.start(span.start - timedelta(days=1))
        shown = view.get_allow_future() or found <= view._dates.today()
        return found if shown else None
    if span not in view._nearest:
        look_around(view, [span])
    return start_of(view, period, view._nearest[span][forward])


def look_around(view: Any, spans: Iterable[Span]) -> None:
    """Learn in one statement which stored values lie nearest to each span."""
    spans = list(spans)
    column, past = view._dates, not view.get_allow_future()
    source = date_source(view, view.get_queryset())
    statement = around(column, source, len(spans), past)
    remember(view, spans, reading.rows(statement, column.values(spans, past))[0])


def remember(view: Any, spans: Iterable[Span], values: Iterable[Any]) -> None:
    """Keep the values before and after each span for the hooks that ask for them."""
    pairs = iter(values)
    view._nearest.update((span, (next(pairs), next(pairs))) for span in spans)


def start_of(view: Any, period: Period, value: Any) -> date | None:
    """Return the first day of the interval that a stored value lies in.

    None for no value, and at the ends of the calendar, whose pages are 404.
    """
    if value is None:
        return None
    try:
        return span_of(period, view._dates.day_of(value)).start
    except ValueError:
        return None


def date_source(view: Any, queryset: Any) -> Select[Any]:
    """Return a query source of a date view, in scope.

    :raises ImproperlyConfigured: for a sequence, or rows of several columns.
    """
    found = finished(view, checked(view, queryset), getattr(view, "scope", None))
    if isinstance(found, Select) and entity_of(found) is not None:
        return found
    problem = "looks for dates in what is no statement that selects one mapped class"
    raise misconfigured(view, problem, "return select(Model)", "set model")


# --- wrong set-up ------------------------------------------------------------------


def week_period(view: Any) -> Period:
    """Return what a week is for a view.

    :raises ImproperlyConfigured: for an unknown ``week_format``, or an ISO week (%V)
        without an ISO year (%G).
    """
    week_format, year_format = view.get_week_format(), view.get_year_format()
    if week_format not in WEEKS:
        problem = f"has week_format = {week_format!r}"
        raise misconfigured(view, problem, "use '%U', '%W' or '%V'")
    if (week_format == "%V") != (year_format == "%G"):
        problem = f"has week_format = {week_format!r} and year_format = {year_format!r}"
        cures = ("use '%V' and '%G' together", "use '%U' or '%W' with '%Y'")
        raise misconfigured(view, problem, *cures)
    return WEEKS[week_format]


def _check_format(view: Any, part: str) -> None:
    format_ = getattr(view, f"get_{part}_format")()
    try:
        check_format(format_)
    except UnknownDirective as error:
        problem = f"has {part}_format = {format_!r} with {error}, which is not known"
        cure = "use %Y, %y or %G, %m, %b or %B, %U, %W or %V, and %d"
        raise misconfigured(view, problem, cure) from None


def _check_date_column(view: Any, model: Any, name: str) -> None:
    if not is_date_column(model, name):
        problem = f"has date_field = {name!r}, which is no date of {model.__name__}"
        raise misconfigured(view, problem, "name a column of type Date or DateTime")
