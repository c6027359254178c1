"""The mixins that restrict access to a class-based view.

They may stand at any place among the base classes: each of them implements
:meth:`cbv.View.check_access`, which runs before the handler, so a view class that is
listed before them cannot skip them.

Django: ``django.contrib.auth.mixins``.
"""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Iterable
from inspect import getattr_static
from typing import Any

from flask import abort
from flask.typing import ResponseReturnValue
from flask_login import login_fresh

from ..exceptions import misconfigured
from ..urls.login import ask_to_log_in
from ..urls.login import ask_to_log_in_again
from ..urls.paths import login_url
from ..views.base import View
from .permissions import has_all
from .truth import is_true


class AccessMixin(View):
    """The base of the access mixins: the login page, and how a user is refused.

    Since 0.1. Django: ``AccessMixin``.
    """

    #: The login page: a path, URL or endpoint. The default is ``CBV_LOGIN_URL``.
    login_url: Any = None
    #: The text of the 403 response.
    permission_denied_message: str = ""
    #: Whether anonymous users get a 403 as well, instead of the login page.
    raise_exception: bool = False
    #: The query parameter that tells the login page which address to return to; None
    #: for no such parameter.
    redirect_field_name: str | None = "next"

    def get_login_url(self) -> str:
        """Return the address of the login page.

        :raises ImproperlyConfigured: when none is set anywhere.

        Since 0.1. Django: ``AccessMixin.get_login_url``.
        """
        return login_url(self.login_url)

    def get_permission_denied_message(self) -> str:
        """Return the text of the 403 response; "" for the default text.

        Since 0.1. Django: ``AccessMixin.get_permission_denied_message``.
        """
        return self.permission_denied_message

    def get_redirect_field_name(self) -> str | None:
        """Return the query parameter with the address to return to after the login.

        Since 0.1. Django: ``AccessMixin.get_redirect_field_name``.
        """
        return self.redirect_field_name

    def handle_no_permission(self) -> ResponseReturnValue:
        """Refuse the user: redirect an anonymous one to the login page, else a 403.

        An override must return an answer, such as that of ``super()``.

        :returns: the redirect, or the answer of Flask-Login's ``unauthorized_handler``.
        :raises werkzeug.exceptions.Forbidden: for a user who is logged in, and for all
            with ``raise_exception``.

        Since 0.1. Django: ``AccessMixin.handle_no_permission``.
        """
        if self.raise_exception or self.user.is_authenticated:
            abort(403, description=self.get_permission_denied_message() or None)
        return ask_to_log_in(self.get_login_url, self.get_redirect_field_name())


class LoginRequiredMixin(AccessMixin):
    """Admit only users who are logged in to a view.

    Since 0.1. Django: ``LoginRequiredMixin``.
    """

    def check_access(self) -> Any:
        """Send anonymous users to the login page."""
        return None if self.user.is_authenticated else self.handle_no_permission()


class FreshLoginRequiredMixin(LoginRequiredMixin):
    """Admit only users who have logged in in this session, not by a remember cookie.

    For what a stolen cookie must not do. Whoever was only remembered is asked to log in
    again: by Flask-Login's ``needs_refresh_handler``, on its ``refresh_view``, or else
    on the login page.

    Since 0.1. Flask-Login: ``fresh_login_required``.
    """

    def check_access(self) -> Any:
        """Send users whose login is not fresh to the login page."""
        return None if login_fresh() else self.handle_no_permission()

    def handle_no_permission(self) -> ResponseReturnValue:
        """Refuse the user: one who was only remembered is asked to log in again.

        Since 0.1.
        """
        stale = self.user.is_authenticated and not login_fresh()
        if self.raise_exception or not stale:
            return super().handle_no_permission()
        find_login_page, field = self.get_login_url, self.get_redirect_field_name()
        return ask_to_log_in_again(find_login_page, field)


class UserPassesTestMixin(AccessMixin):
    """Admit only users for whom :meth:`test_func` returns true.

    When a view inherits a ``test_func`` from several base classes that are independent
    of each other, all of these tests must pass; in Django only the first is called. A
    ``test_func`` of a subclass replaces those of its ancestors.

    Since 0.1. Django: ``UserPassesTestMixin``.
    """

    def test_func(self) -> Any:
        """Tell whether the user may see the view.

        The hook to override. It has no arguments; use ``self.user``, ``self.kwargs``.

        :raises NotImplementedError: when no subclass overrides it.

        Since 0.1. Django: ``UserPassesTestMixin.test_func``.
        """
        raise NotImplementedError(
            f"{type(self).__name__} is missing the implementation of test_func()."
        )

    def get_test_func(self) -> Callable[[], Any]:
        """Return the test to call: by default one that calls every ``test_func``.

        Since 0.1. Django: ``UserPassesTestMixin.get_test_func``.
        """
        owners = deciding_owners(self, "test_func")
        tests = [bound_attribute(self, owner, "test_func") for owner in owners]
        return lambda: all(is_true(self, test()) for test in tests)

    def check_access(self) -> Any:
        """Refuse unless every test is true."""
        owners = deciding_owners(self, "test_func", "get_test_func")
        passed = all(self._passes(owner) for owner in owners)
        return None if passed else self.handle_no_permission()

    def _passes(self, owner: Any) -> bool:
        """Tell whether the user passes the test of one of the deciding owners."""
        test = None
        if is_overridden(owner, "get_test_func"):
            test = bound_attribute(self, owner, "get_test_func")()
        return is_true(self, (test or bound_attribute(self, owner, "test_func"))())


