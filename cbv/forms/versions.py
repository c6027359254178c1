"""Optimistic locking: a form carries the version of the row that it was made from.

SQLAlchemy's ``version_id_col``; Django has no counterpart. Pure: no session here.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from flask import request
from sqlalchemy.orm import Mapper
from wtforms.fields import BooleanField
from wtforms.fields import FileField
from wtforms.fields import SelectField

from ..db.columns import mapper_of
from ..translation import gettext
from .choices import KeyField
from .fields import CarriedField
from .rows import differs
from .rows import shown_as

STALE = "Someone else has changed this meanwhile. Look at it, then send it again."


def version_name(model: Any) -> str | None:
    """Return the attribute that holds the version of a row, None without one."""
    mapper: Mapper[Any] = mapper_of(model)
    column = mapper.version_id_col
    return None if column is None else mapper.get_property_by_column(column).key


@lru_cache(maxsize=512)
def versioned(form_class: Any, name: str) -> Any:
    """Return a form class with a hidden field for the version."""
    made: Any = type(form_class)
    return made(form_class.__name__, (form_class,), {name: CarriedField()})


def form_class_for(form_class: Any, obj: Any) -> Any:
    """Return a form class that carries an object's version, if it has one."""
    name = None if obj is None else version_name(type(obj))
    return form_class if name is None else versioned(form_class, name)


def carry(form: Any, obj: Any) -> None:
    """Have a form carry the version that its object has now."""
    name = None if obj is None else version_name(type(obj))
    if name is not None:
        form[name].data = _text(getattr(obj, name))


def is_stale(form: Any, obj: Any) -> bool:
    """Tell whether a form was made from another version than its object has now.

    A version that is missing or cannot be read is another one. A DELETE, which has no
    body, may carry it in the query.
    """
    name = None if obj is None else version_name(type(obj))
    if name is None:
        return False
    field = form[name]
    sent = field.raw_data[0] if field.raw_data else None
    if sent is None and request.method == "DELETE":
        sent = request.args.get(field.name)
    return bool(sent != _text(getattr(obj, name)))


def _text(version: Any) -> str:
    return version.hex() if isinstance(version, bytes) else str(version)


def theirs(form: Any, obj: Any) -> dict[str, str]:
    """Return what an object holds now where something else was typed, by field.

    Each such field gets it as ``theirs``, too, for the form macros.
    """
    found = {}
    for name, field in form._fields.items():
        if isinstance(field, (CarriedField, FileField)) or not hasattr(obj, name):
            continue
        stored = shown_as(form, field, getattr(obj, name))
        if differs(field, stored):
            field.theirs = found[name] = _shown(stored)
    return found


def _shown(field: Any) -> str:
    if isinstance(field, BooleanField):
        return gettext("Yes") if field.data else gettext("No")
    if isinstance(field, (KeyField, SelectField)):
        options: list[Any] = list(field.iter_choices())
        chosen = [choice for choice in options if choice.selected]
        return ", ".join(str(choice.label) for choice in chosen)
    return str(field._value())
