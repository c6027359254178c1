"""The names that a view may use for values in its template context.

Django's ``context_object_name`` has no such check: there, a model ``Request`` hides the
``request`` of the template.
"""

from __future__ import annotations

from collections.abc import Iterable

from flask import g

from ..exceptions import misconfigured

#: Names that Flask adds to the context of every template; a view must not replace them.
FLASK_NAMES = frozenset(
    {"request", "session", "g", "config", "url_for", "get_flashed_messages"}
    | {"current_user"}  # added by Flask-Login
)


def default_name(view: object, model: type, suffix: str = "") -> str:
    """Return the context name for objects of a model: its class name in lower case.

    :param view: the view; the error names its class.
    :param suffix: text to add to the name, such as ``_list``.
    :raises ImproperlyConfigured: when Flask uses that name; the cure it names is
        ``context_object_name``.
    """
    name = model.__name__.lower() + suffix
    if name in FLASK_NAMES:
        problem = f"would hide Flask's own {name!r} from its template"
        raise misconfigured(view, problem, "set context_object_name")
    return name


def check_stash_names(view: object, names: Iterable[str]) -> None:
    """Refuse names that ``View.stash`` must not set on ``g`` and in the context.

    :raises ImproperlyConfigured: for a name in :data:`FLASK_NAMES`, for ``cbv``, and
        for an attribute of the class of ``g``.
    """
    attributes_of_g = dir(type(g._get_current_object()))
    for name in names:
        if name in FLASK_NAMES or name == "cbv" or name in attributes_of_g:
            problem = f"stashes {name!r}, which is a name of Flask's or cbv's own"
            raise misconfigured(view, problem, "stash it under another name")
