"""The forms that change a password, or send the link to reset a forgotten one.

Django: ``django.contrib.auth.forms``.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from collections.abc import Iterator
from collections.abc import Mapping
from contextlib import contextmanager
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
from .truth import is_true
from .users import key_text

logger = logging.getLogger("cbv")


@contextmanager
def _failures_logged(user: Any) -> Iterator[None]:
    """Log an error in this block: the response was sent already."""
    key = key_text(user)
    try:
        yield
    except Exception:
        logger.exception("A password reset mail to user %s could not be sent", key)


class SetPasswordForm(AccountForm):
    """The form to set a new password without typing the old one.

    :param user: the user whose password is set.

    Since 0.1. Django: ``SetPasswordForm``.
    """

    new_password1 = new_password("New password")
    new_password2 = repeated_password("New password again", "new_password1")

    def __init__(self, *args: Any, user: Any = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user

    def get_username(self) -> str:
        """Return the user's login name, which must not be the password as well."""
        return str(getattr(self.user, username_field()))

    def save(self) -> Any:
        """Set the new password, save the user in the database and return the user.

        Since 0.1. Django: ``SetPasswordForm.save``.
        """
        self.user.set_password(self.new_password1.data)
        writing.save(self.user)
        return self.user


class PasswordChangeForm(SetPasswordForm):
    """The form to set a new password; the user has to type the old one, too.

    Since 0.1. Django: ``PasswordChangeForm``.
    """

    old_password = PasswordField(
        "Old password",
        validators=[Required(), Length(max=passwords.MAX_LENGTH)],
        render_kw={"autocomplete": "current-password"},
    )
    # Repeated here, because WTForms renders fields in the order of their creation: the
    # old password comes first.
    new_password1 = new_password("New password")
    new_password2 = repeated_password("New password again", "new_password1")

    def validate_old_password(self, field: Any) -> None:
        """Check that the old password is the user's. Django: ``clean_old_password``.

        :raises StopValidation: for any other password.
        """
        if not is_true(self.user, self.user.check_password(field.data)):
            text = "Your old password was entered incorrectly. Please enter it again."
            raise StopValidation(gettext(text))


class PasswordResetForm(AccountForm):
    """The form to ask for a mail with a link that resets the password.

    It is valid for every well-formed mail address, so it does not tell whether an
    account has the address.

    Since 0.1. Django: ``PasswordResetForm``.
    """

    email = EmailField(
        "Mail address",
        validators=[Required(), Length(max=MAX_NAME), MailAddress()],
        filters=[stripped],
        render_kw={"autocomplete": "email"},
    )

    def get_users(self, email: str) -> Iterable[Any]:
        """Return the users who get a mail: active, with this address and a password.

        A hook to override. Several users may have one mail address.

        Since 0.1. Django: ``PasswordResetForm.get_users``.
        """
        users = users_like(self._email_field(), email)
        return [user for user in users if user.is_active and user.has_usable_password()]

    def _email_field(self) -> str:
        """Return the attribute of the user class that holds the mail address."""
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
        """Send the reset mails after the response to this request was sent.

        The users are looked up only then, and in another thread, so no response time
        tells whether an account has the address. Outside a request the mails are sent
        before this method returns. A mail that fails is logged.

        :param subject_template_name: the template of the subject.
        :param email_template_name: the template of the plain text.
        :param token_generator: makes the token in the link.
        :param from_email: the sender; None for ``MAIL_DEFAULT_SENDER``.
        :param html_email_template_name: the template of the HTML version; without it
            the HTML is made from the plain text.
        :param extra_email_context: more variables for the templates.
        :raises ImproperlyConfigured: when the application cannot send mail, or does not
            say which host the link in the mail has.

        Since 0.1. Django: ``PasswordResetForm.save``.
        """
        self._email_field()
        mail.origin()
        if type(self).send_mail is PasswordResetForm.send_mail:
            mail.check_mail()
        names = (subject_template_name, email_template_name)
        html_name = html_email_template_name

        def send() -> None:
            for user in self.get_users(str(self.email.data)):
                with _failures_logged(user):
                    context = self._context(user, token_generator)
                    to_email = context["email"]
                    context.update(extra_email_context or {})
                    self.send_mail(*names, context, from_email, to_email, html_name)

        after_response(send)

    def _context(self, user: Any, token_generator: Any) -> dict[str, Any]:
        """Return the context of the mail's templates.

        The host of the link comes from the configuration. The mail goes to the address
        in the database, not to the one that was typed. ``username`` is empty where a
        mail program would make a link of it.
        """
        origin = mail.origin()
        uid, token = uid_of(user), token_generator.make_token(user)
        endpoint = endpoint_beside("password_reset_confirm")
        email, name = (
            getattr(user, f) for f in (self._email_field(), username_field())
        )
        return {
            "email": email,
            "domain": origin.netloc,
            "site_name": origin.netloc,
            "protocol": origin.scheme,
            "uid": uid,
            "token": token,
            "url": mail.absolute_url(endpoint, uidb64=uid, token=token),
            "user": user,
            "username": mail.readable_name(str(name), email),
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
        """Send one reset mail with a plain text and an HTML version.

        The hook to override in order to send it by other means than Flask-Mailman. An
        error of the mail server is logged and not raised, because the response was sent
        already; so is any error of an overridden method, and the next mail is sent.

        :param context: the variables for the templates; ``user`` is one of them.

        Since 0.1. Django: ``PasswordResetForm.send_mail``.
        """
        subject = mail.rendered(subject_template_name, context)
        text = mail.rendered(email_template_name, context)
        html = mail.html_of(text)
        if html_email_template_name is not None:
            html = mail.rendered(html_email_template_name, context)
        with _failures_logged(context["user"]):
            mail.send(subject, text, html, from_email, to_email)
