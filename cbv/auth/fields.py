"""The fields and validators that the account forms share.

They are for login names, mail addresses and passwords.

Django: ``UsernameField``, ``SetPasswordMixin`` and ``AUTH_PASSWORD_VALIDATORS``. Of
Django's password validators two have a counterpart here: the minimum length, and that
the password is not the user's name.
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

#: The most characters of a mail address (RFC 5321), and so of a login name as well.
MAX_NAME = 254
_NAME = re.compile(r"[\w.@+-]+")
_FORBIDDEN = r"\s@,;:<>()\[\]\"\\\x00-\x1f\x7f-\x9f\ud800-\udfff"
_ADDRESS = re.compile(rf"[^{_FORBIDDEN}]{{1,64}}@[^{_FORBIDDEN}]{{1,253}}")


class AccountForm(Form):
    """The base of the account forms: labels and hints in the language of the request.

    Since 0.1.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self:
            field.label.text = gettext(str(field.label.text))
            field.description = field.description and gettext(str(field.description))


class Acceptable:
    """A validator for a new password: its length, and that it is not the user's name.

    ``CBV_PASSWORD_MIN_LENGTH`` is the least number of characters (8 by default), 4,096
    the most. The form's ``get_username()`` returns the name to compare with.

    Since 0.1. Django: ``MinimumLengthValidator`` and
    ``UserAttributeSimilarityValidator``.
    """

    def __call__(self, form: Any, field: Any) -> None:
        """Check the field before the password is hashed.

        :raises StopValidation: for a password that may not be chosen.
        """
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
    """A validator for a second password field: its text must equal that of the first.

    :param other: the name of the first field.

    Since 0.1.
    """

    def __init__(self, other: str) -> None:
        self.other = other

    def __call__(self, form: Any, field: Any) -> None:
        """Check the field.

        An empty first field has an error of its own, so nothing is compared with it.

        :raises StopValidation: for a text other than that of the first field.
        """
        first = form[self.other].data
        if first and field.data != first:
            text = "The two password fields do not match."
            raise StopValidation(gettext(text))


def new_password(label: str) -> Any:
    """Return a form field in which the user chooses a new password.

    :param label: the label of the field, in English; the form translates it.

    Since 0.1.
    """
    return PasswordField(
        label,
        validators=[Required(), Acceptable()],
        render_kw={"autocomplete": "new-password"},
    )


def repeated_password(label: str, other: str) -> Any:
    """Return a form field in which the user types the new password a second time.

    :param label: the label of the field, in English; the form translates it.
    :param other: the name of the field with the first password.

    Since 0.1.
    """
    return PasswordField(
        label,
        validators=[Required(), SameAs(other)],
        render_kw={"autocomplete": "new-password"},
    )


class UserName:
    """A validator for a new login name: letters, digits and ``@ . + - _``.

    A variant of a letter, such as a full-width letter or a ligature, is refused and not
    replaced, so that no two users have names that look the same.

    Since 0.1. Django: ``UnicodeUsernameValidator`` and ``UsernameField``.
    """

    def __call__(self, form: Any, field: Any) -> None:
        """Check the field.

        :raises StopValidation: for a name with another character, or not in NFKC form.
        """
        if not _NAME.fullmatch(field.data):
            text = "Enter a valid username: letters, digits and @ . + - _ only."
            raise StopValidation(gettext(text))
        plain = unicodedata.normalize("NFKC", field.data)
        if plain != field.data:
            text = "Write the username in plain letters: %(name)s"
            raise StopValidation(gettext(text, name=plain))


def composed(value: Any) -> Any:
    """Return a text in Unicode's NFC form: a letter and its accent are one character.

    A filter for form fields. Most keyboards send this form already. A text of more than
    ``MAX_NAME`` characters is returned as it is: a validator will refuse it, and
    normalizing it would cost time (CVE-2025-27556).

    Since 0.1.
    """
    is_short = isinstance(value, str) and len(value) <= MAX_NAME
    return unicodedata.normalize("NFC", value) if is_short else value


class MailAddress:
    """A validator for a mail address that cannot inject headers into a mail.

    Stricter than RFC 5322 on purpose: no quotes, comments or control characters
    (CVE-2021-32052).

    Since 0.1. Django: ``EmailValidator``.
    """

    def __call__(self, form: Any, field: Any) -> None:
        """Check the field.

        :raises StopValidation: for a text that is no such address.
        """
        if not _ADDRESS.fullmatch(field.data or ""):
            raise StopValidation(gettext("Enter a valid mail address."))
