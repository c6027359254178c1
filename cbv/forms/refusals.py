"""Say why the database refused to save the object of a form.

The object may have values that no field of the form has, because ``form_valid`` set
them: the error stands on the field where there is one, else it names the column.

Django: ``Model.full_clean`` for what the form left out.
"""

from __future__ import annotations

from collections.abc import Container
from functools import lru_cache
from typing import Any

from sqlalchemy import Column

from ..db import writing
from ..db.columns import mapper_of
from ..db.columns import without_proxy
from ..translation import gettext
from .model_fields import has_default
from .model_fields import label_of
from .rows import DELETION_FIELD_NAME
from .unique import check_unique
from .unique import fields_by_attribute
from .validators import add_error

REFERRED_TO = "This cannot be deleted: other entries refer to it."


def explain(form: Any, instance: Any, skipped: Container[str] = ()) -> bool:
    """Add an error for each value that is taken, and for each that is missing.

    :param form: any WTForms form.
    :param instance: its object, which the database has refused.
    :param skipped: attributes that get their value later.
    :returns: False where no reason was found.
    """
    instance = without_proxy(instance)
    model: Any = type(instance)
    meant = writing.meant_values(instance)
    values = {
        name: meant[name] if name in meant else getattr(instance, name, None)
        for name, _ in mapper_of(model).columns.items()
    }
    missing = [name for name in required_names(model) if values[name] is None]
    missing = [name for name in missing if name not in skipped]
    _add_missing_errors(form, missing)
    return not check_unique(form, instance, values) or bool(missing)


def explain_formset(formset: Any) -> bool:
    """Call :func:`explain` for the forms of a formset whose rows were to be saved.

    Where a row could not be deleted, its form alone says so, and is marked no more.
    """
    if formset.deleting is not None:
        formset.deleting[DELETION_FIELD_NAME].data = False
        add_error(formset.deleting, None, gettext(REFERRED_TO))
        return True
    forms = [form for form in formset.forms if not form.is_marked()]
    saved = [form for form in forms if not form.is_left_empty]
    found = [explain(form, form.instance, formset.owned) for form in saved]
    return any(found)


def _add_missing_errors(form: Any, names: list[str]) -> None:
    """Add an error for each attribute that must have a value."""
    fields = fields_by_attribute(form)
    for name in names:
        if name in fields:
            field = fields[name][0]
            text = field.gettext("This field is required.")
            add_error(form, field.short_name, text)
        else:
            text = gettext("%(field)s must have a value.", field=label_of(name))
            add_error(form, None, text)


@lru_cache(maxsize=512)
def required_names(model: Any) -> tuple[str, ...]:
    """Return the attributes that a new object of a mapped class must be given.

    Left out are columns that may be NULL or have a default, keys that the database
    numbers or another table gives, and what the mapper sets.
    """
    mapper = mapper_of(model)
    made = {mapper.polymorphic_on, mapper.version_id_col}
    made |= {getattr(table, "autoincrement_column", None) for table in mapper.tables}
    return tuple(
        name
        for name, column in mapper.columns.items()
        if isinstance(column, Column)
        and not (column.nullable or has_default(column) or column in made)
        and not (column.primary_key and column.foreign_keys)
    )
