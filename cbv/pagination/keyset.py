"""Divide a statement's rows into pages that are found by the row before them.

A page takes the same time at any depth: an index leads the database to the last row of
the page before, so it need not skip all earlier rows as with an offset. Nothing here
uses the request. Django has no counterpart.
"""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Iterator
from collections.abc import Mapping
from collections.abc import Sequence
from contextlib import suppress
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
from ..db.column_types import AsStored
from ..db.column_types import is_decorated
from ..db.column_types import stored_type
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
from .page import EmptyPage
from .page import InvalidPage
from .page import Page
from .page import question
from .paginator import Paginator


class KeysetPaginator(Paginator):
    """Divide the rows of a statement into pages that begin after a given row.

    A list view uses it with ``paginator_class = KeysetPaginator``. Its pages are
    requested with a page's tokens: ``?after=…`` and ``?before=…``. Nothing is counted:
    ``count`` and ``num_pages`` are None. The sort keys may mix directions and contain
    NULLs, on every database; NULLs come last unless the statement says otherwise.

    The parameters are those of :class:`Paginator`, except:

    :param object_list: a ``select()`` of one mapped class.
    :param counted: has no effect, because nothing is ever counted.
    :raises ImproperlyConfigured: for a sequence, or a statement with a limit, groups
        or several columns, or sorted by values that cannot be written in a URL.

    Since 0.1.
    """

    default_error_messages: Mapping[str, str] = {
        **Paginator.default_error_messages,
        "invalid_page": "That token leads to no page of this list",
    }
    #: The name of the URL value that holds a page's ``next_token``.
    after_kwarg = "after"
    #: The name of the URL value that holds a page's ``previous_token``.
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
        self._statement, self._bound_values = prepared(object_list)
        self._keyset: _Keyset = derived(self._statement, "keyset", self._keyset_of)
        options = (orphans, allow_empty_first_page, error_messages, session)
        super().__init__(object_list, per_page, *options, counted=False)
        # Read now, because a page's tokens may be used after the application context.
        self._signing_keys = signing_keys()

    def _keyset_of(self, statement: Select[Any]) -> _Keyset:
        if entity_of(statement) is None:
            raise _unfit(self, "has no statement that selects one mapped class")
        if not is_whole(statement):
            raise _unfit(self, "has a statement with a limit or groups of its own")
        if not all(
            stored_type(k.expression.type).hashable for k in sort_keys(statement)
        ):
            raise _unfit(self, "is sorted by values that no address can hold")
        return _Keyset(statement)

    def __iter__(self) -> Iterator[Page]:
        with suppress(EmptyPage):
            page = self.page()
            yield page
            while page.next_token is not None:
                page = self.page(page.next_token)
                yield page

    def page_for(
        self, value_of: Callable[[str], Any], page_kwarg: str = "page"
    ) -> Page:
        """Return the page for the tokens in the URL values ``after`` and ``before``.

        :param value_of: returns the URL value of a name, or None.
        :param page_kwarg: has no effect, because the pages have no numbers.
        :raises InvalidPage: for a token that is not of this list and order.
        """
        return self.page(value_of(self.after_kwarg), value_of(self.before_kwarg))

    def page(self, after: Any = None, before: Any = None) -> KeysetPage:
        """Return the page after or before the row that a token stands for.

        :param after: a page's :attr:`~KeysetPage.next_token`.
        :param before: a page's :attr:`~KeysetPage.previous_token`, used when ``after``
            is empty. Without both, the first page is returned.
        :raises InvalidPage: for a token that is not of this list and order.
        :raises EmptyPage: for a page without rows, unless ``allow_empty_first_page``.
        """
        backwards = not after and bool(before)
        token = after or before
        edge = self._edge(token) if token else None
        max_rows = self.per_page + (0 if backwards else self.orphans)
        rows = self._rows(edge, backwards, max_rows + 1)
        has_more = len(rows) > max_rows
        rows = rows[: self.per_page] if has_more else rows
        if not rows and not self.allow_empty_first_page:
            raise EmptyPage(self.error_messages["no_results"])
        if backwards:
            return KeysetPage(rows[::-1], self, has_next=True, has_previous=has_more)
        return KeysetPage(rows, self, has_next=has_more, has_previous=edge is not None)

    def _rows(self, edge: list[Any] | None, backwards: bool, limit: int) -> list[Any]:
        nulls = None if edge is None else tuple(value is None for value in edge)
        statement = derived(
            self._statement,
            ("keyset page", nulls, backwards),
            lambda statement: self._keyset.page(statement, nulls, backwards),
        )
        edge_values = self._keyset.values(edge or ())
        values = {**self._bound_values, **edge_values, "limit": limit}
        return reading.rows(statement, values, using=self.session)

    def _edge(self, token: Any) -> list[Any]:
        """Return the sort values of the row that a token stands for."""
        try:
            return self._keyset.read(str(token), self._signing_keys)
        except ValueError as error:
            raise InvalidPage(self.error_messages["invalid_page"]) from error

    def get_page(self, number: Any) -> Page:
        """Return the page after a token, or the first page for an invalid token."""
        try:
            return self.page(number)
        except InvalidPage:
            return self.page()

    def token_of(self, row: Sequence[Any]) -> str:
        """Return the token for a row: its sort values as a signed text.

        :param row: a row of a page's statement: the object, then its sort values.
        """
        return self._keyset.written(row, self._signing_keys)


