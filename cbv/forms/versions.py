"""Optimistic locking: a form carries the version of the row that it shows.

When the form comes back with an older version than the row has, somebody else has
changed the row meanwhile, and the form is refused. SQLAlchemy's ``version_id_col``;
Django has no counterpart. Nothing here uses a session.
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
    """Return the name of a model's version attribute, None where it has none."""
    mapper: Mapper[Any] = mapper_of(model)
    column = mapper.version_id_col
    return None if column is None else mapper.get_property_by_column(column).key


@lru_cache(maxsize=512)
def versioned(form_class: Any, name: str) -> Any:
    """Return a subclass of a form class that has a hidden field for the version.

    :param name: the version attribute, which is the name of the field too.
    """
    metaclass: Any = type(form_class)
    return metaclass(form_class.__name__, (form_class,), {name: CarriedField()})


def form_class_for(form_class: Any, obj: Any) -> Any:
    """Return the form class for an object: with a version field if it has a version.

    :param form_class: the class without the field.
    :param obj: the object that the form edits, None for a new one.
    """
    name = None if obj is None else version_name(type(obj))
    return form_class if name is None else versioned(form_class, name)


def carry(form: Any, obj: Any) -> None:
    """Set the version field of a form to the version that its object has now."""
    name = None if obj is None else version_name(type(obj))
    if name is not None:
        form[name].data = _text(getattr(obj, name))


def is_stale(form: Any, obj: Any) -> bool:
    """Tell whether a submitted form shows another version than its object has now.

    A form without a version, or with an unreadable one, is stale too. A DELETE request,
    which has no body, may carry the version in the query string.
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
    """Return a version as the text of the hidden field."""
    return version.hex() if isinstance(version, bytes) else str(version)


def theirs(form: Any, obj: Any) -> dict[str, str]:
    """Return the stored values that differ from the submitted ones, by field name.

    Each such field also gets its stored value as the attribute ``theirs``, which the
    form macros show beside the field.

    :param form: a stale form; see :func:`is_stale`.
    :param obj: its object, as stored now.
    :returns: the values as texts for people: labels for choices, yes or no for boxes.
    """
    stored_texts = {}
    for name, field in form._fields.items():
        if isinstance(field, (CarriedField, FileField)) or not hasattr(obj, name):
            continue
        stored = shown_as(form, field, getattr(obj, name))
        if differs(field, stored):
            field.theirs = stored_texts[name] = _text_of_value(stored)
    return stored_texts


def _text_of_value(field: Any) -> str:
    """Return the value of a field as a text for people."""
    if isinstance(field, BooleanField):
        return gettext("Yes") if field.data else gettext("No")
    if isinstance(field, (KeyField, SelectField)):
        options: list[Any] = list(field.iter_choices())
        chosen = [choice for choice in options if choice.selected]
        return ", ".join(str(choice.label) for choice in chosen)
    return str(field._value())
