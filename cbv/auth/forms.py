"""The forms of the account views.

Django: ``django.contrib.auth.forms``.
"""

from __future__ import annotations

from typing import Any

from wtforms import BooleanField
from wtforms import PasswordField
from wtforms import StringField
from wtforms.validators import Length

from ..forms import Form
from ..translation import gettext
from ..validators import add_error
from ..validators import Required
from ..validators import Storable
from . import passwords
from .session import authenticate

_NAME_LENGTH = 254


class AuthenticationForm(Form):
    """A name and a password, and the user they belong to.

    Since 0.1. Django: ``AuthenticationForm``.
    """

    username = StringField(
        validators=[Required(), Length(max=_NAME_LENGTH), Storable()],
        render_kw={"autocomplete": "username", "autocapitalize": "none"},
    )
    password = PasswordField(
        validators=[Required(), Length(max=passwords.MAX_LENGTH)],
        render_kw={"autocomplete": "current-password"},
    )

    #: The user, once the form is valid.
    user_cache: Any = None

    def validate(self, extra_validators: Any = None) -> bool:
        """Tell whether a user has this name and password.

        One text for an unknown name, a wrong password and an inactive user.
        """
        if not super().validate(extra_validators):
            return False
        name, password = self.username.data or "", self.password.data or ""
        self.user_cache = authenticate(name.strip(), password)
        if self.user_cache is None:
            add_error(self, None, self.get_invalid_login_error())
        return self.user_cache is not None

    def get_user(self) -> Any:
        """Return the user who logs in. Django: ``AuthenticationForm.get_user``."""
        return self.user_cache

    def get_invalid_login_error(self) -> str:
        """Return the one text for every refusal."""
        return gettext("Please enter a correct name and password.")


class RememberAuthenticationForm(AuthenticationForm):
    """As AuthenticationForm, with a box to stay logged in on this device.

    Since 0.1.
    """

    remember = BooleanField("Stay logged in on this device")
