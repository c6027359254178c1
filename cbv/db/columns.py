"""Look up a mapped class's columns, and convert outside text to a column's type.

Works on mappers and column types alone, without a session. Django: ``Model._meta`` and
the ``to_python`` methods of its fields.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from collections.abc import Iterable
from datetime import date
from datetime import datetime
from datetime import time
from decimal import Decimal
from enum import Enum as PythonEnum
from functools import lru_cache
from inspect import getattr_static
from math import isfinite
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger
from sqlalchemy import Boolean
from sqlalchemy import Column
from sqlalchemy import Float
from sqlalchemy import inspect
from sqlalchemy import Integer
from sqlalchemy import Interval
from sqlalchemy import Numeric
from sqlalchemy import SmallInteger
from sqlalchemy import String
from sqlalchemy import TypeDecorator
from sqlalchemy import Uuid
from sqlalchemy.orm import Mapper
from sqlalchemy.orm.collections import collection_adapter
from sqlalchemy.types import TypeEngine
from werkzeug.local import LocalProxy

from ..timezone import current_timezone
from ..timezone import localtime

_INTEGER = r"0|-?[1-9][0-9]{0,18}"
_DECIMAL = r"-?[0-9]{1,40}(?:\.[0-9]{1,40})?"
_UUID = r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"


def is_mapped(value: object) -> bool:
    """Tell whether ``value`` is a class that SQLAlchemy maps."""
    return isinstance(value, type) and inspect(value, raiseerr=False) is not None


def mapper_of(model: type) -> Mapper[Any]:
    """Return the SQLAlchemy mapper of a mapped class, or of an alias of one.

    :raises sqlalchemy.exc.NoInspectionAvailable: when ``model`` is not mapped.
    """
    mapper: Mapper[Any] = inspect(model).mapper
    return mapper


def key_names(model: Any) -> tuple[str, ...]:
    """Return the attribute names of a model's primary key, in the mapper's order."""
    return _key_names(model)


@lru_cache(maxsize=512)
def _key_names(model: Any) -> tuple[str, ...]:
    mapper = mapper_of(model)
    return tuple(mapper.get_property_by_column(c).key for c in mapper.primary_key)


def column_of(model: type, name: str) -> Column[Any] | None:
    """Return the table column behind a mapped attribute.

    :returns: None for a relationship, an SQL expression or an unknown name.
    """
    column = mapper_of(model).columns.get(name)
    return column if isinstance(column, Column) else None


def owner_of(model: Any, table: Any) -> Any:
    """Return the mapped class whose rows are all rows of one of a model's tables.

    It is the model itself, or a base class of it where the model inherits the table. A
    statement about the whole table selects from this class: a subclass would leave the
    rows of its siblings out, and a bare table tells a session with several databases
    nothing about which one to ask.
    """
    mapper = mapper_of(model)
    owners = [m for m in mapper.iterate_to_root() if m.local_table is table]
    return (owners or [mapper])[-1].class_


def plain_type(type_: TypeEngine[Any]) -> TypeEngine[Any]:
    """Return a column's type without the TypeDecorators around it.

    ``Interval`` is kept: SQLAlchemy makes it a TypeDecorator, although some databases
    have a native interval type.
    """
    while isinstance(type_, TypeDecorator) and not isinstance(type_, Interval):
        type_ = type_.impl_instance
    return type_


def integer_range(type_: TypeEngine[Any]) -> tuple[int, int]:
    """Return the least and greatest integer that a type can store on every database."""
    bits = 15 if isinstance(type_, SmallInteger) else 31
    if isinstance(type_, BigInteger):
        bits = 63
    return -(1 << bits), (1 << bits) - 1


def verbose_name(rows: Any) -> str:
    """Return the heading of a list page: the plural name of the class of its objects.

    The class may set ``__verbose_name_plural__``; else it is its name with an ``s``.

    :param rows: the objects of the list.
    :returns: ``""`` for an empty list, and for rows that are not mapped objects.

    Django: ``Meta.verbose_name_plural``.
    """
    model = type(rows[0]) if rows else None
    if model is None or not is_mapped(model):
        return ""
    return verbose_name_of(model, 2)


def verbose_name_of(target: Any, count: int) -> str:
    """Return the name of this many objects of a mapped class, or rows of a table.

    The class may set ``__verbose_name__`` and ``__verbose_name_plural__``; else it is
    its own name, with an ``s`` unless it is about one object.

    Django: ``Meta.verbose_name`` and ``Meta.verbose_name_plural``.
    """
    if isinstance(target, type):
        name = getattr(target, "__verbose_name__", target.__name__)
        plural = getattr(target, "__verbose_name_plural__", f"{name}s")
    else:
        name = target.name.replace("_", " ").capitalize()
        plural = f"{name} rows"
    return str(name if count == 1 else plural)


_PASSWORD = r"(?:.*_)?(?:password|passwd|pwd|pw)(?:_?hash|_digest)?"


def holds_password(name: str, column: Column[Any]) -> bool:
    """Tell whether a column stores a password or its hash.

    ``mapped_column(info={"password": True})``, or False, decides it. Without that, the
    names of the attribute and of the column do: ``password``, ``pwd_hash`` …
    """
    declared = column.info.get("password")
    if declared is not None:
        return bool(declared)
    return any(re.fullmatch(_PASSWORD, str(n).lower()) for n in (name, column.name))


def public_values(instance: Any) -> list[tuple[str, Any]]:
    """Return the label and value of each column of an object that a page may show.

    Password columns are left out; primary and foreign keys are shown as stored.
    """
    instance = without_proxy(instance)
    names = [
        name
        for name, column in mapper_of(type(instance)).columns.items()
        if isinstance(column, Column) and not _is_secret(name, column)
    ]
    return [(n.replace("_", " ").capitalize(), getattr(instance, n)) for n in names]


def _is_secret(name: str, column: Column[Any]) -> bool:
    """Tell whether no page may show a column: a password, or what is named like one."""
    named_so = "password" in name and column.info.get("password") is None
    return named_so or holds_password(name, column)


def display(instance: Any) -> str:
    """Return the text that a page shows for an object or a value.

    The class's own ``__str__`` or ``__repr__``; a mapped class without either gives
    its name and primary key, such as ``Book object (3)``. A datetime is local time
    where ``CBV_TIMEZONE`` names the users' zone.

    Django: ``Model.__str__``, and the templates' ``localtime``.
    """
    if isinstance(instance, datetime) and current_timezone():
        return str(localtime(instance))
    instance = without_proxy(instance)
    model: Any = type(instance)
    has_own_text = model.__str__ is not object.__str__ or (
        model.__repr__ is not object.__repr__
    )
    if has_own_text or not is_mapped(model):
        return str(instance)
    key = ", ".join(str(getattr(instance, name)) for name in key_names(model))
    return f"{model.__name__} object ({key})"


def coerce(column: Any, value: Any) -> Any:
    """Convert a value from outside to a column's Python type, to compare it in SQL.

    The rules are strict (ASCII digits, one spelling for one value) and the same for
    every database. They are applied before any SQL is run: without them come
    CVE-2014-0474 and the drivers' OverflowError, DataError and errors about NUL.

    :param column: a column or a mapped attribute.
    :param value: a text from a URL or a form, or the result of a URL converter.
    :raises ValueError: when the column can never hold the value; the caller answers
        404 or shows a form error.
    """
    type_ = plain_type(column.type)
    for kind, convert in _CONVERTERS:
        if isinstance(type_, kind):
            return convert(type_, value)
    if isinstance(type_, String):
        return _text(type_, value)
    return _by_python_type(type_, value)


def reads_text(column: Any) -> bool:
    """Tell whether :func:`coerce` finds values of a column in texts that people write.

    False for JSON, arrays, intervals, bytes, and types that name no Python type.
    """
    type_ = plain_type(column.type)
    if isinstance(type_, (String, *(kind for kind, _ in _CONVERTERS))):
        return True
    try:
        return type_.python_type in _TEXT_TO and type_.python_type is not bytes
    except NotImplementedError:
        return False


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


def key_text(column: Any, value: Any) -> str:
    """Return the text that :func:`coerce` converts back to a value of a column."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, PythonEnum):
        members = enum_members(plain_type(column.type)).items()
        return next((text for text, member in members if member is value), str(value))
    if isinstance(value, (float, Decimal)):
        return format(Decimal(str(value)), "f")  # without an exponent
    return str(value.isoformat() if hasattr(value, "isoformat") else value)


