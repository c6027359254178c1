"""Paginator and Page: a statement or a sequence in pages; knows no request.

Django: ``django.core.paginator``.
"""

from __future__ import annotations

import itertools
import warnings
from collections.abc import Callable
from collections.abc import Iterator
from collections.abc import Mapping
from collections.abc import Sequence
from contextlib import suppress
from typing import Any
from typing import overload

from sqlalchemy import Select
from werkzeug.utils import cached_property

from ..db import reading
from ..db.statements import entity_of
from ..db.statements import is_row
from ..db.statements import prepared
from .statements import page_of
from .statements import window_of

#: From this row on a page is found by its keys first.
_DEEP = 200
#: No database counts further, so no page begins beyond it.
_LAST_ROW = 2**63 - 1
_MOST_DIGITS = 18


def page_size(asked: str | None, most: int) -> int | None:
    """Return the size of a page that was asked for, None for what is no size.

    :param most: what a greater size is cut to.
    """
    if not asked or not (asked.isascii() and asked.isdigit()):
        return None
    return min(int(asked), most) if len(asked) <= _MOST_DIGITS else most


class UnorderedObjectListWarning(RuntimeWarning):
    """Warn that the pages of an unordered statement may overlap."""


class InvalidPage(Exception):
    """There is no such page. Raised by :meth:`Paginator.page`."""


class PageNotAnInteger(InvalidPage):
    """The page number is no number."""


class EmptyPage(InvalidPage):
    """The page number is less than 1, or beyond the last page."""


