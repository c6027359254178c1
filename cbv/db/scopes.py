"""What a view's scope says of its objects' attributes and of the rows to choose from.

A scope is the criterion that limits the rows of a view, such as
``Post.author_id == per_request(…)``. Nothing here opens a session. Django has no
counterpart: there each view filters its rows and fills new objects by hand.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import BindParameter
from sqlalchemy import ClauseElement
from sqlalchemy import ColumnClause
from sqlalchemy import inspect
from sqlalchemy import Select
from sqlalchemy import select
from sqlalchemy.orm import RelationshipDirection
from sqlalchemy.sql import operators
from sqlalchemy.sql import visitors
from sqlalchemy.sql.elements import BinaryExpression
from sqlalchemy.sql.elements import BooleanClauseList
from sqlalchemy.sql.elements import False_
from sqlalchemy.sql.elements import Null
from sqlalchemy.sql.elements import True_
from sqlalchemy.sql.elements import Tuple

from ..exceptions import misconfigured
from .columns import mapper_of
from .reach import check_reach
from .reach import tables_in
from .statements import criteria_of
from .statements import entity_of
from .statements import keep

_Rows = Select[Any] | None
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
    for criterion in flattened(criteria_of(scope)):
        found = equality(model, criterion)
        if found is None:
            raise misconfigured(
                owner,
                f"creates objects, but its scope has {str(criterion)!r}, which is no"
                " equality of a column, so a new object cannot be made to fit it",
                "write the scope as Model.column == value",
                "set scope = None here and fill the column in form_valid()",
            )
        name, value = found
        values[name] = value
    return values


def flattened(criteria: Iterable[Any]) -> Iterable[Any]:
    """Yield each criterion of a scope, and each part of an ``and_()`` by itself."""
    for criterion in criteria:
        if (
            isinstance(criterion, BooleanClauseList)
            and criterion.operator is operators.and_
        ):
            yield from flattened(criterion.clauses)
        else:
            yield criterion


def equality(model: Any, criterion: Any) -> tuple[str, Any] | None:
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
    criteria = flattened(criteria_of(scope))
    sides = (side for c in criteria if _is_equality(c) for side in _fixed_by(c))
    return names_over(model, sides)


def named_columns(model: Any, scope: Any) -> tuple[str, ...]:
    """Return the attributes of a model that its scope names in any criterion.

    Another value may take an object out of the scope, though it need not.
    """
    criteria = criteria_of(scope)
    return names_over(model, (e for c in criteria for e in visitors.iterate(c)))


def _is_equality(criterion: Any) -> bool:
    return isinstance(criterion, BinaryExpression) and criterion.operator in (
        operators.eq,
        operators.is_,
    )


def _fixed_by(equality: BinaryExpression[Any]) -> tuple[Any, ...]:
    """Return the two sides of an equality; none if both are columns, as in a join."""
    sides = (equality.left, equality.right)
    if all(isinstance(side, ColumnClause) for side in sides):
        return ()
    tuples = [part for s in sides if isinstance(s, Tuple) for part in s.clauses]
    return (*sides, *tuples)


def names_over(model: Any, elements: Iterable[Any]) -> tuple[str, ...]:
    """Return all attributes of a model that set the columns among some SQL elements.

    A many-to-one relationship sets the columns of its foreign key: one of several
    columns is enough. A composite and a synonym are other names of columns. A column of
    an alias counts as that of the table.

    :param elements: parts of SQL expressions; those that are no columns do not count.
    """
    mapper = mapper_of(model)
    clauses = [element for element in elements if isinstance(element, ColumnClause)]
    columns = {column for clause in clauses for column in clause.base_columns}
    found = {a.key for a in mapper.column_attrs if columns.intersection(a.columns)}
    columns = {c for name in found for c in mapper.column_attrs[name].columns}
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


def share_rows(model: Any, entity: Any) -> bool:
    """Tell whether a scope of one class says something of another class, or an alias.

    It does where both store rows in the same table, as a class and its subclass do.

    :param model: a mapped class; None counts as every class.
    :param entity: what a statement selects.
    """
    if model is None:
        return True
    tables = (set(inspect(each).mapper.tables) for each in (model, entity))
    return not next(tables).isdisjoint(next(tables))


def own_rows(
    owner: object, model: Any, scope: Any, target: Any, rows: _Rows = None
) -> _Rows:
    """Return the rows to choose from where a form refers to the view's own model.

    They are limited by the view's scope: a post's parent is chosen among the posts that
    the view may show. A class that stores its rows in the same tables (a base class, a
    subclass) counts as the view's own model.

    :param owner: the view; an error names its class.
    :param model: the view's mapped class.
    :param scope: None, one criterion or a list of them.
    :param target: the mapped class of the rows to choose from.
    :param rows: the rows that another scope has left.
    :returns: a ``select()``; ``rows`` without a scope, and where the scope says nothing
        of them.
    :raises ImproperlyConfigured: where a criterion needs a join that only the view's
        own statement has.
    """
    target = target if rows is None else entity_of(rows)
    if scope is None or not share_rows(model, target):
        return rows
    mapper, other = mapper_of(model), mapper_of(target)
    needed = tables_in(criteria_of(scope)).intersection(mapper.tables)
    if not needed.issubset(other.tables):
        # The scope is about columns that the other class has not: the rows that the
        # view may show are those of its own class.
        if not mapper.isa(other):
            return rows
        target = model
    left: tuple[Any, ...] = () if rows is None else rows._where_criteria
    rows = select(target).where(*left, *criteria_of(scope))
    if len(rows.get_final_froms()) > 1:
        name = target.__name__
        raise misconfigured(
            owner,
            f"offers each {name} in its scope, but the scope is about other tables too",
            f"write it as {name}.relationship.has(...) or any(...)",
            f"set choices for the fields that choose a {name}",
        )
    return keep(rows)  # type: ignore[no-any-return]


def check_scope(owner: object, queryset: Any, scope: Any) -> None:
    """Refuse a scope that is none, or about a table that the statement does not read.

    The latter (that of another view, say) would limit nothing: the database combines
    each row of the statement with each row of that table.

    :param queryset: the statement of the view's class; a sequence is let through.
    :raises ImproperlyConfigured: naming the view, the criterion and the cures.
    """
    _check_criteria(owner, scope)
    if scope is None or not isinstance(queryset, Select):
        return
    check_reach(owner, queryset, criteria_of(scope))


def _check_criteria(owner: object, scope: Any) -> None:
    """Refuse a scope that is no SQLAlchemy criterion, nor a list of them."""
    for criterion in criteria_of(scope):
        is_sql = isinstance(criterion, ClauseElement)
        if not is_sql and not hasattr(criterion, "__clause_element__"):
            raise misconfigured(
                owner,
                f"has a scope with {criterion!r}, which is no criterion of SQLAlchemy",
                "write it as Model.column == value, or a list of such",
                "use Model.column.is_(None) for NULL",
                "use per_request(function) for a value of each request",
            )
