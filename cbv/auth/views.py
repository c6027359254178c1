"""The views that log a user in and out, and the base classes of the account pages.

Django: ``django.contrib.auth.views``.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any
from urllib.parse import unquote
from urllib.parse import urlsplit

from flask import after_this_request
from flask import current_app
from flask import request
from flask import session
from flask.typing import ResponseReturnValue
from flask_login import login_fresh

from ..exceptions import misconfigured
from ..translation import gettext
from ..urls.login import AGAIN
from ..urls.paths import login_url as login_address
from ..urls.paths import resolve_url
from ..urls.paths import url_has_allowed_host_and_scheme
from ..urls.redirects import HostAddress
from ..urls.redirects import redirect
from ..views.base import TemplateView
from ..views.dispatch import keep_private
from ..views.edit import FormView
from .forms import AuthenticationForm
from .session import login
from .session import logout
from .shipped import own_or_shipped


class PasswordContextMixin(TemplateView):
    """The base of the account pages: a title, and templates under ``registration/``.

    A template of the application takes precedence over cbv's own with the same name.
    No cache may store the pages.

    Context: ``title``.

    Since 0.1. Django: ``PasswordContextMixin``.
    """

    #: The heading of the page, in English; it is translated for the context.
    title: str | None = None

    def _prepare_response(self) -> None:
        """Keep the page out of caches (CVE-2024-45314)."""
        after_this_request(keep_private)

    def get_template_names(self) -> list[str]:
        """Return the template names to try: the application's, then the one of cbv."""
        names = super().get_template_names()
        return [choice for name in names for choice in own_or_shipped(name)]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add ``title``, translated."""
        if self.title is not None:
            kwargs.setdefault("title", gettext(self.title))
        return super().get_context_data(**kwargs)


class RedirectURLMixin(PasswordContextMixin):
    """The base of views that redirect to ``next``, or else to a target of their own.

    ``next`` is a parameter of the form or query. It is used only if it stays on an
    allowed host.

    Since 0.1. Django: ``RedirectURLMixin``.
    """

    #: Where to redirect without ``next``: a path, URL or endpoint.
    next_page: Any = None
    #: The name of the parameter ``next``, looked up in the form, then in the query.
    redirect_field_name: str = "next"
    #: The hosts that ``next`` may lead to, besides the host of the request.
    success_url_allowed_hosts: Collection[str] = frozenset()

    def get_success_url(self) -> str:
        """Return the address to redirect to after success.

        It is ``next`` if that is safe, else :meth:`get_default_redirect_url`.

        Since 0.1. Django: ``RedirectURLMixin.get_success_url``.
        """
        return self.get_redirect_url() or self.get_default_redirect_url()

    def get_redirect_url(self) -> str:
        """Return ``next`` if it stays on an allowed host, else "".

        Since 0.1. Django: ``RedirectURLMixin.get_redirect_url``. CVE-2017-7233.
        """
        name = self.redirect_field_name
        target = request.form.get(name, request.args.get(name, ""))
        allowed = url_has_allowed_host_and_scheme(
            target, self.get_success_url_allowed_hosts(), request.is_secure
        )
        return HostAddress(target.strip()) if allowed else ""

    def get_success_url_allowed_hosts(self) -> set[str]:
        """Return the hosts that ``next`` may lead to.

        They are the host of the request and ``success_url_allowed_hosts``.

        Since 0.1. Django: ``RedirectURLMixin.get_success_url_allowed_hosts``.
        """
        return {request.host, *self.success_url_allowed_hosts}

    def get_default_redirect_url(self) -> str:
        """Return the address to redirect to when there is no safe ``next``.

        :raises ImproperlyConfigured: when ``next_page`` is not set.

        Since 0.1. Django: ``RedirectURLMixin.get_default_redirect_url``.
        """
        if not self.next_page:
            raise misconfigured(self, "has nowhere to go", "set next_page")
        return resolve_url(self.next_page)


class LoginView(RedirectURLMixin, FormView):
    """The login page: shows the form, and logs a user in.

    Context: ``form``, ``next``, ``title``.

    Since 0.1. Django: ``LoginView``.
    """

    form_class: Any = AuthenticationForm
    #: A form class to use instead; its ``get_user()`` returns the user to log in.
    authentication_form: Any = None
    template_name = "registration/login.html"
    #: Whether a user who is logged in already is redirected at once.
    redirect_authenticated_user: bool = False
    login_required = False

    def dispatch_request(self, **kwargs: Any) -> ResponseReturnValue:
        """Show the page, or redirect a user who is logged in already.

        :raises ValueError: when the redirect would lead back to this page for ever.
        """
        if self.redirect_authenticated_user and self.user.is_authenticated:
            # Back where a fresh login is needed, the user would be sent here again.
            if login_fresh() or AGAIN not in session:
                return self._redirect_away()
        return super().dispatch_request(**kwargs)

    def _redirect_away(self) -> ResponseReturnValue:
        """Return the redirect for a user who is logged in already."""
        target = self.get_success_url()
        if leads_here(target):  # a next that is the login page itself is of no use
            target = self.get_default_redirect_url()
        if leads_here(target):
            raise ValueError(
                "Redirection loop for authenticated user detected. Check that next_page"
                " or CBV_LOGIN_REDIRECT_URL is not the login page."
            )
        return redirect(target, code=302 if request.method in ("GET", "HEAD") else 303)

    def get_default_redirect_url(self) -> str:
        """Return the address of ``next_page``, else of ``CBV_LOGIN_REDIRECT_URL``."""
        default = current_app.config.get("CBV_LOGIN_REDIRECT_URL", "/")
        return resolve_url(self.next_page or default)

    def get_form_class(self) -> Any:
        """Return ``authentication_form``, else ``form_class``."""
        return self.authentication_form or self.form_class

    def form_valid(self, form: Any) -> ResponseReturnValue:
        """Log the form's user in, then redirect.

        Since 0.1. Django: ``LoginView.form_valid``.
        """
        target = self.get_success_url()
        remember = "remember" in form and bool(form["remember"].data)
        login(form.get_user(), remember=remember)
        return redirect(target, code=303)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add ``next``, under the name in ``redirect_field_name``; "" if unsafe."""
        values = {self.redirect_field_name: self.get_redirect_url()}
        return super().get_context_data(**{**values, **kwargs})


