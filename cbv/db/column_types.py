"""Which values a column has, where its type is a TypeDecorator, and which it takes.

A decorator stores something else than what it hands out: a UUID in 32 characters, an
amount of money in a number. Its own processing decides about a value, on the dialect of
the column's database. Django: ``Field.to_python`` and ``Field.get_prep_value``.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable
from collections.abc import Iterator
from datetime import date
from datetime import datetime
from datetime import time
from datetime import timedelta
from datetime import UTC
from decimal import Decimal
from enum import Enum as PythonEnum
from functools import lru_cache
from functools import partial
from typing import Any

from sqlalchemy import Boolean
from sqlalchemy import Date
from sqlalchemy import DateTime
from sqlalchemy import Dialect
from sqlalchemy import Enum
from sqlalchemy import Float
from sqlalchemy import Integer
from sqlalchemy import Interval
from sqlalchemy import JSON
from sqlalchemy import LargeBinary
from sqlalchemy import Numeric
from sqlalchemy import String
from sqlalchemy import Time
from sqlalchemy import TypeDecorator
from sqlalchemy import Uuid
from sqlalchemy.engine.default import DefaultDialect
from sqlalchemy.types import TypeEngine
from sqlalchemy.types import UserDefinedType

from .ranges import is_range
from .ranges import range_of
from .session import dialect_of
from .values import converted
from .values import enum_members
from .values import python_type_of
from .values import reads_text_of

_MOMENT = datetime(2001, 2, 3, 4, 5, 6)
#: Values to try on a decorator, and the type whose columns have such values. Documents
#: come first: what takes them as texts would take a text as well.
_SAMPLES: list[tuple[Any, TypeEngine[Any]]] = [
    ({}, JSON()),
    ([], JSON()),
    ("a", String()),
    ("1", String()),
    (True, Boolean()),
    (1, Integer()),
    (Decimal(1), Numeric()),
    (1.0, Float()),
    (_MOMENT, DateTime()),
    (_MOMENT.replace(tzinfo=UTC), DateTime(timezone=True)),
    (_MOMENT.date(), Date()),
    (_MOMENT.time(), Time()),
    (timedelta(1), Interval()),
    (uuid.UUID(int=1), Uuid()),
    (b"a", LargeBinary()),
]
_DOCUMENTS = 2
#: The Python types that the values of SQLAlchemy's own types have.
_PLAIN = (str, int, float, Decimal, date, time, timedelta, uuid.UUID, bytes)
#: What a decorator raises that takes no value of a type, rather than not this value.
_NO_SUCH_TYPE = (AttributeError, TypeError)
_PROCESSING = ("process_bind_param", "process_result_value")
_ANY_DIALECT = DefaultDialect()


# --- the type that says what the values are ------------------------------------------


def stored_type(type_: TypeEngine[Any]) -> TypeEngine[Any]:
    """Return the type that the database sees: without the TypeDecorators around it.

    ``Interval`` is kept: SQLAlchemy makes it a TypeDecorator, although some databases
    have a native interval type.
    """
    while is_decorated(type_):
        type_ = type_.impl_instance  # type: ignore[attr-defined]
    return type_


class AsStored(TypeDecorator[Any]):
    """The type of what a decorator stores, on each dialect: no value is converted.

    :param decorator: the TypeDecorator of a column.
    """

    impl = String
    cache_ok = True

    def __init__(self, decorator: TypeDecorator[Any]) -> None:
        super().__init__()
        self.decorator = decorator
        self.impl = stored_type(decorator)  # type: ignore[assignment]

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Return the type that the decorator has on a dialect."""
        type_: Any = self.decorator
        while is_decorated(type_):
            type_ = type_.load_dialect_impl(dialect)
        return type_  # type: ignore[no-any-return]


def is_decorated(type_: Any) -> bool:
    """Tell whether a type is a TypeDecorator, which converts values by itself."""
    return isinstance(type_, TypeDecorator) and not isinstance(type_, Interval)


