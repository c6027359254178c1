"""What must be unique in a table, and whether a form's values clash with a row of it.

Django: ``Model.validate_unique``.
"""

from __future__ import annotations

from collections.abc import Iterable
from collections.abc import Iterator
from collections.abc import Mapping
from functools import lru_cache
from typing import Any
from typing import NamedTuple

from sqlalchemy import and_
from sqlalchemy import bindparam
from sqlalchemy import Column
from sqlalchemy import Index
from sqlalchemy import inspect
from sqlalchemy import Select
from sqlalchemy import select
from sqlalchemy import UniqueConstraint
from sqlalchemy.exc import InvalidRequestError

from ..db import reading
from ..db.columns import coerce
from ..db.columns import mapper_of
from ..translation import gettext
from .choices import KeyField
from .fields import CarriedField
from .model_fields import label_of
from .validators import add_error


class UniqueSet(NamedTuple):
    """Columns whose values no two rows may share."""

    #: The attributes of the model, in the order of the columns.
    names: tuple[str, ...]
    columns: tuple[Column[Any], ...]
    #: Gives the key of the row that has ``value_0``, ``value_1`` …
    statement: Select[Any]

    def is_taken(self, values: Mapping[str, Any], instance: Any) -> bool:
        """Tell whether another row than the object's own has these values.

        NULL clashes with nothing, as in SQL; neither does what no row can hold.
        """
        try:
            found = [
                coerce(column, values[name])
                for name, column in zip(self.names, self.columns, strict=True)
                if values[name] is not None
            ]
        except ValueError:
            return False
        if len(found) < len(self.names):
            return False
        bound = {f"value_{n}": value for n, value in enumerate(found)}
        row = next(iter(reading.rows(self.statement, bound)), None)
        return row is not None and tuple(row) != (inspect(instance).identity or ())


@lru_cache(maxsize=512)
def unique_sets(model: Any) -> tuple[UniqueSet, ...]:
    """Return what must be unique in the tables of a mapped class, its key included.

    Partial and expression indexes are left to the database, which knows their rule.
    """
    found = {}
    for table in mapper_of(model).tables:
        for columns in _unique_columns(table):
            try:
                names = tuple(
                    mapper_of(model).get_property_by_column(column).key
                    for column in columns
                )
            except InvalidRequestError:  # a column of a sibling, in the same table
                continue
            found[names] = UniqueSet(names, columns, _look_up(table, columns))
    return tuple(found.values())


def _unique_columns(table: Any) -> list[tuple[Column[Any], ...]]:
    found = [tuple(table.primary_key.columns)]
    found += [(column,) for column in table.columns if column.unique]
    found += [
        tuple(constraint.columns)
        for constraint in table.constraints
        if isinstance(constraint, UniqueConstraint)
    ]
    found += [tuple(index.columns) for index in table.indexes if _is_plain(index)]
    return [columns for columns in found if columns]


def _is_plain(index: Index) -> bool:
    if not index.unique or any(key.endswith("_where") for key in index.kwargs):
        return False
    return all(isinstance(part, Column) for part in index.expressions)


def _look_up(table: Any, columns: tuple[Column[Any], ...]) -> Select[Any]:
    criteria = [
        column == bindparam(f"value_{n}", type_=column.type)
        for n, column in enumerate(columns)
    ]
    return select(*table.primary_key.columns).where(and_(*criteria)).limit(1)


# --- a form's values -----------------------------------------------------------------


def check_unique(form: Any, instance: Any) -> bool:
    """Tell whether no other row has what must be unique; add errors where one has.

    One statement for each set of columns that the form changes. The error stands at
    the field, or in ``form.form_errors`` where several columns are unique together.

    :param form: any validated WTForms form.
    :param instance: the object that it will fill.

    Since 0.1. Django: ``Model.validate_unique`` and ``ModelForm.validate_unique``.
    """
    fields = fields_by_attribute(form)
    model: Any = type(instance)
    free = True
    for unique in unique_sets(model):
        concerned = [fields[name] for name in unique.names if name in fields]
        if not concerned or any(field.errors for field, _ in concerned):
            continue
        values = {
            name: fields[name][1] if name in fields else getattr(instance, name, None)
            for name in unique.names
        }
        if _is_changed(instance, values) and unique.is_taken(values, instance):
            free = False
            _add_clash(form, fields, unique, model)
    return free


def fields_by_attribute(form: Any) -> dict[str, tuple[Any, Any]]:
    """Return, by mapped attribute, the field that sets it and the value it sets."""
    found = {}
    for name, field in form._fields.items():
        if isinstance(field, CarriedField):
            continue
        if isinstance(field, KeyField) and field.target.local:
            key = field.keys[0] if field.keys else [None] * len(field.target.local)
            for local, value in zip(field.target.local, key, strict=True):
                found[local] = (field, value)
        else:
            found[name] = (field, field.data)
    return found


def duplicates(forms: Iterable[Any], model: Any) -> Iterator[tuple[Any, UniqueSet]]:
    """Yield each form whose unique values a form before it has too.

    Since 0.1. Django: ``BaseModelFormSet.validate_unique``.
    """
    listed = [(form, fields_by_attribute(form)) for form in forms]
    for unique in unique_sets(model):
        seen = set()
        for form, fields in listed:
            if not any(name in fields for name in unique.names):
                continue
            values = tuple(
                fields[name][1] if name in fields else getattr(form.instance, name)
                for name in unique.names
            )
            if values in seen:
                yield form, unique
            elif None not in values:
                seen.add(values)


def _is_changed(instance: Any, values: Mapping[str, Any]) -> bool:
    if not inspect(instance).has_identity:
        return True
    return any(getattr(instance, name) != value for name, value in values.items())


def _add_clash(
    form: Any, fields: Mapping[str, Any], unique: UniqueSet, model: type
) -> None:
    labels = [
        fields[name][0].label.text if name in fields else label_of(name)
        for name in unique.names
    ]
    listed = ", ".join(labels[:-1])
    listed = f"{listed} {gettext('and')} {labels[-1]}" if listed else labels[-1]
    text = gettext(
        "%(model)s with this %(fields)s already exists.",
        model=label_of(model.__name__.lower()),
        fields=listed,
    )
    single = len(unique.names) == 1
    add_error(form, fields[unique.names[0]][0].short_name if single else None, text)