class LogoutView(RedirectURLMixin):
    """The view that logs a user out by POST, then redirects or says so on a page.

    Context: ``title``.

    Since 0.1. Django: ``LogoutView``; GET is 405, as there since 5.0.
    """

    http_method_names = ["post", "options"]
    template_name = "registration/logged_out.html"
    title = "Logged out"
    csrf_protected = True

    def post(self, **kwargs: Any) -> ResponseReturnValue:
        """Log the user out, then redirect or show the page.

        Since 0.1. Django: ``LogoutView.post``.
        """
        logout()
        target = self.get_success_url()
        if target and not leads_here(target):
            return redirect(target, code=303)
        return self.render_to_response(self.get_context_data())

    def get_default_redirect_url(self) -> str:
        """Return the address of ``next_page``, else of ``CBV_LOGOUT_REDIRECT_URL``.

        :returns: "" when neither is set; the view then shows its own page.
        """
        target = self.next_page or current_app.config.get("CBV_LOGOUT_REDIRECT_URL")
        return resolve_url(target) if target else ""


def leads_here(target: str) -> bool:
    """Tell whether an address is the one of this request, apart from the query."""
    parts = urlsplit(target)
    current_path = request.script_root + request.path
    is_same_host = parts.netloc in ("", request.host)
    return unquote(parts.path) == current_path and is_same_host


def logout_then_login(login_url: Any = None) -> ResponseReturnValue:
    """Log the user out and redirect to the login page, within a view for POST requests.

    :param login_url: the login page: a path, URL or endpoint. The default is
        ``CBV_LOGIN_URL``.
    :returns: the redirect.
    :raises ImproperlyConfigured: when no login page is set anywhere.

    Since 0.1. Django: ``logout_then_login``.
    """
    return LogoutView.as_view(next_page=login_address(login_url))()
