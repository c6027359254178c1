"""Date and date-time columns, and the statements that archive pages run on them.

:class:`DateColumn` converts between a day on the reader's calendar and the value that
the database stores. The functions build the statements that tell which periods have
rows and which values lie nearest before and after a period. All but one are built once
for each query source and reused. Nothing here runs a statement or needs a session.

Django: ``DateMixin._make_date_lookup_arg`` and ``QuerySet.dates``/``datetimes``.
"""

from __future__ import annotations

from collections.abc import Iterable
from collections.abc import Iterator
from collections.abc import Sequence
from contextlib import suppress
from datetime import date
from datetime import datetime
from datetime import time
from datetime import timedelta
from datetime import tzinfo
from datetime import UTC
from itertools import pairwise
from operator import eq
from operator import ge
from operator import gt
from operator import le
from operator import lt
from typing import Any

from sqlalchemy import bindparam
from sqlalchemy import ColumnElement
from sqlalchemy import Date
from sqlalchemy import DateTime
from sqlalchemy import exists
from sqlalchemy import extract
from sqlalchemy import func
from sqlalchemy import literal_column
from sqlalchemy import Select
from sqlalchemy import select

from ..db.columns import column_of
from ..db.columns import plain_type
from ..db.statements import bind
from ..db.statements import derived
from ..db.statements import entity_of
from ..db.statements import without_loaders
from .periods import Period
from .periods import Span

_LOOKUPS = {"": eq, "gte": ge, "gt": gt, "lte": le, "lt": lt}
#: Up to this many EXISTS (the days of a month), probing is cheaper than one pass over
#: all rows.
_MOST_EXISTS = 31


def is_date_column(model: Any, name: str) -> bool:
    """Tell whether a mapped attribute is a column of dates or of date-times."""
    column = column_of(model, name)
    return column is not None and isinstance(plain_type(column.type), (Date, DateTime))


class DateColumn:
    """A column of dates or date-times, read in the time zone of the reader.

    :param model: the mapped class.
    :param name: the name of the mapped attribute.
    :param zone: the reader's time zone, None if there is none. With a zone, or if the
        column keeps zones, a value stored without a zone is taken as UTC. Otherwise
        it is taken as local time and never converted.
    """

    def __init__(self, model: Any, name: str, zone: tzinfo | None) -> None:
        column: Any = column_of(model, name)
        type_: Any = plain_type(column.type)
        self.name = name
        self.has_time = isinstance(type_, DateTime)
        self.aware = self.has_time and bool(type_.timezone)
        self.zone = UTC if zone is None and self.aware else zone
        self.indexed = bool(column.primary_key or column.unique or column.index) or any(
            index.columns[0] is column for index in column.table.indexes
        )

    def today(self) -> date:
        """Return the date of today in the reader's time zone."""
        return datetime.now(self.zone).date()

    def now(self) -> Any:
        """Return the current time as the column stores it, or today's date."""
        if not self.has_time:
            return self.today()
        return self._stored(datetime.now(self.zone))

    def first_of(self, day: date) -> Any:
        """Return the first moment of the reader's day, as the column stores it.

        If a change to daylight saving time skips midnight, that is the first moment
        after the gap.

        :raises OverflowError: for a day at the very start or end of the calendar.
        """
        if not self.has_time:
            return day
        return self._stored(datetime.combine(day, time.min, self.zone))

    def _stored(self, moment: datetime) -> datetime:
        """Return a moment in the reader's zone as the column stores it."""
        if self.zone is None:
            return moment
        moment = moment.astimezone(UTC)
        return moment if self.aware else moment.replace(tzinfo=None)

    def day_of(self, value: Any) -> date:
        """Return the date of a stored value in the reader's time zone."""
        if not self.has_time:
            return value  # type: ignore[no-any-return]
        if self.zone is not None:
            moment = value if value.tzinfo else value.replace(tzinfo=UTC)
            with suppress(OverflowError):  # a value at the very end of the calendar
                value = moment.astimezone(self.zone)
        return value.date()  # type: ignore[no-any-return]

    def list_value(self, day: date) -> date:
        """Return a day as ``date_list`` holds it: a date-time if the column has one."""
        return datetime.combine(day, time.min, self.zone) if self.has_time else day

    def within(self, span: Span) -> tuple[Any, Any]:
        """Return the stored values at which a span begins and at which it has ended."""
        return self.first_of(span.start), self.first_of(span.end)

    def can_probe(self, starts: Sequence[date]) -> bool:
        """Tell whether one EXISTS for each period is cheaper than reading all rows.

        :param starts: the first days of the periods.
        """
        return self.indexed and len(starts) <= _MOST_EXISTS

    def values(self, spans: Iterable[Span], past: bool) -> dict[str, Any]:
        """Return the parameter values for the neighbours of each span.

        :func:`around`, :func:`probe` and :func:`gather` have these parameters.

        :param past: whether only rows up to now count.
        """
        values = {"now": self.now()} if past else {}
        for number, span in enumerate(spans):
            before, values[f"after_{number}"] = self.within(span)
            values[f"before_{number}"] = self.up_to_now([before], past)[0]
        return values

    def bounds(self, days: Iterable[date], past: bool) -> dict[str, Any]:
        """Return the parameter values for the periods that :func:`probe` tests.

        :param days: the days between which the periods lie, one more than periods.
        :param past: whether only rows up to now count.
        """
        firsts = self.up_to_now(map(self.first_of, days), past)
        return {f"start_{number}": first for number, first in enumerate(firsts)}

    def up_to_now(self, bounds: Iterable[Any], past: bool) -> list[Any]:
        """Return upper bounds; if only the past counts, none of them is after now.

        With two upper bounds in one statement, SQLite could search the index from the
        wrong one.

        :param past: whether only rows up to now count.
        """
        if not past:
            return list(bounds)
        step = timedelta(microseconds=1) if self.has_time else timedelta(days=1)
        end = self.now() + step
        return [min(bound, end) for bound in bounds]


