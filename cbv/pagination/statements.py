"""The statement for one page of rows, found by their number.

Django slices a queryset. Pure: no session here; see :mod:`cbv.pagination.paginator`.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import and_
from sqlalchemy import BigInteger
from sqlalchemy import bindparam
from sqlalchemy import BindParameter
from sqlalchemy import Integer
from sqlalchemy import Select

from ..db.columns import is_mapped
from ..db.columns import key_names
from ..db.columns import mapper_of
from ..db.ordering import sort_keys
from ..db.ordering import sorted_by_key
from ..db.statements import count_of
from ..db.statements import derived
from ..db.statements import entity_of
from ..db.statements import is_plain
from ..db.statements import without_loaders
from ..exceptions import ImproperlyConfigured


def page_of(
    statement: Select[Any], *, counted: bool, deep: bool = False
) -> Select[Any]:
    """Return the statement for one page: parameters ``limit`` and ``offset``.

    :param counted: whether each row carries the number of all rows as last column.
    :param deep: whether the page is far from the first. Then its keys are found
        first and only its own rows are read, where that changes nothing: a database
        reads every row that it skips, with all that is joined to it.
    """

    def build(statement: Select[Any]) -> Select[Any]:
        page = _page_by_keys(statement) if deep else _limited(sorted_by_key(statement))
        if counted:
            page = page.add_columns(count_of(statement).scalar_subquery())
        return page

    deep = deep and derived(statement, "keys are enough", _keys_are_enough)
    found: Select[Any] = derived(statement, ("page", counted, deep), build)
    return found


def _limited(page: Select[Any]) -> Select[Any]:
    offset: BindParameter[int] = bindparam("offset", 0, type_=BigInteger)
    return page.limit(bindparam("limit", type_=Integer)).offset(offset)


def window_of(statement: Select[Any]) -> tuple[int, int | None]:
    """Return a statement's own offset and limit, which its pages stay within.

    :raises ImproperlyConfigured: when they are no plain numbers.
    """
    found: tuple[int, int | None] = derived(statement, "window", _window)
    return found


def _window(statement: Any) -> tuple[int, int | None]:
    clauses = (statement._offset_clause, statement._limit_clause)
    if statement._fetch_clause is None and all(
        clause is None or isinstance(clause, BindParameter) for clause in clauses
    ):
        offset, limit = (None if c is None else c.effective_value for c in clauses)
        return offset or 0, limit
    raise ImproperlyConfigured(
        "A statement with a limit of its own cannot be paged. Cure: give"
        " limit() and offset() plain numbers, or leave them to the pages."
    )


def _keys_are_enough(statement: Any) -> bool:
    """Tell whether a page may be found by keys: one table, sorted by its columns."""
    model = entity_of(statement)
    if not is_mapped(model) or statement._for_update_arg is not None:
        return False
    table = mapper_of(model).local_table
    sorted_by = {getattr(k.expression, "table", None) for k in sort_keys(statement)}
    plain = without_loaders(statement)
    return (
        is_plain(plain) and plain.get_final_froms() == [table] and sorted_by == {table}
    )


def _page_by_keys(statement: Any) -> Select[Any]:
    model = entity_of(statement)
    own = [getattr(model, name) for name in key_names(model)]
    found = sorted_by_key(without_loaders(statement)).with_only_columns(*own)
    keys = _limited(found).subquery()
    page: Any = sorted_by_key(statement)
    page._where_criteria = ()  # the keys have met it
    matched = zip(own, keys.columns, strict=True)
    return page.join(keys, and_(*(a == b for a, b in matched)))  # type: ignore[no-any-return]
