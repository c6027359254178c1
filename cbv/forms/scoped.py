"""How the ``fields`` and the ``scope`` of a view determine its form.

A scope limits a view to the rows that meet its criteria: the form offers only such rows
of the view's own model, and a new object gets the values that the scope compares its
columns to. Django has no counterpart: there each view sets these values by hand.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from typing import NamedTuple

from flask import abort
from flask import make_response
from sqlalchemy import BindParameter

from ..db.scopes import named_columns
from ..db.scopes import own_rows
from ..db.scopes import owned_names
from ..db.scopes import scope_values
from ..exceptions import answered
from ..exceptions import ImproperlyConfigured
from ..exceptions import misconfigured
from ..urls.login import ask_to_log_in
from ..urls.paths import login_url
from .choices import KeyField
from .fields import CarriedField
from .model_form import modelform_factory


def check_declared(view: Any) -> None:
    """Check the ``fields`` and ``form_class`` of a view, as far as its class says them.

    :raises ImproperlyConfigured: see :func:`check_fields` and :func:`check_owned`.
    """
    check_fields(view)
    check_owned(view, view.model)


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

    :param make: the factory function; it is called with the model, ``fields`` and
        ``choices``.
    :raises ImproperlyConfigured: naming the view and the error.

    Django: ``ModelFormMixin.get_form_class``.
    """
    check_owned(view, model)
    try:
        return make(model, fields=view.fields, choices=view.choices)
    except ImproperlyConfigured as error:
        raise ImproperlyConfigured(f"{type(view).__name__}: {error}") from error


def check_owned(view: Any, model: Any) -> None:
    """Refuse a view, or an inline, whose ``fields`` name what its scope sets.

    :param model: the mapped class; None where it is not known before a request.
    :raises ImproperlyConfigured: naming the view, the field and the cures.
    """
    if view.scope is None or model is None or isinstance(view.fields, str):
        return
    owned = owned_names(model, view.scope)
    for name in view.fields or ():
        if name in owned:
            raise misconfigured(
                view,
                f"has fields with {name!r}, which its scope sets",
                f"leave {name!r} out of fields",
                "set scope = None, and choose the rows in get_queryset()",
            )


# --- what a form may set and offer ---------------------------------------------------


class Limits(NamedTuple):
    """What the scope of a view, or several scopes, leave to the forms of one model."""

    #: The attributes that the scope sets, and with ``fields = "__all__"`` all that it
    #: names: a form has no field for them.
    owned: tuple[str, ...]
    #: For each scope: the view (an error names it), its model and the scope.
    scopes: tuple[tuple[Any, Any, Any], ...]
    #: By class of the rows to choose from: those in scope, as far as they were needed.
    known_rows: dict[Any, Any]

    def apply(self, form: Any) -> None:
        """Remove the fields that the scope owns from a form, and limit the others."""
        remove_fields(form, self.owned)
        self.limit_choices(form)

    def limit_choices(self, form: Any) -> None:
        """Have each field that chooses rows of a scoped model offer those in scope.

        A field that has choices of its own keeps them.
        """
        for field in form if self.scopes else ():
            if isinstance(field, KeyField) and field.choices is None:
                field.choices = self._rows_of(field.target.model)

    def _rows_of(self, target: Any) -> Any:
        if target not in self.known_rows:
            rows = None
            for scope in self.scopes:
                rows = own_rows(*scope, target, rows)
            self.known_rows[target] = rows
        return self.known_rows[target]


def limits_of(view: Any, model: Any, *others: tuple[Any, Any, Any]) -> Limits:
    """Return what the scope of a view leaves to its forms; it is computed once.

    :param view: the view, or an inline.
    :param model: the mapped class of the form's object.
    :param others: further scopes that limit choices, as :attr:`Limits.scopes` has them.
    """
    scopes = [
        entry
        for entry in ((type(view), model, view.scope), *others)
        if entry[2] is not None
    ]
    if not scopes:
        return _NO_LIMITS
    fields = getattr(view, "fields", None)

    def make() -> Limits:
        owned = named_columns if fields == "__all__" else owned_names
        return Limits(owned(model, view.scope), tuple(scopes), {})

    name = f"limits of {type(view).__qualname__} for {model.__name__}"
    limits: Limits = view._plan.once(
        name,
        make,
        fields,
        view.scope,
        *(part for entry in scopes for part in entry),
    )
    return limits


_NO_LIMITS = Limits((), (), {})


def remove_fields(form: Any, names: Iterable[str]) -> None:
    """Remove the fields with these names from a form, as far as it has them.

    A hidden field of that name stays, which sets nothing: a row may share the key of
    its parent, and its version may be in the scope.
    """
    for name in names:
        if name in form and not isinstance(form[name], CarriedField):
            del form[name]


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