class Paginator:
    """Divide the rows of a statement, or the items of a sequence, into pages.

    One statement gives a page of a mapped class together with the number of all rows.

    :param object_list: a ``select()`` or a sequence.
    :param per_page: items on a page.
    :param orphans: so many items or fewer do not get a last page of their own.
    :param allow_empty_first_page: whether page 1 may be empty.
    :param error_messages: replaces texts of :attr:`default_error_messages`.
    :param session: another SQLAlchemy session than the application's.
    :param counted: whether all items are counted. If not, :attr:`count` and
        :attr:`num_pages` are None, and one item more is read to know of a next page.

    Since 0.1. Django: ``Paginator``.
    """

    ELLIPSIS = "…"
    default_error_messages: Mapping[str, str] = {
        "invalid_page": "That page number is not an integer",
        "min_page": "That page number is less than 1",
        "no_results": "That page contains no results",
    }

    def __init__(
        self,
        object_list: Any,
        per_page: int,
        orphans: int = 0,
        allow_empty_first_page: bool = True,
        error_messages: Mapping[str, str] | None = None,
        session: Any = None,
        *,
        counted: bool = True,
    ) -> None:
        self.object_list = object_list
        self.per_page = int(per_page)
        self.orphans = int(orphans)
        self.allow_empty_first_page = allow_empty_first_page
        self.error_messages = {**self.default_error_messages, **(error_messages or {})}
        self.session = session
        self.counted = counted
        _warn_unordered(object_list)

    def __iter__(self) -> Iterator[Page]:
        with suppress(EmptyPage):
            for number in itertools.count(1):
                page = self.page(number)
                yield page
                if not page.has_next():
                    return

    def page_for(
        self, value_of: Callable[[str], Any], page_kwarg: str = "page"
    ) -> Page:
        """Return the page that URL values ask for: a number, ``last``, else page 1.

        :param value_of: gives the URL value of a name, None without one.
        :raises InvalidPage: when there is no such page.

        Since 0.1.
        """
        asked = value_of(page_kwarg)
        if asked == "last" and self.counted:
            return self.page(self.num_pages)
        return self.page(1 if asked in (None, "") else asked)

    def page(self, number: Any) -> Page:
        """Return a page by its number, counted from 1.

        :raises PageNotAnInteger: for what is no integer in ASCII digits.
        :raises EmptyPage: for a number below 1 or beyond the last page.
        """
        number = self._integer(number)
        first, most = (number - 1) * self.per_page, self.per_page + self.orphans
        if first > _LAST_ROW:
            raise EmptyPage(self.error_messages["no_results"])
        items = self._items(first, most if self.counted else most + 1)
        if self.counted:
            self._check_exists(number)
            more = first + most < (self.count or 0)
        else:
            self._check_any(items, number)
            more = len(items) > most
        page = self._get_page(items[: self.per_page] if more else items, number, self)
        page.more = more
        return page

    def _items(self, first: int, most: int) -> list[Any]:
        """Return the items from ``first`` on; learn how many there are on the way."""
        if not isinstance(self.object_list, Select):
            return list(self.object_list[first : first + most])
        source, own = prepared(self.object_list)
        row = is_row(source)
        counted, deep = self.counted and not row, first >= _DEEP
        statement = page_of(source, counted=counted, deep=deep)
        skipped, limit = window_of(source)
        if limit is not None:
            most = max(0, min(most, limit - first))
        values = {**own, "limit": most, "offset": skipped + first}
        if not counted:
            run = reading.rows if row else reading.scalars
            return run(statement, values, using=self.session)
        rows = reading.rows(statement, values, using=self.session)
        if rows or first == 0:
            self.count = rows[0][-1] if rows else 0
        return [row[0] for row in rows]

    def _get_page(self, *args: Any, **kwargs: Any) -> Page:
        """Return the page object; a subclass may give a class of its own."""
        return Page(*args, **kwargs)

    def get_page(self, number: Any) -> Page:
        """Return a page for any number: the first for nonsense, the last beyond it."""
        try:
            return self.page(number)
        except PageNotAnInteger:
            return self.page(1)
        except EmptyPage:
            return self.page(self.num_pages or 1)

    def validate_number(self, number: Any) -> int:
        """Return the number as an integer if there is such a page.

        :raises PageNotAnInteger, EmptyPage: as :meth:`page`.
        """
        number = self._integer(number)
        self._check_exists(number)
        return number  # type: ignore[no-any-return]

    def _integer(self, number: Any) -> int:
        # Stricter than Django: one spelling for one page, and no dependence on the
        # interpreter's limit of digits.
        if isinstance(number, str) and number.isascii() and number.isdigit():
            number = int(number) if len(number) <= _MOST_DIGITS else _LAST_ROW
        elif isinstance(number, float) and number.is_integer():
            number = int(number)
        if isinstance(number, bool) or not isinstance(number, int):
            raise PageNotAnInteger(self.error_messages["invalid_page"])
        if number < 1:
            raise EmptyPage(self.error_messages["min_page"])
        return number

    def _check_exists(self, number: int) -> None:
        if self.num_pages is not None and number > self.num_pages:
            raise EmptyPage(self.error_messages["no_results"])

    def _check_any(self, items: list[Any], number: int) -> None:
        """Refuse an uncounted page without items; orphans are on the page before."""
        missing = len(items) <= self.orphans if number > 1 else not items
        if missing and (number > 1 or not self.allow_empty_first_page):
            raise EmptyPage(self.error_messages["no_results"])

    @cached_property
    def count(self) -> int | None:
        """The number of all items; None where they are not counted."""
        if not self.counted:
            return None
        if isinstance(self.object_list, Select):
            return reading.count(self.object_list, using=self.session)
        return len(self.object_list)

    @property
    def num_pages(self) -> int | None:
        """The number of pages; None where the items are not counted."""
        count = self.count
        if count is None:
            return None
        if count == 0 and not self.allow_empty_first_page:
            return 0
        hits = max(1, count - self.orphans)
        return -(-hits // self.per_page)

    @property
    def page_range(self) -> range:
        """The numbers of all pages; none where the items are not counted."""
        return range(1, (self.num_pages or 0) + 1)

    def get_elided_page_range(
        self, number: Any = 1, *, on_each_side: int = 3, on_ends: int = 2
    ) -> Iterator[int | str]:
        """Yield page numbers around one page and at both ends, ``…`` in between.

        Since 0.1. Django: ``Paginator.get_elided_page_range``.
        """
        number = self.validate_number(number)
        for page in _elided(self.page_range, number, on_each_side, on_ends):
            yield self.ELLIPSIS if page is None else page


def _warn_unordered(statement: Any) -> None:
    if isinstance(statement, Select) and entity_of(statement) is None:
        if not statement._order_by_clauses:
            text = "Pages of an unordered statement may overlap: add order_by()."
            warnings.warn(text, UnorderedObjectListWarning, stacklevel=4)


def _elided(pages: range, number: int, around: int, ends: int) -> Iterator[int | None]:
    """Yield page numbers, None for a gap; a gap of one page is that page."""
    last, low, high = len(pages), number - around, number + around
    if last <= (around + ends) * 2:
        yield from pages
        return
    if low > ends + 2:
        yield from pages[:ends]
        yield None
    else:
        low = 1
    if high < last - ends - 1:
        yield from range(low, high + 1)
        yield None
        yield from pages[last - ends :]
    else:
        yield from range(low, last + 1)


class Page(Sequence[Any]):
    """The items of one page, and where it stands among the others.

    Since 0.1. Django: ``Page``.
    """

    #: Whether a page follows, where the paginator has found out.
    more: bool | None = None

    def __init__(self, object_list: list[Any], number: int, paginator: Any) -> None:
        self.object_list = object_list
        self.number = number
        self.paginator = paginator

    def __repr__(self) -> str:
        pages = self.paginator.num_pages
        return f"<Page {self.number}{'' if pages is None else f' of {pages}'}>"

    def __len__(self) -> int:
        return len(self.object_list)

    @overload
    def __getitem__(self, index: int) -> Any: ...
    @overload
    def __getitem__(self, index: slice) -> list[Any]: ...
    def __getitem__(self, index: int | slice) -> Any:
        if not isinstance(index, (int, slice)):
            # Jinja asks for page["number"] before page.number.
            raise TypeError(f"Page indices are integers or slices, not {index!r}.")
        return self.object_list[index]

    def has_next(self) -> bool:
        """Tell whether a page follows."""
        if self.more is not None:
            return self.more
        return bool(self.number < self.paginator.num_pages)

    def has_previous(self) -> bool:
        """Tell whether a page comes before."""
        return self.number > 1

    def has_other_pages(self) -> bool:
        """Tell whether there is any other page."""
        return self.has_previous() or self.has_next()

    def next_page_number(self) -> int:
        """Return the next page's number; EmptyPage when there is none."""
        if self.more is False:
            raise EmptyPage(self.paginator.error_messages["no_results"])
        return self.paginator.validate_number(self.number + 1)  # type: ignore[no-any-return]

    def previous_page_number(self) -> int:
        """Return the previous page's number; EmptyPage when there is none."""
        return self.paginator.validate_number(self.number - 1)  # type: ignore[no-any-return]

    def start_index(self) -> int:
        """Return the number of the first item here among all items, from 1."""
        total = self.paginator.count
        if not (self.object_list if total is None else total):
            return 0
        return int(self.paginator.per_page * (self.number - 1) + 1)

    def end_index(self) -> int:
        """Return the number of the last item here among all items."""
        if self.paginator.count is None:
            return max(0, self.start_index() + len(self.object_list) - 1)
        if self.number == self.paginator.num_pages:
            return int(self.paginator.count)
        return int(self.number * self.paginator.per_page)
