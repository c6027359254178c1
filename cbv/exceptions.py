"""The errors and warnings of cbv, and the function that words their messages.

Django keeps ``ImproperlyConfigured`` in ``django.core.exceptions``.
"""

from __future__ import annotations

from inspect import isawaitable
from typing import Any


class ImproperlyConfigured(RuntimeError):
    """A view, a form or the application is set up wrongly.

    Raised as early as the mistake can be known: when the class is created, when
    ``as_view`` is called, or by the first request that runs into it. It is never turned
    into a 404.

    Since 0.1. Django: ``django.core.exceptions.ImproperlyConfigured``.
    """


class UnsavedChangesWarning(RuntimeWarning):
    """A GET, HEAD or OPTIONS request changed rows; the changes were rolled back.

    Set ``atomic = True`` on the view to have such changes committed.

    Since 0.1.
    """


def misconfigured(owner: object, problem: str, *cures: str) -> ImproperlyConfigured:
    """Return the error that names a class, its problem and every cure.

    :param owner: the class, an instance of it, or the function that is set up wrongly.
    :param problem: the problem, worded to follow the name of the class.
    :param cures: ways to correct it, each an imperative phrase without full stop.
    """
    name = getattr(owner, "__name__", type(owner).__name__)
    if not cures:
        return ImproperlyConfigured(f"{name} {problem}.")
    return ImproperlyConfigured(f"{name} {problem}. Cure: {', or '.join(cures)}.")


def answered(owner: object, subject: str, answer: Any, *cures: str) -> Any:
    """Return the answer of a hook that refuses a request, if it is one.

    None would let the request through in most places, a bool may mean either, and a
    coroutine is not awaited: with any of them nobody can tell what was meant.

    :param owner: the view or function that refuses, for the error message.
    :param subject: what gave the answer, worded to follow the name of the owner.
    :param cures: cures besides the one to return an answer.
    :raises ImproperlyConfigured: for None, a bool and an awaitable.
    """
    if answer is not None and not isinstance(answer, bool) and not isawaitable(answer):
        return answer
    getattr(answer, "close", str)()  # else Python warns that nobody awaited it
    problem = f"{subject} returned {answer!r}, which is no answer to a refused request"
    cure = "return a response or call abort(403) to refuse the request"
    raise misconfigured(owner, problem, *cures, cure)
