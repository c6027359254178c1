"""A column of days or moments: which day a stored value lies in, and asking for many.

Django: ``DateMixin._make_date_lookup_arg`` and ``QuerySet.dates``/``datetimes``. What
an archive page asks of its rows (which months have any, the nearest before and after)
is one statement, prepared once. Nothing is run here.
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
#: More EXISTS than days in a month would be dearer than one walk over the rows.
_MOST_EXISTS = 31


def is_date_column(model: Any, name: str) -> bool:
    """Tell whether a mapped attribute is a column of dates or of date-times."""
    column = column_of(model, name)
    return column is not None and isinstance(plain_type(column.type), (Date, DateTime))


class DateColumn:
    """A column of dates or date-times, and what a day is for its reader.

    :param model: the mapped class.
    :param name: the attribute.
    :param zone: the reader's time zone; with it (or in a column with zones) a value
        stored without a zone is UTC, without it the clock on the wall.
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
        """Return the reader's day."""
        return datetime.now(self.zone).date()

    def now(self) -> Any:
        """Return this moment as the column keeps it; the day in a column of dates."""
        if not self.has_time:
            return self.today()
        return self._kept(datetime.now(self.zone))

    def first_of(self, day: date) -> Any:
        """Return the first moment of a day as the column keeps it.

        Where the clock leaves midnight out, that is the hour it goes on with.

        :raises OverflowError: at the ends of the calendar.
        """
        if not self.has_time:
            return day
        return self._kept(datetime.combine(day, time.min, self.zone))

    def _kept(self, moment: datetime) -> datetime:
        if self.zone is None:
            return moment
        moment = moment.astimezone(UTC)
        return moment if self.aware else moment.replace(tzinfo=None)

    def day_of(self, value: Any) -> date:
        """Return the reader's day that a stored value lies in."""
        if not self.has_time:
            return value  # type: ignore[no-any-return]
        if self.zone is not None:
            moment = value if value.tzinfo else value.replace(tzinfo=UTC)
            with suppress(OverflowError):  # a value at the very end of the calendar
                value = moment.astimezone(self.zone)
        return value.date()  # type: ignore[no-any-return]

    def shown(self, day: date) -> date:
        """Return a day for ``date_list``: a date-time where the column has time."""
        return datetime.combine(day, time.min, self.zone) if self.has_time else day

    def within(self, span: Span) -> tuple[Any, Any]:
        """Return the first moments of a span and of what follows it."""
        return self.first_of(span.start), self.first_of(span.end)

    def can_probe(self, starts: Sequence[date]) -> bool:
        """Tell whether one EXISTS for each interval is cheaper than reading rows."""
        return self.indexed and len(starts) <= _MOST_EXISTS

    def values(self, spans: Iterable[Span], past: bool) -> dict[str, Any]:
        """Return the values of the parameters that each of these statements has."""
        found = {"now": self.now()} if past else {}
        for number, span in enumerate(spans):
            before, found[f"after_{number}"] = self.within(span)
            found[f"before_{number}"] = self.up_to_now([before], past)[0]
        return found

    def bounds(self, days: Iterable[date], past: bool) -> dict[str, Any]:
        """Return the values of the parameters that :func:`probe` has besides."""
        firsts = self.up_to_now(map(self.first_of, days), past)
        return {f"start_{number}": first for number, first in enumerate(firsts)}

    def up_to_now(self, bounds: Iterable[Any], past: bool) -> list[Any]:
        """Return bounds, each at most the end of now if only the past counts.

        Two upper bounds in one statement would have SQLite walk from the wrong one.
        """
        if not past:
            return list(bounds)
        step = timedelta(microseconds=1) if self.has_time else timedelta(days=1)
        end = self.now() + step
        return [min(bound, end) for bound in bounds]


def limited(source: Select[Any], limits: Sequence[tuple[str, Any]]) -> Select[Any]:
    """Return a statement limited by date; it runs as one made once for its source.

    :param limits: pairs of a lookup (an attribute, alone or with ``__gte``, ``__gt``,
        ``__lte`` or ``__lt``) and its value.
    """
    found = source.where(*_criteria(source, limits))
    if not all(isinstance(value, date) for _, value in limits):
        return found  # NULL or an expression, which no parameter stands for

    def build(source: Select[Any]) -> Select[Any]:
        names = enumerate(name for name, _ in limits)
        bounds: Any = [(name, bindparam(f"date_{n}")) for n, name in names]
        return source.where(*_criteria(source, bounds))

    made = derived(source, ("limited", *(name for name, _ in limits)), build)
    return bind(found, made, {f"date_{n}": v for n, (_, v) in enumerate(limits)})  # type: ignore[no-any-return]


def _criteria(source: Any, limits: Iterable[tuple[str, Any]]) -> Iterator[Any]:
    model = entity_of(source)
    for lookup, value in limits:
        name, _, operator = lookup.partition("__")
        yield _LOOKUPS[operator](getattr(model, name), value)


# --- what an archive page asks of its rows -----------------------------------------


def probe(
    dates: DateColumn, source: Select[Any], starts: int, spans: int, past: bool
) -> Any:
    """Return the statement that tells of each of so many intervals if it has rows.

    Parameters ``start_0`` to ``start_<starts>``, and those of :func:`around`.
    """

    def build(source: Select[Any]) -> Select[Any]:
        column = _column(dates, source)
        one: Any = literal_column("1")
        bounds: list[Any] = [bindparam(f"start_{n}") for n in range(starts + 1)]
        found = [
            exists(_only(source, one, column >= low, column < high))
            for low, high in pairwise(bounds)
        ]
        columns: list[Any] = [*found, *_around(dates, source, spans, past)]
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
    """Return the statement whose rows hold values of all intervals with rows.

    The first and the last stored value of each group: of an hour, a month or a
    year, of which at most two intervals of the reader's can be part. Then, in
    each row, the columns of :func:`around`, which come from ``source``.
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
    found: Any = without_loaders(rows).order_by(None).where(column.is_not(None))
    found = found.with_only_columns(*values, maintain_column_froms=True)
    grouped: Select[Any] = found.group_by(*(extract(f, column) for f in fields))
    return grouped


def around(dates: DateColumn, source: Select[Any], spans: int, past: bool) -> Any:
    """Return the statement for the nearest values before and after each span.

    Parameters ``before_0``, ``after_0``, … and ``now`` if ``past``.
    """

    def build(source: Select[Any]) -> Select[Any]:
        return select(*_around(dates, source, spans, past))

    return derived(source, ("around", dates.name, spans, past), build)


def _only(source: Select[Any], value: Any, *where: Any) -> Any:
    """Return the statement of one value of those rows that meet the criteria."""
    found = without_loaders(source).order_by(None)
    found = found.with_only_columns(value, maintain_column_froms=True)
    return found.where(*where).correlate(None)


def _around(
    dates: DateColumn, source: Select[Any], spans: int, past: bool
) -> list[ColumnElement[Any]]:
    column = _column(dates, source)
    found: list[ColumnElement[Any]] = []
    for number in range(spans):
        before = column < bindparam(f"before_{number}")
        after = [column >= bindparam(f"after_{number}")]
        after += [column <= bindparam("now")] if past else []
        found += [
            _only(source, func.max(column), before).scalar_subquery(),
            _only(source, func.min(column), *after).scalar_subquery(),
        ]
    return found


def _column(dates: DateColumn, source: Select[Any]) -> Any:
    return getattr(entity_of(source), dates.name)
