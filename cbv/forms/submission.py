"""The values that a request submits to a form, and a form's initial values.

Django: ``request.POST`` and ``request.FILES``; a ModelForm's ``initial``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import abort
from flask import Request
from flask import request
from werkzeug.datastructures import CombinedMultiDict

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
    return CombinedMultiDict([files, form]) if files else form


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
