"""Look up a mapped class's columns, and convert outside text to a column's type.

Works on mappers and column types alone, without a session. Django: ``Model._meta`` and
the ``to_python`` methods of its fields.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime
from functools import lru_cache
from inspect import getattr_static
from typing import Any

from sqlalchemy import Column
from sqlalchemy import inspect
from sqlalchemy.orm import Mapper
from sqlalchemy.orm.collections import collection_adapter
from werkzeug.local import LocalProxy

from ..timezone import current_timezone
from ..timezone import localtime
from .column_types import coerce as coerce
from .column_types import key_text as key_text
from .column_types import plain_type as plain_type
from .column_types import reads_text as reads_text
from .values import enum_members as enum_members
from .values import integer_range as integer_range


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
