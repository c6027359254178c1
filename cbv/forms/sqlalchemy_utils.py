"""The form fields for the column types of the package SQLAlchemy-Utils.

They are found by the names of its classes, so that nothing is imported for applications
without it. Types that are missing here need no field of their own, because their values
are those of a plain type (``UUIDType``, ``JSONType``), or have none: register one.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial
from typing import Any
from urllib.parse import urlsplit

from wtforms.widgets import EmailInput
from wtforms.widgets import TelInput
from wtforms.widgets import URLInput

from ..db.columns import coerce
from ..db.columns import key_text
from .column_choices import ColumnSelect
from .fields import ConvertedField

_Convert = Callable[[str], Any]
_EMAIL = r"[^@\s]+@[^@\s.]+(?:\.[^@\s.]+)*"
#: What a link may start with: ``javascript:`` in a page would run as a script.
_SCHEMES = ("", "http", "https", "ftp", "ftps")


def _as_stored(widget: Any, column: Any, **kwargs: Any) -> Any:
    """Return a field for the text that the type stores for its objects."""
    return _text(partial(coerce, column), widget, column, **kwargs)


def _text(
    convert: Callable[[str], Any], widget: Any, column: Any, **kwargs: Any
) -> Any:
    if widget is not None:
        kwargs.setdefault("widget", widget)
    return ConvertedField(convert=convert, show=partial(key_text, column), **kwargs)


def _email(column: Any, **kwargs: Any) -> Any:
    def convert(text: str) -> Any:
        if not re.fullmatch(_EMAIL, text):
            raise ValueError("no address")
        return coerce(column, text)

    return _text(convert, EmailInput(), column, **kwargs)


def _url(column: Any, **kwargs: Any) -> Any:
    def convert(text: str) -> Any:
        if urlsplit(text).scheme.lower() not in _SCHEMES:
            raise ValueError("no link")
        return coerce(column, text)

    return _text(convert, URLInput(), column, **kwargs)


def _choice(column: Any, **kwargs: Any) -> Any:
    choices = column.type.choices
    has_default = column.default is not None or column.server_default is not None
    return ColumnSelect(
        column=column,
        choices=list(choices),
        blank=column.nullable or not has_default,
        **kwargs,
    )


#: The builders by the name of the class, None for a type that no form may edit.
BUILDERS: dict[str, Callable[..., Any] | None] = {
    "ChoiceType": _choice,
    "ColorType": partial(_as_stored, None),
    "CountryType": partial(_as_stored, None),
    "CurrencyType": partial(_as_stored, None),
    "EmailType": _email,
    "IPAddressType": partial(_as_stored, None),
    "LocaleType": partial(_as_stored, None),
    "LtreeType": partial(_as_stored, None),
    "PasswordType": None,
    "PhoneNumberType": partial(_as_stored, TelInput()),
    "RangeType": partial(_as_stored, None),
    "TimezoneType": partial(_as_stored, None),
    "URLType": _url,
}
