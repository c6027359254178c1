"""SuccessMessageMixin: say that it worked, once it has.

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
    """Flash ``success_message`` with category ``success`` after a valid form.

    Only when the dispatcher has committed: a change that is lost is not announced. On
    DeleteView too, where the names may also be the object's.

    Since 0.1. Django: ``SuccessMessageMixin``.
    """

    #: The text; ``%(title)s`` is filled from the form's data.
    success_message: str = ""

    def form_valid(self, form: Any) -> ResponseReturnValue:
        """Have the message flashed once the change is saved."""
        answer = super().form_valid(form)
        # Not form.data: a field of that name, of a JSON column say, would hide it.
        message = self.get_success_message(_data_of(form))
        if message:
            unit.on_commit(lambda: flash(message, "success"))
        return answer

    def get_success_message(self, cleaned_data: Mapping[str, Any]) -> str:
        """Return the text, "" for none.

        :param cleaned_data: the form's data, by field name.

        Since 0.1. Django: ``SuccessMessageMixin.get_success_message``.
        """
        obj = getattr(self, "object", None)
        return str(self.success_message) % _Data(cleaned_data, obj)


def _data_of(form: Any) -> dict[str, Any]:
    """Return the values of a form's fields; a formset has forms in their place."""
    return {f.short_name: f.data for f in form if hasattr(f, "short_name")}


class _Data(dict[str, Any]):
    """The form's data; what it has not is looked for on the object."""

    def __init__(self, data: Mapping[str, Any], obj: Any) -> None:
        super().__init__(data)
        self._obj = obj

    def __missing__(self, name: str) -> Any:
        try:
            return getattr(self._obj, name)
        except AttributeError:
            raise KeyError(name) from None
