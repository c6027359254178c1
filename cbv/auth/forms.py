"""The form to log in and the form to register a new user.

Django: ``django.contrib.auth.forms``.
"""

from __future__ import annotations

from typing import Any

from flask import current_app
from wtforms import BooleanField
from wtforms import EmailField
from wtforms import PasswordField
from wtforms import StringField
from wtforms.validators import Length

from ..db import writing
from ..db.columns import coerce
from ..db.columns import column_of
from ..db.columns import new_object
from ..forms.model_fields import label_of
from ..forms.validators import add_error
from ..forms.validators import Required
from ..forms.validators import Storable
from ..forms.validators import stripped
from ..translation import gettext
from . import passwords
from .backend import email_field
from .backend import user_model
from .backend import username_field
from .backend import users_like
from .fields import AccountForm
from .fields import composed
from .fields import MailAddress
from .fields import MAX_NAME
from .fields import new_password
from .fields import repeated_password
from .fields import UserName
from .session import authenticate


class AuthenticationForm(AccountForm):
    """The form to log in with a login name and a password.

    When the form is valid, :meth:`get_user` returns the user.

    Since 0.1. Django: ``AuthenticationForm``.
    """

    username = StringField(
        validators=[Required(), Length(max=MAX_NAME), Storable()],
        filters=[stripped, composed],
        render_kw={"autocomplete": "username", "autocapitalize": "none"},
    )
    password = PasswordField(
        validators=[Required(), Length(max=passwords.MAX_LENGTH)],
        render_kw={"autocomplete": "current-password"},
    )

    #: The user whose name and password were entered; None until the form is valid.
    user_cache: Any = None

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        label = self.username.label
        if label.text == gettext("Username"):  # the field was given no label
            name = current_app.config.get("CBV_USERNAME_FIELD", "username")
            label.text = gettext(label_of(name))

    def validate(self, extra_validators: Any = None) -> bool:
        """Tell whether there is an active user with this name and password.

        The error is the same for an unknown name, a wrong password and an inactive
        user, so that it does not tell which accounts exist.
        """
        if not super().validate(extra_validators):
            return False
        name, password = str(self.username.data), str(self.password.data)
        self.user_cache = authenticate(name, password)
        if self.user_cache is None:
            add_error(self, None, self.get_invalid_login_error())
        return self.user_cache is not None

    def get_user(self) -> Any:
        """Return the user who logs in; None until the form is valid.

        Since 0.1. Django: ``AuthenticationForm.get_user``.
        """
        return self.user_cache

    def get_invalid_login_error(self) -> str:
        """Return the error text that is shown for every failed attempt to log in.

        Since 0.1. Django: ``AuthenticationForm.get_invalid_login_error``.
        """
        return gettext("Please enter a correct name and password.")


class RememberAuthenticationForm(AuthenticationForm):
    """An :class:`AuthenticationForm` with a checkbox to stay logged in on this device.

    The checkbox has Flask-Login set its remember cookie, which outlives the browser
    session.

    Since 0.1.
    """

    remember = BooleanField("Stay logged in on this device")


class RegisterForm(AccountForm):
    """The form to create a user: a login name, a mail address and a password.

    The field ``email`` is removed when the user class has no column for it. The field
    ``username`` is removed when users log in with their mail address.

    Since 0.1. Django: ``BaseUserCreationForm``, which has no view there.
    """

    username = StringField(
        description="Letters, digits and @ . + - _",
        validators=[Required(), Length(max=150), UserName()],
        filters=[stripped, composed],
        render_kw={"autocomplete": "username", "autocapitalize": "none"},
    )
    email = EmailField(
        "Mail address",
        validators=[Required(), Length(max=MAX_NAME), MailAddress()],
        filters=[stripped],
        render_kw={"autocomplete": "email"},
    )
    password1 = new_password("Password")
    password2 = repeated_password("Password again", "password1")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        name_attribute, mail_attribute = username_field(), email_field()
        if mail_attribute is None:
            del self.email
        elif mail_attribute == name_attribute:
            del self.username
        fields = ((name_attribute, "username"), (mail_attribute, "email"))
        #: The field of this form that fills each of these attributes of the user.
        self.attributes = {
            attribute: field
            for attribute, field in fields
            if attribute is not None and field in self
        }

    def get_username(self) -> str:
        """Return the login name, which must not be the password as well."""
        return str(self[self.attributes[username_field()]].data or "")

    def validate(self, extra_validators: Any = None) -> bool:
        """Tell whether every field is valid and neither name nor address is taken."""
        valid = super().validate(extra_validators)
        return self.check_free() and valid

    def check_free(self) -> bool:
        """Tell whether no user has this name or address; add errors to the fields.

        Upper and lower case are the same here, so that nobody can register a name that
        reads like another user's.

        Since 0.1.
        """
        all_free = True
        for attribute, name in self.attributes.items():
            if not self[name].errors and not self._is_free(attribute, self[name]):
                all_free = False
        return all_free

    def _is_free(self, attribute: str, field: Any) -> bool:
        text = "A user with this %(name)s already exists."
        try:
            coerce(column_of(user_model(), attribute), field.data)
        except ValueError:
            text = "This %(name)s cannot be stored; is it too long?"
        else:
            if not users_like(attribute, field.data):
                return True
        label = field.label.text.lower()
        add_error(self, field.short_name, gettext(text, name=label))
        return False

    def save(self) -> Any:
        """Create the user, save it in the database and return it.

        Since 0.1. Django: ``BaseUserCreationForm.save``.
        """
        user = new_object(user_model())
        for attribute, name in self.attributes.items():
            setattr(user, attribute, self[name].data)
        user.set_password(self.password1.data)
        writing.save(user)
        return user
