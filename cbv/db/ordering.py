"""Sort statements, and read the sort keys of a statement back.

Builds statements only and opens no session. Django: ``QuerySet.order_by`` and
``Meta.ordering``.
"""

from __future__ import annotations

from typing import Any
from typing import NamedTuple

from sqlalchemy import Select
from sqlalchemy.sql import operators
from sqlalchemy.sql.elements import _label_reference
from sqlalchemy.sql.elements import UnaryExpression

from ..exceptions import misconfigured
from .columns import key_names
from .columns import mapper_of
from .statements import derived
from .statements import entity_of


def ordered(owner: object, queryset: Any, ordering: Any) -> Any:
    """Return a statement sorted as a view's ``ordering`` says.

    NULLs come last on every database, unless an expression says otherwise.

    :param owner: the view; an error names its class.
    :param queryset: the view's ``select()`` statement.
    :param ordering: a column name (``-name`` for descending), an SQL expression, or a
        list of them. With None or an empty list the statement is returned unchanged.
    :raises ImproperlyConfigured: for what is no column, such as an unknown name or a
        relationship, or when ``queryset`` is a sequence instead of a statement.

    Django: ``QuerySet.order_by``.
    """
    items = tuple(ordering) if isinstance(ordering, (list, tuple)) else (ordering,)
    if ordering is None or (isinstance(ordering, (str, list, tuple)) and not ordering):
        return queryset
    if not isinstance(queryset, Select):
        problem = "has an ordering, but its query source is a sequence"
        raise misconfigured(owner, problem, "sort the sequence", "give a select()")

    def build(statement: Select[Any]) -> Select[Any]:
        model = entity_of(statement)
        keys = [_sort_key(owner, model, item) for item in items]
        return statement.order_by(None).order_by(*keys)

    return derived(queryset, ("ordered", items), build)


def _sort_key(owner: object, model: Any, item: Any) -> Any:
    expression = _named(model, item) if isinstance(item, str) else item
    # A relationship has no type, a text() no direction, an unknown name neither.
    if not (hasattr(expression, "type") and hasattr(expression, "asc")):
        problem = f"has ordering {str(item)!r}, which names no column of its model"
        raise misconfigured(owner, problem, "name a mapped column")
    if isinstance(item, str) and item.startswith("-"):
        expression = expression.desc()
    elif not isinstance(expression, UnaryExpression):
        expression = expression.asc()
    key = _parsed(model, expression)
    last = key.nullable and key.nulls_first is None
    return expression.nulls_last() if last else expression


def _named(model: Any, item: str) -> Any:
    """Return the mapped attribute that ``name`` or ``-name`` stands for, or None."""
    name = item.removeprefix("-")
    if model is None or name not in mapper_of(model).all_orm_descriptors:
        return None
    return getattr(model, name)


class SortKey(NamedTuple):
    """One part of a statement's ``ORDER BY``: an expression and its direction."""

    expression: Any
    descending: bool
    #: Whether NULLs come first; None if the statement leaves that to the database.
    nulls_first: bool | None
    #: Whether the expression can be NULL at all.
    nullable: bool


def sort_keys(statement: Select[Any]) -> tuple[SortKey, ...]:
    """Return the sort keys of a statement's pages; the primary key comes last."""

    def build(statement: Select[Any]) -> tuple[SortKey, ...]:
        model, page = entity_of(statement), sorted_by_key(statement)
        return tuple(_parsed(model, clause) for clause in page._order_by_clauses)

    keys: tuple[SortKey, ...] = derived(statement, "sort keys", build)
    return keys


def _parsed(model: Any, item: Any) -> SortKey:
    descending, nulls_first = False, None
    while isinstance(item, (UnaryExpression, _label_reference)):
        modifier = getattr(item, "modifier", operators.asc_op)
        if modifier in (operators.nulls_first_op, operators.nulls_last_op):
            nulls_first = modifier is operators.nulls_first_op
        elif modifier is operators.desc_op:
            descending = True
        elif modifier is not operators.asc_op:
            break
        item = item.element
    return SortKey(item, descending, nulls_first, _may_be_null(model, item))


def _may_be_null(model: Any, expression: Any) -> bool:
    """Tell whether an expression may be NULL.

    A column of another table may always be: an outer join gives NULL for no row.
    """
    table = getattr(expression, "table", None)
    if model is None or table is None or table not in mapper_of(model).tables:
        return True
    return bool(getattr(expression, "nullable", True))


def sorted_by_key(statement: Select[Any]) -> Select[Any]:
    """Add the primary key as the last sort key, so that pages never overlap.

    Without it, the database may return rows with equal sort values in any order. A key
    column that the statement already sorts by is not added again: an index could not
    serve the order ``-date, -id, id``.
    """
    model = entity_of(statement)
    if model is None:
        return statement
    present = [_parsed(model, c).expression for c in statement._order_by_clauses]
    keys = (getattr(model, name) for name in key_names(model))
    return statement.order_by(
        *(key for key in keys if not any(key.expression.compare(e) for e in present))
    )
