"""Whether the answer of a check is true: of a password, a permission, an access test.

The application may override each of these checks. Written as ``async def``, it would
return a coroutine, which is always true: everybody would pass.

Django has no counterpart.
"""

from __future__ import annotations

from inspect import isawaitable
from typing import Any

from werkzeug.wrappers import Response

from ..exceptions import ImproperlyConfigured
from ..exceptions import misconfigured


def is_true(owner: object, answer: Any) -> bool:
    """Tell whether the answer of a check is true.

    :param owner: the view, user or function with the check, for the error message.
    :raises ImproperlyConfigured: for an awaitable answer, and for a response: it is
        meant to refuse, and would let everybody in.

    Since 0.1.
    """
    if isawaitable(answer):
        getattr(answer, "close", str)()  # else Python warns that nobody awaited it
        raise async_test(owner)
    if isinstance(answer, Response):
        problem = "has a test that returned a response, which is always true"
        cure = "return False, and the response in handle_no_permission()"
        raise misconfigured(owner, problem, cure, "write it as check_access()")
    return bool(answer)


def async_test(owner: object) -> ImproperlyConfigured:
    """Return the error for a check that is, or calls, a coroutine function.

    Since 0.1.
    """
    problem = "is, or asks, an async test, whose coroutine would always be true"
    return misconfigured(owner, problem, "write it as a plain function")
