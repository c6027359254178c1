"""What a request submits to a form, and what a form starts with.

Django: ``request.POST`` and ``request.FILES``; a ModelForm's ``initial``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import abort
from flask import Request
from flask import request
from werkzeug.datastructures import CombinedMultiDict

_SUBMITTING = ("POST", "PUT", "PATCH", "DELETE")
_FORM_TYPES = ("application/x-www-form-urlencoded", "multipart/form-data")


def submitted_form() -> Any:
    """Return what this request submits, form and files as one; None for safe verbs.

    :raises werkzeug.exceptions.BadRequest: for a body that is no form: JSON, a
        multipart body without boundary, bytes that are no UTF-8.
    """
    current: Request = request._get_current_object()  # type: ignore[attr-defined]
    if current.method not in _SUBMITTING:
        return None
    form, files, length = current.form, current.files, current.content_length
    unread = bool(length) and not form and not files
    if unread or (length and current.mimetype not in _FORM_TYPES):
        abort(400, description="The body is no form.")
    return CombinedMultiDict([files, form]) if files else form


def with_initial(kwargs: dict[str, Any]) -> dict[str, Any]:
    """Have the initial values win over the object's, as in Django.

    :param kwargs: a form's keywords; WTForms alone would prefer ``obj`` to ``data``.
    """
    if kwargs.get("obj") is not None and kwargs.get("data"):
        kwargs["obj"] = _Initial(kwargs["obj"], kwargs["data"])
    return kwargs


class _Initial:
    """An object as a form sees it where initial values are stronger."""

    def __init__(self, obj: Any, initial: Mapping[str, Any]) -> None:
        self.__dict__.update(_obj=obj, _initial=initial)

    def __getattr__(self, name: str) -> Any:
        initial = self.__dict__["_initial"]
        return initial[name] if name in initial else getattr(self._obj, name)
