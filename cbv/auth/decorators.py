"""The decorators that restrict access to function views, by the rules of the mixins.

Django: ``django.contrib.auth.decorators``. One difference: a user who is logged in but
may not see the page gets a 403 here; Django's decorators send such a user to the login
page.
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

from ..exceptions import misconfigured
from ..urls.login import ask_to_log_in
from ..urls.paths import login_url as login_address
from ..views.dispatch import keep_private
from ..views.reader import reader
from .permissions import has_all
from .truth import async_test
from .truth import is_true

F = TypeVar("F", bound=Callable[..., Any])


def user_passes_test(
    test_func: Callable[[Any], Any],
    login_url: Any = None,
    redirect_field_name: str | None = "next",
    *,
    raise_exception: bool = False,
) -> Callable[[F], F]:
    """Return a decorator that admits only users for whom ``test_func(user)`` is true.

    An anonymous user who is refused is redirected to the login page (or gets the answer
    of Flask-Login's ``unauthorized_handler``); a user who is logged in gets a 403.

    :param test_func: takes the current user, returns whether the user may see the page.
    :param login_url: the login page: a path, URL or endpoint. The default is
        ``CBV_LOGIN_URL``.
    :param redirect_field_name: the query parameter that tells the login page which
        address to return to; None for no such parameter.
    :param raise_exception: whether anonymous users get the 403 too.
    :raises ImproperlyConfigured: for an async test, because its coroutine would always
        be true; and for a class in the place of the function.

    Since 0.1. Django: ``user_passes_test``.
    """
    if iscoroutinefunction(test_func):
        raise async_test(test_func)

    def decorate(function: F) -> F:
        _check_function(function)

        @functools.wraps(function)
        def guarded(*args: Any, **kwargs: Any) -> Any:
            after_this_request(keep_private)
            user = reader()
            if is_true(test_func, test_func(user)):
                return current_app.ensure_sync(function)(*args, **kwargs)
            if raise_exception or user.is_authenticated:
                abort(403)
            find_login_page = functools.partial(login_address, login_url)
            return ask_to_log_in(find_login_page, redirect_field_name)

        return guarded  # type: ignore[return-value]

    return decorate


def _check_function(function: Any) -> None:
    """Refuse a class, of which a decorator for functions would make a function."""
    if isinstance(function, type):
        problem = "is a class, and this decorator is for functions"
        cure = "use LoginRequiredMixin or another access mixin of cbv.auth"
        raise misconfigured(function, problem, cure)


def login_required(
    function: Any = None,
    redirect_field_name: str | None = "next",
    login_url: Any = None,
) -> Any:
    """Admit only users who are logged in to a function view.

    Used as ``@login_required`` or as ``@login_required(login_url="…")``.

    :param function: the view function, when the decorator is used without parentheses.
    :param redirect_field_name: as for :func:`user_passes_test`.
    :param login_url: as for :func:`user_passes_test`.
    :returns: the protected view function, or a decorator.

    Since 0.1. Django: ``login_required``.
    """
    decorate = user_passes_test(
        lambda user: user.is_authenticated, login_url, redirect_field_name
    )
    return decorate(function) if function is not None else decorate


def permission_required(
    perm: str | Iterable[str], login_url: Any = None, raise_exception: bool = False
) -> Callable[[F], F]:
    """Return a decorator that admits only users who have every one of the permissions.

    :param perm: the name of one permission, or several names.
    :param login_url: as for :func:`user_passes_test`.
    :param raise_exception: whether anonymous users get a 403 instead of the login page.

    Since 0.1. Django: ``permission_required``.
    """
    perms = (perm,) if isinstance(perm, str) else tuple(perm)

    return user_passes_test(
        lambda user: has_all(user, perms), login_url, raise_exception=raise_exception
    )


def login_not_required(function: F) -> F:
    """Let anonymous users see a function view although ``CBV_LOGIN_REQUIRED`` is set.

    A class-based view sets ``login_required = False`` instead.

    :returns: the function itself, marked.

    Since 0.1. Django: ``login_not_required``.
    """
    function.login_required = False  # type: ignore[attr-defined]
    return function
