"""Dates and times as Django's templates write them.

Django: ``date``, ``time``, ``timesince`` and ``timeuntil``.
"""

from __future__ import annotations

import re
from calendar import isleap
from calendar import monthrange
from collections.abc import Callable
from datetime import date as day
from datetime import datetime
from datetime import time as clock
from datetime import UTC
from typing import Any
from zoneinfo import ZoneInfo

from flask import current_app

#: Django's formats for English; change them to yours.
FORMATS = {
    "DATE_FORMAT": "N j, Y",
    "DATETIME_FORMAT": "N j, Y, P",
    "TIME_FORMAT": "P",
    "SHORT_DATE_FORMAT": "m/d/Y",
    "SHORT_DATETIME_FORMAT": "m/d/Y P",
    "YEAR_MONTH_FORMAT": "F Y",
    "MONTH_DAY_FORMAT": "F j",
}
_MONTHS = [
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
_AP_MONTHS = [
    "Jan.",
    "Feb.",
    "March",
    "April",
    "May",
    "June",
    "July",
    "Aug.",
    "Sept.",
    "Oct.",
    "Nov.",
    "Dec.",
]
_DAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]


def now() -> datetime:
    """Return the time in the zone of the settings."""
    moment: datetime = _local(datetime.now(UTC))
    return moment


def _local(value: Any) -> Any:
    """Return a moment in the zone of the settings; a naive one is stored in UTC."""
    zone = current_app.config.get("CBV_TIMEZONE") if current_app else None
    if not isinstance(value, datetime) or zone is None:
        return value
    if value.tzinfo is None:
        value = value.replace(tzinfo=UTC)
    return value.astimezone(ZoneInfo(str(zone)))


def date(value: Any, style: str = "DATE_FORMAT") -> str:
    """Write a date, a time or both by Django's letters, or by the name of a format."""
    if not isinstance(value, (day, clock)):
        return ""
    moment, style = _local(value), FORMATS.get(style, style)
    return re.sub(r"\\(.)|([a-zA-Z])", lambda m: _letter(m, moment), style)


def time(value: Any, style: str = "TIME_FORMAT") -> str:
    """Write a time by Django's letters."""
    return date(value, style)


def _letter(found: re.Match[str], moment: Any) -> str:
    """Write one letter of a format; a letter that Django does not know stays."""
    if found[1]:
        return found[1]
    write = _LETTERS.get(found[2])
    return found[2] if write is None else str(write(moment))


def ordinal_suffix(number: int) -> str:
    """Return what stands behind a number: st, nd, rd or th."""
    if number % 100 in (11, 12, 13):
        return "th"
    return {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")


def _hour(moment: Any) -> int:
    return moment.hour % 12 or 12


def _short_time(moment: Any) -> str:
    return (
        f"{_hour(moment)}:{moment.minute:02}" if moment.minute else str(_hour(moment))
    )


def _ap_time(moment: Any) -> str:
    if moment.minute == 0 and moment.hour in (0, 12):
        return "noon" if moment.hour else "midnight"
    return f"{_short_time(moment)} {'p.m.' if moment.hour > 11 else 'a.m.'}"


#: What each letter of a format writes of a moment.
_LETTERS: dict[str, Callable[[Any], Any]] = {
    "a": lambda m: "p.m." if m.hour > 11 else "a.m.",
    "A": lambda m: "PM" if m.hour > 11 else "AM",
    "b": lambda m: _MONTHS[m.month - 1][:3].lower(),
    "c": lambda m: m.isoformat(),
    "d": lambda m: f"{m.day:02}",
    "D": lambda m: _DAYS[m.weekday()][:3],
    "e": lambda m: m.tzname() or "",
    "E": lambda m: _MONTHS[m.month - 1],
    "f": _short_time,
    "F": lambda m: _MONTHS[m.month - 1],
    "g": _hour,
    "G": lambda m: m.hour,
    "h": lambda m: f"{_hour(m):02}",
    "H": lambda m: f"{m.hour:02}",
    "i": lambda m: f"{m.minute:02}",
    "j": lambda m: m.day,
    "l": lambda m: _DAYS[m.weekday()],
    "L": lambda m: isleap(m.year),
    "m": lambda m: f"{m.month:02}",
    "M": lambda m: _MONTHS[m.month - 1][:3],
    "n": lambda m: m.month,
    "N": lambda m: _AP_MONTHS[m.month - 1],
    "o": lambda m: m.isocalendar()[0],
    "O": lambda m: m.strftime("%z"),
    "P": _ap_time,
    "r": lambda m: m.strftime("%a, %d %b %Y %H:%M:%S ") + (m.strftime("%z") or "+0000"),
    "s": lambda m: f"{m.second:02}",
    "S": lambda m: ordinal_suffix(m.day),
    "t": lambda m: monthrange(m.year, m.month)[1],
    "T": lambda m: m.tzname() or "",
    "u": lambda m: f"{m.microsecond:06}",
    "U": lambda m: int(m.timestamp()),
    "w": lambda m: m.isoweekday() % 7,
    "W": lambda m: m.isocalendar()[1],
    "y": lambda m: f"{m.year % 100:02}",
    "Y": lambda m: f"{m.year:04}",
    "z": lambda m: m.timetuple().tm_yday,
    "Z": lambda m: int(m.utcoffset().total_seconds()) if m.utcoffset() else 0,
}


def timesince(value: Any, until: Any = None) -> str:
    """Say how long ago something was, in two units at most."""
    return _span(value, until or datetime.now(UTC))


def timeuntil(value: Any, since: Any = None) -> str:
    """Say in how long something will be."""
    return _span(since or datetime.now(UTC), value)


def _span(start: Any, end: Any) -> str:
    first, last = _moment(start), _moment(end)
    if first is None or last is None:
        return ""
    months = max(0, (last.year - first.year) * 12 + last.month - first.month)
    if months and _months_after(first, months) > last:
        months -= 1
    rest = int((last - _months_after(first, months)).total_seconds())
    counts = [months // 12, months % 12]
    for size in (604800, 86400, 3600, 60):
        counts.append(max(0, rest) // size)
        rest -= counts[-1] * size
    return _in_words(counts)


def _in_words(counts: list[int]) -> str:
    """Name the first unit that counts, and the next smaller one if it does."""
    names = ("year", "month", "week", "day", "hour", "minute")
    first = next((n for n, count in enumerate(counts) if count), len(counts) - 1)
    pairs = list(zip(counts, names, strict=True))[first : first + 2]
    said = [f"{n}\xa0{name}{'' if n == 1 else 's'}" for n, name in pairs]
    return (
        ", ".join(text for (n, _), text in zip(pairs, said, strict=True) if n)
        or said[0]
    )


def _months_after(start: datetime, months: int) -> datetime:
    month = start.month - 1 + months
    year, month = start.year + month // 12, month % 12 + 1
    last = monthrange(year, month)[1]
    return start.replace(year=year, month=month, day=min(start.day, last))


def _moment(value: Any) -> datetime | None:
    if isinstance(value, day) and not isinstance(value, datetime):
        value = datetime(value.year, value.month, value.day)
    if not isinstance(value, datetime):
        return None
    return value.replace(tzinfo=value.tzinfo or UTC)
