"""Who may see a view: the access mixins, in any order of bases.

Django: ``django.contrib.auth.mixins``. They are guards (:meth:`cbv.View.check_access`),
so no view class listed before them can skip them.
"""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Iterable
from inspect import getattr_static
from inspect import isawaitable
from typing import Any

from flask import abort
from flask.typing import ResponseReturnValue

from ..exceptions import ImproperlyConfigured
from ..exceptions import misconfigured
from ..urls.paths import login_url
from ..urls.paths import redirect_to_login
from ..urls.paths import this_address
from ..views.base import View


class AccessMixin(View):
    """What the access mixins share: where to log in, and how to refuse.

    Since 0.1. Django: ``AccessMixin``.
    """

    #: The login page: a path, URL or endpoint; else ``CBV_LOGIN_URL``.
    login_url: Any = None
    #: Shown with the 403.
    permission_denied_message: str = ""
    #: Whether anonymous users get the 403 too, instead of the login page.
    raise_exception: bool = False
    #: The query parameter that says where to come back to; None for none.
    redirect_field_name: str | None = "next"

    def get_login_url(self) -> str:
        """Return the address of the login page.

        :raises ImproperlyConfigured: when none is set anywhere.

        Since 0.1. Django: ``AccessMixin.get_login_url``.
        """
        return login_url(self.login_url)

    def get_permission_denied_message(self) -> str:
        """Return what is shown with the 403."""
        return self.permission_denied_message

    def get_redirect_field_name(self) -> str | None:
        """Return the name of the query parameter with the way back."""
        return self.redirect_field_name

    def handle_no_permission(self) -> ResponseReturnValue:
        """Refuse: the login page for an anonymous user, 403 for others.

        Since 0.1. Django: ``AccessMixin.handle_no_permission``.
        """
        if self.raise_exception or self.user.is_authenticated:
            abort(403, description=self.get_permission_denied_message() or None)
        target = self.get_login_url()
        field = self.get_redirect_field_name()
        return redirect_to_login(this_address(target), target, field)


class LoginRequiredMixin(AccessMixin):
    """Let in who is logged in.

    Since 0.1. Django: ``LoginRequiredMixin``.
    """

    def check_access(self) -> Any:
        """Send anonymous users to the login page."""
        return None if self.user.is_authenticated else self.handle_no_permission()


class UserPassesTestMixin(AccessMixin):
    """Let in for whom :meth:`test_func` is true.

    Of independent bases every test must be true, of which in Django only the first is
    asked; a subclass's own replaces those of its ancestors.

    Since 0.1. Django: ``UserPassesTestMixin``.
    """

    def test_func(self) -> Any:
        """Tell whether the user may see the view.

        :raises NotImplementedError: when a subclass defines none.

        Since 0.1. Django: ``UserPassesTestMixin.test_func``.
        """
        raise NotImplementedError(
            f"{type(self).__name__} is missing the implementation of test_func()."
        )

    def get_test_func(self) -> Callable[[], Any]:
        """Return the test to run: by default every ``test_func`` there is.

        Since 0.1. Django: ``UserPassesTestMixin.get_test_func``.
        """
        tests = [said(self, head, "test_func") for head in heads(self, "test_func")]
        return lambda: all(is_true(self, test()) for test in tests)

    def check_access(self) -> Any:
        """Refuse unless every test is true."""
        deciding = heads(self, "test_func", "get_test_func")
        passed = all(self._passes(head) for head in deciding)
        return None if passed else self.handle_no_permission()

    def _passes(self, head: Any) -> bool:
        chooses = is_overridden(head, "get_test_func")
        test = said(self, head, "get_test_func")() if chooses else None
        return is_true(self, (test or said(self, head, "test_func"))())


