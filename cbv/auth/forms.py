"""The forms to log in and to register.

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
    """A name and a password, and the user they belong to.

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

    #: The user, once the form is valid.
    user_cache: Any = None

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        label = self.username.label
        if label.text == gettext("Username"):  # no other was chosen
            name = current_app.config.get("CBV_USERNAME_FIELD", "username")
            label.text = gettext(label_of(name))

    def validate(self, extra_validators: Any = None) -> bool:
        """Tell whether a user has this name and password.

        One text for an unknown name, a wrong password and an inactive user.
        """
        if not super().validate(extra_validators):
            return False
        name, password = str(self.username.data), str(self.password.data)
        self.user_cache = authenticate(name, password)
        if self.user_cache is None:
            add_error(self, None, self.get_invalid_login_error())
        return self.user_cache is not None

    def get_user(self) -> Any:
        """Return the user who logs in.

        Since 0.1. Django: ``AuthenticationForm.get_user``.
        """
        return self.user_cache

    def get_invalid_login_error(self) -> str:
        """Return the one text for every refusal.

        Since 0.1. Django: ``AuthenticationForm.get_invalid_login_error``.
        """
        return gettext("Please enter a correct name and password.")


class RememberAuthenticationForm(AuthenticationForm):
    """As AuthenticationForm, with a box to stay logged in on this device.

    Since 0.1.
    """

    remember = BooleanField("Stay logged in on this device")


class RegisterForm(AccountForm):
    """A name, a mail address and a password for a new user.

    ``email`` is there where the user class has such a column; ``username`` is not,
    where users log in with their mail address.

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
        name, address = username_field(), email_field()
        if address is None:
            del self.email
        elif address == name:
            del self.username
        #: The attribute that each of these fields fills.
        self.attributes = {
            attribute: field
            for attribute, field in ((name, "username"), (address, "email"))
            if attribute is not None and field in self
        }

    def get_username(self) -> str:
        """Return the name that the password must not be."""
        return str(self[self.attributes[username_field()]].data or "")

    def validate(self, extra_validators: Any = None) -> bool:
        """Tell whether all is well said, and neither name nor address is taken."""
        valid = super().validate(extra_validators)
        return self.check_free() and valid

    def check_free(self) -> bool:
        """Tell whether name and address are free; add errors where they are not.

        Differences of case do not count, so that nobody can pass for another.
        """
        free = True
        for attribute, name in self.attributes.items():
            if not self[name].errors and not self._is_free(attribute, self[name]):
                free = False
        return free

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
        """Make the user and save it; return it.

        Since 0.1. Django: ``BaseUserCreationForm.save``.
        """
        user = new_object(user_model())
        for attribute, name in self.attributes.items():
            setattr(user, attribute, self[name].data)
        user.set_password(self.password1.data)
        writing.save(user)
        return user
