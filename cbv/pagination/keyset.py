"""KeysetPaginator and KeysetPage: pages that begin after a row, not at a number.

A page costs the same at any depth: the database seeks the row that the page before
ended with, instead of counting past all rows before it. Django has no counterpart.
Knows no request.
"""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Iterator
from collections.abc import Mapping
from collections.abc import Sequence
from enum import Enum
from typing import Any
from typing import NoReturn

from sqlalchemy import and_
from sqlalchemy import bindparam
from sqlalchemy import BindParameter
from sqlalchemy import ColumnElement
from sqlalchemy import false
from sqlalchemy import Integer
from sqlalchemy import or_
from sqlalchemy import Select
from sqlalchemy import tuple_
from sqlalchemy import type_coerce

from ..db import reading
from ..db.columns import plain_type
from ..db.ordering import sort_keys
from ..db.statements import derived
from ..db.statements import entity_of
from ..db.statements import is_whole
from ..db.statements import prepared
from ..exceptions import ImproperlyConfigured
from ..exceptions import misconfigured
from .bookmarks import bookmark
from .bookmarks import read_bookmark
from .bookmarks import signing_keys
from .paginator import EmptyPage
from .paginator import InvalidPage
from .paginator import Page
from .paginator import Paginator


class KeysetPaginator(Paginator):
    """Divide the rows of a statement into pages that begin after a given row.

    ``paginator_class = KeysetPaginator`` on a list view; its pages are asked for by
    ``?after=`` and ``?before=`` with a page's tokens. Nothing is counted: ``count``
    and ``num_pages`` are None. Any mixture of directions and NULLs is right, on every
    database; NULLs come last unless the statement says otherwise.

    :param object_list: a ``select()`` of one mapped class.
    :param counted: without effect: nothing is ever counted.
    :raises ImproperlyConfigured: for a sequence, or a statement with a limit, groups
        or several columns.

    Since 0.1.
    """

    default_error_messages: Mapping[str, str] = {
        **Paginator.default_error_messages,
        "invalid_page": "That token leads to no page of this list",
    }
    after_kwarg = "after"
    before_kwarg = "before"

    def __init__(
        self,
        object_list: Any,
        per_page: int,
        orphans: int = 0,
        allow_empty_first_page: bool = True,
        error_messages: Mapping[str, str] | None = None,
        session: Any = None,
        *,
        counted: bool = False,
    ) -> None:
        if not isinstance(object_list, Select):
            raise _unfit(self, "has no statement that selects one mapped class")
        self._source, self._own = prepared(object_list)
        self._keyset: _Keyset = derived(self._source, "keyset", self._checked)
        options = (orphans, allow_empty_first_page, error_messages, session)
        super().__init__(object_list, per_page, *options, counted=False)
        # Asked for now: a page may be looked at when the application is gone.
        self._signing_keys = signing_keys()

    def _checked(self, statement: Select[Any]) -> _Keyset:
        if entity_of(statement) is None:
            raise _unfit(self, "has no statement that selects one mapped class")
        if not is_whole(statement):
            raise _unfit(self, "has a statement with a limit or groups of its own")
        if not all(
            plain_type(k.expression.type).hashable for k in sort_keys(statement)
        ):
            raise _unfit(self, "is sorted by values that no address can hold")
        return _Keyset(statement)

    def __iter__(self) -> Iterator[Page]:
        page = self.page()
        yield page
        while page.next_token is not None:
            page = self.page(page.next_token)
            yield page

    def page_for(
        self, value_of: Callable[[str], Any], page_kwarg: str = "page"
    ) -> Page:
        """Return the page that the URL values ``after`` and ``before`` ask for."""
        return self.page(value_of(self.after_kwarg), value_of(self.before_kwarg))

    def page(self, after: Any = None, before: Any = None) -> KeysetPage:
        """Return the page after one token or before another; the first without both.

        :raises InvalidPage: for a token that no page of this list and order gave.
        """
        backwards = not after and bool(before)
        token = after or before
        edge = self._edge(token) if token else None
        most = self.per_page + (0 if backwards else self.orphans)
        rows = self._rows(edge, backwards, most + 1)
        more = len(rows) > most
        rows = rows[: self.per_page] if more else rows
        if not rows and not self.allow_empty_first_page:
            raise EmptyPage(self.error_messages["no_results"])
        if backwards:
            return KeysetPage(rows[::-1], self, has_next=True, has_previous=more)
        return KeysetPage(rows, self, has_next=more, has_previous=edge is not None)

    def _rows(self, edge: list[Any] | None, backwards: bool, limit: int) -> list[Any]:
        nulls = None if edge is None else tuple(value is None for value in edge)
        statement = derived(
            self._source,
            ("keyset page", nulls, backwards),
            lambda statement: self._keyset.page(statement, nulls, backwards),
        )
        values = {**self._own, **self._keyset.values(edge or ()), "limit": limit}
        return reading.rows(statement, values, using=self.session)

    def _edge(self, token: Any) -> list[Any]:
        """Return the sort values of the row that a token stands for."""
        try:
            return self._keyset.read(str(token), self._signing_keys)
        except ValueError as error:
            raise InvalidPage(self.error_messages["invalid_page"]) from error

    def get_page(self, number: Any) -> Page:
        """Return the page after a token; the first for nonsense."""
        try:
            return self.page(number)
        except InvalidPage:
            return self.page()

    def token_of(self, row: Sequence[Any]) -> str:
        """Return the token of a row that a page was made of."""
        return self._keyset.written(row, self._signing_keys)


