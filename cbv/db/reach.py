"""Whether a statement reads the tables that a scope is about.

A scope about another table would limit nothing: the database combines each row of the
statement with each row of that table. Nothing here opens a session. Django has no
counterpart: there a filter names fields of the queryset's own model.
"""

from __future__ import annotations

from collections.abc import Iterable
from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnClause
from sqlalchemy import Select
from sqlalchemy.sql import visitors

from ..exceptions import misconfigured
from .columns import is_mapped
from .columns import mapper_of


def check_reach(owner: object, statement: Select[Any], criteria: Sequence[Any]) -> None:
    """Refuse criteria about a table that a statement does not read.

    :param owner: the view; an error names its class.
    :raises ImproperlyConfigured: naming the view, the criterion and the cures.
    """
    read = set(statement.get_final_froms())
    added = set(statement.where(*criteria).get_final_froms()) - read
    joined = [tables for c in criteria if len(tables := tables_in([c])) > 1]
    for criterion in criteria:
        strange = tables_in([criterion]).intersection(added)
        if strange and not any(strange.issubset(tables) for tables in joined):
            raise misconfigured(
                owner,
                f"has a scope with {str(criterion)!r}, which is about a table that its"
                " statement does not read, so it would limit nothing",
                "name columns of its own model",
                "write it with has() or any() of a relationship",
                "join the table in queryset",
                "select the class that the scope names, not an alias of it",
            )


def is_about(model: Any, criteria: Sequence[Any]) -> bool:
    """Tell whether criteria name the tables of a mapped class alone.

    Then a statement of that class reads them, and :func:`check_reach`, which takes as
    long as reading a page, need not be asked. False for an alias.
    """
    if not is_mapped(model):
        return False
    named = {table for c in criteria for table in c._from_objects}
    return named.issubset(mapper_of(model).tables)


def tables_in(criteria: Iterable[Any]) -> set[Any]:
    """Return the tables whose columns are named in some criteria."""
    return {
        element.table
        for criterion in criteria
        for element in visitors.iterate(criterion)
        if isinstance(element, ColumnClause) and element.table is not None
    }
