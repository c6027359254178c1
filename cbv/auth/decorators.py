"""The access rules for function views, agreeing with the mixins.

Django: ``django.contrib.auth.decorators``. A user who is logged in and may not see the
page gets a 403, which Django's decorators answer with the login page.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from collections.abc import Iterable
from inspect import iscoroutinefunction
from typing import Any
from typing import TypeVar

from flask import abort
from flask import after_this_request
from flask import current_app
from flask_login import current_user

from ..urls.paths import login_url as login_address
from ..urls.paths import redirect_to_login
from ..urls.paths import this_address
from ..views.dispatch import keep_private
from .mixins import async_test
from .mixins import has_all
from .mixins import is_true

F = TypeVar("F", bound=Callable[..., Any])


def user_passes_test(
    test_func: Callable[[Any], Any],
    login_url: Any = None,
    redirect_field_name: str | None = "next",
    *,
    raise_exception: bool = False,
) -> Callable[[F], F]:
    """Let in for whom ``test_func(user)`` is true.

    :param login_url: the login page; else ``CBV_LOGIN_URL``.
    :param raise_exception: whether anonymous users get a 403 too.
    :raises ImproperlyConfigured: for an async test: its coroutine would always be true.

    Since 0.1. Django: ``user_passes_test``.
    """
    if iscoroutinefunction(test_func):
        raise async_test(test_func)

    def decorate(function: F) -> F:
        @functools.wraps(function)
        def guarded(*args: Any, **kwargs: Any) -> Any:
            after_this_request(keep_private)
            user = current_user._get_current_object()
            if is_true(test_func, test_func(user)):
                return current_app.ensure_sync(function)(*args, **kwargs)
            if raise_exception or user.is_authenticated:
                abort(403)
            target = login_address(login_url)
            return redirect_to_login(this_address(target), target, redirect_field_name)

        return guarded  # type: ignore[return-value]

    return decorate


def login_required(
    function: Any = None,
    redirect_field_name: str | None = "next",
    login_url: Any = None,
) -> Any:
    """Let in who is logged in; with or without parentheses.

    Since 0.1. Django: ``login_required``.
    """
    decorate = user_passes_test(
        lambda user: user.is_authenticated, login_url, redirect_field_name
    )
    return decorate(function) if function is not None else decorate


def permission_required(
    perm: str | Iterable[str], login_url: Any = None, raise_exception: bool = False
) -> Callable[[F], F]:
    """Let in who has a permission, or every one of several.

    Since 0.1. Django: ``permission_required``.
    """
    perms = (perm,) if isinstance(perm, str) else tuple(perm)

    return user_passes_test(
        lambda user: has_all(user, perms), login_url, raise_exception=raise_exception
    )


def login_not_required(function: F) -> F:
    """Leave a function view open where ``CBV_LOGIN_REQUIRED`` closes the application.

    Since 0.1. Django: ``login_not_required``.
    """
    function.login_required = False  # type: ignore[attr-defined]
    return function
