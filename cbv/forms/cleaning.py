"""Django's hooks for rules of validation: ``clean_<name>()`` and ``clean()``.

:meth:`cbv.forms.Form.validate` calls them after WTForms' validators. Django:
``BaseForm._clean_fields`` and ``BaseForm._clean_form``.
"""

from __future__ import annotations

from collections.abc import Iterator
from collections.abc import Mapping
from typing import Any

from wtforms.fields.core import UnboundField
from wtforms.validators import StopValidation
from wtforms.validators import ValidationError as WTFormsError

from .choices import KeyField
from .fields import CarriedField
from .validators import add_error


class ValidationError(WTFormsError):
    """An error that a rule of validation raises, with Django's arguments.

    ``clean_<name>()`` and ``clean()`` of a form, ``clean()`` of a formset and WTForms'
    validators may raise it; WTForms' own class of that name will do as well.

    :param message: a text, a list of texts or errors, or a dict of them by field name.
    :param code: has no effect; Django's templates do not show it either.
    :param params: the values for placeholders such as ``%(value)s`` in a text.

    Since 0.1. Django: ``django.core.exceptions.ValidationError``.
    """

    def __init__(
        self,
        message: Any = "",
        code: Any = None,
        params: Mapping[str, Any] | None = None,
    ) -> None:
        self.code, self.params = code, params
        #: The texts by field name; None for an error without field names.
        self.message_dict: dict[str, list[str]] | None = None
        if isinstance(message, Mapping):
            self.message_dict = {k: list(texts_of(v)) for k, v in message.items()}
            message = [text for texts in self.message_dict.values() for text in texts]
        texts = [str(text) % params if params else text for text in texts_of(message)]
        super().__init__(*(texts or [""]))

    @property
    def messages(self) -> list[str]:
        """The texts of all errors. Django: ``ValidationError.messages``."""
        return list(texts_of(self))


def texts_of(error: Any) -> Iterator[str]:
    """Yield the texts of an error: of a text, an exception, or a list of these."""
    if isinstance(error, BaseException):
        error = list(error.args)
    if not isinstance(error, (list, tuple)):
        yield error
        return
    for item in error:
        yield from texts_of(item)


def add_errors(form: Any, field: str | None, error: Any) -> None:
    """Add the texts of an error to a field of a form, or to the form as a whole.

    :param field: the name of the field, None for the form.
    :param error: a text, an exception, or a list of these; an exception with texts by
        field name adds each to its field.
    """
    by_name = getattr(error, "message_dict", None)
    for name, texts in ({field: error} if by_name is None else by_name).items():
        place = None if name in (None, "__all__") else name
        for text in texts_of(texts):
            add_error(form, place, text)
        if place is not None and form._cleaned is not None:
            form._cleaned.pop(place, None)


def clean(form: Any) -> None:
    """Call a form's ``clean_<name>()`` methods and its ``clean()``; keep their values.

    While they run, ``form.cleaned_data`` is one dict, which they may change: it has the
    values of the fields without errors. Their errors are added to the form.
    """
    form._cleaned = {}
    for name, field in form._fields.items():
        if not field.errors and not isinstance(field, CarriedField):
            form._cleaned[name] = field.data
            _call(form, f"clean_{name}", name)
    result = _call(form, "clean", None)
    values = form._cleaned if result is None else dict(result)
    form._cleaned = None
    form._cleaned_more = {k: v for k, v in values.items() if k not in form._fields}
    for name in form._fields.keys() & values.keys():
        _set(form._fields[name], values[name])


def _call(form: Any, hook: str, field: str | None) -> Any:
    """Call a hook and return its result; keep that of a ``clean_<name>()``."""
    declared = getattr(type(form), hook, None)
    if declared is None or isinstance(declared, UnboundField):  # a field of that name
        return None
    try:
        result = getattr(form, hook)()
    except (WTFormsError, StopValidation) as error:
        add_errors(form, field, error)
        return None
    if field is not None and field in form._cleaned:  # add_error() takes it away
        form._cleaned[field] = result
    return result


def _set(field: Any, value: Any) -> None:
    """Set the value of a field; that of a select field also decides what is chosen."""
    if value is field.data:
        return
    if isinstance(field, KeyField):
        field.process_data(value)
    else:
        field.data = value
