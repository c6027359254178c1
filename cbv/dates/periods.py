"""Years, months, weeks and days: the one table of periods, and dates read from a URL.

Django spreads this over four mixins and ``strptime``. Names of months are English
whatever the process's locale is, digits are ASCII. Pure: no request, no database.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from collections.abc import Iterable
from collections.abc import Mapping
from contextlib import suppress
from datetime import date
from datetime import timedelta
from functools import lru_cache
from typing import NamedTuple

MONTHS = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
]

_DAY = timedelta(days=1)


class Period(NamedTuple):
    """A kind of interval in the calendar."""

    name: str
    #: Returns the first day of the interval that a day lies in.
    start: Callable[[date], date]
    #: Returns the first day of the interval after the one that starts on a day.
    following: Callable[[date], date]
    #: What stored values are grouped by when all such intervals are looked for.
    fields: tuple[str, ...]


class Span(NamedTuple):
    """One interval: its first day, and the first day after it."""

    start: date
    end: date


def _week(first_weekday: int) -> Period:
    def start(day: date) -> date:
        return day - timedelta(days=(day.weekday() - first_weekday) % 7)

    return Period("week", start, lambda day: day + 7 * _DAY, _EVERY_DAY)


_EVERY_DAY = ("year", "month", "day")
_MONDAY, _SUNDAY = 0, 6

#: By the name that Django's ``date_list_period`` gives them.
PERIODS: Mapping[str, Period] = {
    "year": Period(
        "year",
        lambda day: day.replace(month=1, day=1),
        lambda day: day.replace(year=day.year + 1),
        ("year",),
    ),
    "month": Period(
        "month",
        lambda day: day.replace(day=1),
        lambda day: (day + 31 * _DAY).replace(day=1),
        ("year", "month"),
    ),
    "week": _week(_MONDAY),
    "day": Period("day", lambda day: day, lambda day: day + _DAY, _EVERY_DAY),
}

#: What a week is, by the directive that numbers it.
WEEKS: Mapping[str, Period] = {
    "%U": _week(_SUNDAY),
    "%W": PERIODS["week"],
    "%V": PERIODS["week"],
}


@lru_cache(maxsize=1024)
def span_of(period: Period, day: date) -> Span:
    """Return the interval that a day lies in.

    :raises ValueError: at the ends of the calendar, where there is no day before or
        after it.
    """
    try:
        start = period.start(day)
        _ = start - _DAY
        return Span(start, period.following(start))
    except OverflowError as error:
        raise ValueError("beyond the calendar") from error


@lru_cache(maxsize=1024)
def starts_between(period: Period, span: Span) -> tuple[date, ...]:
    """Return the first days of all intervals that touch a span, in order."""
    starts: list[date] = []
    day = span.start
    with suppress(ValueError, OverflowError):  # the end of the calendar
        while day < span.end:
            starts.append(period.start(day))
            day = period.following(starts[-1])
    return tuple(starts)


# --- a date from texts ------------------------------------------------------------

_TWO_DIGITS = "[0-9]{1,2}"
_NAMES: Mapping[str, list[str]] = {
    "%b": [name[:3].lower() for name in MONTHS],
    "%B": [name.lower() for name in MONTHS],
}
_PATTERNS: Mapping[str, str] = {
    "%Y": "[0-9]{4}",
    "%G": "[0-9]{4}",
    "%y": "[0-9]{2}",
    **dict.fromkeys(("%m", "%d", "%U", "%W", "%V"), _TWO_DIGITS),
    **{directive: "|".join(names) for directive, names in _NAMES.items()},
}


class UnknownDirective(LookupError):
    """A format has a directive that dates in URLs cannot have."""


@lru_cache(maxsize=64)
def _compiled(format_: str) -> tuple[re.Pattern[str], tuple[str, ...]]:
    """Return the pattern of a format, and the directives of its groups."""
    pattern, directives = "", []
    for piece in re.findall(r"%.?|[^%]+", format_, re.DOTALL):
        if piece in _PATTERNS:
            pattern += f"({_PATTERNS[piece]})"
            directives.append(piece)
        elif piece == "%%" or not piece.startswith("%"):
            pattern += re.escape("%" if piece == "%%" else piece)
        else:
            raise UnknownDirective(piece)
    return re.compile(pattern, re.IGNORECASE | re.ASCII), tuple(directives)


def check_format(format_: str) -> None:
    """Refuse a format that no date in a URL could be read by.

    :raises UnknownDirective: naming its directive.
    """
    _compiled(format_)


def date_of(parts: Iterable[tuple[object, str]]) -> date:
    """Return the date that texts stand for, each read by its own format.

    :param parts: pairs of a text (or number) and a format in ``strptime``'s syntax.
    :raises ValueError: for a text that does not fit, or a day that does not exist.
    :raises UnknownDirective: for a format with a directive that is not supported.
    """
    found: dict[str, int] = {}
    for value, format_ in parts:
        pattern, directives = _compiled(format_)
        match = pattern.fullmatch(str(value))
        if match is None:
            raise ValueError(f"{str(value)!r} does not fit {format_!r}")
        for directive, text in zip(directives, match.groups(), strict=True):
            found[directive] = _number(directive, text)
    return _date(found)


def _number(directive: str, text: str) -> int:
    names = _NAMES.get(directive)
    return int(text) if names is None else names.index(text.lower()) + 1


def _date(found: Mapping[str, int]) -> date:
    if "%V" in found:
        return date.fromisocalendar(found["%G"], found["%V"], 1)
    year = found.get("%Y", _century(found.get("%y", 0)))
    for directive in ("%U", "%W"):
        if directive in found:
            return _first_of_week(WEEKS[directive], year, found[directive])
    month = next((found[d] for d in ("%m", "%b", "%B") if d in found), 1)
    return date(year, month, found.get("%d", 1))


def _century(year: int) -> int:
    """Return the year that two digits stand for (POSIX: 69 to 99 are the 1900s)."""
    return year + (1900 if year >= 69 else 2000)


def _first_of_week(week: Period, year: int, number: int) -> date:
    """Return the first day of a week; week 0 is the one that the year begins in."""
    if number > 53:
        raise ValueError("no year has so many weeks")
    try:
        start = week.start(date(year, 1, 1))
        first = start.year == year  # as in strptime, such a year's week 0 is week 1
        return start + timedelta(weeks=max(number - first, 0))
    except OverflowError as error:
        raise ValueError("beyond the calendar") from error


def format_date(value: date, format_: str) -> str:
    """Return a date as text, with English names of months in every locale.

    ``strftime`` would follow the process's locale, and a link made with it would lead
    to a page that cannot read it.

    :param format_: in ``strftime``'s syntax.

    Since 0.1. Django: the template filter ``date``.
    """
    month = MONTHS[value.month - 1]
    texts = {"%Y": f"{value.year:04}", "%B": month, "%b": month[:3]}
    pieces = re.findall(r"%.?|[^%]+", format_, re.DOTALL)
    return "".join(
        texts.get(piece) or (value.strftime(piece) if piece[0] == "%" else piece)
        for piece in pieces
    )