def enum_members(type_: Any) -> dict[str, Any]:
    """Return the values of an Enum type in Python, by the text stored in the database.

    :param type_: SQLAlchemy's ``Enum``, of texts or of a Python enum class.
    """
    if type_.enum_class is None:
        return {text: text for text in type_.enums}
    return dict(zip(type_.enums, type_.enum_class, strict=True))


def without_proxy(value: Any) -> Any:
    """Return the object behind a proxy such as ``current_user``; others as they are.

    Every function of cbv that is given an object looks through it: the class of a proxy
    is no mapped class.
    """
    return value._get_current_object() if isinstance(value, LocalProxy) else value


def without_proxies(instance: Any) -> Any:
    """Replace each proxy in an object's attributes by its target; return the object.

    SQLAlchemy cannot save a relationship to Flask-Login's ``current_user`` proxy, only
    to the user behind it.
    """
    instance = without_proxy(instance)
    values = vars(instance)
    for name, value in values.items():
        if isinstance(value, LocalProxy):
            values[name] = without_proxy(value)
    return instance


def set_items(instance: Any, name: str, items: Iterable[Any]) -> None:
    """Make these the items of an object's collection, whatever class it has.

    A relationship's ``collection_class`` may be a set, or a dict with keys of its own
    making. SQLAlchemy's adapter adds and removes items in each of them.
    """
    relationship = mapper_of(type(instance)).relationships.get(name)
    if relationship is None or relationship.collection_class in (None, list):
        setattr(instance, name, list(items))
        return
    adapter = collection_adapter(getattr(instance, name))
    new, present = list(items), list(adapter)
    for item in present:
        if item not in new:
            adapter.remove_with_event(item)
    for item in new:
        if item not in present:
            adapter.append_with_event(item)


