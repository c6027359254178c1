"""The form fields for columns of texts: one line, or many.

Django: ``CharField``, with ``TextInput`` or ``Textarea``.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from wtforms import fields


class KeptText:
    """A mixin for fields of texts: strip what was typed, keep what came back.

    A text that comes back as the form showed it leaves the value as it is, with white
    space at its ends and line ends of either kind: nobody has typed them.

    :param empty: the value for an empty text: None, or the text itself.

    Django: ``CharField(strip=True)`` and ``CharField.empty_value``.
    """

    data: Any
    object_data: Any

    def __init__(self, *args: Any, empty: str | None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.empty = empty

    def process_formdata(self, valuelist: Sequence[Any]) -> None:
        """Read the posted text."""
        text = valuelist[0] if valuelist else self.object_data
        if isinstance(text, str) and _lines(text) != _lines(self.object_data):
            self.data = text.strip() or self.empty
        elif text is not self.object_data and not isinstance(text, str):
            self.data = text  # a validator refuses it


def _lines(text: Any) -> Any:
    """Return a text with the line ends that browsers do not send."""
    return text.replace("\r\n", "\n") if isinstance(text, str) else text


class TextField(KeptText, fields.StringField):
    """A field for a text in one line."""


class LongTextField(KeptText, fields.TextAreaField):
    """A field for a text of many lines."""
