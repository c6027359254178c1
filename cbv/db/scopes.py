"""What a view's scope says of its objects' attributes and of the rows to choose from.

A scope is the criterion that limits the rows of a view, such as
``Post.author_id == per_request(…)``. Nothing here opens a session. Django has no
counterpart: there each view filters its rows and fills new objects by hand.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import BindParameter
from sqlalchemy import Column
from sqlalchemy import ColumnClause
from sqlalchemy import Select
from sqlalchemy.orm import RelationshipDirection
from sqlalchemy.sql import operators
from sqlalchemy.sql import visitors
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
    if not _is_equality(criterion):
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
    for attribute in mapper_of(model).column_attrs:
        if any(mapped is plain for mapped in attribute.columns):
            return str(attribute.key)
    return None


def owned_names(model: Any, scope: Any) -> tuple[str, ...]:
    """Return the attributes of a model that its scope sets, so that no form may.

    They are the columns that an equality of the scope fixes, whatever it compares them
    with, and all that :func:`names_over` finds. Other criteria own nothing: an object
    can meet them with several values.

    :param model: the mapped class.
    :param scope: None, one criterion or a list of them.
    """
    fixed = {
        name
        for criterion in _flattened(criteria_of(scope))
        if _is_equality(criterion)
        for name in _names_in(model, criterion)
    }
    return names_over(model, fixed)


def _is_equality(criterion: Any) -> bool:
    return isinstance(criterion, BinaryExpression) and criterion.operator in (
        operators.eq,
        operators.is_,
    )


def _names_in(model: Any, equality: BinaryExpression[Any]) -> list[str]:
    """Return the attribute that an equality compares with something else, in a list.

    It is empty for two columns, which a join compares: neither is fixed.
    """
    sides = (equality.left, equality.right)
    if all(isinstance(side, ColumnClause) for side in sides):
        return []
    return [name for side in sides if (name := _attribute_name(model, side))]


def names_over(model: Any, names: Iterable[str]) -> tuple[str, ...]:
    """Return attributes of a model, and all others that set the same columns.

    A many-to-one relationship sets the columns of its foreign key: one of several
    columns is among them as soon as it sets one that is named. A composite and a
    synonym are other names of columns.

    :param names: attributes that are columns.
    """
    mapper, found = mapper_of(model), set(names)
    columns = {c for name in found for c in mapper.column_attrs[name].columns}
    found |= {a.key for a in mapper.column_attrs if columns.intersection(a.columns)}
    found |= {
        relationship.key
        for relationship in mapper.relationships
        if relationship.direction is RelationshipDirection.MANYTOONE
        and any(local in columns for _, local in relationship.synchronize_pairs)
    }
    found |= {
        composite.key
        for composite in mapper.composites
        if any(attribute.key in found for attribute in composite.props)
    }
    found |= {synonym.key for synonym in mapper.synonyms if synonym.name in found}
    return tuple(sorted(found))


def own_rows(owner: object, model: Any, scope: Any, target: Any) -> Select[Any] | None:
    """Return the rows to choose from where a form refers to the view's own model.

    They are limited by the view's scope: a post's parent is chosen among the posts that
    the view may show. A class that stores its rows in the same tables (a base class, a
    subclass) counts as the view's own model.

    :param owner: the view; an error names its class.
    :param model: the view's mapped class.
    :param scope: None, one criterion or a list of them.
    :param target: the mapped class of the rows to choose from.
    :returns: a ``select()``; None without a scope, and where the scope says nothing of
        these rows.
    """
    mapper, other = mapper_of(model), mapper_of(target)
    if scope is None or not set(mapper.tables).intersection(other.tables):
        return None
    needed = _tables_in(criteria_of(scope)).intersection(mapper.tables)
    if not needed.issubset(other.tables):
        # The scope is about columns that the other class has not: the rows that the
        # view may show are those of its own class.
        if not mapper.isa(other):
            return None
        target = model
    rows: Select[Any] = finished(owner, own_queryset(owner, target, None), scope)
    return keep(rows)  # type: ignore[no-any-return]


def _tables_in(criteria: Iterable[Any]) -> set[Any]:
    """Return the tables whose columns are named in some criteria."""
    return {
        element.table
        for criterion in criteria
        for element in visitors.iterate(criterion)
        if isinstance(element, Column)
    }
