"""Divide the rows of a statement, or a sequence, into numbered pages.

:mod:`cbv.pagination.items` reads their items. Nothing here uses the request. Django:
``django.core.paginator``.
"""

from __future__ import annotations

import itertools
import warnings
from collections.abc import Callable
from collections.abc import Iterator
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from sqlalchemy import Select
from werkzeug.utils import cached_property

from ..db.statements import entity_of
from .items import count_items
from .items import read_items
from .page import EmptyPage
from .page import Page
from .page import PageNotAnInteger

#: The greatest offset that databases accept: their largest 64-bit integer.
_LAST_ROW = 2**63 - 1
#: A longer number from a URL is greater than any page, and is not converted to int.
_MOST_DIGITS = 18


def page_size(asked: str | None, most: int) -> int | None:
    """Return the number of items on a page that a visitor asked for.

    :param asked: the text in the URL.
    :param most: the greatest size; a greater number becomes this one.
    :returns: None if the text is empty or not a number in ASCII digits.
    """
    if not asked or not (asked.isascii() and asked.isdigit()):
        return None
    return min(int(asked), most) if len(asked) <= _MOST_DIGITS else most


class UnorderedObjectListWarning(RuntimeWarning):
    """The pages of a statement or sequence may overlap, because it is not sorted.

    Since 0.1. Django: ``UnorderedObjectListWarning``.
    """


class Paginator:
    """Divide the rows of a statement, or the items of a sequence, into pages.

    A page of mapped objects and the number of all rows are read in one statement.

    :param object_list: a ``select()`` or a sequence.
    :param per_page: the number of items on a page.
    :param orphans: with this number of items or fewer left, the last page is joined to
        the page before it.
    :param allow_empty_first_page: whether page 1 may be empty.
    :param error_messages: replaces texts of :attr:`default_error_messages`, by key.
    :param session: another SQLAlchemy session than the application's.
    :param counted: whether all items are counted. If not, :attr:`count` and
        :attr:`num_pages` are None, and one more item is read to see whether there is a
        next page.

    Since 0.1. Django: ``Paginator``.
    """

    #: The text for a gap in :meth:`get_elided_page_range`.
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
        """Return the page that the URL of a list view asks for.

        The URL value may be a page number or ``last``; without one it is page 1.

        :param value_of: returns the URL value of a name, or None.
        :param page_kwarg: the name of the URL value.
        :raises InvalidPage: when there is no such page.

        Since 0.1.
        """
        number = value_of(page_kwarg)
        if number == "last" and self.counted:
            return self.page(self.num_pages)
        return self.page(1 if number in (None, "") else number)

    def page(self, number: Any) -> Page:
        """Return a page by its number, counted from 1.

        :raises PageNotAnInteger: for anything but an integer in ASCII digits.
        :raises EmptyPage: for a number below 1 or beyond the last page.
        """
        number = self._integer(number)
        first, most = (number - 1) * self.per_page, self.per_page + self.orphans
        if first > _LAST_ROW:
            raise EmptyPage(self.error_messages["no_results"])
        items = self._items(first, most if self.counted else most + 1)
        if self.counted:
            self._check_exists(number)
            has_next = first + most < (self.count or 0)
        else:
            self._check_not_empty(items, number)
            has_next = len(items) > most
        items = items[: self.per_page] if has_next else items
        page = self._get_page(items, number, self)
        page.more = has_next
        return page

    def _items(self, first: int, most: int) -> list[Any]:
        """Return the items from index ``first`` on, and set :attr:`count` if known."""
        items, total = read_items(
            self.object_list, first, most, counted=self.counted, session=self.session
        )
        if total is not None:
            self.count = total
        return items

    def _get_page(self, *args: Any, **kwargs: Any) -> Page:
        """Return the page object; override it to return another class than Page."""
        return Page(*args, **kwargs)

    def get_page(self, number: Any) -> Page:
        """Return the page for any number, even for a wrong one.

        Anything but an integer gives the first page; a number below 1 or beyond the
        last page gives the last one, or page 1 if the items are not counted.
        """
        try:
            return self.page(number)
        except PageNotAnInteger:
            return self.page(1)
        except EmptyPage:
            return self.page(self.num_pages or 1)

    def validate_number(self, number: Any) -> int:
        """Return a page number as an integer if there is such a page.

        :raises PageNotAnInteger: as :meth:`page` does.
        :raises EmptyPage: as :meth:`page` does.
        """
        number = self._integer(number)
        self._check_exists(number)
        return number  # type: ignore[no-any-return]

    def _integer(self, number: Any) -> int:
        # Stricter than Django: only ASCII digits, and no longer number than int() may
        # convert under the interpreter's limit of digits.
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

    def _check_not_empty(self, items: list[Any], number: int) -> None:
        """Refuse an uncounted page without items; orphans are on the page before."""
        missing = len(items) <= self.orphans if number > 1 else not items
        if missing and (number > 1 or not self.allow_empty_first_page):
            raise EmptyPage(self.error_messages["no_results"])

    @cached_property
    def count(self) -> int | None:
        """The number of all items; None if they are not counted."""
        if not self.counted:
            return None
        return count_items(self.object_list, session=self.session)

    @property
    def num_pages(self) -> int | None:
        """The number of pages; None if the items are not counted."""
        count = self.count
        if count is None:
            return None
        if count == 0 and not self.allow_empty_first_page:
            return 0
        hits = max(1, count - self.orphans)
        return -(-hits // self.per_page)

    @property
    def page_range(self) -> range:
        """The numbers of all pages; an empty range if the items are not counted."""
        return range(1, (self.num_pages or 0) + 1)

    def get_elided_page_range(
        self, number: Any = 1, *, on_each_side: int = 3, on_ends: int = 2
    ) -> Iterator[int | str]:
        """Yield the page numbers around one page and at both ends, ``…`` for each gap.

        :param number: the page in the middle.
        :param on_each_side: how many numbers before and after it.
        :param on_ends: how many numbers at the beginning and at the end.
        :raises PageNotAnInteger: as :meth:`page` does.
        :raises EmptyPage: as :meth:`page` does.

        Since 0.1. Django: ``Paginator.get_elided_page_range``.
        """
        number = self.validate_number(number)
        for page in _elided(self.page_range, number, on_each_side, on_ends):
            yield self.ELLIPSIS if page is None else page


def _warn_unordered(object_list: Any) -> None:
    """Warn about a statement without order, and an object that says it has none.

    A statement of a mapped class has one: that of the primary key.
    """
    if isinstance(object_list, Select):
        unordered = entity_of(object_list) is None and not object_list._order_by_clauses
        text = "Pages of an unordered statement may overlap: add order_by()."
    else:
        unordered = getattr(object_list, "ordered", None) is False
        name = type(object_list).__name__
        text = f"Pages of an unordered {name} may overlap: its 'ordered' is False."
    if unordered:
        warnings.warn(text, UnorderedObjectListWarning, stacklevel=4)


def _elided(pages: range, number: int, around: int, ends: int) -> Iterator[int | None]:
    """Yield page numbers, and None for a gap of two pages or more."""
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
