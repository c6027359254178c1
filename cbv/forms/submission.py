"""The values that a request submits to a form, and a form's initial values.

Django: ``request.POST`` and ``request.FILES``; a ModelForm's ``initial``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from flask import abort
from flask import Request
from flask import request
from werkzeug.datastructures import CombinedMultiDict
from werkzeug.datastructures import MultiDict
from wtforms.fields import FieldList
from wtforms.fields import FileField
from wtforms.fields import FormField
from wtforms.meta import DefaultMeta

from .initial import process_value

_UNSAFE_METHODS = ("POST", "PUT", "PATCH", "DELETE")
_FORM_TYPES = ("application/x-www-form-urlencoded", "multipart/form-data")


def submitted_form() -> Any:
    """Return the form values and files that this request submits, in one MultiDict.

    :returns: None where the method is GET or another safe one.
    :raises werkzeug.exceptions.BadRequest: for a body that is no form: JSON, a
        multipart body without a boundary, bytes that are not UTF-8.

    Django: ``FormMixin.get_form_kwargs``.
    """
    current: Request = request._get_current_object()  # type: ignore[attr-defined]
    if current.method not in _UNSAFE_METHODS:
        return None
    form, files, length = current.form, current.files, current.content_length
    unread = bool(length) and not form and not files
    if unread or (length and current.mimetype not in _FORM_TYPES):
        abort(400, description="The body is no form.")
    return Submission(files, form) if files else form


class Submission(CombinedMultiDict[str, Any]):
    """The files and texts of a request in one MultiDict, as WTForms expects them."""

    def __init__(self, files: MultiDict[str, Any], texts: MultiDict[str, Any]) -> None:
        super().__init__([files, texts])
        self.files, self.texts = files, texts

    def for_form(self, form: Any) -> CombinedMultiDict[str, Any]:
        """Return the texts, and those files that the file fields of a form expect."""
        names = re.compile("|".join(n for field in form for n in _file_names(field)))
        sent = self.files.items(multi=True) if names.pattern else ()
        # An empty file means that none was chosen.
        expected = [(name, f) for name, f in sent if f and names.fullmatch(name)]
        return CombinedMultiDict([MultiDict(expected), self.texts])


def _file_names(field: Any) -> Iterator[str]:
    """Yield patterns of the names under which a field, or one in it, expects files."""
    if is_file_field(field):
        yield re.escape(field.name)
    elif isinstance(field, FormField):
        part = field.form_class(formdata=None, prefix=field.name + field.separator)
        for inner in part:
            yield from _file_names(inner)
    elif isinstance(field, FieldList):
        unbound: Any = field.unbound_field
        entry = unbound.bind(form=None, name="", _meta=field.meta)
        for name in _file_names(entry):
            yield f"{re.escape(field.name)}.+{name}"


def is_file_field(field: Any) -> bool:
    """Tell whether a field takes files: by its class, or by the input that it shows."""
    shown = getattr(field.widget, "input_type", None)
    return isinstance(field, FileField) or shown == "file"


class SubmittedForm:
    """A mixin for forms, for two things that every browser does or could do.

    A file may be sent under the name of a text. It is no value: filters and validators
    of texts, which cannot read a file, find the field absent. Django has
    ``request.POST`` and ``request.FILES`` for that.

    A disabled field is never sent, and a file field not always: both keep the value
    that they were shown with. Django: ``Field.disabled``.
    """

    class Meta(DefaultMeta):
        """The settings that WTForms reads from a form class."""

        def wrap_formdata(self, form: Any, formdata: Any) -> Any:
            """Return the submitted values that the form may see."""
            formdata = super().wrap_formdata(form, formdata)
            is_mixed = isinstance(formdata, Submission)
            return formdata.for_form(form) if is_mixed else formdata

    def post_process(self: Any, formdata: Any = None) -> None:
        """Give the fields that were not sent, and need not be, their old values."""
        super().post_process(formdata)  # type: ignore[misc]
        for field in self if formdata is not None else ():
            may_be_missing = is_locked(field) or is_file_field(field)
            if may_be_missing and field.object_data and not any(field.raw_data or ()):
                process_value(self, field, field.object_data)


def is_locked(field: Any) -> bool:
    """Tell whether a user may not change a field: ``Disabled`` or ``ReadOnly``."""
    return bool(field.flags.disabled or field.flags.readonly)


def for_submission(form_class: Any, kwargs: Mapping[str, Any]) -> Any:
    """Return the class for a form: with SubmittedForm where values were submitted.

    :param form_class: any WTForms form class.
    :param kwargs: the keywords that the class will be called with.
    """
    if kwargs.get("formdata") is None or issubclass(form_class, SubmittedForm):
        return form_class
    return _submitted(form_class)


@lru_cache(maxsize=512)
def _submitted(form_class: Any) -> Any:
    """Return a subclass of a form class that derives from SubmittedForm too."""
    metaclass: Any = type(form_class)
    return metaclass(form_class.__name__, (SubmittedForm, form_class), {})


def with_initial(kwargs: dict[str, Any]) -> dict[str, Any]:
    """Return a form's keywords with the initial values stronger than the object's.

    This is Django's order; WTForms itself prefers the values of ``obj`` to ``data``.

    :param kwargs: the keywords of a form class; ``obj`` is replaced in this dict.
    """
    if kwargs.get("obj") is not None and kwargs.get("data"):
        kwargs["obj"] = _Initial(kwargs["obj"], kwargs["data"])
    return kwargs


class _Initial:
    """A stand-in for an object: initial values hide the object's attributes."""

    def __init__(self, obj: Any, initial: Mapping[str, Any]) -> None:
        self.__dict__.update(_obj=obj, _initial=initial)

    def __getattr__(self, name: str) -> Any:
        initial = self.__dict__["_initial"]
        return initial[name] if name in initial else getattr(self._obj, name)
