"""Find the columns of a table that no two of its rows may have the same values in.

Django: ``Model._get_unique_checks``.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Column
from sqlalchemy import Index
from sqlalchemy import UniqueConstraint


def unique_columns(table: Any) -> list[tuple[Column[Any], ...]]:
    """Return the columns of each unique set of a table.

    They come from its primary key, ``unique=True``, unique constraints and unique
    indexes; not from partial and expression indexes.
    """
    sets = [tuple(table.primary_key.columns)]
    sets += [(column,) for column in table.columns if column.unique]
    sets += [
        tuple(constraint.columns)
        for constraint in table.constraints
        if isinstance(constraint, UniqueConstraint)
    ]
    sets += [tuple(index.columns) for index in table.indexes if _is_plain(index)]
    return [columns for columns in sets if columns]


def _is_plain(index: Index) -> bool:
    """Tell whether an index makes its columns unique, for all rows of the table."""
    if not index.unique or any(key.endswith("_where") for key in index.kwargs):
        return False
    return all(isinstance(part, Column) for part in index.expressions)
