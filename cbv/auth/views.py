"""Logging in and out.

Django: ``django.contrib.auth.views``.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any
from urllib.parse import unquote
from urllib.parse import urlsplit

from flask import after_this_request
from flask import current_app
from flask import redirect
from flask import request
from flask.typing import ResponseReturnValue

from ..exceptions import misconfigured
from ..translation import gettext
from ..urls.paths import login_url as login_address
from ..urls.paths import resolve_url
from ..urls.paths import url_has_allowed_host_and_scheme
from ..views.base import TemplateView
from ..views.dispatch import keep_private
from ..views.edit import FormView
from .forms import AuthenticationForm
from .session import login
from .session import logout
from .shipped import own_or_shipped


class PasswordContextMixin(TemplateView):
    """What the account pages share: a title, templates under ``registration/``.

    The application's templates come before cbv's own. No page stays in a cache.

    Since 0.1. Django: ``PasswordContextMixin``.
    """

    #: ``title`` in the context.
    title: str | None = None

    def dispatch_request(self, **kwargs: Any) -> ResponseReturnValue:
        """Keep the page out of every cache (CVE-2024-45314)."""
        after_this_request(keep_private)
        return super().dispatch_request(**kwargs)

    def get_template_names(self) -> list[str]:
        """Return the application's template, then the shipped one."""
        return [n for own in super().get_template_names() for n in own_or_shipped(own)]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add ``title``."""
        if self.title is not None:
            kwargs.setdefault("title", gettext(self.title))
        return super().get_context_data(**kwargs)


class RedirectURLMixin(PasswordContextMixin):
    """Where to go afterwards: ``next`` if it is ours, else the view's own target.

    Since 0.1. Django: ``RedirectURLMixin``.
    """

    #: The target without a ``next``: a path, URL or endpoint.
    next_page: Any = None
    #: The name of the parameter, read from the form first, then from the query.
    redirect_field_name: str = "next"
    #: Other hosts that ``next`` may name.
    success_url_allowed_hosts: Collection[str] = frozenset()

    def get_success_url(self) -> str:
        """Return ``next`` if it is safe, else :meth:`get_default_redirect_url`.

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
        return target.strip() if allowed else ""

    def get_success_url_allowed_hosts(self) -> set[str]:
        """Return the hosts that ``next`` may name: ours and the listed ones."""
        return {request.host, *self.success_url_allowed_hosts}

    def get_default_redirect_url(self) -> str:
        """Return the target without a ``next``.

        :raises ImproperlyConfigured: when there is none.
        """
        if not self.next_page:
            raise misconfigured(self, "has nowhere to go", "set next_page")
        return resolve_url(self.next_page)


class LoginView(RedirectURLMixin, FormView):
    """Show the login form, and log a user in.

    Context: ``form``, ``next``.

    Since 0.1. Django: ``LoginView``.
    """

    form_class: Any = AuthenticationForm
    #: A form class to use instead; its ``get_user()`` gives who logs in.
    authentication_form: Any = None
    template_name = "registration/login.html"
    #: Whether a user who is logged in is sent on at once.
    redirect_authenticated_user: bool = False
    login_required = False

    def dispatch_request(self, **kwargs: Any) -> ResponseReturnValue:
        """Send on who is logged in, where the view says so.

        :raises ValueError: when that would come back here for ever.
        """
        if self.redirect_authenticated_user and self.user.is_authenticated:
            return keep_private(self._sent_on())
        return super().dispatch_request(**kwargs)

    def _sent_on(self) -> Any:
        target = self.get_success_url()
        if leads_here(target):  # a next that asks for this page asks for nothing
            target = self.get_default_redirect_url()
        if leads_here(target):
            raise ValueError(
                "Redirection loop for authenticated user detected. Check that next_page"
                " or CBV_LOGIN_REDIRECT_URL is not the login page."
            )
        return redirect(target, code=302 if request.method in ("GET", "HEAD") else 303)

    def get_default_redirect_url(self) -> str:
        """Return ``next_page``, else ``CBV_LOGIN_REDIRECT_URL``."""
        default = current_app.config.get("CBV_LOGIN_REDIRECT_URL", "/")
        return resolve_url(self.next_page or default)

    def get_form_class(self) -> Any:
        """Return ``authentication_form``, else ``form_class``."""
        return self.authentication_form or self.form_class

    def form_valid(self, form: Any) -> ResponseReturnValue:
        """Log the user in, then redirect.

        Since 0.1. Django: ``LoginView.form_valid``.
        """
        target = self.get_success_url()
        remember = "remember" in form and bool(form["remember"].data)
        login(form.get_user(), remember=remember)
        return redirect(target, code=303)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add ``next``, under the name of the parameter."""
        values = {self.redirect_field_name: self.get_redirect_url()}
        return super().get_context_data(**{**values, **kwargs})


class LogoutView(RedirectURLMixin):
    """Log out by POST, then redirect or show a page that says so.

    Since 0.1. Django: ``LogoutView``; GET is 405, as there since 5.0.
    """

    http_method_names = ["post", "options"]
    template_name = "registration/logged_out.html"
    csrf_protected = True

    def post(self, **kwargs: Any) -> ResponseReturnValue:
        """Log out.

        Since 0.1. Django: ``LogoutView.post``.
        """
        logout()
        target = self.get_success_url()
        if target and not leads_here(target):
            return redirect(target, code=303)
        return self.render_to_response(self.get_context_data())

    def get_default_redirect_url(self) -> str:
        """Return ``next_page``, else ``CBV_LOGOUT_REDIRECT_URL``, else ""."""
        target = self.next_page or current_app.config.get("CBV_LOGOUT_REDIRECT_URL")
        return resolve_url(target) if target else ""


def leads_here(target: str) -> bool:
    """Tell whether an address is that of this request, its query apart."""
    parts = urlsplit(target)
    own = request.script_root + request.path
    return unquote(parts.path) == own and parts.netloc in ("", request.host)


def logout_then_login(login_url: Any = None) -> ResponseReturnValue:
    """Log out and go to the login page; for a view that answers POST.

    :raises ImproperlyConfigured: when no login page is set anywhere.

    Since 0.1. Django: ``logout_then_login``.
    """
    return LogoutView.as_view(next_page=login_address(login_url))()
