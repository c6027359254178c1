"""What the rows of a statement are sorted by.

Django: ``QuerySet.order_by`` and ``Meta.ordering``. Pure: no session here.
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
    """Return a statement sorted by column names (``-`` for descending) or expressions.

    NULLs come last on every database.

    :raises ImproperlyConfigured: for an unknown name, or a sequence.
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
    if isinstance(item, str):
        name = item.removeprefix("-")
        column = getattr(model, name, None) if model is not None else None
        if column is None or name not in mapper_of(model).all_orm_descriptors:
            problem = f"has ordering {item!r}, which names no column of its model"
            raise misconfigured(owner, problem, "name a mapped column")
        item = column.desc() if item.startswith("-") else column.asc()
    elif not isinstance(item, UnaryExpression):
        item = item.asc()
    key = _parsed(model, item)
    return item.nulls_last() if key.nullable and key.nulls_first is None else item


class SortKey(NamedTuple):
    """One thing that a statement is sorted by."""

    expression: Any
    descending: bool
    #: Where its NULLs stand; None where the statement leaves it to the database.
    nulls_first: bool | None
    nullable: bool


def sort_keys(statement: Select[Any]) -> tuple[SortKey, ...]:
    """Return what a page of a statement is sorted by; the primary key comes last."""

    def build(statement: Select[Any]) -> tuple[SortKey, ...]:
        model, page = entity_of(statement), sorted_by_key(statement)
        return tuple(_parsed(model, clause) for clause in page._order_by_clauses)

    found: tuple[SortKey, ...] = derived(statement, "sort keys", build)
    return found


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
    """Tell whether an expression may be NULL; another table's may, by an outer join."""
    table = getattr(expression, "table", None)
    if model is None or table is None or table not in mapper_of(model).tables:
        return True
    return bool(getattr(expression, "nullable", True))


def sorted_by_key(statement: Select[Any]) -> Select[Any]:
    """Add the primary key as last sort key: a page must not depend on chance.

    What the statement is sorted by already is not added again, or no index would give
    the order of ``-date, -id``.
    """
    model = entity_of(statement)
    if model is None:
        return statement
    given = [_parsed(model, c).expression for c in statement._order_by_clauses]
    keys = (getattr(model, name) for name in key_names(model))
    return statement.order_by(
        *(key for key in keys if not any(key.expression.compare(e) for e in given))
    )
