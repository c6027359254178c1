"""The uniqueness check of forms: does another row have the values of a unique column?

Django: ``Model.validate_unique``.
"""

from __future__ import annotations

from collections.abc import Container
from collections.abc import Hashable
from collections.abc import Iterable
from collections.abc import Iterator
from collections.abc import Mapping
from functools import lru_cache
from typing import Any
from typing import NamedTuple

from sqlalchemy import and_
from sqlalchemy import bindparam
from sqlalchemy import Column
from sqlalchemy import inspect
from sqlalchemy import JSON
from sqlalchemy import Select
from sqlalchemy import select
from sqlalchemy.exc import InvalidRequestError

from ..db import reading
from ..db.columns import coerce
from ..db.columns import key_names
from ..db.columns import mapper_of
from ..db.columns import owner_of
from ..db.columns import plain_type
from ..db.columns import without_proxy
from ..db.uniques import unique_columns
from ..translation import gettext
from .choices import KeyField
from .error_messages import unique_text
from .fields import CarriedField
from .model_fields import label_of
from .validators import add_error


class UniqueSet(NamedTuple):
    """One or more columns that are unique together: no two rows have equal values.

    Django: one entry of ``Model._get_unique_checks``.
    """

    #: The mapped attributes, in the order of ``columns``.
    names: tuple[str, ...]
    columns: tuple[Column[Any], ...]
    #: Selects the primary key of the row that has the values of its bound parameters
    #: ``value_0``, ``value_1`` and so on.
    statement: Select[Any]

    def is_taken(self, values: Mapping[str, Any], instance: Any) -> bool:
        """Tell whether the row of another object has these values.

        As in SQL, NULL is not equal to NULL, so it is never taken. A value that a
        column cannot hold is not taken either.

        :param values: the values by attribute name.
        :param instance: the object that will have the values.
        """
        try:
            typed_values = [
                _typed(column, values[name])
                for name, column in zip(self.names, self.columns, strict=True)
                if values[name] is not None
            ]
        except ValueError:
            return False
        if len(typed_values) < len(self.names):
            return False
        parameters = {f"value_{n}": value for n, value in enumerate(typed_values)}
        row = next(iter(reading.rows(self.statement, parameters)), None)
        return row is not None and tuple(row) != (inspect(instance).identity or ())


@lru_cache(maxsize=512)
def unique_sets(model: Any) -> tuple[UniqueSet, ...]:
    """Return the unique column sets in the tables of a mapped class.

    Those of partial and expression indexes are left out: only the database can check
    them.
    """
    sets = {}
    for table in mapper_of(model).tables:
        for columns in unique_columns(table):
            try:
                names = tuple(
                    mapper_of(model).get_property_by_column(column).key
                    for column in columns
                )
            except InvalidRequestError:  # a column of a sibling, in the same table
                continue
            owner = owner_of(model, table)
            sets[names] = UniqueSet(names, columns, _look_up(owner, columns))
    return tuple(sets.values())


def _typed(column: Column[Any], value: Any) -> Any:
    """Return a form's value as one of a column; a document stays as it is.

    :raises ValueError: when the column cannot hold it.
    """
    return value if isinstance(plain_type(column.type), JSON) else coerce(column, value)


def _look_up(model: Any, columns: tuple[Column[Any], ...]) -> Select[Any]:
    """Return the SELECT for the primary key of the row that has given values."""
    criteria = [
        column == bindparam(f"value_{n}", type_=column.type)
        for n, column in enumerate(columns)
    ]
    key = [getattr(model, name) for name in key_names(model)]
    return select(*key).where(and_(*criteria)).limit(1)


# --- a form's values -----------------------------------------------------------------