class PermissionRequiredMixin(AccessMixin):
    """Admit only users who have every permission in ``permission_required``.

    When a view inherits from several base classes that are independent of each other,
    the permissions of all of them are required. Those of a subclass replace those of
    its ancestors.

    A user class without ``has_perms()`` is asked as Flask-Security's are: by
    ``has_permission()``, ``has_role()`` and the ``permissions`` of its ``roles``. There
    the name of a role is a permission too.

    Since 0.1. Django: ``PermissionRequiredMixin``.
    """

    #: The name of one permission, or several names.
    permission_required: str | Iterable[str] | None = None

    def get_permission_required(self) -> tuple[str, ...]:
        """Return the names of the permissions that a user needs.

        :raises ImproperlyConfigured: when ``permission_required`` is not set.

        Since 0.1. Django: ``PermissionRequiredMixin.get_permission_required``.
        """
        owners = deciding_owners(self, "permission_required")
        values = [bound_attribute(self, k, "permission_required") for k in owners]
        groups = [self._names(value) for value in values]
        return tuple(dict.fromkeys(name for group in groups for name in group))

    def has_permission(self) -> bool:
        """Tell whether the user has every permission; an anonymous user has none.

        Since 0.1. Django: ``PermissionRequiredMixin.has_permission``.
        """
        return has_all(self.user, self._names(self.get_permission_required()))

    def check_access(self) -> Any:
        """Refuse unless the user has the permissions."""
        owners = deciding_owners(
            self, "permission_required", "get_permission_required", "has_permission"
        )
        permitted = all(self._permits(owner) for owner in owners)
        return None if permitted else self.handle_no_permission()

    def _permits(self, owner: Any) -> bool:
        """Tell whether the user has the permissions of one of the deciding owners."""
        if is_overridden(owner, "has_permission"):
            return is_true(self, bound_attribute(self, owner, "has_permission")())
        if is_overridden(owner, "get_permission_required"):
            names = bound_attribute(self, owner, "get_permission_required")()
        else:
            names = bound_attribute(self, owner, "permission_required")
        return has_all(self.user, self._names(names))

    def _names(self, value: str | Iterable[str] | None) -> tuple[str, ...]:
        if value is None:
            raise misconfigured(
                self,
                "has no permission_required",
                "set permission_required to a name or a list of names",
                "override get_permission_required() or has_permission()",
            )
        return (value,) if isinstance(value, str) else tuple(value)


# --- several base classes that each have a rule ---------------------------------------


def deciding_owners(view: View, *names: str) -> list[Any]:
    """Return the classes whose attributes decide who may see a view.

    A class that defines one of the names replaces its own ancestors. Of two classes
    that are independent of each other both are returned, although Python's method
    resolution order would let the first hide the second. A keyword argument of
    ``as_view`` is an attribute of the view itself and replaces them all.

    :param names: the hooks and attributes that belong together.
    :returns: classes, or the view as the only element.
    """
    if any(name in vars(view) for name in names):
        return [view]
    mro = type(view).__mro__
    definers = [k for k in reversed(mro) if not vars(k).keys().isdisjoint(names)]
    owners = [k for k in definers if k.__module__ != __name__] or definers
    return [
        k for k in owners if not any(o is not k and issubclass(o, k) for o in owners)
    ]


def bound_attribute(view: View, owner: Any, name: str) -> Any:
    """Return an attribute as one of the :func:`deciding_owners` has it.

    :returns: the attribute, a method or property bound to the view.
    """
    if owner is view:
        return getattr(view, name)
    attribute = getattr_static(owner, name)
    bind = getattr(attribute, "__get__", None)
    return attribute if bind is None else bind(view, type(view))


def is_overridden(owner: Any, name: str) -> bool:
    """Tell whether a class or view has another hook than the one of this module."""
    mro = (owner if isinstance(owner, type) else type(owner)).__mro__
    definer = next((klass for klass in mro if name in vars(klass)), None)
    is_own = not isinstance(owner, type) and name in vars(owner)
    return is_own or (definer is not None and definer.__module__ != __name__)