def limited(source: Select[Any], limits: Sequence[tuple[str, Any]]) -> Select[Any]:
    """Return a statement for those rows of a source that meet the limits.

    It runs as a prepared statement, which is built once for each source.

    :param limits: pairs of a lookup (an attribute, alone or with ``__gte``, ``__gt``,
        ``__lte`` or ``__lt``) and its value.
    """
    statement = source.where(*_criteria(source, limits))
    if not all(isinstance(value, date) for _, value in limits):
        return statement  # NULL or an SQL expression cannot be a bound parameter

    def build(source: Select[Any]) -> Select[Any]:
        names = enumerate(name for name, _ in limits)
        bounds: Any = [(name, bindparam(f"date_{n}")) for n, name in names]
        return source.where(*_criteria(source, bounds))

    prepared = derived(source, ("limited", *(name for name, _ in limits)), build)
    values = {f"date_{n}": value for n, (_, value) in enumerate(limits)}
    return bind(statement, prepared, values)  # type: ignore[no-any-return]


def _criteria(source: Any, limits: Iterable[tuple[str, Any]]) -> Iterator[Any]:
    """Yield the SQL comparison for each lookup and its value."""
    model = entity_of(source)
    for lookup, value in limits:
        name, _, operator = lookup.partition("__")
        yield _LOOKUPS[operator](getattr(model, name), value)


# --- the statements of an archive page ---------------------------------------------


def probe(
    dates: DateColumn, source: Select[Any], starts: int, spans: int, past: bool
) -> Any:
    """Return the statement that tests for each period whether it has rows.

    Its one row holds a boolean for each period, then the columns of :func:`around`.
    Its parameters are ``start_0`` to ``start_<starts>`` (their values come from
    :meth:`DateColumn.bounds`) and those of :func:`around`.

    :param source: the statement that selects all rows of the view.
    :param starts: the number of periods.
    :param spans: the number of spans whose neighbours are looked for.
    :param past: whether only rows up to now count.
    """

    def build(source: Select[Any]) -> Select[Any]:
        column = _column(dates, source)
        one: Any = literal_column("1")
        bounds: list[Any] = [bindparam(f"start_{n}") for n in range(starts + 1)]
        has_rows = [
            exists(_only(source, one, column >= low, column < high))
            for low, high in pairwise(bounds)
        ]
        columns: list[Any] = [*has_rows, *_around(dates, source, spans, past)]
        return select(*columns)

    return derived(source, ("probe", dates.name, starts, spans, past), build)


def gather(
    dates: DateColumn,
    rows: Select[Any],
    source: Select[Any],
    period: Period,
    spans: int,
    past: bool,
) -> Select[Any]:
    """Return the statement that reads all rows to find the periods that have some.

    The database groups the stored values by year, month, day or hour. Each row of the
    result holds the least and the greatest value of one group, then the columns of
    :func:`around`. Because of the time zone, a group can touch two of the reader's
    periods, but not more, so those two values are enough.

    :param rows: the statement whose rows are grouped.
    :param source: the statement in which neighbours are looked for.
    :param spans: the number of spans whose neighbours are looked for.
    :param past: whether only rows up to now count as neighbours.
    """
    column = _column(dates, rows)
    fields = period.fields
    if dates.has_time and "day" in fields:
        fields = (*fields, "hour")
    values = (
        func.min(column),
        func.max(column),
        *_around(dates, source, spans, past),
    )
    statement: Any = without_loaders(rows).order_by(None).where(column.is_not(None))
    statement = statement.with_only_columns(*values, maintain_column_froms=True)
    grouped: Select[Any] = statement.group_by(*(extract(f, column) for f in fields))
    return grouped


def around(dates: DateColumn, source: Select[Any], spans: int, past: bool) -> Any:
    """Return the statement that finds the nearest values before and after each span.

    Its one row holds two values for each span, None for no value. Its parameters are
    ``before_0``, ``after_0``, … and, if ``past``, ``now``; :meth:`DateColumn.values`
    gives them.

    :param source: the statement that selects all rows of the view.
    :param spans: the number of spans.
    :param past: whether only rows up to now count.
    """

    def build(source: Select[Any]) -> Select[Any]:
        return select(*_around(dates, source, spans, past))

    return derived(source, ("around", dates.name, spans, past), build)


def _only(source: Select[Any], value: Any, *where: Any) -> Any:
    """Return a statement that selects one expression from rows that meet criteria."""
    statement = without_loaders(source).order_by(None)
    statement = statement.with_only_columns(value, maintain_column_froms=True)
    return statement.where(*where).correlate(None)


def _around(
    dates: DateColumn, source: Select[Any], spans: int, past: bool
) -> list[ColumnElement[Any]]:
    """Return the two subqueries for each span that :func:`around` describes."""
    column = _column(dates, source)
    neighbours: list[ColumnElement[Any]] = []
    for number in range(spans):
        before = column < bindparam(f"before_{number}")
        after = [column >= bindparam(f"after_{number}")]
        after += [column <= bindparam("now")] if past else []
        neighbours += [
            _only(source, func.max(column), before).scalar_subquery(),
            _only(source, func.min(column), *after).scalar_subquery(),
        ]
    return neighbours


def _column(dates: DateColumn, source: Select[Any]) -> Any:
    """Return the date column of the class (or alias) that a statement selects."""
    return getattr(entity_of(source), dates.name)
