"""The fields of the account forms: names, mail addresses, passwords and their rules.

Django: ``UsernameField``, ``SetPasswordMixin`` and ``AUTH_PASSWORD_VALIDATORS``, of
which the length and the likeness to the user's name are asked here.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Any

from flask import current_app
from wtforms import PasswordField
from wtforms.validators import StopValidation

from ..forms.model_form import Form
from ..forms.validators import Required
from ..translation import gettext
from . import passwords

#: Mail addresses are no longer (RFC 5321), names even shorter.
MAX_NAME = 254
_NAME = re.compile(r"[\w.@+-]+")
_FORBIDDEN = r"\s@,;:<>()\[\]\"\\\x00-\x1f\x7f-\x9f\ud800-\udfff"
_ADDRESS = re.compile(rf"[^{_FORBIDDEN}]{{1,64}}@[^{_FORBIDDEN}]{{1,253}}")


class AccountForm(Form):
    """A form whose labels and hints are in the language of the request."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self:
            field.label.text = gettext(str(field.label.text))
            field.description = field.description and gettext(str(field.description))


class Acceptable:
    """A password that may be chosen: long enough, not too long, not the user's name.

    ``CBV_PASSWORD_MIN_LENGTH`` says how long (8); the form's ``get_username()`` gives
    the name.
    """

    def __call__(self, form: Any, field: Any) -> None:
        """Refuse the others, before anything is hashed."""
        least = current_app.config.get("CBV_PASSWORD_MIN_LENGTH", 8)
        if len(field.data) < least:
            text = "This password is too short. It needs at least %(least)d characters."
            raise StopValidation(gettext(text, least=least))
        if len(field.data) > passwords.MAX_LENGTH:
            text = "A password has %(most)d characters at most."
            raise StopValidation(gettext(text, most=passwords.MAX_LENGTH))
        if field.data.casefold() == str(form.get_username() or "").casefold():
            raise StopValidation(gettext("The password must not be the user name."))


class SameAs:
    """The password of another field, typed again."""

    def __init__(self, other: str) -> None:
        self.other = other

    def __call__(self, form: Any, field: Any) -> None:
        """Refuse another one."""
        first = form[self.other].data
        if first and field.data != first:
            text = "The two password fields do not match."
            raise StopValidation(gettext(text))


def new_password(label: str) -> Any:
    """Return a field for a password that is chosen."""
    return PasswordField(
        label,
        validators=[Required(), Acceptable()],
        render_kw={"autocomplete": "new-password"},
    )


def repeated_password(label: str, other: str) -> Any:
    """Return a field for the same password again."""
    return PasswordField(
        label,
        validators=[Required(), SameAs(other)],
        render_kw={"autocomplete": "new-password"},
    )


class UserName:
    """A name to log in with: letters, digits and ``@ . + - _``, each in plain shape.

    Letters that only look like others (full width, ligatures) are refused instead of
    replaced: nobody's name is another's. Django: ``UnicodeUsernameValidator``.
    """

    def __call__(self, form: Any, field: Any) -> None:
        """Refuse every other name."""
        if not _NAME.fullmatch(field.data):
            text = "Enter a valid username: letters, digits and @ . + - _ only."
            raise StopValidation(gettext(text))
        plain = unicodedata.normalize("NFKC", field.data)
        if plain != field.data:
            text = "Write the username in plain letters: %(name)s"
            raise StopValidation(gettext(text, name=plain))


def composed(value: Any) -> Any:
    """Return a text with each accent joined to its letter, as most keyboards send it.

    Long ones, which a validator will refuse, are left alone (CVE-2025-27556).
    """
    short = isinstance(value, str) and len(value) <= MAX_NAME
    return unicodedata.normalize("NFC", value) if short else value


class MailAddress:
    """Something that mail can be sent to, and nothing that bends its headers.

    Stricter than RFC 5322 on purpose: no quotes, comments or control characters
    (CVE-2021-32052). Django: ``EmailValidator``.
    """

    def __call__(self, form: Any, field: Any) -> None:
        """Refuse everything else."""
        if not _ADDRESS.fullmatch(field.data or ""):
            raise StopValidation(gettext("Enter a valid mail address."))
