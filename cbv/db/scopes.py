"""What a scope says of a new object and of the choices in its form.

Django has no counterpart: there each view filters and fills by hand. Pure: no session.
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
    """Return, by attribute name, what each equality in a scope compares its column to.

    A bound parameter where the value comes from the request, else the constant.

    :raises ImproperlyConfigured: for a criterion that is no equality of a column of
        ``model``: a new object cannot be made to fit it.
    """
    values: dict[str, Any] = {}
    for criterion in _flattened(criteria_of(scope)):
        found = _equality(model, criterion)
        if found is None:
            raise misconfigured(
                owner,
                f"creates objects, but its scope has {str(criterion)!r}, which is no"
                " equality of a column, so a new object cannot be made to fit it",
                "write the scope as Model.column == value",
                "set scope = None here and fill the column in form_valid()",
            )
        values[found[0]] = found[1]
    return values


def _flattened(criteria: Iterable[Any]) -> Iterable[Any]:
    for criterion in criteria:
        if (
            isinstance(criterion, BooleanClauseList)
            and criterion.operator is operators.and_
        ):
            yield from _flattened(criterion.clauses)
        else:
            yield criterion


def _equality(model: Any, criterion: Any) -> tuple[str, Any] | None:
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
    """Return the choices, by field, that are rows of a view's own model, in its scope.

    A post's parent is chosen among the posts that the view may show.
    """
    if scope is None:
        return {}
    mapper, names = mapper_of(model), set()
    for relationship in mapper.relationships:
        if relationship.mapper.class_ is model:
            names.add(relationship.key)
            foreign = [c for c in relationship.local_columns if c.foreign_keys]
            names.update(mapper.get_property_by_column(c).key for c in foreign)
    wanted = names if fields == "__all__" else names.intersection(fields or ())
    offered = keep(finished(owner, own_queryset(owner, model, None), scope))
    return dict.fromkeys(wanted, offered)
