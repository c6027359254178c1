"""The rows of a statement that have one of several keys, in one statement.

Django: ``QuerySet.in_bulk`` on a queryset that may be limited. Pure: no session here.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import bindparam
from sqlalchemy import Select
from sqlalchemy import select
from sqlalchemy import tuple_

from .columns import column_of
from .statements import derived


def among(
    statement: Select[Any],
    model: Any,
    names: Sequence[str],
    keys: Sequence[tuple[Any, ...]],
) -> tuple[Select[Any], dict[str, Any]]:
    """Return the statement of those rows of another that have one of some keys.

    And the values of its parameters.

    :param names: the attributes of the model that make the key.
    """
    # One key needs no list, which SQLAlchemy writes out for each request.
    single = len(names) == len(keys) == 1

    def build(statement: Select[Any]) -> Select[Any]:
        key = _key_column(model, names)
        wanted: Any = bindparam("keys", expanding=not single)
        asked = key == wanted if single else key.in_(wanted)
        if not is_limited(statement):
            return statement.where(asked)
        # The rows of a limited statement come first, then the look-up among them.
        rows = statement.subquery()
        columns = [column_of(model, name) for name in names]
        found = select(*(rows.c[c.name] for c in columns if c is not None))
        return select(model).where(key.in_(found), asked)

    made = derived(statement, ("among", tuple(names), single), build)
    values = list(keys) if len(names) > 1 else [key[0] for key in keys]
    return made, {"keys": values[0] if single else values}


def is_limited(statement: Select[Any]) -> bool:
    """Tell whether a statement has a limit or an offset of its own."""
    return not (statement._limit_clause is None and statement._offset_clause is None)


def _key_column(model: Any, names: Sequence[str]) -> Any:
    columns = [getattr(model, name) for name in names]
    return columns[0] if len(columns) == 1 else tuple_(*columns)
