"""The ``error_messages`` of a model form: texts of the application by Django's codes.

Django: ``Field.default_error_messages`` and ``ModelFormOptions.error_messages``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from wtforms.fields import SelectField
from wtforms.validators import InputRequired
from wtforms.validators import Length

from ..exceptions import misconfigured
from .choices import KeyField
from .validators import MaximumSize
from .validators import RequiredOnceSaved
from .validators import UploadRequired

#: The key in ``error_messages`` for the errors of the form as a whole. Since 0.1.
#: Django: the same name, in ``django.core.exceptions``.
NON_FIELD_ERRORS = "__all__"

#: By code: the values that the text may name, with an example.
_FIELD_CODES: dict[str, dict[str, Any]] = {
    "required": {},
    "invalid": {},
    "invalid_choice": {},
    "max_length": {"limit_value": 1, "show_value": 1},
    "unique": {"model_name": "", "field_label": ""},
}
_FORM_CODES = {"unique_together": {"model_name": "", "field_labels": ""}}


def check_texts(model: Any, name: str, texts: Any) -> None:
    """Refuse texts that could never be shown, or not be filled in.

    :param name: an attribute of the model, or ``NON_FIELD_ERRORS``.
    :param texts: the value of ``error_messages`` for it.
    :raises ImproperlyConfigured: for an unknown code, and for a text that names
        another value than its code has.
    """
    setting = f"has error_messages[{name!r}]"
    if not isinstance(texts, Mapping):
        cure = "write {'required': text}"
        raise misconfigured(model, f"{setting} that are no texts by code", cure)
    codes = _FORM_CODES if name == NON_FIELD_ERRORS else _FIELD_CODES
    for code, text in texts.items():
        if code not in codes:
            cure = f"name one of {', '.join(codes)}"
            raise misconfigured(model, f"{setting} for the unknown code {code!r}", cure)
        if isinstance(text, str):
            _check_text(model, f"{setting}[{code!r}] = {text!r}", text, codes[code])


def _check_text(model: Any, setting: str, text: str, values: Mapping[str, Any]) -> None:
    """Refuse a text that cannot be filled in with these values."""
    try:
        fits = bool(text % values) if values else "%(" not in text
    except (KeyError, TypeError, ValueError):
        fits = False
    if not fits:
        names = " and ".join(f"%({name})s" for name in values) or "no value"
        cures = f"name {names}", "write %% for a per cent sign"
        raise misconfigured(
            model, f"{setting}, which cannot be filled in", *cures[: 1 + bool(values)]
        )


def worded(field: Any, texts: Mapping[str, Any]) -> Any:
    """Have a field that was made for a column show these texts, and return it.

    :param field: WTForms' unbound field.
    :param texts: the texts by code.
    """
    if "invalid" in texts:
        field.kwargs["invalid_value_message"] = texts["invalid"]
    if "invalid_choice" in texts and issubclass(field.field_class, _CHOOSING):
        field.kwargs["invalid_value_message"] = texts["invalid_choice"]
        field.kwargs["invalid_choice_message"] = texts["invalid_choice"]
    for validator in field.kwargs.get("validators") or ():
        if "required" in texts and isinstance(validator, _REQUIRING):
            validator.message = texts["required"]
        if "max_length" in texts and isinstance(validator, (Length, MaximumSize)):
            validator.message = _MaximumText(texts["max_length"])
    return field


_CHOOSING = (SelectField, KeyField)
_REQUIRING = (InputRequired, RequiredOnceSaved, UploadRequired)


class _MaximumText:
    """A text for what is too long: WTForms fills it in, with its names and Django's."""

    def __init__(self, text: Any) -> None:
        self.text = text

    def __mod__(self, values: Mapping[str, Any]) -> str:
        limit, length = values["max"], values["length"]
        both = {**values, "limit_value": limit, "show_value": length}
        return str(self.text) % both


def unique_text(form: Any, names: list[str], values: Mapping[str, Any]) -> str | None:
    """Return the application's text for values that another row has, if it has one.

    :param form: any form; a ModelForm may have ``error_messages``.
    :param names: the names under which the texts may be; none for the form as a whole.
    :param values: what the text may name.
    """
    messages = getattr(form.meta, "error_messages", None) or {}
    code = "unique" if names else "unique_together"
    for name in names or [NON_FIELD_ERRORS]:
        if code in messages.get(name, ()):
            return str(messages[name][code]) % values
    return None
