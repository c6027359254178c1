"""Fill an object from a form: which field writes what to which attribute.

Django: ``construct_instance``.
"""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Column
from sqlalchemy import inspect
from sqlalchemy import JSON
from sqlalchemy import null

from ..db.columns import column_of
from ..db.columns import has_setter
from ..db.columns import mapper_of
from ..db.columns import plain_type
from ..db.columns import without_proxy
from .fields import CarriedField
from .validators import add_error


class RefusedValue(ValueError):
    """An object refused a value that a form set: the errors stand on the fields.

    A ``@validates`` method of the model, or the setter of a property, has raised
    ValueError.

    Since 0.1. Django: the errors of ``Model.full_clean``.
    """


def fill(form: Any, instance: Any) -> None:
    """Set the attributes of an object to the values of the form's fields.

    They are the mapped attributes, and properties and hybrids that have a setter. An
    attribute is left unchanged where its field is empty and its column must not be
    NULL, so that the column's default can fill it. A primary key that the database
    numbers (autoincrement) is never set.

    A form class may override WTForms' ``populate_obj(obj)``, which is called here; the
    same holds in it, because each field writes as said above. It does not find the
    fields of keys and versions in the form.

    :param form: any validated WTForms form.
    :param instance: an object of a mapped class.
    :raises RefusedValue: when setting an attribute raised ValueError, once all others
        are set; the text is then an error of the field.

    Since 0.1. Django: ``construct_instance``.
    """
    instance = without_proxy(instance)
    refused: list[tuple[str | None, str]] = []
    with _guarded(form, type(instance), refused):
        form.populate_obj(instance)
    for name, text in refused:
        add_error(form, name, text)
    if refused:
        model_name = type(instance).__name__
        raise RefusedValue(f"{model_name} refused values: nothing was saved.")
    form._filled = instance


@contextmanager
def _guarded(
    form: Any, model: Any, refused: list[tuple[str | None, str]]
) -> Iterator[None]:
    """Have each field of a form write by the rules of :func:`fill` in a ``with`` block.

    :param refused: gets the name of each field whose value the object refuses, and the
        text of the error; None for the name where ``populate_obj`` itself has set it.
    """

    def guarded(name: str, field: Any) -> Callable[[Any, str], None]:
        write = _writer(model, name, field)

        def populate_obj(instance: Any, attribute: str) -> None:
            try:
                write(instance, attribute)
            except ValueError as error:
                refused.append((name, str(error)))

        return populate_obj

    every = form._fields
    form._fields = {n: f for n, f in every.items() if not _is_carried(model, n, f)}
    for name, field in form._fields.items():
        field.populate_obj = guarded(name, field)
    try:
        yield
    except ValueError as error:
        refused.append((None, str(error)))
    finally:
        for field in form._fields.values():
            del field.populate_obj  # what hid the method of the field's class
        form._fields = every


def _is_carried(model: Any, name: str, field: Any) -> bool:
    """Tell whether a field only carries the key or version of its row."""
    return _is_numbered(column_of(model, name)) or isinstance(field, CarriedField)


def _is_numbered(column: Column[Any] | None) -> bool:
    """Tell whether a column is a primary key that the database numbers."""
    table = None if column is None else column.table
    return table is not None and column is getattr(table, "autoincrement_column", None)


def _writer(model: Any, name: str, field: Any) -> Callable[[Any, str], None]:
    """Return what a field does to write its value to an attribute of an object."""
    column, relationships = column_of(model, name), mapper_of(model).relationships
    write: Callable[[Any, str], None] = field.populate_obj
    if column is not None:
        if field.data is not None:
            return write
        is_document = isinstance(plain_type(column.type), JSON)
        empty = _set_null if is_document else write
        return empty if column.nullable else _write_nothing
    if name in relationships:
        return _write_nothing if relationships[name].viewonly else write
    # A password, say, that was not sent: its property cannot be read to keep it.
    was_sent = field.data is not None or bool(field.raw_data)
    return write if was_sent and has_setter(model, name) else _write_nothing


def _write_nothing(instance: Any, name: str) -> None:
    """Leave an attribute as it is."""


def _set_null(instance: Any, name: str) -> None:
    """Set a JSON column to SQL's NULL; None would be stored as the JSON value null."""
    if inspect(instance).has_identity and getattr(instance, name) is not None:
        setattr(instance, name, null())
