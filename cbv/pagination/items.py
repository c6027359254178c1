"""Read and count the items of a statement or a sequence for a numbered page.

:mod:`cbv.pagination.statements` builds the statements that are run here. Django:
slicing and counting the ``object_list`` of a ``Paginator``.
"""

from __future__ import annotations

from inspect import isbuiltin
from inspect import Parameter
from inspect import signature
from typing import Any

from sqlalchemy import Select

from ..db import reading
from ..db.statements import is_row
from ..db.statements import prepared
from .statements import page_of
from .statements import window_of

#: A page that begins at this item or later is found by its primary keys first.
_DEEP = 200


def read_items(
    object_list: Any, first: int, most: int, *, counted: bool, session: Any = None
) -> tuple[list[Any], int | None]:
    """Return the items of one page, and the number of all items if it was read too.

    The statement for a page of mapped objects can count all rows on the way.

    :param object_list: a ``select()`` or a sequence.
    :param first: the index of the first item, from 0.
    :param most: the greatest number of items to read.
    :param counted: whether to count all items in the same statement, if possible.
    :param session: another SQLAlchemy session than the application's.
    :returns: the items, and the number of all items; None if it is not known yet.
    """
    if not isinstance(object_list, Select):
        return list(object_list[first : first + most]), None
    source, bound_values = prepared(object_list)
    has_columns = is_row(source)
    counted = counted and not has_columns
    statement = page_of(source, counted=counted, deep=first >= _DEEP)
    offset, limit = window_of(source)
    if limit is not None:
        most = max(0, min(most, limit - first))
    values = {**bound_values, "limit": most, "offset": offset + first}
    if not counted:
        read = reading.rows if has_columns else reading.scalars
        return read(statement, values, using=session), None
    rows = reading.rows(statement, values, using=session)
    # Each row carries the number of all rows; beyond the last page there is no row.
    total = rows[0][-1] if rows else (0 if first == 0 else None)
    return [row[0] for row in rows], total


def count_items(object_list: Any, *, session: Any = None) -> int:
    """Return the number of all items of a statement or a sequence.

    A sequence's own ``count()`` is preferred to its length, which may have to load it.
    That of a list counts one value, and is not meant: it needs an argument.
    """
    if isinstance(object_list, Select):
        return reading.count(object_list, using=session)
    own = getattr(object_list, "count", None)
    if callable(own) and not isbuiltin(own) and not _needs_arguments(own):
        return int(own())
    return len(object_list)


def _needs_arguments(function: Any) -> bool:
    parameters = signature(function).parameters.values()
    optional = (Parameter.VAR_POSITIONAL, Parameter.VAR_KEYWORD)
    return any(p.default is p.empty and p.kind not in optional for p in parameters)
