"""Initial values that are texts: the form shows and reads them as if they were typed.

``initial={"published": "11/11/2023"}`` is no date. Neither a field, which would format
it, nor the database can do anything with it; a user can, who sees it in the form.

Django: ``initial`` and ``Field.prepare_value``.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from werkzeug.datastructures import MultiDict
from wtforms import fields

from .fields import ArrayField
from .fields import ConvertedField
from .fields import DurationField

#: The fields that parse a text into a value of another type. WTForms' own dates and
#: times derive from DateTimeField. A JSON document may itself be a text.
_PARSED = (
    fields.IntegerField,
    fields.DecimalField,
    fields.FloatField,
    fields.DateTimeField,
    DurationField,
    ConvertedField,
    ArrayField,
)


def process_value(form: Any, field: Any, value: Any) -> None:
    """Have a field of a form show a value that was not submitted.

    :param value: the value as an object's attribute has it, or a text that stands for
        it.
    """
    filters = _filters(form, field)
    if isinstance(value, str) and isinstance(field, _PARSED):
        typed = MultiDict({field.name: value}) if value.strip() else None
        field.process(typed, None, filters)
        field.object_data = value
    else:
        field.process(None, value, filters)


def read_texts(form: Any, names: Iterable[str]) -> None:
    """Have the fields of a form read the texts that are their initial values.

    :param names: the names of the initial values.
    """
    for name in names:
        field = form._fields.get(name)
        text = getattr(field, "object_data", None)
        if not isinstance(text, str) or not isinstance(field, _PARSED):
            continue
        if field.raw_data:
            posted = MultiDict([(field.name, text) for text in field.raw_data])
            field.process(posted, None, _filters(form, field))
            field.object_data = text
        else:
            process_value(form, field, text)


def _filters(form: Any, field: Any) -> list[Any] | None:
    form_filter = getattr(form, f"filter_{field.short_name}", None)
    return [form_filter] if form_filter else None
