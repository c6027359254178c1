"""Convert a value from outside to the Python type of a plain column type.

The rules of :func:`cbv.db.column_types.coerce`, for types without a TypeDecorator. No
session, no mapper. Django: the ``to_python`` methods of its fields.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable
from datetime import date
from datetime import datetime
from datetime import time
from datetime import timedelta
from decimal import Decimal
from enum import Enum as PythonEnum
from math import isfinite
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger
from sqlalchemy import Boolean
from sqlalchemy import Float
from sqlalchemy import Integer
from sqlalchemy import Numeric
from sqlalchemy import SmallInteger
from sqlalchemy import String
from sqlalchemy import Uuid
from sqlalchemy.types import TypeEngine

_INTEGER = r"0|-?[1-9][0-9]{0,18}"
_DECIMAL = r"-?[0-9]{1,40}(?:\.[0-9]{1,40})?"
_DURATION = (
    r"(?:(?P<days>-?[0-9]{1,6})(?: days?)?(?:,? |$))?"
    r"(?:(?P<sign>-?)(?P<hours>[0-9]{1,6}):(?P<minutes>[0-5]?[0-9])"
    r"(?::(?P<seconds>[0-5]?[0-9](?:\.[0-9]{1,6})?))?)?"
)
#: The longest duration. SQLite stores an interval as a date and time counted from 1970,
#: which must not be after the year 9999.
_LONGEST = timedelta(days=700_000)
_MAC = r"[0-9a-fA-F]{2}(?:([:-])[0-9a-fA-F]{2})(?:\1[0-9a-fA-F]{2}){4,6}"
_UUID = r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"


def integer_range(type_: TypeEngine[Any]) -> tuple[int, int]:
    """Return the least and greatest integer that a type can store on every database."""
    bits = 15 if isinstance(type_, SmallInteger) else 31
    if isinstance(type_, BigInteger):
        bits = 63
    return -(1 << bits), (1 << bits) - 1


def enum_members(type_: Any) -> dict[str, Any]:
    """Return the values of an Enum type in Python, by the text stored in the database.

    :param type_: SQLAlchemy's ``Enum``, of texts or of a Python enum class.
    """
    if type_.enum_class is None:
        return {text: text for text in type_.enums}
    return dict(zip(type_.enums, type_.enum_class, strict=True))


def converted(type_: TypeEngine[Any], value: Any) -> Any:
    """Return a value as the Python type of a column type that is no TypeDecorator.

    :raises ValueError: when a column of the type can never hold the value.
    """
    for kind, convert in _CONVERTERS:
        if isinstance(type_, kind):
            return convert(type_, value)
    if isinstance(type_, String):
        return _text(type_, value)
    return _by_python_type(type_, value)


def reads_text_of(type_: TypeEngine[Any]) -> bool:
    """Tell whether :func:`converted` finds values of a type in texts people write."""
    if isinstance(type_, (String, *(kind for kind, _ in _CONVERTERS))):
        return True
    return python_type_of(type_) in _READ


def python_type_of(type_: Any) -> Any:
    """Return the Python type that a column type declares; None where it does not."""
    try:
        python_type = type_.python_type
    except (AttributeError, NotImplementedError):
        return None
    return None if python_type is object else python_type


def _integer(type_: TypeEngine[Any], value: Any) -> int:
    if isinstance(value, str) and re.fullmatch(_INTEGER, value):
        value = int(value)
    low, high = integer_range(type_)
    if isinstance(value, bool) or not isinstance(value, int):
        raise ValueError("not an integer")
    if not low <= value <= high:
        raise ValueError("beyond the column's range")
    return value


def _uuid(type_: Uuid[Any], value: Any) -> UUID | str:
    if isinstance(value, str) and re.fullmatch(_UUID, value):
        value = UUID(value)
    if not isinstance(value, UUID):
        raise ValueError("not a UUID")
    return value if type_.as_uuid else str(value)


def _boolean(type_: TypeEngine[Any], value: Any) -> bool:
    booleans = {True: True, False: False, "true": True, "false": False, "1": True}
    booleans["0"] = False
    if not isinstance(value, (bool, str)) or value not in booleans:
        raise ValueError("not a boolean")
    return booleans[value]


def _text(type_: String, value: Any) -> Any:
    enum = getattr(type_, "enums", None)
    if enum is not None:
        return _choice(type_, value)
    if not isinstance(value, str):
        value = str(value)
    if "\0" in value or (type_.length is not None and len(value) > type_.length):
        raise ValueError("no text of this column")
    value.encode()  # a lone surrogate is a UnicodeEncodeError, which is a ValueError
    return value


def _choice(type_: Any, value: Any) -> Any:
    enum_class = type_.enum_class
    if enum_class is not None and isinstance(value, enum_class):
        return value
    members = enum_members(type_)
    if isinstance(value, PythonEnum) or value not in members:
        raise ValueError("not a choice")
    return members[value]


def _number(type_: Any, value: Any) -> Decimal | float:
    if isinstance(value, str) and re.fullmatch(_DECIMAL, value):
        value = Decimal(value)
    if isinstance(value, bool) or not isinstance(value, (int, float, Decimal)):
        raise ValueError("not a number")
    number = Decimal(str(value))
    if not number.is_finite():
        raise ValueError("not a number")
    if type_.precision is not None and type_.scale is not None:
        _check_digits(number.normalize(), type_.precision, type_.scale)
    if type_.python_type is Decimal:
        return number
    if not isfinite(float(number)):
        raise ValueError("beyond the range of a float")
    return float(number)


def _check_digits(number: Decimal, precision: int, scale: int) -> None:
    """Refuse a number with more digits before or behind the point than there are."""
    before, behind = number.adjusted() + 1, -int(number.as_tuple().exponent)
    if number and (before > precision - scale or behind > scale):
        raise ValueError("beyond the column's range")


def duration(text: str) -> timedelta:
    """Return the duration that a text stands for: ``12:30:00`` or ``1 day, 0:00:05``.

    :raises ValueError: for any other text, and for one that is longer than a calendar.
    """
    match = re.fullmatch(_DURATION, text)
    if not match or not any(match.groupdict().values()):
        raise ValueError("no duration")
    parts = {
        name: float(match[name] or 0)
        for name in ("days", "hours", "minutes", "seconds")
    }
    days = timedelta(days=parts.pop("days"))
    value = days + timedelta(**parts) * (-1 if match["sign"] else 1)
    if abs(value) > _LONGEST:
        raise ValueError("longer than any calendar")
    return value


def _written_duration(text: str) -> timedelta:
    """Return a duration from the one text that Python writes for it."""
    value = duration(text)
    if str(value) != text:
        raise ValueError("another spelling")
    return value


_TEXT_TO: dict[Any, Callable[[str], Any]] = {
    date: date.fromisoformat,
    datetime: datetime.fromisoformat,
    time: time.fromisoformat,
    timedelta: _written_duration,
    bytes: lambda text: text.encode(),
}
#: The types of values whose texts a list can be filtered by.
_READ = (date, datetime, time)


def _by_python_type(type_: TypeEngine[Any], value: Any) -> Any:
    convert = _BY_NAME.get(str(type_.__visit_name__))
    if convert is not None:
        return convert(str(value))
    python_type = python_type_of(type_)
    if python_type is None or isinstance(value, python_type):
        return value
    convert = _TEXT_TO.get(python_type)
    if convert is None or not isinstance(value, str) or not value.isascii():
        raise ValueError("not a value of this column")
    return convert(value)


def _address(text: str) -> str:
    parse = ipaddress.ip_interface if "/" in text else ipaddress.ip_address
    return str(parse(text))


def _network(text: str) -> str:
    return str(ipaddress.ip_network(text))


def _mac(text: str) -> str:
    if not re.fullmatch(_MAC, text):
        raise ValueError("no hardware address")
    return text


_CONVERTERS: tuple[tuple[type, Callable[[Any, Any], Any]], ...] = (
    (Boolean, _boolean),
    (Float, _number),
    (Integer, _integer),
    (Numeric, _number),
    (Uuid, _uuid),
)
#: The converters for PostgreSQL's own types, by ``__visit_name__``: to import the
#: classes would make the start of every application slower.
_BY_NAME: dict[str, Callable[[str], Any]] = {
    "INET": _address,
    "CIDR": _network,
    "MACADDR": _mac,
    "MACADDR8": _mac,
}