def check_unique(
    form: Any, instance: Any, saved: Mapping[str, Any] | None = None
) -> bool:
    """Check the form's values for unique columns; add an error for each taken value.

    One SELECT runs for each unique set of columns that the form changes. The error is
    added to the field, or to ``form.form_errors`` where several columns are unique
    together.

    :param form: any validated WTForms form.
    :param instance: the object that the form will fill.
    :param saved: the values by attribute with which the database refused the object:
        they count instead of the form's.
    :returns: True where no other row has the values.

    Since 0.1. Django: ``Model.validate_unique`` and ``ModelForm.validate_unique``.
    """
    instance = without_proxy(instance)
    fields = fields_by_attribute(form)
    model: Any = type(instance)
    all_free = True
    for unique in unique_sets(model):
        in_form = [fields[name] for name in unique.names if name in fields]
        is_open = in_form and not any(field.errors for field, _ in in_form)
        if saved is None and not is_open:
            continue
        values = saved or {
            name: fields[name][1] if name in fields else getattr(instance, name, None)
            for name in unique.names
        }
        values = {name: values.get(name) for name in unique.names}
        if _is_changed(instance, values) and unique.is_taken(values, instance):
            all_free = False
            _add_taken_error(form, fields, unique, model)
    return all_free


def fields_by_attribute(form: Any) -> dict[str, tuple[Any, Any]]:
    """Return the field and value for each mapped attribute that a form sets.

    :returns: pairs of field and value by attribute name. A select field of a foreign
        key sets the attributes of the key, one pair for each.
    """
    pairs = {}
    for name, field in form._fields.items():
        if isinstance(field, CarriedField):
            continue
        if isinstance(field, KeyField) and field.target.local:
            key = field.keys[0] if field.keys else [None] * len(field.target.local)
            for local, value in zip(field.target.local, key, strict=True):
                pairs[local] = (field, value)
        else:
            pairs[name] = (field, field.data)
    return pairs


def duplicates(
    forms: Iterable[Any], model: Any, shared: Container[str] = ()
) -> Iterator[tuple[Any, UniqueSet]]:
    """Yield each form of a formset that has the same unique values as an earlier form.

    :param forms: validated forms.
    :param model: the mapped class of their objects.
    :param shared: the attributes that have the same value in all objects, or will
        have: the foreign key to a new parent, which has no key yet.
    :returns: pairs of the form and the unique set of columns.

    Since 0.1. Django: ``BaseModelFormSet.validate_unique``.
    """
    listed = [(form, fields_by_attribute(form)) for form in forms]
    for unique in unique_sets(model):
        seen = set()
        for form, fields in listed:
            if not any(name in fields or name in shared for name in unique.names):
                continue
            values = [
                fields[name][1] if name in fields else getattr(form.instance, name)
                for name in unique.names
                if name not in shared
            ]
            key = _hashable(values)
            if key in seen:
                yield form, unique
            elif None not in values:
                seen.add(key)


def _hashable(value: Any) -> Any:
    """Return what stands for a value in a set; ``true`` and 1 differ in a document.

    Django: ``make_hashable``.
    """
    if isinstance(value, dict):
        return frozenset((name, _hashable(item)) for name, item in value.items())
    if isinstance(value, (list, tuple, set)):
        return tuple(map(_hashable, value))
    return value if isinstance(value, Hashable) else repr(value), type(value) is bool


def _is_changed(instance: Any, values: Mapping[str, Any]) -> bool:
    """Tell whether an object is new, or the values differ from those it has."""
    if not inspect(instance).has_identity:
        return True
    return any(getattr(instance, name) != value for name, value in values.items())


def _add_taken_error(
    form: Any, fields: Mapping[str, Any], unique: UniqueSet, model: type
) -> None:
    """Add the error for values that another row has, to the field or the form."""
    labels = [
        fields[name][0].label.text if name in fields else label_of(name)
        for name in unique.names
    ]
    listed = ", ".join(labels[:-1])
    listed = f"{listed} {gettext('and')} {labels[-1]}" if listed else labels[-1]
    model_name = label_of(model.__name__.lower())
    text = "%(model)s with this %(fields)s already exists."
    name = unique.names[0] if len(unique.names) == 1 else ""
    field = fields[name][0].short_name if name in fields else None
    own = unique_text(
        form,
        [field, *unique.names] if field else [],
        {"model_name": model_name, "field_label": listed, "field_labels": listed},
    )
    add_error(form, field, own or gettext(text, model=model_name, fields=listed))
