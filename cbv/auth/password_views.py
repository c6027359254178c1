"""Changing a password, and resetting a forgotten one by mail.

Django: ``django.contrib.auth.views``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import redirect
from flask import request
from flask import session
from flask.typing import ResponseReturnValue

from ..exceptions import misconfigured
from ..translation import gettext
from ..urls.paths import login_url
from ..urls.paths import reverse
from ..views.dispatch import keep_private
from ..views.edit import FormView
from .backend import claim
from .endpoints import Beside
from .mixins import LoginRequiredMixin
from .password_forms import PasswordChangeForm
from .password_forms import PasswordResetForm
from .password_forms import SetPasswordForm
from .session import login
from .session import update_session_auth_hash
from .tokens import default_token_generator
from .tokens import user_of
from .views import PasswordContextMixin

#: Where the session keeps the token meanwhile. Django: the same.
INTERNAL_RESET_SESSION_TOKEN = "_password_reset_token"


class PasswordChangeView(LoginRequiredMixin, PasswordContextMixin, FormView):
    """Change one's password; every other session of the user ends.

    Since 0.1. Django: ``PasswordChangeView``.
    """

    form_class = PasswordChangeForm
    success_url = Beside("password_change_done")
    template_name = "registration/password_change_form.html"
    title = "Password change"

    def get_form_kwargs(self) -> dict[str, Any]:
        """Add the user."""
        return {**super().get_form_kwargs(), "user": self.user}

    def form_valid(self, form: Any) -> ResponseReturnValue:
        """Save the password, and keep this session.

        Since 0.1. Django: ``PasswordChangeView.form_valid``.
        """
        form.save()
        update_session_auth_hash(form.user)
        return super().form_valid(form)


class PasswordChangeDoneView(LoginRequiredMixin, PasswordContextMixin):
    """Say that the password was changed.

    Since 0.1. Django: ``PasswordChangeDoneView``.
    """

    template_name = "registration/password_change_done.html"
    title = "Password change successful"


class PasswordResetView(PasswordContextMixin, FormView):
    """Ask for a mail address, and send a link to whoever has it.

    The answer tells nobody whether anyone has.

    Since 0.1. Django: ``PasswordResetView``.
    """

    #: The text of the mail.
    email_template_name = "registration/password_reset_email.html"
    #: More for the context of the mail.
    extra_email_context: Mapping[str, Any] | None = None
    form_class = PasswordResetForm
    #: The sender; else ``MAIL_DEFAULT_SENDER``.
    from_email: str | None = None
    #: The HTML of the mail; None makes it of the text.
    html_email_template_name: str | None = None
    subject_template_name = "registration/password_reset_subject.txt"
    success_url = Beside("password_reset_done")
    template_name = "registration/password_reset_form.html"
    title = "Password reset"
    token_generator = default_token_generator
    login_required = False

    def form_valid(self, form: Any) -> ResponseReturnValue:
        """Have the mails sent after this answer, which is the same for all.

        Since 0.1. Django: ``PasswordResetView.form_valid``.
        """
        form.save(
            subject_template_name=self.subject_template_name,
            email_template_name=self.email_template_name,
            token_generator=self.token_generator,
            from_email=self.from_email,
            html_email_template_name=self.html_email_template_name,
            extra_email_context=self.extra_email_context,
        )
        return super().form_valid(form)


class PasswordResetDoneView(PasswordContextMixin):
    """Say that a mail is on its way, if anyone has the address.

    Since 0.1. Django: ``PasswordResetDoneView``.
    """

    template_name = "registration/password_reset_done.html"
    title = "Password reset sent"
    login_required = False


class PasswordResetConfirmView(PasswordContextMixin, FormView):
    """Choose a new password by the link from the mail.

    The token moves from the address into the session at the first hop, so that no
    Referer and no history of the browser keeps it. A link that is wrong, late or used
    shows a page that says so.

    Context: ``form`` (None for a bad link), ``validlink``.

    Since 0.1. Django: ``PasswordResetConfirmView``.
    """

    form_class = SetPasswordForm
    #: Whether the user is logged in afterwards.
    post_reset_login = False
    #: What stands in the address in the place of the token.
    reset_url_token = "set-password"
    success_url = Beside("password_reset_complete")
    template_name = "registration/password_reset_confirm.html"
    title = "Enter new password"
    token_generator = default_token_generator
    login_required = False

    #: Whether the link of this request is good.
    validlink = False

    def dispatch_request(self, **kwargs: Any) -> ResponseReturnValue:
        """Look at the link before anything is shown.

        :raises ImproperlyConfigured: on a route without ``uidb64`` and ``token``.
        """
        if "uidb64" not in kwargs or "token" not in kwargs:
            raise misconfigured(
                self,
                "needs the URL values 'uidb64' and 'token'",
                "give it a rule like 'reset/<uidb64>/<token>/'",
            )
        self.user = self.get_user(kwargs["uidb64"])
        token = kwargs["token"]
        if token != self.reset_url_token and self._is_good(token):
            session[INTERNAL_RESET_SESSION_TOKEN] = token
            values = {**kwargs, "token": self.reset_url_token}
            code = 302 if request.method in ("GET", "HEAD") else 303
            answer: Any = redirect(reverse(str(request.endpoint), values), code=code)
            return keep_private(answer)
        kept = session.get(INTERNAL_RESET_SESSION_TOKEN)
        self.validlink = token == self.reset_url_token and self._is_good(kept)
        return super().dispatch_request(**kwargs)

    def _is_good(self, token: str | None) -> bool:
        return bool(self.token_generator.check_token(self.user, token))

    def get_user(self, uidb64: str) -> Any:
        """Return the active user that the link is about, else None.

        Since 0.1. Django: ``PasswordResetConfirmView.get_user``.
        """
        user = user_of(uidb64)
        return user if user is not None and user.is_active else None

    def post(self, **kwargs: Any) -> ResponseReturnValue:
        """Set the password, unless the link is bad."""
        return super().post(**kwargs) if self.validlink else self.get(**kwargs)

    def get_form_kwargs(self) -> dict[str, Any]:
        """Add the user."""
        return {**super().get_form_kwargs(), "user": self.user}

    def form_valid(self, form: Any) -> ResponseReturnValue:
        """Set the password, unless another request with this link was faster.

        Since 0.1. Django: ``PasswordResetConfirmView.form_valid``.
        """
        if not claim(self.user):
            self.validlink = False
            return self.get(**self.kwargs)
        form.save()
        session.pop(INTERNAL_RESET_SESSION_TOKEN, None)
        if self.post_reset_login:
            login(self.user)
        return super().form_valid(form)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add ``validlink``; without it there is no form."""
        if not self.validlink:
            title = gettext("Password reset unsuccessful")
            kwargs = {"form": None, "title": title, **kwargs}
        return super().get_context_data(validlink=self.validlink, **kwargs)


class PasswordResetCompleteView(PasswordContextMixin):
    """Say that the password was set.

    Context: ``login_url``.

    Since 0.1. Django: ``PasswordResetCompleteView``.
    """

    template_name = "registration/password_reset_complete.html"
    title = "Password reset complete"
    login_required = False

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add ``login_url``."""
        return super().get_context_data(**{"login_url": login_url(), **kwargs})
