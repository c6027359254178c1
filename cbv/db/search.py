"""Search the texts of rows, and of the rows related to them, for words.

Django: ``ModelAdmin.get_search_results``.
"""

from __future__ import annotations

from collections.abc import Iterator
from collections.abc import Sequence
from typing import Any
from typing import NamedTuple

from sqlalchemy import and_
from sqlalchemy import case
from sqlalchemy import Enum
from sqlalchemy import func
from sqlalchemy import or_
from sqlalchemy import Select
from sqlalchemy import select
from sqlalchemy import String
from sqlalchemy import tuple_
from sqlalchemy import union_all
from sqlalchemy.orm import aliased

from ..exceptions import misconfigured
from .column_types import stored_type
from .columns import key_names
from .columns import mapper_of
from .statements import is_plain
from .statements import without_loaders


class Search(NamedTuple):
    """The text columns of a mapped class and of its relationships that are searched."""

    #: The mapped class of the rows that are found.
    model: Any
    #: By the names of the relationships on the way, ``()`` for the class's own columns:
    #: the names of the columns at its end.
    columns: dict[tuple[str, ...], list[str]]

    def criteria(self, words: Sequence[str], statement: Any) -> list[Any]:
        """Return the criteria that each word is in one of the columns of a row.

        Different words may be in different columns and in different related rows.
        Upper and lower case are the same; ``%``, ``_`` and ``\\`` have no special
        meaning.

        :param statement: the ``select()`` that the criteria are for; related rows are
            searched for its rows only.
        """
        if not words:
            return []
        if set(self.columns) == {()}:
            return [_contains(self.model, self.columns[()], word) for word in words]
        # One SELECT for each relationship, whatever the number of words: it tells for
        # each row which words it has found there. An EXISTS for each word and column
        # takes PostgreSQL seconds.
        found = union_all(*self._finds(words, _limit(self.model, statement))).subquery()
        key = [found.c[f"key_{n}"] for n, _ in enumerate(key_names(self.model))]
        marks = [func.max(found.c[f"word_{n}"]) == 1 for n, _ in enumerate(words)]
        rows = select(*key).group_by(*key).having(and_(*marks))
        return [_key(self.model).in_(rows)]

    def _finds(self, words: Sequence[str], limit: Any) -> Iterator[Select[Any]]:
        """Yield, for each relationship, the keys of rows and the marks of the words."""
        for path, names in self.columns.items():
            row = end = aliased(mapper_of(self.model).class_)
            marked = select(
                *(getattr(row, n).label(f"key_{i}") for i, n in enumerate(_keys(row)))
            ).select_from(row)
            for name in path:
                start, relationship = end, mapper_of(end).relationships[name]
                end = aliased(relationship.mapper.class_)
                marked = marked.join(getattr(start, name).of_type(end))
            marks = (case((_contains(end, names, word), 1), else_=0) for word in words)
            marked = marked.add_columns(
                *(mark.label(f"word_{n}") for n, mark in enumerate(marks))
            )
            yield marked if limit is None else marked.where(_key(row).in_(limit))


def search_of(owner: object, model: Any, paths: Sequence[str]) -> Search:
    """Return the search in the text columns that the paths name.

    :param owner: the view, which an error message names.
    :param model: the mapped class of the rows.
    :param paths: names of text columns, such as ``title``; a column of a related class
        has the relationship before it, as in ``author.name``.
    :raises ImproperlyConfigured: for any other name.
    """
    columns: dict[tuple[str, ...], list[str]] = {}
    for path in paths:
        *relationships, name = _checked(owner, model, path)
        columns.setdefault(tuple(relationships), []).append(name)
    return Search(model, columns)


def _checked(owner: object, model: Any, path: str) -> list[str]:
    """Return the names on a path whose last one is a text column."""
    name, _, rest = path.partition(".")
    relationship = mapper_of(model).relationships.get(name)
    if rest and relationship is not None:
        return [name, *_checked(owner, relationship.mapper.class_, rest)]
    column: Any = getattr(model, name, None)
    is_text = isinstance(stored_type(getattr(column, "type", None)), String)  # type: ignore[arg-type]
    if rest or not is_text or isinstance(stored_type(column.type), Enum):
        problem = f"has search_fields with {path!r}, which is no text of its model"
        raise misconfigured(owner, problem, "name a text column")
    return [name]


def _contains(model: Any, names: Sequence[str], word: str) -> Any:
    """Return the criterion that one of the columns contains a word."""
    columns = [getattr(model, name) for name in names]
    return or_(*(column.icontains(word, autoescape=True) for column in columns))


def _keys(model: Any) -> tuple[str, ...]:
    return key_names(mapper_of(model).class_)


def _key(model: Any) -> Any:
    """Return the expression of a model's primary key."""
    columns = [getattr(model, name) for name in _keys(model)]
    return columns[0] if len(columns) == 1 else tuple_(*columns)


def _limit(model: Any, statement: Any) -> Any:
    """Return the SELECT of the keys of a statement's rows; None for all rows.

    A statement that is more than a class and its criteria gives None as well: what is
    found for other rows does no harm.
    """
    statement = without_loaders(statement)
    if statement.whereclause is None or not is_plain(statement):
        return None
    columns = [getattr(model, name) for name in _keys(model)]
    limited = statement.with_only_columns(*columns, maintain_column_froms=True)
    return limited.order_by(None).correlate(None)
