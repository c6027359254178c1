"""Limit a statement to the rows that have one of several given keys.

Builds statements only and opens no session. Django: ``QuerySet.in_bulk``, which refuses
a queryset with a limit; here it may have one.
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
from .statements import is_limited


def among(
    statement: Select[Any],
    model: Any,
    names: Sequence[str],
    keys: Sequence[tuple[Any, ...]],
) -> tuple[Select[Any], dict[str, Any]]:
    """Limit a statement to the rows whose key is one of ``keys``.

    :param statement: a ``select()`` of ``model``, perhaps with a limit.
    :param model: the mapped class.
    :param names: the attributes of the model that make up the key.
    :param keys: the keys, each a tuple with one value for each of ``names``.
    :returns: the new statement, and the values of its parameters by name.
    """
    # A single key is compared with "=": SQLAlchemy would have to write out the list of
    # an "IN" for each request.
    single = len(names) == len(keys) == 1

    def build(statement: Select[Any]) -> Select[Any]:
        key = _key_column(model, names)
        parameter: Any = bindparam("keys", expanding=not single)
        has_key = key == parameter if single else key.in_(parameter)
        if not is_limited(statement):
            return statement.where(has_key)
        # The limit is applied first, in a subquery; then the keys are looked up in it.
        limited_rows = statement.subquery()
        columns = [column_of(model, name) for name in names]
        limited_keys = select(
            *(limited_rows.c[c.name] for c in columns if c is not None)
        )
        return select(model).where(key.in_(limited_keys), has_key)

    narrowed = derived(statement, ("among", tuple(names), single), build)
    values = list(keys) if len(names) > 1 else [key[0] for key in keys]
    return narrowed, {"keys": values[0] if single else values}


def _key_column(model: Any, names: Sequence[str]) -> Any:
    columns = [getattr(model, name) for name in names]
    return columns[0] if len(columns) == 1 else tuple_(*columns)