def has_setter(model: type, name: str) -> bool:
    """Tell whether a property, hybrid, synonym or the like can be set on an object."""
    mapper, descriptor = mapper_of(model), getattr_static(model, name, None)
    if hasattr(descriptor, "fset"):  # a property, or a hybrid one
        return descriptor.fset is not None
    return name in mapper.synonyms or name in mapper.composites


def new_object(model: Any) -> Any:
    """Return an empty mapped object, even if its constructor needs values."""
    try:
        return model()
    except TypeError:  # for example, a dataclass with required fields
        return mapper_of(model).class_manager.new_instance()


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


_TEXT_TO: dict[type, Callable[[str], Any]] = {
    date: date.fromisoformat,
    datetime: datetime.fromisoformat,
    time: time.fromisoformat,
    bytes: lambda text: text.encode(),
}


def _by_python_type(type_: TypeEngine[Any], value: Any) -> Any:
    try:
        python_type = type_.python_type
    except NotImplementedError:
        return value
    if isinstance(value, python_type):
        return value
    convert = _TEXT_TO.get(python_type)
    if convert is None or not isinstance(value, str) or not value.isascii():
        raise ValueError("not a value of this column")
    return convert(value)


_CONVERTERS: tuple[tuple[type, Callable[[Any, Any], Any]], ...] = (
    (Boolean, _boolean),
    (Float, _number),
    (Integer, _integer),
    (Numeric, _number),
    (Uuid, _uuid),
)
