"""Apply a view's scope to a new object's attributes and to the choices in its form.

A scope is the criterion that limits the rows of a view, such as
``Post.author_id == per_request(…)``. Nothing here opens a session. Django has no
counterpart: there each view filters its rows and fills new objects by hand.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import BindParameter
from sqlalchemy.sql import operators
from sqlalchemy.sql.elements import BinaryExpression
from sqlalchemy.sql.elements import BooleanClauseList
from sqlalchemy.sql.elements import False_
from sqlalchemy.sql.elements import Null
from sqlalchemy.sql.elements import True_

from ..exceptions import misconfigured
from .columns import mapper_of
from .statements import criteria_of
from .statements import finished
from .statements import keep
from .statements import own_queryset

_CONSTANTS = {True_: True, False_: False, Null: None}


def scope_values(owner: object, model: Any, scope: Any) -> dict[str, Any]:
    """Return the values that a new object needs so that it matches a scope.

    ``Post.author_id == 3`` gives the value for ``author_id``.

    :param owner: the view; an error names its class.
    :param model: the mapped class of the new object.
    :param scope: None, one criterion or a list of them.
    :returns: by attribute name, a bound parameter, or the constant True, False or None.
    :raises ImproperlyConfigured: for a criterion that does not compare a column of
        ``model`` with a value by ``==``, because no object can be filled from it.
    """
    values: dict[str, Any] = {}
    for criterion in _flattened(criteria_of(scope)):
        equality = _equality(model, criterion)
        if equality is None:
            raise misconfigured(
                owner,
                f"creates objects, but its scope has {str(criterion)!r}, which is no"
                " equality of a column, so a new object cannot be made to fit it",
                "write the scope as Model.column == value",
                "set scope = None here and fill the column in form_valid()",
            )
        name, value = equality
        values[name] = value
    return values


def _flattened(criteria: Iterable[Any]) -> Iterable[Any]:
    """Yield each criterion, and each part of an ``and_()`` by itself."""
    for criterion in criteria:
        if (
            isinstance(criterion, BooleanClauseList)
            and criterion.operator is operators.and_
        ):
            yield from _flattened(criterion.clauses)
        else:
            yield criterion


def _equality(model: Any, criterion: Any) -> tuple[str, Any] | None:
    """Return the attribute name and the value of ``column == value``, else None."""
    if not isinstance(criterion, BinaryExpression):
        return None
    if criterion.operator not in (operators.eq, operators.is_):
        return None
    for column, value in (
        (criterion.left, criterion.right),
        (criterion.right, criterion.left),
    ):
        name = _attribute_name(model, column)
        if name is not None and isinstance(value, BindParameter):
            return name, value
        if name is not None and type(value) in _CONSTANTS:
            return name, _CONSTANTS[type(value)]
    return None


def _attribute_name(model: Any, column: Any) -> str | None:
    plain = getattr(column, "_deannotate", lambda: column)()
    for name, mapped in mapper_of(model).columns.items():
        if mapped is plain:
            return str(name)
    return None


def own_choices(owner: object, model: Any, scope: Any, fields: Any) -> dict[str, Any]:
    """Return the choices of the form fields that refer to the view's own model.

    They are limited by the view's scope: a post's parent is chosen among the posts that
    the view may show.

    :param owner: the view; an error names its class.
    :param model: the view's mapped class.
    :param scope: None, one criterion or a list of them.
    :param fields: the names of the form's fields, ``"__all__"`` or None.
    :returns: by field name, the ``select()`` of the rows to choose from; empty without
        a scope.
    """
    if scope is None:
        return {}
    mapper, names = mapper_of(model), set()
    for relationship in mapper.relationships:
        if relationship.mapper.class_ is model:
            names.add(relationship.key)
            foreign = [c for c in relationship.local_columns if c.foreign_keys]
            names.update(mapper.get_property_by_column(c).key for c in foreign)
    field_names = names if fields == "__all__" else names.intersection(fields or ())
    rows_in_scope = keep(finished(owner, own_queryset(owner, model, None), scope))
    return dict.fromkeys(field_names, rows_in_scope)
