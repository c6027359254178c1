"""The errors and warnings of cbv, and the one builder of their messages.

Django keeps ``ImproperlyConfigured`` in ``django.core.exceptions``.
"""

from __future__ import annotations


class ImproperlyConfigured(RuntimeError):
    """Say that a view, a form or the application was set up wrongly.

    Raised when the class is made or ``as_view`` is called where the mistake can be
    known then, else by the request that meets it; never shown as a 404.

    Since 0.1. Django: ``django.core.exceptions.ImproperlyConfigured``.
    """


class UnsavedChangesWarning(RuntimeWarning):
    """Warn that a safe request (GET, HEAD, OPTIONS) left changes that were dropped.

    Since 0.1. Set ``atomic = True`` on the view to have them committed.
    """


def misconfigured(owner: object, problem: str, *cures: str) -> ImproperlyConfigured:
    """Build the error that names the class, what is wrong and every cure.

    :param owner: the class, an instance of it, or the function that is set up wrongly.
    :param problem: what is wrong, worded to follow the name of the class.
    :param cures: what would mend it, each an imperative phrase without full stop.
    """
    name = getattr(owner, "__name__", type(owner).__name__)
    if not cures:
        return ImproperlyConfigured(f"{name} {problem}.")
    return ImproperlyConfigured(f"{name} {problem}. Cure: {', or '.join(cures)}.")