class KeysetPage(Page):
    """The items of one page, and the tokens of its neighbours; it has no number.

    Since 0.1.
    """

    def __init__(
        self, rows: list[Any], paginator: Any, *, has_next: bool, has_previous: bool
    ) -> None:
        super().__init__([row[0] for row in rows], 0, paginator)
        self._rows = rows
        self.more = has_next and bool(rows)
        self._before = has_previous and bool(rows)

    def __repr__(self) -> str:
        return f"<KeysetPage of {len(self)}>"

    def has_next(self) -> bool:
        """Tell whether a page follows."""
        return bool(self.more)

    def has_previous(self) -> bool:
        """Tell whether a page comes before."""
        return self._before

    @property
    def next_token(self) -> str | None:
        """What ``?after=`` says to get the next page; None when there is none."""
        return self.paginator.token_of(self._rows[-1]) if self.more else None

    @property
    def previous_token(self) -> str | None:
        """What ``?before=`` says to get the previous page; None when there is none."""
        return self.paginator.token_of(self._rows[0]) if self._before else None

    def _unnumbered(self) -> NoReturn:
        raise InvalidPage("Keyset pages have no numbers: use their tokens.")

    next_page_number = previous_page_number = _unnumbered
    start_index = end_index = _unnumbered


def _unfit(paginator: KeysetPaginator, problem: str) -> ImproperlyConfigured:
    return misconfigured(
        paginator,
        problem,
        "give a select() of one mapped class, sorted by its columns",
        "set paginator_class = Paginator",
    )


# --- the statement ------------------------------------------------------------------


