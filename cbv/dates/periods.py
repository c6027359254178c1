"""Calendar arithmetic: years, months, weeks and days, and dates read from URL values.

Django spreads this over four mixins and ``strptime``. Here names of months are English
in every locale, and only ASCII digits are accepted. No function needs a request or the
database.
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

WEEKDAYS = [
    "Monday",
    "Tuesday",
    "Wednesday",
    "Thursday",
    "Friday",
    "Saturday",
    "Sunday",
]

_DAY = timedelta(days=1)


class Period(NamedTuple):
    """A kind of calendar interval: the year, the month, the week or the day."""

    name: str
    #: Returns the first day of the interval that contains a day.
    start: Callable[[date], date]
    #: Takes the first day of an interval and returns the first day of the next one.
    following: Callable[[date], date]
    #: The fields of SQL's EXTRACT by which stored values are grouped.
    fields: tuple[str, ...]


class Span(NamedTuple):
    """One calendar interval: its first day, and the first day after it."""

    start: date
    end: date


def _week(first_weekday: int) -> Period:
    """Return the period of weeks that begin on this weekday (Monday is 0)."""

    def start(day: date) -> date:
        return day - timedelta(days=(day.weekday() - first_weekday) % 7)

    return Period("week", start, lambda day: day + 7 * _DAY, _EVERY_DAY)


_EVERY_DAY = ("year", "month", "day")
_MONDAY, _SUNDAY = 0, 6

#: The periods by the names that Django's ``date_list_period`` uses.
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

#: The kind of week by the ``strptime`` directive that numbers weeks.
WEEKS: Mapping[str, Period] = {
    "%U": _week(_SUNDAY),
    "%W": PERIODS["week"],
    "%V": PERIODS["week"],
}


@lru_cache(maxsize=1024)
def span_of(period: Period, day: date) -> Span:
    """Return the interval that contains a day.

    :raises ValueError: at the ends of the calendar (years 1 and 9999), if Python has no
        date before or after the interval.
    """
    try:
        start = period.start(day)
        _ = start - _DAY  # raises if Python has no date before the interval
        return Span(start, period.following(start))
    except OverflowError as error:
        raise ValueError("beyond the calendar") from error


@lru_cache(maxsize=1024)
def starts_between(period: Period, span: Span) -> tuple[date, ...]:
    """Return the first days of all intervals that overlap a span, in order."""
    starts: list[date] = []
    day = span.start
    with suppress(ValueError, OverflowError):  # the end of the calendar
        while day < span.end:
            starts.append(period.start(day))
            day = period.following(starts[-1])
    return tuple(starts)


# --- reading a date from texts ----------------------------------------------------

_TWO_DIGITS = "[0-9]{1,2}"
#: The pieces of a format: a directive, or the text between two of them.
_PIECES = re.compile(r"%.?|[^%]+", re.DOTALL)
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
    """Raised for a format with a directive that is not supported for dates in URLs."""


@lru_cache(maxsize=64)
def _compiled(format_: str) -> tuple[re.Pattern[str], tuple[str, ...]]:
    """Return the regular expression of a format, and the directive of each group."""
    pattern, directives = "", []
    for piece in _PIECES.findall(format_):
        if piece in _PATTERNS:
            pattern += f"({_PATTERNS[piece]})"
            directives.append(piece)
        elif piece == "%%" or not piece.startswith("%"):
            pattern += re.escape("%" if piece == "%%" else piece)
        else:
            raise UnknownDirective(piece)
    return re.compile(pattern, re.IGNORECASE | re.ASCII), tuple(directives)


def directives_of(format_: str) -> tuple[str, ...]:
    """Return the directives of a format, such as ``("%Y",)``.

    :raises UnknownDirective: naming the first directive that dates in URLs may not use.
    """
    return _compiled(format_)[1]


def date_of(parts: Iterable[tuple[object, str]]) -> date:
    """Read a date from the texts of its parts, such as a year and a month.

    A missing month is January, and a missing day is the first day.

    :param parts: pairs of a text (or number) and its format in ``strptime``'s syntax.
    :raises ValueError: if a text does not fit its format, or the day does not exist.
    :raises UnknownDirective: for a format with a directive that is not supported.
    """
    numbers: dict[str, int] = {}
    for value, format_ in parts:
        pattern, directives = _compiled(format_)
        match = pattern.fullmatch(str(value))
        if match is None:
            raise ValueError(f"{str(value)!r} does not fit {format_!r}")
        for directive, text in zip(directives, match.groups(), strict=True):
            numbers[directive] = _number(directive, text)
    return _date(numbers)


def _number(directive: str, text: str) -> int:
    """Return the number of a matched text; the name of a month becomes 1 to 12."""
    names = _NAMES.get(directive)
    return int(text) if names is None else names.index(text.lower()) + 1


def _date(numbers: Mapping[str, int]) -> date:
    """Return the first day that fits the numbers of these directives."""
    if "%V" in numbers:
        return date.fromisocalendar(numbers["%G"], numbers["%V"], 1)
    year = numbers.get("%Y", _full_year(numbers.get("%y", 0)))
    for directive in ("%U", "%W"):
        if directive in numbers:
            return _first_of_week(WEEKS[directive], year, numbers[directive])
    month = next((numbers[d] for d in ("%m", "%b", "%B") if d in numbers), 1)
    return date(year, month, numbers.get("%d", 1))


def _full_year(year: int) -> int:
    """Return the year that two digits mean (POSIX: 69 to 99 are 1969 to 1999)."""
    return year + (1900 if year >= 69 else 2000)


def _first_of_week(week: Period, year: int, number: int) -> date:
    """Return the first day of a numbered week, as ``strptime`` counts weeks.

    Week 0 contains January 1, unless January 1 begins a week: then that is week 1.
    """
    if number > 53:
        raise ValueError("no year has so many weeks")
    try:
        start = week.start(date(year, 1, 1))
        begins_with_week_1 = start.year == year
        return start + timedelta(weeks=max(number - begins_with_week_1, 0))
    except OverflowError as error:
        raise ValueError("beyond the calendar") from error


#: Directives that stand for several others, as the locale "C" writes them out.
_WRITTEN_OUT = {
    "%c": "%a %b %e %H:%M:%S %Y",
    "%x": "%m/%d/%y",
    "%X": "%H:%M:%S",
    "%r": "%I:%M:%S %p",
    "%h": "%b",
}


def format_date(value: date, format_: str) -> str:
    """Format a date as text, in English in every locale.

    ``strftime`` follows the locale of the process, but the archive views read English
    names only: a link built with ``strftime`` could lead to a 404.

    :param value: a date or a date-time.
    :param format_: the format in ``strftime``'s syntax.

    Since 0.1. Django: the template filter ``date``.
    """
    month, weekday = MONTHS[value.month - 1], WEEKDAYS[value.weekday()]
    texts = {
        "%Y": f"{value.year:04}",
        "%B": month,
        "%b": month[:3],
        "%A": weekday,
        "%a": weekday[:3],
        "%p": "PM" if getattr(value, "hour", 0) >= 12 else "AM",
    }
    written_out = "".join(_WRITTEN_OUT.get(p, p) for p in _PIECES.findall(format_))
    return "".join(
        texts.get(piece) or (value.strftime(piece) if piece[0] == "%" else piece)
        for piece in _PIECES.findall(written_out)
    )
