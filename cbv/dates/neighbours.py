"""The nearest dates with rows before and after the period that a page is about.

An archive page links to the next and the previous year, month, week or day. Without
``allow_empty``, that is the nearest one with rows, which one statement finds for all
periods of the page. The view keeps the values in ``_nearest`` until its hooks
(``get_next_month`` and the like) read them.

Django: ``_get_next_prev`` of ``django.views.generic.dates``.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from datetime import timedelta
from typing import Any

from flask import abort
from sqlalchemy import Select

from ..db import reading
from ..db.statements import checked
from ..db.statements import entity_of
from ..db.statements import finished
from ..exceptions import misconfigured
from ..views.base import View
from .columns import around
from .periods import Period
from .periods import Span
from .periods import span_of


def span_at(view: View, period: Period, day: date) -> Span:
    """Return the interval that contains a day, or answer 404 at the calendar's ends."""
    try:
        return span_of(period, day)
    except ValueError:
        abort(404, description="The calendar ends here.")


def neighbour(view: Any, period: Period, day: date, *, forward: bool) -> date | None:
    """Return the first day of the next or previous interval that a page may link to.

    :param day: a day in the interval that the page is about.
    :param forward: True for the next interval, False for the previous one.
    :returns: None if there is no such interval, or if its page would be a 404.
    """
    span = span_at(view, period, day)
    if view.get_allow_empty():
        start = span.end if forward else period.start(span.start - timedelta(days=1))
        is_shown = view.get_allow_future() or start <= view._dates.today()
        return start if is_shown else None
    if span not in view._nearest:
        look_around(view, [span])
    return start_of(view, period, view._nearest[span][forward])


def look_around(view: Any, spans: Iterable[Span]) -> None:
    """Load the stored values nearest to each span, in one statement."""
    spans = list(spans)
    column, past = view._dates, not view.get_allow_future()
    source = date_source(view, view.get_queryset())
    statement = around(column, source, len(spans), past)
    remember(view, spans, reading.rows(statement, column.values(spans, past))[0])


def remember(view: Any, spans: Iterable[Span], values: Iterable[Any]) -> None:
    """Keep the nearest stored values of each span on the view, for its hooks.

    :param values: two for each span: the value before it and the value after it, None
        for no value.
    """
    pairs = iter(values)
    view._nearest.update((span, (next(pairs), next(pairs))) for span in spans)


def start_of(view: Any, period: Period, value: Any) -> date | None:
    """Return the first day of the interval that contains a stored value.

    :returns: None for no value, and at the ends of the calendar, whose pages are 404.
    """
    if value is None:
        return None
    try:
        return span_of(period, view._dates.day_of(value)).start
    except ValueError:
        return None


def date_source(view: Any, queryset: Any) -> Select[Any]:
    """Return the statement behind a date view's query source, limited to its scope.

    :param queryset: what the hook ``get_queryset`` returned.
    :raises ImproperlyConfigured: for a sequence, or for rows of several columns.
    """
    statement = finished(view, checked(view, queryset), getattr(view, "scope", None))
    if isinstance(statement, Select) and entity_of(statement) is not None:
        return statement
    problem = "looks for dates in what is no statement that selects one mapped class"
    raise misconfigured(view, problem, "return select(Model)", "set model")