class PermissionRequiredMixin(AccessMixin):
    """Let in who has the permissions of ``permission_required``.

    Of independent bases all permissions are asked for; a subclass's own replace those
    of its ancestors.

    Since 0.1. Django: ``PermissionRequiredMixin``.
    """

    #: The name of a permission, or several.
    permission_required: str | Iterable[str] | None = None

    def get_permission_required(self) -> tuple[str, ...]:
        """Return the names of the permissions.

        :raises ImproperlyConfigured: when ``permission_required`` is not set.

        Since 0.1. Django: ``PermissionRequiredMixin.get_permission_required``.
        """
        deciding = heads(self, "permission_required")
        groups = [self._names(said(self, k, "permission_required")) for k in deciding]
        return tuple(dict.fromkeys(name for group in groups for name in group))

    def has_permission(self) -> bool:
        """Tell whether the user has every permission. An anonymous one has none.

        Since 0.1. Django: ``PermissionRequiredMixin.has_permission``.
        """
        return has_all(self.user, self._names(self.get_permission_required()))

    def check_access(self) -> Any:
        """Refuse unless the user has the permissions."""
        deciding = heads(
            self, "permission_required", "get_permission_required", "has_permission"
        )
        permitted = all(self._permits(head) for head in deciding)
        return None if permitted else self.handle_no_permission()

    def _permits(self, head: Any) -> bool:
        if is_overridden(head, "has_permission"):
            return is_true(self, said(self, head, "has_permission")())
        if is_overridden(head, "get_permission_required"):
            names = said(self, head, "get_permission_required")()
        else:
            names = said(self, head, "permission_required")
        return has_all(self.user, self._names(names))

    def _names(self, found: str | Iterable[str] | None) -> tuple[str, ...]:
        if found is None:
            raise misconfigured(
                self,
                "has no permission_required",
                "set permission_required to a name or a list of names",
                "override get_permission_required() or has_permission()",
            )
        return (found,) if isinstance(found, str) else tuple(found)


# --- who decides, where several bases do ----------------------------------------------


def heads(view: View, *names: str) -> list[Any]:
    """Return those whose hooks decide: classes that know nothing of each other.

    A class that defines one of the names replaces its own ancestors; of two that are
    independent both stay, where Python's order would let the first hide the second. A
    keyword of ``as_view`` is the view's own and replaces all.
    """
    if any(name in vars(view) for name in names):
        return [view]
    mro = type(view).__mro__
    owners = [k for k in reversed(mro) if not vars(k).keys().isdisjoint(names)]
    own = [k for k in owners if k.__module__ != __name__] or owners
    return [k for k in own if not any(o is not k and issubclass(o, k) for o in own)]


def said(view: View, head: Any, name: str) -> Any:
    """Return what one of the :func:`heads` has under a name, bound to the view."""
    if head is view:
        return getattr(view, name)
    found = getattr_static(head, name)
    bind = getattr(found, "__get__", None)
    return found if bind is None else bind(view, type(view))


def is_overridden(head: Any, name: str) -> bool:
    """Tell whether a hook is another than the one defined here."""
    mro = (head if isinstance(head, type) else type(head)).__mro__
    owner = next((klass for klass in mro if name in vars(klass)), None)
    own = not isinstance(head, type) and name in vars(head)
    return own or (owner is not None and owner.__module__ != __name__)


def is_true(owner: object, found: Any) -> bool:
    """Tell whether an answer is true; a coroutine, which always would be, is refused.

    :raises ImproperlyConfigured: for something to await.
    """
    if isawaitable(found):
        getattr(found, "close", str)()  # else Python warns that nobody awaited it
        raise async_test(owner)
    return bool(found)


def async_test(owner: object) -> ImproperlyConfigured:
    """Return the error for a test that is, or asks, a coroutine function."""
    problem = "is, or asks, an async test, whose coroutine would always be true"
    return misconfigured(owner, problem, "write it as a plain function")


def has_all(user: Any, names: Iterable[str]) -> bool:
    """Tell whether a user has every permission; who has no such method has none."""
    ask = getattr(user, "has_perms", None)
    return bool(ask is not None and ask(names))
