"""The views that change a password, and reset a forgotten one by a link in a mail.

Django: ``django.contrib.auth.views``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import after_this_request
from flask import request
from flask import Response
from flask import session
from flask.typing import ResponseReturnValue

from ..exceptions import misconfigured
from ..translation import gettext
from ..urls.paths import login_url
from ..urls.paths import reverse
from ..urls.redirects import redirect
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
from .truth import is_true
from .views import PasswordContextMixin

#: The key of the session under which the token of a reset link is kept until the new
#: password is saved. Django: the same.
INTERNAL_RESET_SESSION_TOKEN = "_password_reset_token"


class PasswordChangeView(LoginRequiredMixin, PasswordContextMixin, FormView):
    """The page on which a user who is logged in changes the password.

    The current session goes on; every other session of the user ends.

    Context: ``form``, ``title``.

    Since 0.1. Django: ``PasswordChangeView``.
    """

    form_class = PasswordChangeForm
    success_url = Beside("password_change_done")
    template_name = "registration/password_change_form.html"
    title = "Password change"

    def get_form_kwargs(self) -> dict[str, Any]:
        """Add the argument ``user`` of the form."""
        return {**super().get_form_kwargs(), "user": self.user}

    def form_valid(self, form: Any) -> ResponseReturnValue:
        """Save the new password, keep this session valid, then redirect.

        Since 0.1. Django: ``PasswordChangeView.form_valid``.
        """
        form.save()
        update_session_auth_hash(form.user)
        return super().form_valid(form)


class PasswordChangeDoneView(LoginRequiredMixin, PasswordContextMixin):
    """The page that says that the password was changed.

    Since 0.1. Django: ``PasswordChangeDoneView``.
    """

    template_name = "registration/password_change_done.html"
    title = "Password change successful"


class PasswordResetView(PasswordContextMixin, FormView):
    """The page that asks for a mail address and sends a reset link to it.

    The response is the same whether or not an account has the address.

    Context: ``form``, ``title``.

    Since 0.1. Django: ``PasswordResetView``.
    """

    #: The template of the mail's plain text.
    email_template_name = "registration/password_reset_email.html"
    #: More variables for the templates of the mail.
    extra_email_context: Mapping[str, Any] | None = None
    form_class = PasswordResetForm
    #: The sender; None for ``MAIL_DEFAULT_SENDER``.
    from_email: str | None = None
    #: The template of the mail's HTML version; None makes the HTML from the plain text.
    html_email_template_name: str | None = None
    #: The template of the mail's subject.
    subject_template_name = "registration/password_reset_subject.txt"
    success_url = Beside("password_reset_done")
    template_name = "registration/password_reset_form.html"
    title = "Password reset"
    token_generator = default_token_generator
    login_required = False

    def form_valid(self, form: Any) -> ResponseReturnValue:
        """Have the mails sent after this response, and redirect.

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
    """The page that says that a mail was sent, if an account has the address.

    Since 0.1. Django: ``PasswordResetDoneView``.
    """

    template_name = "registration/password_reset_done.html"
    title = "Password reset sent"
    login_required = False


class PasswordResetConfirmView(PasswordContextMixin, FormView):
    """The page behind the link in the reset mail, where the user sets a new password.

    The first request stores the token in the session and redirects to a URL without
    it, so that the token stays neither in a Referer header nor in the browser's
    history. For a link that is wrong, expired or used, the page says so.

    URL values: ``uidb64``, ``token``. Context: ``form`` (None for an invalid link),
    ``validlink``, ``title``.

    Since 0.1. Django: ``PasswordResetConfirmView``.
    """

    form_class = SetPasswordForm
    #: Whether the user is logged in after the password was set.
    post_reset_login = False
    #: The text that stands in the URL in place of the token.
    reset_url_token = "set-password"
    success_url = Beside("password_reset_complete")
    template_name = "registration/password_reset_confirm.html"
    title = "Enter new password"
    token_generator = default_token_generator
    login_required = False

    #: Whether the link of this request is valid.
    validlink = False

    def _prepare_response(self) -> None:
        """Keep the address, which may hold the token, from other sites."""
        after_this_request(_hide_address)

    def dispatch_request(self, **kwargs: Any) -> ResponseReturnValue:
        """Check the link before the page is shown.

        :returns: the redirect to the URL without the token, or the page.
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
        if token != self.reset_url_token and self._is_valid_token(token):
            session[INTERNAL_RESET_SESSION_TOKEN] = token
            values = {**kwargs, "token": self.reset_url_token}
            code = 302 if request.method in ("GET", "HEAD") else 303
            return redirect(reverse(str(request.endpoint), values), code=code)
        session_token = session.get(INTERNAL_RESET_SESSION_TOKEN)
        is_marker = token == self.reset_url_token
        self.validlink = is_marker and self._is_valid_token(session_token)
        return super().dispatch_request(**kwargs)

    def _is_valid_token(self, token: str | None) -> bool:
        valid = self.token_generator.check_token(self.user, token)
        return is_true(self.token_generator, valid)

    def get_user(self, uidb64: str) -> Any:
        """Return the active user whom the link names, or None.

        :param uidb64: the user's primary key, as :func:`cbv.auth.tokens.uid_of` wrote
            it into the link.

        Since 0.1. Django: ``PasswordResetConfirmView.get_user``.
        """
        user = user_of(uidb64)
        return user if user is not None and user.is_active else None

    def post(self, **kwargs: Any) -> ResponseReturnValue:
        """Set the password; for an invalid link show the page that says so."""
        return super().post(**kwargs) if self.validlink else self.get(**kwargs)

    def get_form_kwargs(self) -> dict[str, Any]:
        """Add the argument ``user`` of the form."""
        return {**super().get_form_kwargs(), "user": self.user}

    def form_valid(self, form: Any) -> ResponseReturnValue:
        """Set the password and redirect, unless the link was used in the meantime.

        Of two requests with the same link at the same time, the second one shows the
        page for an invalid link (see :func:`cbv.auth.backend.claim`).

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
        """Add ``validlink``; for an invalid link ``form`` is None."""
        if not self.validlink:
            title = gettext("Password reset unsuccessful")
            kwargs = {"form": None, "title": title, **kwargs}
        return super().get_context_data(validlink=self.validlink, **kwargs)


def _hide_address(response: Response) -> Response:
    """Set the header Referrer-Policy, unless the application has set it.

    Django: the default of ``SecurityMiddleware``.
    """
    response.headers.setdefault("Referrer-Policy", "same-origin")
    return response


class PasswordResetCompleteView(PasswordContextMixin):
    """The page that says that the new password was set, with a link to the login page.

    Context: ``login_url``, ``title``.

    Since 0.1. Django: ``PasswordResetCompleteView``.
    """

    template_name = "registration/password_reset_complete.html"
    title = "Password reset complete"
    login_required = False

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add ``login_url``, the address of the login page."""
        return super().get_context_data(**{"login_url": login_url(), **kwargs})
