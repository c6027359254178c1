"""Validators and filters for the form fields of columns, and ``add_error``.

Django: ``django.core.validators``, ``Field.validate`` and ``Form.add_error``. A
validator is called with the form and the field and raises an error; a filter takes a
value and returns the value that the field keeps.
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
    """A validator that refuses an empty field, or one with white space only.

    Since 0.1. Django: ``required``.
    """

    def __call__(self, form: Any, field: Any) -> None:
        """Stop the validation unless something was submitted.

        :raises wtforms.validators.StopValidation: for an empty field.
        """
        submitted = field.raw_data[0] if field.raw_data else ""
        if isinstance(submitted, str) and not submitted.strip():
            field.errors[:] = []
            raise StopValidation(_required_text(self, field))


def _required_text(validator: Any, field: Any) -> str:
    own = validator.message
    return field.gettext("This field is required.") if own is None else str(own)


class RequiredOnceSaved(Optional):
    """A validator that accepts an empty field where the object keeps or gets a value.

    On INSERT, the column's default fills what the form left empty. On UPDATE nothing
    would, unless the stored value is shown as an empty field, as ``""`` is: that one
    stays.
    """

    #: The error message, instead of the usual one.
    message: Any = None

    def __call__(self, form: Any, field: Any) -> None:
        """Stop the validation of an empty field; it is an error for a saved object.

        :raises wtforms.validators.StopValidation: for an empty field.
        """
        stored = field.object_data
        is_blank = isinstance(stored, str) and not stored.strip()
        shown_empty = stored is None or is_blank or stored == []
        if inspect(form.instance).has_identity and not shown_empty:
            Required(self.message)(form, field)
        else:
            super().__call__(form, field)


class Storable:
    """A validator that refuses a text with NUL or with half of a surrogate pair.

    Some databases cannot store them.

    Since 0.1. Django: ``ProhibitNullCharactersValidator``.
    """

    def __call__(self, form: Any, field: Any) -> None:
        """Refuse a value that is no text, or a text that cannot be stored.

        :raises wtforms.validators.StopValidation: for such a value.
        """
        if field.data is None:
            return
        if not isinstance(field.data, str):
            raise StopValidation(gettext("Enter a text."))
        if not is_storable(field.data):
            raise StopValidation(gettext("Null characters are not allowed."))


class MaximumSize:
    """A validator that limits the size of an uploaded file.

    :param size: the greatest number of bytes.
    """

    #: The error message, instead of the usual one.
    message: Any = None

    def __init__(self, size: int) -> None:
        self.size = size

    def __call__(self, form: Any, field: Any) -> None:
        """Refuse a file with more bytes, without reading its bytes.

        :raises wtforms.validators.ValidationError: for such a file.
        """
        if not isinstance(field.data, FileStorage):
            return
        length = field.data.stream.seek(0, 2)
        field.data.stream.seek(0)
        if length > self.size and self.message is not None:
            values = {"max": self.size, "length": length}
            raise ValidationError(self.message % values)
        if length > self.size:
            text = "The file may have %(size)d bytes at most."
            raise ValidationError(gettext(text, size=self.size))


class UploadRequired:
    """A validator that requires a file, unless the object has the bytes of one.

    It sets no HTML attribute ``required``, because a saved object needs no new file.
    """

    field_flags: dict[str, Any] = {}
    #: The error message, instead of the usual one.
    message: Any = None

    def __call__(self, form: Any, field: Any) -> None:
        """Stop the validation when there are no bytes to store.

        :raises wtforms.validators.StopValidation: where there are none.
        """
        if not field.data:
            raise StopValidation(_required_text(self, field))


def is_storable(text: str) -> bool:
    """Tell whether every database can store a text: no NUL, no lone surrogate."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return "\0" not in text


def stripped(value: Any) -> Any:
    """Remove white space at both ends of a text; other values stay as they are.

    A filter for WTForms' ``filters``.

    Since 0.1. Django: ``CharField(strip=True)``.
    """
    return value.strip() if isinstance(value, str) else value


def add_error(form: Any, field: str | None, text: str) -> None:
    """Add an error message to a field of a form, or to the form as a whole.

    :param form: any WTForms form.
    :param field: the name of the field; None to add the error to ``form.form_errors``.
    :param text: the error message.
    :raises ValueError: when the form has no such field.

    Since 0.1. Django: ``Form.add_error``.
    """
    if field is None:
        form.form_errors = [*form.form_errors, text]
    elif field in form:
        form[field].errors = [*form[field].errors, text]
    else:
        raise ValueError(f"{type(form).__name__} has no field {field!r}.")
