"""What a view's scope says of its form: what may be chosen, and what a new row gets.

Django has no counterpart: there each view fills by hand what it filters by.
"""

from __future__ import annotations

from typing import Any

from flask import abort
from sqlalchemy import BindParameter

from .exceptions import ImproperlyConfigured
from .forms import modelform_factory
from .scopes import own_choices
from .scopes import scope_values
from .urls import login_url
from .urls import redirect_to_login
from .urls import this_address


def made_form_class(view: Any, model: Any, make: Any = modelform_factory) -> Any:
    """Return the form class for the ``fields`` and ``choices`` of a view.

    Rows of the view's own model may be chosen within its scope.

    :param make: what makes it, called with model, ``fields`` and ``choices``.
    :raises ImproperlyConfigured: naming the view beside what is wrong.
    """
    own = own_choices(view, model, view.scope, view.fields)
    choices = {**own, **(view.choices or {})}
    try:
        return make(model, fields=view.fields, choices=choices)
    except ImproperlyConfigured as error:
        raise ImproperlyConfigured(f"{type(view).__name__}: {error}") from error


def fill_scope(view: Any, instance: Any) -> None:
    """Set each column that an equality of the view's scope names.

    A value that this request does not have is nobody's: then the login page is the
    answer, or 403 for a user who is logged in.
    """
    if view.scope is None:
        return
    model = type(instance)
    values = view._plan.once(
        "scope", lambda: scope_values(view, model, view.scope), view.scope
    )
    for name, value in values.items():
        if isinstance(value, BindParameter):
            value = value.effective_value
            if value is None:
                _refuse(view)
        setattr(instance, name, value)


def _refuse(view: Any) -> None:
    if view.user.is_authenticated:
        abort(403)
    if hasattr(view, "handle_no_permission"):
        abort(view.handle_no_permission())
    try:
        answer = redirect_to_login(this_address(login_url()))
    except ImproperlyConfigured:
        abort(403)
    abort(answer)