def plain_type(type_: TypeEngine[Any]) -> TypeEngine[Any]:
    """Return the type without TypeDecorators whose columns have the same values.

    For a decorator over ``CHAR(32)`` that hands out UUIDs it is ``Uuid``.

    :returns: the decorator itself, where it hands out objects of a class of its own.
    """
    if type_.__visit_name__ == "DOMAIN":  # PostgreSQL's name for a type with rules
        return plain_type(type_.data_type)  # type: ignore[attr-defined]
    return _plain_type(type_) if is_decorated(type_) else type_


def has_own_objects(type_: TypeEngine[Any]) -> bool:
    """Tell whether the values of a column are of a class that no plain type has."""
    if isinstance(type_, UserDefinedType):
        return True
    return is_decorated(type_) and plain_type(type_) is type_


@lru_cache(maxsize=512)
def _plain_type(type_: Any) -> TypeEngine[Any]:
    inner = plain_type(type_.impl_instance)
    if not any(map(partial(_overrides, type_), _PROCESSING)):
        return inner
    declared = python_type_of(type_)
    if declared in (None, python_type_of(inner)):
        return _found_by_samples(type_, inner, list(_ordered(inner)))
    if isinstance(declared, type) and issubclass(declared, PythonEnum):
        return Enum(declared)
    samples = [(value, kind) for value, kind in _SAMPLES if type(value) is declared]
    if not samples:
        return type_  # type: ignore[no-any-return]
    return _found_by_samples(type_, samples[0][1], samples)


def _ordered(inner: TypeEngine[Any]) -> Iterator[tuple[Any, TypeEngine[Any]]]:
    """Yield the samples: documents, values of the inner type, all others."""
    yield from _SAMPLES[:_DOCUMENTS]
    own: list[Any] = []
    others: list[Any] = []
    for value, kind in _SAMPLES:
        is_own = _is_of(value, inner)
        (own if is_own else others).append((value, inner if is_own else kind))
    yield from own + others


def _is_of(value: Any, type_: Any) -> bool:
    """Tell whether a sample is a value of a plain type."""
    if isinstance(value, datetime):
        if bool(getattr(type_, "timezone", False)) is not (value.tzinfo is not None):
            return False
    return type(value) is python_type_of(type_)


def _found_by_samples(type_: Any, inner: Any, samples: Any) -> TypeEngine[Any]:
    """Return the type of the first sample that a decorator takes and gives back.

    :param inner: the result for a decorator that takes only certain values, none of
        which is among the samples.
    """
    is_picky = False
    for value, kind in samples:
        try:
            back = passed(type_, value, _ANY_DIALECT)
        except _NO_SUCH_TYPE:
            continue
        except Exception:
            is_picky = is_picky or _is_of(value, inner)
            continue
        if _same_kind(value, back):
            return kind  # type: ignore[no-any-return]
        if not is_plain(back):
            return type_  # type: ignore[no-any-return]
    return inner if is_picky else type_  # type: ignore[no-any-return]


def is_plain(value: Any) -> bool:
    """Tell whether a value is None or of a class that SQLAlchemy's own types have."""
    return value is None or isinstance(value, (*_PLAIN, list, dict))


def _same_kind(value: Any, back: Any) -> bool:
    if isinstance(value, datetime):
        aware = getattr(back, "tzinfo", None) is not None
        return isinstance(back, datetime) and aware is (value.tzinfo is not None)
    is_text_or_document = isinstance(value, (str, dict, list))
    return type(back) is type(value) or (
        is_text_or_document
        and isinstance(back, type(value))
        and not isinstance(back, PythonEnum)
    )


# --- whether a column takes a value --------------------------------------------------


def passed(type_: Any, value: Any, dialect: Dialect) -> Any:
    """Return what a column would give back for a value, without a database.

    :raises Exception: of any class, when the type or what it stores refuses it.
    """
    if isinstance(type_, TypeDecorator) and not _has_processors(type_):
        inner = type_.load_dialect_impl(dialect)
        if _overrides(type_, "process_bind_param"):
            value = type_.process_bind_param(value, dialect)
        value = passed(inner, value, dialect)
        if _overrides(type_, "process_result_value"):
            value = type_.process_result_value(value, dialect)
        return value
    if value is None:
        return None
    _check_stored(type_, value)
    bind = type_.dialect_impl(dialect).bind_processor(dialect)
    stored = value if bind is None else bind(value)
    read = _own_result_processor(type_, dialect)
    return value if read is None else read(stored)


