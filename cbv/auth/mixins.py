"""Who may see a view: the access mixins, in any order of bases.

Django: ``django.contrib.auth.mixins``. They are guards (:meth:`cbv.View.check_access`),
so no view class listed before them can skip them.
"""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Iterable
from inspect import iscoroutinefunction
from typing import Any

from flask import abort
from flask.typing import ResponseReturnValue

from ..base import View
from ..exceptions import misconfigured
from ..urls import login_url
from ..urls import redirect_to_login
from ..urls import this_address


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

    Of independent bases every ``test_func`` must be true, which in Django only the first
    is asked; a subclass's own replaces those of its ancestors.

    Since 0.1. Django: ``UserPassesTestMixin``.
    """

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        for name in ("test_func", "get_test_func", "has_permission"):
            if iscoroutinefunction(getattr(cls, name, None)):
                raise misconfigured(
                    cls,
                    f"has 'async def {name}', whose coroutine would always be true",
                    f"write 'def {name}'",
                )

    def test_func(self) -> Any:
        """Tell whether the user may see the view.

        :raises NotImplementedError: when a subclass defines none.

        Since 0.1. Django: ``UserPassesTestMixin.test_func``.
        """
        raise NotImplementedError(
            f"{type(self).__name__} is missing the implementation of test_func()."
        )

    def get_test_func(self) -> Callable[[], Any]:
        """Return the test to run instead of every ``test_func`` there is."""
        tests = independent(type(self), "test_func")
        own = [getattr(klass, "test_func").__get__(self) for klass in tests]
        return own[0] if len(own) == 1 else lambda: all(test() for test in own)

    def check_access(self) -> Any:
        """Refuse unless every test is true."""
        return None if self.get_test_func()() else self.handle_no_permission()


class PermissionRequiredMixin(AccessMixin):
    """Let in who has the permissions of ``permission_required``.

    Of independent bases all permissions are asked for; a subclass's own replace those of
    its ancestors.

    Since 0.1. Django: ``PermissionRequiredMixin``.
    """

    #: The name of a permission, or several.
    permission_required: str | Iterable[str] | None = None

    def get_permission_required(self) -> tuple[str, ...]:
        """Return the names of the permissions.

        :raises ImproperlyConfigured: when ``permission_required`` is not set.

        Since 0.1. Django: ``PermissionRequiredMixin.get_permission_required``.
        """
        given = vars(self).get("permission_required")
        owners = independent(type(self), "permission_required")
        found = [given] if given is not None else [k.permission_required for k in owners]
        if not found or None in found:
            raise misconfigured(
                self,
                "has no permission_required",
                "set permission_required to a name or a list of names",
                "override get_permission_required() or has_permission()",
            )
        names = [(p,) if isinstance(p, str) else tuple(p) for p in found]
        return tuple(dict.fromkeys(name for group in names for name in group))

    def has_permission(self) -> bool:
        """Tell whether the user has every permission. An anonymous one has none.

        Since 0.1. Django: ``PermissionRequiredMixin.has_permission``.
        """
        perms = self.get_permission_required()
        has_perms = getattr(self.user, "has_perms", None)
        return bool(has_perms is not None and has_perms(perms))

    def check_access(self) -> Any:
        """Refuse unless the user has the permissions."""
        return None if self.has_permission() else self.handle_no_permission()


def independent(view_class: type, name: str) -> list[Any]:
    """Return the classes that define a name, but for those that another replaces.

    A class replaces its own ancestors; those that know nothing of each other both stay,
    where Python's order would let the first hide the second.
    """
    library = __name__
    owners = [k for k in reversed(view_class.__mro__) if name in vars(k)]
    own = [k for k in owners if k.__module__ != library] or owners
    return [
        klass
        for klass in own
        if not any(other is not klass and issubclass(other, klass) for other in own)
    ]
