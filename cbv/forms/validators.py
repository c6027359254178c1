"""The validators and filters of the fields that model forms are made of.

Django: ``django.core.validators`` and what ``Field.validate`` does.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import inspect
from werkzeug.datastructures import FileStorage
from wtforms.validators import InputRequired
from wtforms.validators import Optional
from wtforms.validators import StopValidation
from wtforms.validators import ValidationError

from ..translation import gettext


class Required(InputRequired):
    """Something other than white space must be submitted. Django: ``required``."""

    def __call__(self, form: Any, field: Any) -> None:
        """Stop the chain unless something was submitted."""
        given = field.raw_data[0] if field.raw_data else ""
        if isinstance(given, str) and not given.strip():
            field.errors[:] = []
            raise StopValidation(field.gettext("This field is required."))


class RequiredOnceSaved(Optional):
    """May be empty while its column's default can still fill it: on a new object."""

    def __call__(self, form: Any, field: Any) -> None:
        """Let an empty field through for a new object only."""
        if inspect(form.instance).has_identity:
            Required()(form, field)
        else:
            super().__call__(form, field)


class Storable:
    """A text that every database can store: no NUL, no half of a surrogate pair.

    Django: ``ProhibitNullCharactersValidator``.
    """

    def __call__(self, form: Any, field: Any) -> None:
        """Refuse what is no text, or none that can be stored."""
        if field.data is None:
            return
        if not isinstance(field.data, str):
            raise StopValidation(gettext("Enter a text."))
        if not is_storable(field.data):
            raise StopValidation(gettext("Null characters are not allowed."))


class MaximumSize:
    """An upload of at most so many bytes."""

    def __init__(self, size: int) -> None:
        self.size = size

    def __call__(self, form: Any, field: Any) -> None:
        """Refuse a longer file, without reading it."""
        if not isinstance(field.data, FileStorage):
            return
        length = field.data.stream.seek(0, 2)
        field.data.stream.seek(0)
        if length > self.size:
            text = "The file may have %(size)d bytes at most."
            raise ValidationError(gettext(text, size=self.size))


class UploadRequired:
    """A file must be sent unless the object has its bytes already."""

    field_flags: dict[str, Any] = {}

    def __call__(self, form: Any, field: Any) -> None:
        """Stop the chain when there is nothing to store."""
        if not field.data:
            raise StopValidation(field.gettext("This field is required."))


def is_storable(text: str) -> bool:
    """Tell whether a text has no NUL and no lone surrogate."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return "\0" not in text


def stripped(value: Any) -> Any:
    """Drop white space around a text, as Django's ``CharField`` does."""
    return value.strip() if isinstance(value, str) else value


def none_if_empty(value: Any) -> Any:
    """Return None for an empty text: the column says NULL where nothing is known."""
    return None if value == "" else value


def add_error(form: Any, field: str | None, text: str) -> None:
    """Add an error to a field of any WTForms form, or with None to the whole form.

    :raises ValueError: when the form has no such field.

    Since 0.1. Django: ``Form.add_error``.
    """
    if field is None:
        form.form_errors = [*form.form_errors, text]
    elif field in form:
        form[field].errors = [*form[field].errors, text]
    else:
        raise ValueError(f"{type(form).__name__} has no field {field!r}.")
