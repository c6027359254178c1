"""One page of a paginator's items: where it stands, and what its neighbours are.

Its names are Django's, and beside them those that a template for Flask-SQLAlchemy's
pages reads. Django: ``Page`` in ``django.core.paginator``.
"""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Iterator
from collections.abc import Sequence
from inspect import getattr_static
from inspect import isfunction
from typing import Any
from typing import overload
from typing import Protocol


class InvalidPage(Exception):
    """The requested page does not exist. Raised by :meth:`Paginator.page`.

    Since 0.1. Django: ``InvalidPage``.
    """


class PageNotAnInteger(InvalidPage):
    """The page number is not an integer in ASCII digits.

    Since 0.1. Django: ``PageNotAnInteger``.
    """


class EmptyPage(InvalidPage):
    """The page number is less than 1 or greater than that of the last page.

    Since 0.1. Django: ``EmptyPage``.
    """


class Answer(Protocol):
    """What type checkers see of a question: a method, which a subclass may override."""

    def __call__(self) -> bool: ...


class _Value(int):
    """A yes or no that may be called; ``bool`` itself cannot be subclassed."""

    def __call__(self) -> bool:
        return self != 0

    def __repr__(self) -> str:
        return repr(self())

    __str__ = __repr__


class question:
    """A method that answers yes or no, read with or without parentheses.

    A Django template calls methods by itself, Jinja does not: there, the truth of
    ``page_obj.has_next`` would be that of a method, which is always true.
    """

    def __init__(self, method: Callable[[Any], bool]) -> None:
        self.method = method

    @overload
    def __get__(self, page: None, owner: type) -> Callable[[Any], bool]: ...
    @overload
    def __get__(self, page: object, owner: type) -> Answer: ...
    def __get__(self, page: Any, owner: type) -> Any:
        return self.method if page is None else _Value(bool(self.method(page)))


class Page(Sequence[Any]):
    """The items of one page, its number, and whether pages come before and after it.

    It is a sequence of its items. ``has_next`` and the like may be read in a template
    with parentheses or without. Beside Django's names it has those of
    Flask-SQLAlchemy's pages.

    :param object_list: the items on the page.
    :param number: the number of the page, from 1.
    :param paginator: the paginator that the page belongs to.

    Since 0.1. Django: ``Page``. Flask-SQLAlchemy: ``Pagination``.
    """

    #: Whether there is a next page; None if the paginator has not found out.
    more: bool | None = None

    def __init__(self, object_list: list[Any], number: int, paginator: Any) -> None:
        self.object_list = object_list
        self.number = number
        self.paginator = paginator

    def __init_subclass__(cls, **kwargs: Any) -> None:
        """Make questions of the methods that a subclass overrides them with."""
        super().__init_subclass__(**kwargs)
        for name in _QUESTIONS:
            method = getattr_static(cls, name)
            if isfunction(method):
                setattr(cls, name, question(method))

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

    @question
    def has_next(self) -> bool:
        """Tell whether there is a next page."""
        if self.more is not None:
            return self.more
        return bool(self.number < self.paginator.num_pages)

    @question
    def has_previous(self) -> bool:
        """Tell whether there is a previous page."""
        return self.number > 1

    @question
    def has_other_pages(self) -> bool:
        """Tell whether there is any other page."""
        return self.has_previous() or self.has_next()

    def next_page_number(self) -> int:
        """Return the number of the next page.

        :raises EmptyPage: when there is none.
        """
        if self.more is False:
            raise EmptyPage(self.paginator.error_messages["no_results"])
        return self.paginator.validate_number(self.number + 1)  # type: ignore[no-any-return]

    def previous_page_number(self) -> int:
        """Return the number of the previous page.

        :raises EmptyPage: when there is none.
        """
        return self.paginator.validate_number(self.number - 1)  # type: ignore[no-any-return]

    def start_index(self) -> int:
        """Return the position of the page's first item among all items, from 1.

        :returns: 0 if there are no items.
        """
        total = self.paginator.count
        if not (self.object_list if total is None else total):
            return 0
        return int(self.paginator.per_page * (self.number - 1) + 1)

    def end_index(self) -> int:
        """Return the position of the page's last item among all items, from 1."""
        if self.paginator.count is None:
            return max(0, self.start_index() + len(self.object_list) - 1)
        if self.number == self.paginator.num_pages:
            return int(self.paginator.count)
        return int(self.number * self.paginator.per_page)

    # --- the names of Flask-SQLAlchemy's pages --------------------------------------

    @question
    def has_prev(self) -> bool:
        """Tell whether there is a previous page. Flask-SQLAlchemy's name."""
        return self.has_previous()

    @property
    def prev_num(self) -> int | None:
        """The number of the previous page; None if there is none."""
        return self.previous_page_number() if self.has_previous() else None

    @property
    def next_num(self) -> int | None:
        """The number of the next page; None if there is none."""
        return self.next_page_number() if self.has_next() else None

    @property
    def page(self) -> int:
        """The number of this page."""
        return self.number

    @property
    def pages(self) -> int:
        """The number of pages; 0 without items, or if they are not counted."""
        return self.paginator.num_pages if self.total else 0

    @property
    def per_page(self) -> int:
        """The greatest number of items on a page."""
        return self.paginator.per_page  # type: ignore[no-any-return]

    @property
    def items(self) -> list[Any]:
        """The items on this page."""
        return self.object_list

    @property
    def total(self) -> int | None:
        """The number of all items; None if they are not counted."""
        return self.paginator.count  # type: ignore[no-any-return]

    @property
    def first(self) -> int:
        """The position of the first item on this page, from 1; 0 without items."""
        return self.start_index()

    @property
    def last(self) -> int:
        """The position of the last item on this page, from 1; 0 without items."""
        return self.end_index()

    def iter_pages(
        self,
        *,
        left_edge: int = 2,
        left_current: int = 2,
        right_current: int = 4,
        right_edge: int = 2,
    ) -> Iterator[int | None]:
        """Yield page numbers for links, and None for each gap.

        :param left_edge: how many numbers at the beginning.
        :param left_current: how many numbers before this page.
        :param right_current: how many numbers after this page.
        :param right_edge: how many numbers at the end.
        :returns: nothing if the items are not counted.

        Since 0.1. Flask-SQLAlchemy: ``Pagination.iter_pages``.
        """
        pages, number = range(1, self.pages + 1), self.number
        shown = {
            *pages[:left_edge],
            *pages[max(0, number - 1 - left_current) : number + right_current],
            *pages[max(0, self.pages - right_edge) :],
        }
        before = 0
        for number in sorted(shown):
            if number > before + 1:
                yield None
            yield number
            before = number
        if before < self.pages:
            yield None


#: The names of the questions that a page answers.
_QUESTIONS = [name for name, found in vars(Page).items() if isinstance(found, question)]
