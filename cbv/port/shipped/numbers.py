"""Django's filters for numbers, and for choosing by a value."""

from __future__ import annotations

import re
from decimal import Decimal
from decimal import ROUND_HALF_UP
from typing import Any
from typing import NamedTuple

from jinja2 import Undefined
from markupsafe import Markup

from .dates import ordinal_suffix


def add(value: Any, other: Any) -> Any:
    """Add whole numbers; else put one text or list behind the other."""
    try:
        return int(value) + int(other)
    except (TypeError, ValueError):
        try:
            return value + other
        except TypeError:
            return ""


def floatformat(value: Any, style: Any = -1) -> str:
    """Round a number to so many places; a negative number leaves out zeros."""
    try:
        number, places = Decimal(str(value)), int(str(style).strip("gu"))
    except (ArithmeticError, ValueError):
        return ""
    if places < 0 and number == number.to_integral_value():
        places = 0
    rounded = number.quantize(Decimal(1).scaleb(-abs(places)), ROUND_HALF_UP)
    return f"{rounded:,f}" if "g" in str(style) else f"{rounded:f}"


def filesize(value: Any) -> str:
    """Write a number of bytes for people. Django: ``filesizeformat``."""
    try:
        size = float(value)
    except (TypeError, ValueError, UnicodeDecodeError):
        return "0\xa0bytes"
    if abs(size) < 1024:
        return f"{size:.0f}\xa0byte{'' if size == 1 else 's'}"
    unit = 0
    while abs(size) >= 1024 and unit < 5:
        size, unit = size / 1024, unit + 1
    return f"{size:.1f}\xa0{('', 'KB', 'MB', 'GB', 'TB', 'PB')[unit]}"


def get_digit(value: Any, place: Any) -> Any:
    """Return a digit, counted from the right."""
    try:
        return int(str(int(value))[-int(place)]) if int(place) > 0 else value
    except (TypeError, ValueError):
        return value
    except IndexError:
        return 0


def intcomma(value: Any) -> str:
    """Write a number with commas between thousands. Django: humanize."""
    return re.sub(r"(?<=\d)(?=(\d{3})+(?!\d))(?<!\.)", ",", str(value))


def ordinal(value: Any) -> str:
    """Write 1st, 2nd, 3rd. Django: humanize."""
    return f"{value}{ordinal_suffix(int(value))}"


def apnumber(value: Any) -> str:
    """Write a number up to nine as a word. Django: humanize."""
    names = ["one", "two", "three", "four", "five", "six", "seven", "eight", "nine"]
    return names[int(value) - 1] if 0 < int(value) < 10 else str(value)


def pluralize(value: Any, endings: str = "s") -> str:
    """Return the ending for one, or for several."""
    one, _, many = endings.rpartition(",")
    try:
        is_one = float(value) == 1
    except (TypeError, ValueError):
        if not hasattr(value, "__len__"):
            return ""
        is_one = len(value) == 1
    return one if is_one else many


def yesno(value: Any, words: str = "yes,no,maybe") -> Any:
    """Return a word for true, false and None."""
    found = words.split(",")
    if len(found) < 2:
        return value
    if value is None or isinstance(value, Undefined):
        return found[2] if len(found) > 2 else found[1]
    return found[0] if value else found[1]


def widthratio(value: Any, largest: Any, width: Any) -> str:
    """Scale a number to the width of a picture."""
    try:
        return str(round(float(value) / float(largest) * float(width)))
    except (TypeError, ValueError, ZeroDivisionError):
        return "0"


def default_if_none(value: Any, instead: Any) -> Any:
    """Return another value in the place of None."""
    return instead if value is None else value


def called(value: Any) -> Any:
    """Call what can be called, as Django's templates do by themselves."""
    return value() if callable(value) else value


def errorlist(errors: Any) -> Markup:
    """Write the errors of a form or a field as a list."""
    texts = errors.values() if isinstance(errors, dict) else errors or ()
    items = Markup().join(
        Markup("<li>{}</li>").format(
            text if isinstance(text, str) else " ".join(map(str, text))
        )
        for text in texts
    )
    return Markup('<ul class="errorlist">{}</ul>').format(items) if items else items


class Group(NamedTuple):
    """Rows that stand together and have one value in common."""

    grouper: Any
    list: Any


def regroup(rows: Any, attribute: str) -> list[Group]:
    """Part rows where a value changes, in the order in which they come."""
    groups: list[Group] = []
    for row in rows:
        common = row
        for name in attribute.split("."):
            common = common[name] if isinstance(common, dict) else getattr(common, name)
        common = called(common)
        if not groups or groups[-1].grouper != common:
            groups.append(Group(common, []))
        groups[-1].list.append(row)
    return groups