class KeysetPage(Page):
    """The items of one page of a KeysetPaginator, and the tokens of its neighbours.

    It has no number: the methods that return numbers raise :class:`InvalidPage`.

    :param rows: rows of the page's statement: the object, then its sort values.

    Since 0.1.
    """

    def __init__(
        self, rows: list[Any], paginator: Any, *, has_next: bool, has_previous: bool
    ) -> None:
        super().__init__([row[0] for row in rows], 0, paginator)
        self._rows = rows
        self.more = has_next and bool(rows)
        self._has_previous = has_previous and bool(rows)

    def __repr__(self) -> str:
        return f"<KeysetPage of {len(self)}>"

    @question
    def has_next(self) -> bool:
        """Tell whether there is a next page."""
        return bool(self.more)

    @question
    def has_previous(self) -> bool:
        """Tell whether there is a previous page."""
        return self._has_previous

    @property
    def next_token(self) -> str | None:
        """The token for ``?after=`` that leads to the next page, or None."""
        return self.paginator.token_of(self._rows[-1]) if self.more else None

    @property
    def previous_token(self) -> str | None:
        """The token for ``?before=`` that leads to the previous page, or None."""
        return self.paginator.token_of(self._rows[0]) if self._has_previous else None

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


# --- the statement of a page --------------------------------------------------------


class _Key:
    """One sort key of a statement, and the criteria that compare it with a page's edge.

    The edge is the row that a page begins after; its sort values are bound parameters.
    ``backwards`` means the opposite direction, for the page before the edge.
    """

    def __init__(
        self, number: int, expression: Any, descending: bool, nulls_first: bool | None
    ) -> None:
        decorated = is_decorated(expression.type)
        self.type = AsStored(expression.type) if decorated else expression.type
        #: The expression as the database stores it, without a TypeDecorator.
        self.value = type_coerce(expression, self.type) if decorated else expression
        self.expression, self.descending = expression, descending
        #: Whether NULLs come first; None if the expression is never NULL.
        self.nulls_first = nulls_first
        self.name = f"edge_{number}"
        self.edge: BindParameter[Any] = bindparam(self.name, type_=self.type)

    def clause(self, backwards: bool) -> Any:
        """Return the key's part of ``ORDER BY``."""
        descending = self.descending is not backwards
        clause = self.expression.desc() if descending else self.expression.asc()
        if self.nulls_first is None:
            return clause
        first = self.nulls_first is not backwards
        return clause.nulls_first() if first else clause.nulls_last()

    def read(self, value: Any) -> Any:
        """Return a value from a token as the database needs it: an Enum by its name."""
        enum = getattr(self.type, "enum_class", None)
        return value if enum is None or value is None else enum[value]

    def equal(self, null: bool) -> ColumnElement[bool]:
        """Return the criterion for rows with the same value as the edge.

        :param null: whether the edge's value is NULL.
        """
        criterion: ColumnElement[bool] = (
            self.value.is_(None) if null else self.value == self.edge
        )
        return criterion

    def beyond(self, null: bool, backwards: bool) -> ColumnElement[bool]:
        """Return the criterion for rows that this key alone sorts after the edge.

        :param null: whether the edge's value is NULL.
        """
        nulls_after = self.nulls_first is backwards
        criterion: ColumnElement[bool]
        if null:
            criterion = false() if nulls_after else self.value.is_not(None)
            return criterion
        descending = self.descending is not backwards
        criterion = self.value < self.edge if descending else self.value > self.edge
        return or_(criterion, self.value.is_(None)) if nulls_after else criterion

    def not_before(self, backwards: bool) -> ColumnElement[bool]:
        """Return the criterion for rows at the edge or after it, without NULLs.

        An index on this key can use it to find the edge.
        """
        descending = self.descending is not backwards
        criterion: ColumnElement[bool] = (
            self.value <= self.edge if descending else self.value >= self.edge
        )
        return criterion


class _Keyset:
    """All sort keys of a statement: they make its page statements and its tokens."""

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
        #: The ``ORDER BY`` as text; a token is valid for this order only.
        self.order = ", ".join(str(key.clause(False)) for key in self.keys)

    def values(self, edge: Sequence[Any]) -> dict[str, Any]:
        """Return the parameters of a page statement for the sort values of an edge."""
        named = zip(self.keys, edge, strict=False)
        return {key.name: value for key, value in named if value is not None}

    def page(
        self, statement: Select[Any], nulls: Sequence[bool] | None, backwards: bool
    ) -> Select[Any]:
        """Return the statement for the rows after an edge, or before it.

        Its parameters are ``limit`` and the edge's :meth:`values`. Each of its rows has
        the object first, and then the sort values.

        :param nulls: which of the edge's values are NULL; None for the first page.
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
        """Return the criterion for rows after the edge, in a form that suits an index.

        Keys of one direction without NULLs are compared as one row value; others need
        an alternative for each key.
        """
        keys, descending = self.keys, self.keys[0].descending
        if all(k.nulls_first is None and k.descending is descending for k in keys):
            row = tuple_(*(key.value for key in keys))
            edge = tuple_(*(key.edge for key in keys))
            return row < edge if descending is not backwards else row > edge
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

        :raises ValueError: for a token of another order, or a text that is no token.
        """
        values = read_bookmark(token, self.order, keys)
        return [k.read(value) for k, value in zip(self.keys, values, strict=True)]
