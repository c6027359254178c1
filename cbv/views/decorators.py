"""method_decorator: apply a decorator made for functions to a method of a view class.

Django: ``django.utils.decorators``.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from collections.abc import Iterable
from typing import Any
from typing import TypeVar

from ..exceptions import misconfigured

T = TypeVar("T", bound=Callable[..., Any])


def method_decorator(
    decorator: Callable[[Any], Any] | Iterable[Callable[[Any], Any]],
    name: str = "dispatch_request",
) -> Callable[[T], T]:
    """Return a decorator that applies function decorators to a method.

    It may stand on the method itself, or on a class, where ``name`` says which method.
    The decorators see a function without ``self``, as they expect it. What they set on
    a function, such as the mark of ``login_not_required``, is set on the method too.

    :param decorator: one decorator, or several; the first of several is the outermost.
    :param name: the name of a class's method, which may be an inherited one.
    :raises ImproperlyConfigured: when the class has no such method.

    Since 0.1. Django: ``django.utils.decorators.method_decorator``.
    """
    decorators = [decorator] if callable(decorator) else list(decorator)

    def decorate(target: T) -> T:
        if not isinstance(target, type):
            return _decorated(target, decorators)  # type: ignore[no-any-return]
        method = getattr(target, name, None)
        if not callable(method):
            raise misconfigured(
                target,
                f"has no method {name!r} to decorate",
                "name one of its methods, such as 'dispatch_request'",
                "for a decorator that restricts access, use LoginRequiredMixin or"
                " another access mixin of cbv.auth",
            )
        setattr(target, name, _decorated(method, decorators))
        return target

    return decorate


def _decorated(method: Any, decorators: list[Callable[[Any], Any]]) -> Any:
    """Return a method that calls another through decorators that see no ``self``."""

    def wrapper(self: Any, *args: Any, **kwargs: Any) -> Any:
        bound = method.__get__(self, type(self))

        @functools.wraps(method)
        def function(*args: Any, **kwargs: Any) -> Any:
            return bound(*args, **kwargs)

        return _applied(decorators, function)(*args, **kwargs)

    def stand_in(*args: Any, **kwargs: Any) -> None:
        """Be decorated without an instance, to find out what decorators set."""

    functools.update_wrapper(stand_in, method)
    applied = _applied(decorators, stand_in)
    functools.update_wrapper(wrapper, applied)
    functools.update_wrapper(wrapper, method)
    setattr(wrapper, "__wrapped__", applied)  # the decorators, then the method
    return wrapper


def _applied(decorators: list[Callable[[Any], Any]], function: Any) -> Any:
    """Return a function with the decorators around it, the first one outermost."""
    for decorator in reversed(decorators):
        function = decorator(function)
    return function
