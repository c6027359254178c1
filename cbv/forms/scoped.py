"""What a view's scope says of its form: what may be chosen, and what a new row gets.

Django has no counterpart: there each view fills by hand what it filters by.
"""

from __future__ import annotations

from typing import Any

from flask import abort
from sqlalchemy import BindParameter
from sqlalchemy.orm import RelationshipDirection

from ..db.columns import mapper_of
from ..db.scopes import own_choices
from ..db.scopes import scope_values
from ..exceptions import ImproperlyConfigured
from ..exceptions import misconfigured
from ..urls.paths import login_url
from ..urls.paths import redirect_to_login
from ..urls.paths import this_address
from .model_form import modelform_factory


def check_fields(view: Any) -> None:
    """Refuse a view with both ``fields`` and ``form_class``, or with neither."""
    if view.fields is not None and view.form_class is not None:
        problem = "has both fields and form_class"
        raise misconfigured(view, problem, "keep fields", "keep form_class")
    if view.fields is None and view.form_class is None:
        raise misconfigured(
            view,
            "has neither fields nor form_class",
            'set fields to a list of names, or to "__all__"',
            "set form_class",
        )


def made_form_class(view: Any, model: Any, make: Any = modelform_factory) -> Any:
    """Return the form class for the ``fields`` and ``choices`` of a view.

    Rows of the view's own model may be chosen within its scope.

    :param make: what makes it, called with model, ``fields`` and ``choices``.
    :raises ImproperlyConfigured: naming the view beside what is wrong.
    """
    own = own_choices(view, model, view.scope, view.fields)
    choices = {**own, **(view.choices or {})}
    try:
        return make(model, fields=view.fields, choices=choices or None)
    except ImproperlyConfigured as error:
        raise ImproperlyConfigured(f"{type(view).__name__}: {error}") from error


def owned_names(view: Any, model: Any) -> tuple[str, ...]:
    """Return the names of the fields that are for a view's scope to set, not a form.

    None where it cannot set them: no object can be made in such a scope, only edited.
    """
    try:
        names = set(scope_values(view, model, view.scope))
    except ImproperlyConfigured:
        return ()
    mapper = mapper_of(model)
    related = [
        relationship.key
        for relationship in mapper.relationships
        if relationship.direction is RelationshipDirection.MANYTOONE
        and names.issuperset(
            mapper.get_property_by_column(column).key
            for column in relationship.local_columns
        )
    ]
    return (*names, *related)


def fill_scope(view: Any, instance: Any) -> None:
    """Set each column that an equality of the view's scope names.

    A value that this request does not have is nobody's: then the login page is the
    answer, or 403 for a user who is logged in.
    """
    if view.scope is None:
        return
    model = type(instance)
    values = view._plan.once(
        f"scope of {model.__name__}",
        lambda: scope_values(view, model, view.scope),
        view.scope,
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