class _Key:
    """One sort key: its column, where a page's edge is bound, which way it goes."""

    def __init__(self, number: int, expression: Any, down: bool, nulls: bool | None):
        self.type = plain_type(expression.type)
        decorated = self.type is not expression.type
        self.value = type_coerce(expression, self.type) if decorated else expression
        self.expression, self.down = expression, down
        #: Whether NULLs come first; None where there are none.
        self.nulls_first = nulls
        self.name = f"edge_{number}"
        self.edge: BindParameter[Any] = bindparam(self.name, type_=self.type)

    def clause(self, backwards: bool) -> Any:
        """Return what ``ORDER BY`` says."""
        down = self.down is not backwards
        clause = self.expression.desc() if down else self.expression.asc()
        if self.nulls_first is None:
            return clause
        first = self.nulls_first is not backwards
        return clause.nulls_first() if first else clause.nulls_last()

    def read(self, value: Any) -> Any:
        """Return a token's value as the database takes it: an Enum from its name."""
        enum = getattr(self.type, "enum_class", None)
        return value if enum is None or value is None else enum[value]

    def equal(self, null: bool) -> ColumnElement[bool]:
        """Return the criterion for rows with the edge's value."""
        found: ColumnElement[bool] = (
            self.value.is_(None) if null else self.value == self.edge
        )
        return found

    def beyond(self, null: bool, backwards: bool) -> ColumnElement[bool]:
        """Return the criterion for rows that come after the edge by this key."""
        nulls_after = self.nulls_first is backwards
        found: ColumnElement[bool]
        if null:
            found = false() if nulls_after else self.value.is_not(None)
            return found
        down = self.down is not backwards
        found = self.value < self.edge if down else self.value > self.edge
        return or_(found, self.value.is_(None)) if nulls_after else found

    def not_before(self, backwards: bool) -> ColumnElement[bool]:
        """Return the criterion, for a key without NULLs, that an index can seek by."""
        down = self.down is not backwards
        found: ColumnElement[bool] = (
            self.value <= self.edge if down else self.value >= self.edge
        )
        return found


class _Keyset:
    """The sort keys of a statement; its pages are made once for each shape."""

    def __init__(self, statement: Select[Any]) -> None:
        self.keys = [
            _Key(
                n,
                k.expression,
                k.descending,
                bool(k.nulls_first) if k.nullable else None,
            )
            for n, k in enumerate(sort_keys(statement))
        ]
        #: A token is good for this order alone.
        self.order = ", ".join(str(key.clause(False)) for key in self.keys)

    def values(self, edge: Sequence[Any]) -> dict[str, Any]:
        """Return the parameters that an edge is bound by."""
        named = zip(self.keys, edge, strict=False)
        return {key.name: value for key, value in named if value is not None}

    def page(
        self, statement: Select[Any], nulls: Sequence[bool] | None, backwards: bool
    ) -> Select[Any]:
        """Return the statement for rows after an edge, or before it.

        Parameters: ``limit`` and the edge's :meth:`values`. Each row carries its sort
        values behind the object.

        :param nulls: which of the edge's values are NULL; None for no edge.
        """
        clauses = (key.clause(backwards) for key in self.keys)
        page = statement.order_by(None).order_by(*clauses)
        if nulls is not None:
            page = page.where(self._beyond(nulls, backwards))
        page = page.add_columns(
            *(key.value.label(f"at_{key.name}") for key in self.keys)
        )
        return page.limit(bindparam("limit", type_=Integer))

    def _beyond(self, nulls: Sequence[bool], backwards: bool) -> ColumnElement[bool]:
        """Return the criterion for rows after the edge, as an index can best use it."""
        keys = self.keys
        if all(k.nulls_first is None and k.down is keys[0].down for k in keys):
            row = tuple_(*(key.value for key in keys))
            edge = tuple_(*(key.edge for key in keys))
            return row < edge if keys[0].down is not backwards else row > edge
        alternatives = [
            and_(
                *(k.equal(n) for k, n in zip(keys[:i], nulls, strict=False)),
                key.beyond(nulls[i], backwards),
            )
            for i, key in enumerate(keys)
        ]
        beyond = or_(*alternatives)
        seeks = keys[0].nulls_first is None
        return and_(keys[0].not_before(backwards), beyond) if seeks else beyond

    # --- tokens ---------------------------------------------------------------------

    def written(self, row: Sequence[Any], keys: Sequence[bytes]) -> str:
        """Return a row's sort values as a token."""
        values = (v.name if isinstance(v, Enum) else v for v in row[1:])
        return bookmark(values, self.order, keys)

    def read(self, token: str, keys: Sequence[bytes]) -> list[Any]:
        """Return the sort values in a token.

        :raises ValueError: for a token of another order, or none at all.
        """
        values = read_bookmark(token, self.order, keys)
        return [k.read(value) for k, value in zip(self.keys, values, strict=True)]