def _overrides(type_: Any, name: str) -> bool:
    return getattr(type(type_), name) is not getattr(TypeDecorator, name)


def _has_processors(type_: Any) -> bool:
    """Tell whether a decorator makes the functions that bind and read by itself."""
    return isinstance(type_, Interval) or any(
        _overrides(type_, name) for name in ("bind_processor", "result_processor")
    )


def _own_result_processor(type_: Any, dialect: Dialect) -> Callable[[Any], Any] | None:
    """Return how an application's own type reads a value.

    What SQLAlchemy's types give back is what they were given.
    """
    if not isinstance(type_, UserDefinedType):
        return None
    processor: Any = type_.dialect_impl(dialect).result_processor(dialect, None)
    return processor  # type: ignore[no-any-return]


def _check_stored(type_: TypeEngine[Any], value: Any) -> None:
    """Refuse what a decorator would store in a column that cannot hold it."""
    if isinstance(type_, String) and not isinstance(type_, Enum):
        if not isinstance(value, str):
            raise TypeError("no text")
    if not isinstance(type_, JSON):
        converted(type_, value)


def checked(column: Any, value: Any) -> Any:
    """Return a value, refused if the type of a column cannot store and read it back.

    An object that the type makes of a text is returned instead of the text.

    :param column: a column, a mapped attribute, or a parameter of a statement.
    :raises ValueError: whatever the type raises.
    """
    try:
        back = passed(column.type, value, dialect_of(column))
    except Exception as error:
        raise ValueError("not a value of this column") from error
    return value if is_plain(back) else back


# --- texts and values ----------------------------------------------------------------


def coerce(column: Any, value: Any) -> Any:
    """Convert a value from outside to a column's Python type, to compare it in SQL.

    The rules are strict (ASCII digits, one spelling for one value) and the same for
    every database. They are applied before any SQL is run: without them come
    CVE-2014-0474 and the drivers' OverflowError, DataError and errors about NUL. A
    TypeDecorator has its say on the dialect of the column's database.

    :param column: a column or a mapped attribute.
    :param value: a text from a URL or a form, or the result of a URL converter.
    :raises ValueError: when the column can never hold the value; the caller answers
        404 or shows a form error.
    """
    plain = plain_type(column.type)
    if not has_own_objects(column.type):
        value = (range_of if is_range(plain) else converted)(plain, value)
        return checked(column, value) if plain is not column.type else value
    if isinstance(value, str):
        value = _read(column, value)
    return checked(column, value)


def _read(column: Any, text: str) -> Any:
    """Return the object that a type makes of a text, as if it were stored."""
    type_, dialect = column.type, dialect_of(column)
    try:
        if isinstance(type_, UserDefinedType):
            read = _own_result_processor(type_, dialect)
            return converted(type_, text) if read is None else read(text)
        stored = converted(plain_type(type_.impl_instance), text)
        return type_.process_result_value(stored, dialect)
    except Exception as error:
        raise ValueError("not a value of this column") from error


def reads_text(column: Any) -> bool:
    """Tell whether :func:`coerce` finds values of a column in texts that people write.

    False for JSON, arrays, intervals, bytes, and types that name no Python type.
    """
    type_ = plain_type(column.type)
    if is_decorated(type_):
        type_ = stored_type(type_)
    return reads_text_of(type_)


def key_text(column: Any, value: Any) -> str:
    """Return the text that :func:`coerce` converts back to a value of a column."""
    is_own = not is_plain(value) or isinstance(value, PythonEnum)
    if is_decorated(column.type) and is_own and not _is_member(column, value):
        value = column.type.process_bind_param(value, dialect_of(column))
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, PythonEnum):
        members = enum_members(plain_type(column.type)).items()
        return next((text for text, member in members if member is value), str(value))
    if isinstance(value, (float, Decimal)):
        return format(Decimal(str(value)), "f")  # without an exponent
    if isinstance(value, bytes) and value.isascii():
        return value.decode()
    return str(value.isoformat() if hasattr(value, "isoformat") else value)


def _is_member(column: Any, value: Any) -> bool:
    """Tell whether a value is a member of the enum that a column's type names."""
    return isinstance(value, getattr(plain_type(column.type), "enum_class", None) or ())
