"""Read the texts of PostgreSQL's ranges: ``[1,10)``, ``(,2024-01-31]``, ``empty``.

Django: ``RangeField`` of ``django.contrib.postgres``.
"""

from __future__ import annotations

import re
from datetime import date
from datetime import timedelta
from importlib import import_module
from typing import Any

from sqlalchemy import BigInteger
from sqlalchemy import Date
from sqlalchemy import DateTime
from sqlalchemy import Integer
from sqlalchemy import Numeric
from sqlalchemy.types import TypeEngine

from .values import converted

#: The type of the bounds of each range type, by ``__visit_name__``.
RANGES: dict[str, TypeEngine[Any]] = {
    "INT4RANGE": Integer(),
    "INT8RANGE": BigInteger(),
    "NUMRANGE": Numeric(),
    "DATERANGE": Date(),
    "TSRANGE": DateTime(),
    "TSTZRANGE": DateTime(timezone=True),
}
#: The steps of the types whose ranges PostgreSQL rewrites to ``[…)``.
_STEPS: dict[type, Any] = {int: 1, date: timedelta(1)}
_RANGE = r'([\[(])\s*"?([^",]*?)"?\s*,\s*"?([^",]*?)"?\s*([\])])'


def is_range(type_: TypeEngine[Any]) -> bool:
    """Tell whether a type is one of PostgreSQL's ranges."""
    return type_.__visit_name__ in RANGES


def range_of(type_: TypeEngine[Any], value: Any) -> Any:
    """Return the range that a text stands for.

    :param type_: a range type, or the multirange type of such ranges.
    :param value: a text, or a range.
    :raises ValueError: for another text, and for bounds the column cannot hold.
    """
    # No import at the top: it would make the start of every application slower. An
    # application with such a column has loaded the module.
    make = import_module("sqlalchemy.dialects.postgresql").Range
    text = str(value).strip()
    if text == "empty":
        return make(empty=True)
    match = re.fullmatch(_RANGE, text)
    if match is None:
        raise ValueError("no range")
    name = str(type_.__visit_name__).replace("MULTIRANGE", "RANGE")
    low, high = (_bound(RANGES[name], match[n]) for n in (2, 3))
    if low is not None and high is not None and low > high:
        raise ValueError("the ends are in the wrong order")
    if high is not None and match[4] == "]" and type(high) in _STEPS:
        _check_next(RANGES[name], high)
    return make(low, high, bounds=match[1] + match[4])


def _check_next(type_: TypeEngine[Any], high: Any) -> None:
    """Refuse an end after which there is no value: PostgreSQL would store that one."""
    try:
        converted(type_, high + _STEPS[type(high)])
    except OverflowError:
        raise ValueError("beyond the calendar") from None


def _bound(type_: TypeEngine[Any], text: str) -> Any:
    """Return one end of a range; None for an open one."""
    if not text:
        return None
    value = converted(type_, text)
    aware = getattr(value, "tzinfo", None) is not None
    if aware is not bool(getattr(type_, "timezone", False)):
        raise ValueError("with a time zone, or without")
    return value
