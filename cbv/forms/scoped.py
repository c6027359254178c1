"""How the ``fields`` and the ``scope`` of a view determine its form.

A scope limits a view to the rows that meet its criteria: the form offers only such rows
of the view's own model, and a new object gets the values that the scope compares its
columns to. Django has no counterpart: there each view sets these values by hand.
"""

from __future__ import annotations

from typing import Any

from flask import abort
from flask import make_response
from sqlalchemy import BindParameter
from sqlalchemy.orm import RelationshipDirection

from ..db.columns import mapper_of
from ..db.scopes import own_choices
from ..db.scopes import scope_values
from ..exceptions import answered
from ..exceptions import ImproperlyConfigured
from ..exceptions import misconfigured
from ..urls.login import ask_to_log_in
from ..urls.paths import login_url
from .model_form import modelform_factory


def check_fields(view: Any) -> None:
    """Refuse a view that has both ``fields`` and ``form_class``, or neither.

    :raises ImproperlyConfigured: naming the view and the cures.
    """
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
    """Make the form class for the ``fields`` and ``choices`` of a view and return it.

    A field that chooses rows of the view's own model offers those in the view's scope.

    :param make: the factory function; it is called with the model, ``fields`` and
        ``choices``.
    :raises ImproperlyConfigured: naming the view and the error.

    Django: ``ModelFormMixin.get_form_class``.
    """
    scoped = own_choices(view, model, view.scope, view.fields)
    choices = {**scoped, **(view.choices or {})}
    try:
        return make(model, fields=view.fields, choices=choices or None)
    except ImproperlyConfigured as error:
        raise ImproperlyConfigured(f"{type(view).__name__}: {error}") from error


def owned_names(view: Any, model: Any) -> tuple[str, ...]:
    """Return the attributes of a model that the view's scope sets, so no form may.

    They are the columns in the scope's equalities and the relationships over them. The
    result is empty for a scope with other criteria: a view with such a scope can edit
    objects, but create none.
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
    """Set the columns of a new object to the values that the view's scope requires.

    The scope ``Book.owner_id == 3``, say, sets ``owner_id`` to 3.

    :raises werkzeug.exceptions.HTTPException: when this request has no value, because
        nobody is logged in: then the answer is the redirect to the login page, and 403
        for a user who is logged in.
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
    """Abort with 403 for a user who is logged in, else redirect to the login page."""
    if view.user.is_authenticated:
        abort(403)
    if hasattr(view, "handle_no_permission"):
        subject = "has a handle_no_permission() that"
        abort(make_response(answered(view, subject, view.handle_no_permission())))
    try:
        answer = ask_to_log_in(login_url)
    except ImproperlyConfigured:
        abort(403)
    abort(make_response(answer))
