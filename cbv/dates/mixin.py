"""DateMixin, the base of every view that reads a date from its URL.

It has the hooks of five Django classes: ``DateMixin``, ``YearMixin``, ``MonthMixin``,
``WeekMixin`` and ``DayMixin`` of ``django.views.generic.dates``. :mod:`cbv.compat`
offers them by those names. The calendar is in :mod:`cbv.dates.periods`, and the search
for the next and previous dates in :mod:`cbv.dates.neighbours`.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any
from typing import ClassVar

from flask import abort
from flask import request
from werkzeug.utils import cached_property

from ..db.statements import entity_of
from ..exceptions import misconfigured
from ..timezone import current_timezone
from ..views.base import View
from ..views.plan import is_overridden
from .columns import DateColumn
from .columns import is_date_column
from .neighbours import date_source
from .neighbours import neighbour
from .periods import date_of
from .periods import directives_of
from .periods import Period
from .periods import PERIODS
from .periods import Span
from .periods import UnknownDirective
from .periods import WEEKS


class DateMixin(View):
    """Read a date from the URL, and find the next and previous dates to link to.

    Combine it with a view that has ``get_queryset()``, such as a ListView.

    Since 0.1. Django: ``DateMixin``, ``YearMixin``, ``MonthMixin``, ``WeekMixin`` and
    ``DayMixin``.
    """

    #: The name of the mapped attribute that holds the date.
    date_field: str | None = None
    #: Whether rows with a date in the future are shown.
    allow_future: bool = False
    #: The parts of the date; None to read a part from the URL values, or else from the
    #: query string.
    year: Any = None
    month: Any = None
    week: Any = None
    day: Any = None
    #: The format of each part in the URL, in ``strptime``'s syntax.
    year_format: str = "%Y"
    month_format: str = "%b"
    week_format: str = "%U"
    day_format: str = "%d"

    #: The parts that the date of the page is read from.
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
        """Return the name of the mapped attribute that holds the date.

        :raises ImproperlyConfigured: if ``date_field`` is not set.
        """
        if self.date_field is None:
            problem = "has no date_field"
            raise misconfigured(self, problem, "set date_field to a column's name")
        return self.date_field

    def get_allow_future(self) -> bool:
        """Tell whether rows with a date in the future are shown."""
        return self.allow_future

    def get_year_format(self) -> str:
        """Return the format of the year in the URL."""
        return self.year_format

    def get_month_format(self) -> str:
        """Return the format of the month in the URL."""
        return self.month_format

    def get_week_format(self) -> str:
        """Return the format of the week in the URL: ``%U``, ``%W`` or ``%V``."""
        return self.week_format

    def get_day_format(self) -> str:
        """Return the format of the day in the URL."""
        return self.day_format

    def get_year(self) -> Any:
        """Return the year that the URL names, or answer 404 without one."""
        return _part(self, "year")

    def get_month(self) -> Any:
        """Return the month that the URL names, or answer 404 without one."""
        return _part(self, "month")

    def get_week(self) -> Any:
        """Return the week that the URL names, or answer 404 without one."""
        return _part(self, "week")

    def get_day(self) -> Any:
        """Return the day that the URL names, or answer 404 without one."""
        return _part(self, "day")

    def get_next_year(self, date: date) -> date | None:
        """Return the first day of the next year to link to, or None."""
        return neighbour(self, PERIODS["year"], date, forward=True)

    def get_previous_year(self, date: date) -> date | None:
        """Return the first day of the previous year to link to, or None."""
        return neighbour(self, PERIODS["year"], date, forward=False)

    def get_next_month(self, date: date) -> date | None:
        """Return the first day of the next month to link to, or None."""
        return neighbour(self, PERIODS["month"], date, forward=True)

    def get_previous_month(self, date: date) -> date | None:
        """Return the first day of the previous month to link to, or None."""
        return neighbour(self, PERIODS["month"], date, forward=False)

    def get_next_week(self, date: date) -> date | None:
        """Return the first day of the next week to link to, or None."""
        return neighbour(self, week_period(self), date, forward=True)

    def get_previous_week(self, date: date) -> date | None:
        """Return the first day of the previous week to link to, or None."""
        return neighbour(self, week_period(self), date, forward=False)

    def get_next_day(self, date: date) -> date | None:
        """Return the next day to link to, or None."""
        return neighbour(self, PERIODS["day"], date, forward=True)

    def get_previous_day(self, date: date) -> date | None:
        """Return the previous day to link to, or None."""
        return neighbour(self, PERIODS["day"], date, forward=False)

    @property
    def uses_datetime_field(self) -> bool:
        """Whether the column holds date-times, not only dates."""
        return self._dates.has_time

    @cached_property
    def _dates(self) -> DateColumn:
        """The column that holds the date, read in the reader's time zone."""
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
        """The nearest stored values before and after each span that was looked up."""
        return {}


# --- the date that a page is about -------------------------------------------------


def date_in_url(view: Any, parts: Iterable[str]) -> date:
    """Return the date that the URL of a page names, or answer 404 if it names none.

    :param parts: the parts that it is read from: "year", "month", "week" or "day".
    """
    texts = [
        (getattr(view, f"get_{part}")(), getattr(view, f"get_{part}_format")())
        for part in parts
    ]
    try:
        return date_of(texts)
    except ValueError:
        abort(404, description="There is no such date.")


def _part(view: DateMixin, name: str) -> Any:
    """Return a part of the date: the view's attribute, URL value or query value."""
    value = getattr(view, name)
    if value is None:
        value = view.kwargs.get(name, request.args.get(name))
    if value is None:
        abort(404, description=f"No {name} specified.")
    return value


# --- errors in the set-up ----------------------------------------------------------


def week_period(view: Any) -> Period:
    """Return the kind of week that a view's ``week_format`` numbers.

    :raises ImproperlyConfigured: for an unknown ``week_format``, or if only one of the
        ISO week (%V) and the ISO year (%G) is used.
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


#: The directives that name each part of a date. ``%G`` names the year of a ``%V``.
_DIRECTIVES = {
    "year": ("%Y", "%y", "%G"),
    "month": ("%m", "%b", "%B"),
    "week": ("%U", "%W", "%V"),
    "day": ("%d",),
}


def _check_format(view: Any, part: str) -> None:
    """Refuse a format that does not name its part, or has unsupported directives.

    Such a part would be ignored: every URL would show the same year, for example.
    """
    format_ = getattr(view, f"get_{part}_format")()
    problem = f"has {part}_format = {format_!r}"
    names = tuple(n for n in _DIRECTIVES[part] if n != "%G" or "week" in view._parts)
    try:
        directives = directives_of(format_)
    except UnknownDirective as error:
        problem += f" with {error}, which is not known"
        cure = "use %Y, %y or %G, %m, %b or %B, %U, %W or %V, and %d"
        raise misconfigured(view, problem, cure) from None
    if not set(directives).intersection(names):
        problem += f", which names no {part} of this view"
        raise misconfigured(view, problem, f"use {' or '.join(names)}")


def _check_date_column(view: Any, model: Any, name: str) -> None:
    """Refuse a ``date_field`` that is not a column of dates or date-times."""
    if not is_date_column(model, name):
        problem = f"has date_field = {name!r}, which is no date of {model.__name__}"
        raise misconfigured(view, problem, "name a column of type Date or DateTime")
