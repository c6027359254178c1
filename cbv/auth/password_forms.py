"""The forms that change a password, or send a link to change it by.

Django: ``django.contrib.auth.forms``.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from collections.abc import Mapping
from typing import Any

from wtforms import EmailField
from wtforms import PasswordField
from wtforms.validators import Length
from wtforms.validators import StopValidation

from ..db import writing
from ..exceptions import ImproperlyConfigured
from ..forms.validators import Required
from ..forms.validators import stripped
from ..translation import gettext
from . import mail
from . import passwords
from .after_response import after_response
from .backend import email_field
from .backend import user_model
from .backend import username_field
from .backend import users_like
from .endpoints import endpoint_beside
from .fields import AccountForm
from .fields import MailAddress
from .fields import MAX_NAME
from .fields import new_password
from .fields import repeated_password
from .tokens import default_token_generator
from .tokens import uid_of
from .users import key_text

logger = logging.getLogger("cbv")


class SetPasswordForm(AccountForm):
    """Choose a password without naming the old one.

    :param user: whose password it is.

    Since 0.1. Django: ``SetPasswordForm``.
    """

    new_password1 = new_password("New password")
    new_password2 = repeated_password("New password again", "new_password1")

    def __init__(self, *args: Any, user: Any = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user

    def get_username(self) -> str:
        """Return the name that the password must not be."""
        return str(getattr(self.user, username_field()))

    def save(self) -> Any:
        """Set the password and save the user; return it.

        Since 0.1. Django: ``SetPasswordForm.save``.
        """
        self.user.set_password(self.new_password1.data)
        writing.save(self.user)
        return self.user


class PasswordChangeForm(SetPasswordForm):
    """Choose a password by naming the old one.

    Since 0.1. Django: ``PasswordChangeForm``.
    """

    old_password = PasswordField(
        "Old password",
        validators=[Required(), Length(max=passwords.MAX_LENGTH)],
        render_kw={"autocomplete": "current-password"},
    )
    # Again, because WTForms shows fields in the order in which they are made.
    new_password1 = new_password("New password")
    new_password2 = repeated_password("New password again", "new_password1")

    def validate_old_password(self, field: Any) -> None:
        """Refuse another password than the user's. Django: ``clean_old_password``."""
        if not self.user.check_password(field.data):
            text = "Your old password was entered incorrectly. Please enter it again."
            raise StopValidation(gettext(text))


class PasswordResetForm(AccountForm):
    """Ask for a link by mail; the answer is the same whoever has the address.

    Since 0.1. Django: ``PasswordResetForm``.
    """

    email = EmailField(
        "Mail address",
        validators=[Required(), Length(max=MAX_NAME), MailAddress()],
        filters=[stripped],
        render_kw={"autocomplete": "email"},
    )

    def get_users(self, email: str) -> Iterable[Any]:
        """Return who gets a mail: active users with this address and a password.

        Since 0.1. Django: ``PasswordResetForm.get_users``.
        """
        found = users_like(self._field(), email)
        return [user for user in found if user.is_active and user.has_usable_password()]

    def _field(self) -> str:
        field = email_field()
        if field is None:
            raise ImproperlyConfigured(
                f"{user_model().__name__} maps no column for the mail address. Cure:"
                " set CBV_EMAIL_FIELD to the attribute that holds it."
            )
        return field

    def save(
        self,
        *,
        subject_template_name: str = "registration/password_reset_subject.txt",
        email_template_name: str = "registration/password_reset_email.html",
        token_generator: Any = default_token_generator,
        from_email: str | None = None,
        html_email_template_name: str | None = None,
        extra_email_context: Mapping[str, Any] | None = None,
    ) -> None:
        """Send the mails once the answer is gone: users are looked for only then.

        :raises ImproperlyConfigured: where no mail could be sent, or no link in it
            could lead here.

        Since 0.1. Django: ``PasswordResetForm.save``.
        """
        self._field()
        mail.origin()
        if type(self).send_mail is PasswordResetForm.send_mail:
            mail.check_mail()
        names = (subject_template_name, email_template_name)
        html_name = html_email_template_name

        def send() -> None:
            for user in self.get_users(str(self.email.data)):
                context = self._context(user, token_generator)
                to = context["email"]
                context.update(extra_email_context or {})
                self.send_mail(*names, context, from_email, to, html_name)

        after_response(send)

    def _context(self, user: Any, token_generator: Any) -> dict[str, Any]:
        """Return what the mail's templates are given; the link goes to configuration's
        host, the mail to the stored address."""
        start = mail.origin()
        uid, token = uid_of(user), token_generator.make_token(user)
        endpoint = endpoint_beside("password_reset_confirm")
        return {
            "email": getattr(user, self._field()),
            "domain": start.netloc,
            "site_name": start.netloc,
            "protocol": start.scheme,
            "uid": uid,
            "token": token,
            "url": mail.absolute_url(endpoint, uidb64=uid, token=token),
            "user": user,
            "username": getattr(user, username_field()),
        }

    def send_mail(
        self,
        subject_template_name: str,
        email_template_name: str,
        context: dict[str, Any],
        from_email: str | None,
        to_email: str,
        html_email_template_name: str | None = None,
    ) -> None:
        """Send one mail, as text and HTML; the hook to send it by other means.

        A mail server that fails is for the log: whoever asked has their answer.

        Since 0.1. Django: ``PasswordResetForm.send_mail``.
        """
        subject = mail.rendered(subject_template_name, context)
        text = mail.rendered(email_template_name, context)
        html = mail.html_of(text)
        if html_email_template_name is not None:
            html = mail.rendered(html_email_template_name, context)
        try:
            mail.send(subject, text, html, from_email, to_email)
        except Exception:
            key = key_text(context["user"])
            logger.exception("A password reset mail to user %s could not be sent", key)
