"""The errors and warnings of cbv, and the function that words their messages.

Django keeps ``ImproperlyConfigured`` in ``django.core.exceptions``.
"""

from __future__ import annotations


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
