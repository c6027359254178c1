"""method_decorator: apply a decorator made for functions to a method of a view class.

Django: ``django.utils.decorators``.
"""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Iterable
from typing import Any
from typing import TypeVar

from ..exceptions import misconfigured

C = TypeVar("C", bound=type)


def method_decorator(
    decorator: Callable[[Any], Any] | Iterable[Callable[[Any], Any]],
    name: str = "dispatch_request",
) -> Callable[[C], C]:
    """Return a class decorator that applies function decorators to one method.

    The method's decorators see a function without ``self``, as they expect it.

    :param decorator: one decorator, or several; the first of several is the outermost.
    :param name: the name of the method to decorate; it may be an inherited one.
    :raises ImproperlyConfigured: when the class has no such method.

    Since 0.1. Django: ``django.utils.decorators.method_decorator`` on a class.
    """
    decorators = [decorator] if callable(decorator) else list(decorator)

    def decorate(cls: C) -> C:
        method = getattr(cls, name, None)
        if not callable(method):
            problem = f"has no method {name!r} to decorate"
            raise misconfigured(cls, problem, "name one of its methods")
        setattr(cls, name, _decorated(method, decorators))
        return cls

    return decorate


def _decorated(method: Any, decorators: list[Callable[[Any], Any]]) -> Any:
    """Return a method that calls another through decorators that see no ``self``."""

    def wrapper(self: Any, *args: Any, **kwargs: Any) -> Any:
        bound = method.__get__(self, type(self))

        def function(*args: Any, **kwargs: Any) -> Any:
            return bound(*args, **kwargs)

        for decorator in reversed(decorators):
            function = decorator(function)
        return function(*args, **kwargs)

    return wrapper
