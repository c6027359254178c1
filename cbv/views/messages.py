"""SuccessMessageMixin: flash a message after a form was saved.

Django: ``django.contrib.messages.views``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import flash
from flask.typing import ResponseReturnValue

from ..db import unit
from .edit import FormMixin


class SuccessMessageMixin(FormMixin):
    """Flash ``success_message`` with the category ``success`` after a valid form.

    The message is flashed after the dispatcher's commit, so never for a change that was
    rolled back. It works with every form view, DeleteView included.

    Since 0.1. Django: ``SuccessMessageMixin``.
    """

    #: The text; ``%(title)s`` is replaced by the form field ``title``, or else by the
    #: attribute ``title`` of the view's object. "" or None for no message.
    success_message: str | None = ""

    def form_valid(self, form: Any) -> ResponseReturnValue:
        """Process the form, and register the message to be flashed after the commit.

        Since 0.1. Django: ``SuccessMessageMixin.form_valid``.
        """
        answer = super().form_valid(form)
        # Not form.data: a field named "data" would hide that attribute.
        message = self.get_success_message(_data_of(form))
        if message:
            unit.on_commit(lambda: flash(message, "success"))
        return answer

    def get_success_message(self, cleaned_data: Mapping[str, Any]) -> str:
        """Return the text of the message, "" for none.

        :param cleaned_data: the values of the form, by field name.

        Since 0.1. Django: ``SuccessMessageMixin.get_success_message``.
        """
        obj = getattr(self, "object", None)
        # str(), because a translation may be lazy; None would become a word.
        text = "" if self.success_message is None else str(self.success_message)
        return text % _MessageValues(cleaned_data, obj)


def _data_of(form: Any) -> dict[str, Any]:
    """Return the values of a form by field name; {} for a formset, which has forms."""
    return {f.short_name: f.data for f in form if hasattr(f, "short_name")}


class _MessageValues(dict[str, Any]):
    """The values of a form by field name; other names are read from an object."""

    def __init__(self, data: Mapping[str, Any], obj: Any) -> None:
        super().__init__(data)
        self._obj = obj

    def __missing__(self, name: str) -> Any:
        try:
            return getattr(self._obj, name)
        except AttributeError:
            raise KeyError(name) from None
