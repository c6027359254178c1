"""Build the statement that reads one numbered page of another statement's rows.

Builds statements only; :mod:`cbv.pagination.items` runs them. Django: slicing a
``QuerySet``.
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
    """Return the statement for one page, with parameters ``limit`` and ``offset``.

    :param statement: a ``select()``; its own limit and offset are replaced.
    :param counted: whether to add the number of all rows as the last column.
    :param deep: whether the page is far from the first. A database reads every row that
        it skips, with all the rows joined to it. So the statement skips primary keys
        only, and then reads the rows of this page, if that gives the same rows.
    """

    def build(statement: Select[Any]) -> Select[Any]:
        page = _page_by_keys(statement) if deep else _one_page(sorted_by_key(statement))
        if counted:
            page = page.add_columns(count_of(statement).scalar_subquery())
        return page

    deep = deep and derived(statement, "keys are enough", _keys_are_enough)
    page: Select[Any] = derived(statement, ("page", counted, deep), build)
    return page


def _one_page(page: Select[Any]) -> Select[Any]:
    offset: BindParameter[int] = bindparam("offset", 0, type_=BigInteger)
    return page.limit(bindparam("limit", type_=Integer)).offset(offset)


def window_of(statement: Select[Any]) -> tuple[int, int | None]:
    """Return the offset and limit that a statement has itself, before it is paged.

    Its pages stay within them.

    :returns: the offset (0 without one), and the limit (None without one).
    :raises ImproperlyConfigured: when they are SQL expressions, not plain numbers.
    """
    window: tuple[int, int | None] = derived(statement, "window", _own_window)
    return window


def _own_window(statement: Any) -> tuple[int, int | None]:
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
    """Tell whether the rows of a page can be found by their primary keys first.

    Only in a statement of one table that is sorted by columns of that table.
    """
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
    key_columns = [getattr(model, name) for name in key_names(model)]
    all_keys = sorted_by_key(without_loaders(statement)).with_only_columns(*key_columns)
    page_keys = _one_page(all_keys).subquery()
    page: Any = sorted_by_key(statement)
    page._where_criteria = ()  # the subquery has applied them
    pairs = zip(key_columns, page_keys.columns, strict=True)
    return page.join(page_keys, and_(*(a == b for a, b in pairs)))  # type: ignore[no-any-return]
